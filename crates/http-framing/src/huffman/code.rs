//! The tables of the code, all made of its lengths.

/// Bytes, and the end of a string after them.
const SYMBOLS: usize = 257;
const END_OF_STRING: usize = 256;

/// How many bits the shortest and the longest code have, that of the end of a string included.
pub(super) const SHORTEST: usize = 5;
pub(super) const LONGEST: u32 = 30;

/// How many bits the code of each symbol has (RFC 7541 Appendix B).
#[rustfmt::skip]
pub(super) const LENGTHS: [u8; SYMBOLS] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

/// The code of each symbol, in the lowest bits.
pub(super) static CODES: [u32; SYMBOLS] = CANONICAL.codes;

/// So many bits are looked up.
pub(super) const SHORT_BITS: u32 = 11;

/// The symbols whose codes some bits hold whole.
#[derive(Clone, Copy)]
pub(super) struct Short {
    /// One or two of them.
    pub(super) symbols: [u8; 2],
    /// How many: none where the first code is longer.
    pub(super) count: u8,
    /// How many bits their codes have together.
    pub(super) length: u8,
}

/// By the next bits.
pub(super) static SHORT: [Short; 1 << SHORT_BITS] = short();

/// A symbol (or the end of a string) of more bits than are looked up, with which the window begins, and the length of its code.
pub(super) fn long(window: u64) -> (u16, u32) {
    let next = (window >> 32) as u32;
    let mut length = SHORT_BITS + 1;
    // The code is complete: every code is below the end of some length, at the latest of the longest.
    while length < LONGEST && next >= CANONICAL.ends[length as usize] {
        length += 1;
    }
    let row = length as usize;
    let within = (next >> (u32::BITS - length)) - CANONICAL.firsts[row];
    (CANONICAL.order[CANONICAL.places[row] + within as usize], length)
}

/// What follows of the lengths.
struct Canonical {
    /// Symbols in the order of their codes.
    order: [u16; SYMBOLS],
    codes: [u32; SYMBOLS],
    /// By length: the first code, where its symbol stands in `order`, and the first 32 bits that no code up to this length
    /// begins.
    firsts: [u32; LONGEST as usize + 1],
    places: [usize; LONGEST as usize + 1],
    ends: [u32; LONGEST as usize + 1],
}

static CANONICAL: Canonical = canonical();

#[expect(
    clippy::cast_possible_truncation,
    reason = "symbols have nine bits, codes 30; no conversion with a check is const"
)]
const fn canonical() -> Canonical {
    let mut made = Canonical {
        order: [0; SYMBOLS],
        codes: [0; SYMBOLS],
        firsts: [0; LONGEST as usize + 1],
        places: [0; LONGEST as usize + 1],
        ends: [0; LONGEST as usize + 1],
    };
    let (mut code, mut place, mut length) = (0, 0, 1);
    while length <= LONGEST as usize {
        code <<= 1;
        made.firsts[length] = code;
        made.places[length] = place;
        let mut symbol = 0;
        while symbol < SYMBOLS {
            if LENGTHS[symbol] as usize == length {
                made.order[place] = symbol as u16;
                made.codes[symbol] = code;
                code += 1;
                place += 1;
            }
            symbol += 1;
        }
        made.ends[length] = ((code as u64) << (32 - length)) as u32;
        length += 1;
    }
    made
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "symbols have nine bits, codes 30; no conversion with a check is const"
)]
const fn short() -> [Short; 1 << SHORT_BITS] {
    let codes = canonical().codes;
    let mut table = [Short { symbols: [0; 2], count: 0, length: 0 }; 1 << SHORT_BITS];
    let mut first = 0;
    while first < END_OF_STRING {
        let length = LENGTHS[first] as u32;
        if length <= SHORT_BITS {
            let alone = Short { symbols: [first as u8, 0], count: 1, length: length as u8 };
            let start = codes[first] << (SHORT_BITS - length);
            fill(&mut table, start, SHORT_BITS - length, alone);
            let mut second = 0;
            while second < END_OF_STRING {
                let both = length + LENGTHS[second] as u32;
                if both <= SHORT_BITS {
                    let symbols = [first as u8, second as u8];
                    let start = start | codes[second] << (SHORT_BITS - both);
                    fill(
                        &mut table,
                        start,
                        SHORT_BITS - both,
                        Short { symbols, count: 2, length: both as u8 },
                    );
                }
                second += 1;
            }
        }
        first += 1;
    }
    table
}

/// Writes an entry for all values of the lowest `free` bits behind `start`.
const fn fill(table: &mut [Short; 1 << SHORT_BITS], start: u32, free: u32, entry: Short) {
    let mut offset = 0;
    while offset < 1 << free {
        table[(start + offset) as usize] = entry;
        offset += 1;
    }
}
