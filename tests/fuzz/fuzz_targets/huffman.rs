//! The Huffman code of field values, bit by bit, and back.
#![no_main]

#[path = "../../../crates/http-framing/src/huffman/tests/naive.rs"]
mod naive;

use std::sync::LazyLock;

use http_framing::huffman;
use libfuzzer_sys::fuzz_target;
use naive::Naive;

static NAIVE: LazyLock<Naive> = LazyLock::new(|| Naive::new(encode));

fuzz_target!(|input: &[u8]| {
    let mut text = b"before".to_vec();
    let decoded = huffman::decode(input, &mut text);
    let text = text.strip_prefix(b"before").expect("what was there stays");
    let expected = NAIVE.decode(input);
    assert_eq!(decoded.is_ok(), expected.is_some());
    assert_eq!(text, expected.unwrap_or_default());
    // There is one code for each text.
    assert!(decoded.is_err() || encode(text) == input);

    let mut back = Vec::new();
    assert!(huffman::decode(&encode(input), &mut back).is_ok() && back == input);
});

fn encode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    huffman::encode(text, &mut out);
    assert_eq!(out.len(), huffman::encoded_length(text));
    out
}
