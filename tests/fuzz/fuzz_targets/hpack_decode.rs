//! HPACK: several blocks on one connection, as the standard tells it, and no more kept than allowed.
//!
//! The first byte says how much is kept of a block, in units of 32. Each block has its length before it.
#![no_main]

#[path = "../../../crates/http-framing/src/hpack/tests/naive.rs"]
mod naive;

use std::sync::LazyLock;

use http_framing::fields::{Decoded, Fields};
use http_framing::hpack::{self, Decoder, Error};
use http_framing::huffman;
use libfuzzer_sys::fuzz_target;
use naive::Naive;

const TABLE: usize = 5000;

static STATIC_TABLE: LazyLock<Vec<(Vec<u8>, Vec<u8>)>> = LazyLock::new(static_table);

fuzz_target!(|input: &[u8]| {
    let Some((&most, mut rest)) = input.split_first() else { return };
    let most = usize::from(most) * 32;
    let mut decoder = Decoder::new(TABLE);
    let mut naive = Naive::new(STATIC_TABLE.clone(), TABLE, naive_huffman);
    let mut fields = Fields::new();
    while let Some((&length, after)) = rest.split_first() {
        let (block, after) = after.split_at(usize::from(length).min(after.len()));
        rest = after;
        fields.clear();
        let decoded = decoder.decode(block, most, &mut fields);
        if decoded == Err(Error::Overrun) {
            return;
        }
        let Some(expected) = naive.decode(block) else {
            assert!(decoded.is_err() && fields.is_empty());
            return;
        };
        let mut size = 0;
        let kept = expected.iter().take_while(|(name, value)| {
            size += name.len() + value.len() + 32;
            size <= most
        });
        let kept = kept.count();
        let whole = if kept == expected.len() { Decoded::Whole } else { Decoded::TooLarge };
        assert_eq!(decoded, Ok(whole));
        let expected = expected[..kept].iter().map(|(name, value)| (&name[..], &value[..]));
        assert!(fields.iter().eq(expected));
        check_answer(&fields);
    }
});

/// What was read can be written, and is read again.
fn check_answer(fields: &Fields) {
    let mut block = Vec::new();
    for (name, value) in fields.iter() {
        let Ok(name) = str::from_utf8(name) else { return };
        hpack::encode_field(name, value, &mut block);
    }
    let mut back = Fields::new();
    assert_eq!(Decoder::new(0).decode(&block, usize::MAX, &mut back), Ok(Decoded::Whole));
    assert!(back.iter().eq(fields.iter()));
}

fn static_table() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut fields = Fields::new();
    let indices: Vec<u8> = (0x81..=0xbd).collect();
    Decoder::new(0).decode(&indices, usize::MAX, &mut fields).expect("61 entries");
    fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

fn naive_huffman(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    huffman::decode(text, &mut out).ok().map(|()| out)
}
