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
    let mut window = Window::default();
    let mut symbols = 0;
    while !input.is_empty() {
        window.fill(&mut input);
        while let Some((symbol, length)) = window.next_symbol()? {
            room[symbols] = symbol;
            symbols += 1;
            window.drop(length);
        }
    }
    while let Some((symbol, length)) = window.last_symbol()? {
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

    /// The next symbol and the length of its code, or `None` if that may be longer than what counts.
    fn next_symbol(&self) -> Result<Option<(u8, u32)>, Error> {
        if self.count < SHORT_BITS {
            return Ok(None);
        }
        match short_symbol(self.bits) {
            None if self.count < LONGEST => Ok(None),
            None => long_symbol(self.bits).map(Some),
            short => Ok(short),
        }
    }

    /// The same where no bits follow: `None` if those that are left are padding.
    fn last_symbol(&self) -> Result<Option<(u8, u32)>, Error> {
        // Ones make the padding what it is, the beginning of the end of a string.
        let padded = self.bits | u64::MAX >> self.count;
        if padded == u64::MAX {
            return if self.count < 8 { Ok(None) } else { Err(Error::Padding) };
        }
        let (symbol, length) = match short_symbol(padded) {
            Some(short) => short,
            None => long_symbol(padded)?,
        };
        if length > self.count { Err(Error::Padding) } else { Ok(Some((symbol, length))) }
    }

    fn drop(&mut self, length: u32) {
        self.bits <<= length;
        self.count -= length;
    }
}

/// The symbol whose code `bits` begin with, and the length of the code, if that is up to ten bits.
fn short_symbol(bits: u64) -> Option<(u8, u32)> {
    let [symbol, length] = SHORT[(bits >> (u64::BITS - SHORT_BITS)) as usize].to_le_bytes();
    if length > 0 { Some((symbol, length.into())) } else { None }
}

#[cold]
fn long_symbol(bits: u64) -> Result<(u8, u32), Error> {
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
