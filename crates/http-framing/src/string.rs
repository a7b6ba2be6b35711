//! Strings of field compression (RFC 7541 section 5.2, RFC 9204 section 4.1.2): a length, whether they are in Huffman code,
//! and that many bytes.

use crate::{huffman, integer};

/// What is wrong with a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Its length cannot be read.
    #[error("the length of a string: {0}")]
    Length(#[from] integer::Error),
    /// The input ends before the string does.
    #[error("a string is cut off")]
    Truncated,
    /// It is not in Huffman code, although it says so.
    #[error(transparent)]
    Huffman(#[from] huffman::Error),
}

/// Takes a string off `input` and appends it to `out`. Its length has the low `prefix` bits of the first byte (1 to 7); the
/// bit above them says whether it is in Huffman code.
pub(crate) fn read(input: &mut &[u8], prefix: u32, out: &mut Vec<u8>) -> Result<(), Error> {
    let is_huffman = input.first().is_some_and(|first| first & huffman_flag(prefix) != 0);
    let length = integer::read(input, prefix)?;
    let (text, rest) = input.split_at_checked(length).ok_or(Error::Truncated)?;
    *input = rest;
    if is_huffman {
        huffman::decode(text, out)?;
    } else {
        out.extend_from_slice(text);
    }
    Ok(())
}

/// Appends `text` to `out`, in Huffman code if that is shorter. `flags` stand in the first byte above the bit for Huffman.
pub(crate) fn write(text: &[u8], prefix: u32, flags: u8, out: &mut Vec<u8>) {
    let length = huffman::encoded_length(text);
    if length < text.len() {
        integer::write(length, prefix, flags | huffman_flag(prefix), out);
        huffman::encode(text, out);
    } else {
        integer::write(text.len(), prefix, flags, out);
        out.extend_from_slice(text);
    }
}

fn huffman_flag(prefix: u32) -> u8 {
    1 << prefix
}
