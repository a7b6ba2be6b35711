//! What a client wrote is read, and what nobody would write is judged as the standard's text does.

use proptest::prelude::*;

use super::client::{Client, Form, Kind};
use super::naive::Naive;
use super::*;

/// Few names and values, so that the tables have them again.
fn field() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let fixed = (0..TABLE.0.len()).prop_map(|index| TABLE.0[index]);
    let fixed = fixed.prop_map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    let name = prop_oneof![
        (0..TABLE.0.len()).prop_map(|index| TABLE.0[index].0.as_bytes().to_vec()),
        "x-[ab]".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..300),
    ];
    let value =
        prop_oneof!["[ab]?".prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..1500),];
    prop_oneof![fixed, (name, value)]
}

fn form() -> impl Strategy<Value = Form> {
    let kind = prop_oneof![
        4 => Just(Kind::Indexed),
        2 => Just(Kind::Kept),
        1 => Just(Kind::NotKept),
        1 => Just(Kind::NeverKept),
    ];
    (kind, any::<bool>(), any::<bool>()).prop_map(|(kind, has_named, is_huffman)| Form {
        kind,
        has_named,
        is_huffman,
    })
}

/// Sizes of the table, and then fields.
type Request = (Vec<usize>, Vec<((Vec<u8>, Vec<u8>), Form)>);

fn request() -> impl Strategy<Value = Request> {
    let sizes = prop_oneof![4 => Just(vec![]), 1 => prop::collection::vec(0_usize..=8192, 1..3)];
    (sizes, prop::collection::vec((field(), form()), 0..12))
}

/// Bytes that look like blocks.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        (0x80_u8..=0xff).prop_map(|byte| vec![byte]),
        (0x41_u8..0x7f).prop_map(|byte| vec![byte, 1, b'a']),
        Just(b"\x40\x01b\x82\x1c\x64".to_vec()),
        Just(b"\x0f\x2f\x00".to_vec()),
        Just(b"\x20\x3f\x80\x01".to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn naive_huffman(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    huffman::decode(text, &mut out).ok().map(|()| out)
}

fn naive(most: usize) -> Naive {
    Naive::new(owned(TABLE.0), most, naive_huffman)
}

/// Of a list, the fields that are kept of it.
fn kept(list: &List, most: usize) -> &[(Vec<u8>, Vec<u8>)] {
    let mut size = 0;
    let count = list.iter().take_while(|(name, value)| {
        size += name.len() + value.len() + 32;
        size <= most
    });
    &list[..count.count()]
}

proptest! {
    #[test]
    fn what_a_client_wrote_is_read(
        requests in prop::collection::vec(request(), 1..8),
        most in prop_oneof![Just(1_000_000_usize), 0_usize..4000],
    ) {
        let mut client = Client::new();
        let mut decoder = Decoder::new(8192);
        let mut naive = naive(8192);
        let mut fields = Fields::new();
        for (sizes, written) in requests {
            let mut block = Vec::new();
            for size in sizes {
                client.resize(size, &mut block);
            }
            for (field, form) in &written {
                client.write(field, *form, &mut block);
            }
            let expected: List = written.into_iter().map(|(field, _)| field).collect();
            let kept = kept(&expected, most);
            fields.clear();
            let decoded = if kept.len() == expected.len() { Decoded::Whole } else { Decoded::TooLarge };
            prop_assert_eq!(decoder.decode(&block, most, &mut fields), Ok(decoded));
            prop_assert_eq!(list(&fields), kept);
            prop_assert_eq!(naive.decode(&block), Some(expected));
        }
    }

    #[test]
    fn any_bytes_are_read_as_the_standard_tells(blocks in prop::collection::vec(noise(), 1..6)) {
        let mut decoder = Decoder::new(4096);
        let mut naive = naive(4096);
        for block in blocks {
            let (found, expected) = (decode(&mut decoder, &block).ok(), naive.decode(&block));
            prop_assert_eq!(&found, &expected);
            if expected.is_none() {
                break;
            }
        }
    }

    #[test]
    fn an_answer_comes_back(list in prop::collection::vec((".{0,40}", prop::collection::vec(any::<u8>(), 0..200)), 0..10)) {
        let mut block = Vec::new();
        for (name, value) in &list {
            encode_field(name, value, &mut block);
        }
        let expected: List = list.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect();
        prop_assert_eq!(decode(&mut Decoder::new(4096), &block), Ok(expected));
    }
}
