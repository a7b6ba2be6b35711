//! A decoder that compares one code after the other, bit by bit.

/// The text, if the input is one. Codes are learned from `encode`: what a byte and its padding are.
pub(crate) fn decode(input: &[u8], encode: fn(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
    let codes = codes(encode);
    let bits = bits(input);
    let mut rest = &bits[..];
    let mut text = Vec::new();
    while let Some(byte) = codes.iter().position(|code| rest.starts_with(code)) {
        text.push(u8::try_from(byte).ok()?);
        rest = &rest[codes[byte].len()..];
    }
    // No code is a beginning of the end of a string, which is thirty ones.
    (rest.len() < 8 && rest.iter().all(|bit| *bit)).then_some(text)
}

fn codes(encode: fn(&[u8]) -> Vec<u8>) -> Vec<Vec<bool>> {
    (0..=u8::MAX).map(|byte| code(byte, encode)).collect()
}

/// Eight times the same byte have a multiple of eight bits, and so no padding.
fn code(byte: u8, encode: fn(&[u8]) -> Vec<u8>) -> Vec<bool> {
    let eight = bits(&encode(&[byte; 8]));
    eight[..eight.len() / 8].to_vec()
}

fn bits(bytes: &[u8]) -> Vec<bool> {
    bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect()
}
