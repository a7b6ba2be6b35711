//! A decoder that compares one code after the other, bit by bit.

pub(crate) struct Naive {
    /// The bits of each byte's code.
    codes: Vec<Vec<bool>>,
}

impl Naive {
    /// Learns the codes from what an encoder writes.
    pub(crate) fn new(encode: fn(&[u8]) -> Vec<u8>) -> Self {
        // Eight times the same byte are a multiple of eight bits, and so have no padding.
        let eight = (0..=u8::MAX).map(|byte| bits(&encode(&[byte; 8])));
        Self { codes: eight.map(|bits| bits[..bits.len() / 8].to_vec()).collect() }
    }

    /// The text, if the input is one.
    pub(crate) fn decode(&self, input: &[u8]) -> Option<Vec<u8>> {
        let bits = bits(input);
        let mut rest = &bits[..];
        let mut text = Vec::new();
        while let Some(byte) = self.codes.iter().position(|code| rest.starts_with(code)) {
            text.push(u8::try_from(byte).ok()?);
            rest = &rest[self.codes[byte].len()..];
        }
        // No code is a beginning of the end of a string, which is thirty ones.
        (rest.len() < 8 && rest.iter().all(|bit| *bit)).then_some(text)
    }
}

fn bits(bytes: &[u8]) -> Vec<bool> {
    bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect()
}
