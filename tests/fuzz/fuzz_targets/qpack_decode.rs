//! QPACK without a dynamic table, as the standard tells it, and no more kept than allowed.
//!
//! The first byte says how much is kept of a block, in units of 32.
#![no_main]

#[path = "../../../crates/http-framing/src/qpack/tests/naive.rs"]
mod naive;

use std::sync::LazyLock;

use http_framing::fields::{Decoded, Fields};
use http_framing::huffman;
use http_framing::qpack::{self, Error};
use libfuzzer_sys::fuzz_target;

static STATIC_TABLE: LazyLock<Vec<(Vec<u8>, Vec<u8>)>> = LazyLock::new(static_table);

fuzz_target!(|input: &[u8]| {
    let Some((&most, block)) = input.split_first() else { return };
    let most = usize::from(most) * 32;
    let mut fields = Fields::new();
    let decoded = qpack::decode(block, most, &mut fields);
    if decoded == Err(Error::Overrun) {
        return;
    }
    let Some(expected) = naive::decode(block, &STATIC_TABLE, naive_huffman) else {
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
    assert!(fields.iter().eq(expected[..kept].iter().map(|(name, value)| (&name[..], &value[..]))));
    check_answer(&fields);
});

/// What was read can be written, and is read again.
fn check_answer(fields: &Fields) {
    let mut block = Vec::new();
    qpack::encode_prefix(&mut block);
    for (name, value) in fields.iter() {
        let Ok(name) = str::from_utf8(name) else { return };
        qpack::encode_field(name, value, &mut block);
    }
    let mut back = Fields::new();
    assert_eq!(qpack::decode(&block, usize::MAX, &mut back), Ok(Decoded::Whole));
    assert!(back.iter().eq(fields.iter()));
}

fn static_table() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut block = vec![0, 0];
    block.extend(0xc0..0xff);
    block.extend((63..99).flat_map(|index| [0xff, index - 63]));
    let mut fields = Fields::new();
    qpack::decode(&block, usize::MAX, &mut fields).expect("99 entries");
    fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

fn naive_huffman(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    huffman::decode(text, &mut out).ok().map(|()| out)
}
