//! What was encoded comes back, and what nobody would write is judged as the standard's text does.

use proptest::prelude::*;

use super::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![(0..TABLE.0.len()).prop_map(|index| TABLE.0[index].0.to_owned()), ".{0,40}"]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0..TABLE.0.len()).prop_map(|index| TABLE.0[index].1.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..300),
    ]
}

/// Bytes that look like blocks.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => (0xc0_u8..=0xfe).prop_map(|byte| vec![byte]),
        2 => (0_u8..40).prop_map(|byte| vec![0xff, byte]),
        4 => (0x50_u8..0x5f).prop_map(|byte| vec![byte, 1, b'a']),
        4 => Just(b"\x21b\x82\x1c\x64".to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| [b"\x00\x00", &pieces.concat()[..]].concat())
}

fn naive_huffman(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    huffman::decode(text, &mut out).ok().map(|()| out)
}

proptest! {
    #[test]
    fn what_was_encoded_comes_back(
        fields in prop::collection::vec((name(), value()), 0..10),
        most in prop_oneof![Just(1_000_000_usize), 0_usize..1000],
    ) {
        let mut block = Vec::new();
        encode_prefix(&mut block);
        for (name, value) in &fields {
            encode_field(name, value, &mut block);
        }
        let expected: List = fields.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect();
        let mut size = 0;
        let kept = expected.iter().take_while(|(name, value)| {
            size += name.len() + value.len() + 32;
            size <= most
        });
        let kept = kept.count();
        let mut found = Fields::new();
        let whole = if kept == expected.len() { Decoded::Whole } else { Decoded::TooLarge };
        prop_assert_eq!(decode(&block, most, &mut found), Ok(whole));
        prop_assert_eq!(list(&found), &expected[..kept]);
    }

    #[test]
    fn any_bytes_are_read_as_the_standard_tells(
        block in prop_oneof![noise(), prop::collection::vec(any::<u8>(), 0..20)],
    ) {
        let mut fields = Fields::new();
        let expected = naive::decode(&block, &owned(TABLE.0), naive_huffman);
        prop_assert_eq!(decode(&block, 1 << 20, &mut fields).is_ok(), expected.is_some());
        prop_assert_eq!(list(&fields), expected.unwrap_or_default());
    }
}
