//! The Huffman code of field values (RFC 7541 section 5.2 and Appendix B), which HPACK and QPACK have in common.
//!
//! The code is canonical: codes ascend with their length, and among those of one length with the symbol. So the lengths
//! say everything (`huffman/code.rs` makes the tables of them when the crate is compiled). A decoder looks the next ten
//! bits up, which hold every symbol that is common in requests; longer codes are found by their length.

mod code;

use code::{CODES, LENGTHS, SHORT, SHORT_BITS};

/// No code has fewer bits.
const SHORTEST: usize = 5;
/// No code has more bits, the end of the string included.
const LONGEST: u32 = 30;

/// What is wrong with a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It holds the code of the end of a string.
    #[error("a Huffman string holds the end of a string")]
    EndOfString,
    /// What follows the last symbol is not up to seven ones.
    #[error("a Huffman string is not filled up with up to seven ones")]
    Padding,
}

/// Appends what `input` stands for: at most 8 bytes for each 5 of it. After an error nothing is appended.
pub fn decode(input: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    out.resize(start + input.len() * 8 / SHORTEST, 0);
    let decoded = decode_into(input, &mut out[start..]);
    out.truncate(start + decoded.unwrap_or(0));
    decoded.map(drop)
}

/// The number of symbols. `room` has a byte for each that can be there.
fn decode_into(mut input: &[u8], room: &mut [u8]) -> Result<usize, Error> {
    // The next bits, from the highest down, and how many of them count.
    let mut window = 0_u64;
    let mut count = 0;
    let mut room_left = room.iter_mut();
    let mut symbols = 0;
    loop {
        if let Some(next) = input.first_chunk() {
            window |= u64::from_be_bytes(*next) >> count;
            let taken = (63 - count) / 8;
            input = &input[taken as usize..];
            count += taken * 8;
        } else {
            while count <= 56
                && let Some((&byte, rest)) = input.split_first()
            {
                window |= u64::from(byte) << (56 - count);
                count += 8;
                input = rest;
            }
            if count < LONGEST {
                break;
            }
        }
        while count >= LONGEST {
            let (symbol, length) = next_symbol(window)?;
            if let Some(place) = room_left.next() {
                *place = symbol;
            }
            symbols += 1;
            window <<= length;
            count -= length;
        }
    }
    // Ones behind the end make the padding what it must be: the beginning of the end of a string.
    loop {
        let padded = window | (u64::MAX >> count);
        if padded == u64::MAX {
            return if count < 8 { Ok(symbols) } else { Err(Error::Padding) };
        }
        let (symbol, length) = next_symbol(padded)?;
        if length > count {
            return Err(Error::Padding);
        }
        if let Some(place) = room_left.next() {
            *place = symbol;
        }
        symbols += 1;
        window <<= length;
        count -= length;
    }
}

/// The symbol whose code the window begins with, and the length of the code.
fn next_symbol(window: u64) -> Result<(u8, u32), Error> {
    let short = SHORT[(window >> (u64::BITS - SHORT_BITS)) as usize];
    let [symbol, length] = short.to_le_bytes();
    if length > 0 { Ok((symbol, u32::from(length))) } else { next_long_symbol(window) }
}

#[cold]
fn next_long_symbol(window: u64) -> Result<(u8, u32), Error> {
    let (symbol, length) = code::long(window);
    let symbol = u8::try_from(symbol).map_err(|_| Error::EndOfString)?;
    Ok((symbol, length))
}

/// How many bytes [`encode`] appends.
pub fn encoded_length(text: &[u8]) -> usize {
    let bits: usize = text.iter().map(|&byte| usize::from(LENGTHS[usize::from(byte)])).sum();
    bits.div_ceil(8)
}

/// Appends the code of each byte, filled up with ones.
pub fn encode(text: &[u8], out: &mut Vec<u8>) {
    let mut window = 0_u64;
    let mut count = 0;
    for &byte in text {
        let byte = usize::from(byte);
        let length = u32::from(LENGTHS[byte]);
        window = window << length | u64::from(CODES[byte]);
        count += length;
        while count >= 8 {
            count -= 8;
            out.push((window >> count).to_le_bytes()[0]);
        }
    }
    if count > 0 {
        let padding = 8 - count;
        out.push((window << padding | u64::MAX >> (64 - padding)).to_le_bytes()[0]);
    }
}

#[cfg(test)]
mod tests;
