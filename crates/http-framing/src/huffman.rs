//! The Huffman code of field values (RFC 7541 section 5.2 and Appendix B), which HPACK and QPACK have in common.
//!
//! The code is canonical: codes ascend with their length, and among those of one length with the symbol. So the lengths
//! say everything (`huffman/code.rs` makes the tables of them when the crate is compiled). A decoder looks the next
//! eleven bits up, which hold every symbol that is common in requests, and often two; longer codes are found by their length.

mod code;

use code::{CODES, LENGTHS, LONGEST, SHORT, SHORT_BITS, SHORTEST, Short};

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
    let mut window = Window::default();
    let mut symbols = 0;
    while !input.is_empty() {
        window.fill(&mut input);
        while window.count >= SHORT_BITS {
            let short = short(window.bits);
            if short.count > 0 {
                // Two bytes are written where one is meant as well: as many bits as are looked up hold two of the shortest.
                room[symbols] = short.symbols[0];
                room[symbols + 1] = short.symbols[1];
                symbols += usize::from(short.count);
                window.drop(short.length.into());
            } else if window.count >= LONGEST {
                let (symbol, length) = long(window.bits)?;
                room[symbols] = symbol;
                symbols += 1;
                window.drop(length);
            } else {
                break;
            }
        }
    }
    while let Some((symbol, length)) = window.last()? {
        room[symbols] = symbol;
        symbols += 1;
        window.drop(length);
    }
    Ok(symbols)
}

/// The next bits of a string.
#[derive(Default)]
struct Window {
    /// From the highest down. Behind those that count are some of the next ones, or zeros.
    bits: u64,
    /// How many count: less than 64.
    count: u32,
}

impl Window {
    /// Takes bits off `input` until 56 count, or none is left.
    fn fill(&mut self, input: &mut &[u8]) {
        if let Some(next) = input.first_chunk() {
            self.bits |= u64::from_be_bytes(*next) >> self.count;
            let bytes = (63 - self.count) / 8;
            *input = &input[bytes as usize..];
            self.count += bytes * 8;
            return;
        }
        while self.count < 56
            && let Some((&byte, rest)) = input.split_first()
        {
            self.bits |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            *input = rest;
        }
    }

    /// The next symbol and the length of its code where no bits follow, or `None` if those that are left are padding.
    fn last(&self) -> Result<Option<(u8, u32)>, Error> {
        // Ones make the padding what it is, the beginning of the end of a string.
        let padded = self.bits | u64::MAX >> self.count;
        if padded == u64::MAX {
            return if self.count < 8 { Ok(None) } else { Err(Error::Padding) };
        }
        let short = short(padded);
        let (symbol, length) = if short.count > 0 {
            let symbol = short.symbols[0];
            (symbol, LENGTHS[usize::from(symbol)].into())
        } else {
            long(padded)?
        };
        if length > self.count { Err(Error::Padding) } else { Ok(Some((symbol, length))) }
    }

    fn drop(&mut self, length: u32) {
        self.bits <<= length;
        self.count -= length;
    }
}

/// What `bits` begin with, as far as it is short.
fn short(bits: u64) -> Short {
    SHORT[(bits >> (u64::BITS - SHORT_BITS)) as usize]
}

/// The symbol that `bits` begin with, of a code that is not looked up, and the length of the code.
#[cold]
fn long(bits: u64) -> Result<(u8, u32), Error> {
    let (symbol, length) = code::long(bits);
    Ok((u8::try_from(symbol).map_err(|_| Error::EndOfString)?, length))
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
