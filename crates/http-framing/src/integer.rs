//! Integers of field compression (RFC 7541 section 5.1, RFC 9204 section 4.1.1).
//!
//! A value stands in the low bits of a byte, and in up to four more bytes of seven bits each. So none is above
//! 2^28 + 254, whatever the machine, and a peer cannot make one longer with zeros.

/// What is wrong with an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input ends before the integer does.
    #[error("an integer is cut off")]
    Truncated,
    /// It has more than four bytes after the first.
    #[error("an integer is too long")]
    TooLong,
}

/// How far each byte after the first is moved.
const SHIFTS: [u32; 4] = [0, 7, 14, 21];

/// Takes the integer in the low `prefix` bits (1 to 8) of the first byte, and in those that follow, off `input`.
pub(crate) fn read(input: &mut &[u8], prefix: u32) -> Result<usize, Error> {
    let (&first, rest) = input.split_first().ok_or(Error::Truncated)?;
    *input = rest;
    let mask = mask(prefix);
    let value = usize::from(first & mask);
    if first & mask == mask { read_rest(input, value) } else { Ok(value) }
}

fn read_rest(input: &mut &[u8], mut value: usize) -> Result<usize, Error> {
    for shift in SHIFTS {
        let (&byte, rest) = input.split_first().ok_or(Error::Truncated)?;
        *input = rest;
        value += usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Error::TooLong)
}

/// Appends `value`, with `flags` in the bits of the first byte above the low `prefix` ones.
pub(crate) fn write(value: usize, prefix: u32, flags: u8, out: &mut Vec<u8>) {
    let mask = mask(prefix);
    let Some(mut rest) = value.checked_sub(usize::from(mask)) else {
        out.push(flags | low_byte(value));
        return;
    };
    out.push(flags | mask);
    while rest >= 0x80 {
        out.push(low_byte(rest) | 0x80);
        rest >>= 7;
    }
    out.push(low_byte(rest));
}

fn mask(prefix: u32) -> u8 {
    u8::MAX >> (u8::BITS - prefix)
}

fn low_byte(value: usize) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests;
