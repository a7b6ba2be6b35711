//! What other implementations write is read, what may not be is refused, and answers have the expected bytes.

mod client;
mod examples;
pub(crate) mod naive;
mod properties;

use super::*;
use crate::huffman;

/// Names and values.
type List = Vec<(Vec<u8>, Vec<u8>)>;

fn list(fields: &Fields) -> List {
    fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

fn owned(list: &[(&str, &str)]) -> List {
    list.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
}

/// A whole list, with no bound that matters.
fn decode(decoder: &mut Decoder, block: &[u8]) -> Result<List, Error> {
    let mut fields = Fields::new();
    assert_eq!(decoder.decode(block, 1 << 20, &mut fields)?, Decoded::Whole);
    Ok(list(&fields))
}

fn refused(block: &[u8]) -> Error {
    decode(&mut Decoder::new(4096), block).expect_err("it may not be")
}

/// `cache-control: no-cache`, put into the table.
const ENTRY: &[u8] = b"\x58\x08no-cache";

#[test]
fn indices_that_point_nowhere() {
    for block in [
        &b"\x80"[..],            // zero
        b"\xbe",                 // 62 in an empty table
        b"\xff\x00",             // 127
        b"\xff\xff\xff\xff\x7f", // the largest
        b"\x7e\x01a",            // as a name, put into the table
        b"\x0f\x2f\x01a",        // as a name, not put there
        b"\x1f\x2f\x01a",        // as a name, never to be put there
    ] {
        assert_eq!(refused(block), Error::Index, "{block:x?}");
    }
    let mut decoder = Decoder::new(4096);
    decode(&mut decoder, ENTRY).unwrap();
    assert_eq!(decode(&mut decoder, b"\xbe"), Ok(owned(&[("cache-control", "no-cache")])));
    assert_eq!(decode(&mut decoder, b"\xbf"), Err(Error::Index));
}

#[test]
fn the_table_is_no_larger_than_announced() {
    let mut decoder = Decoder::new(10_000);
    // 10,000 and 10,001.
    assert_eq!(decode(&mut decoder, b"\x3f\xf1\x4d"), Ok(vec![]));
    assert_eq!(decode(&mut decoder, b"\x3f\xf2\x4d"), Err(Error::TableSize));
    // 4,096 is what a client may use before it knows; 4,097 is more.
    for announced in [0, 100, 4096] {
        assert_eq!(decode(&mut Decoder::new(announced), b"\x3f\xe1\x1f"), Ok(vec![]));
        assert_eq!(decode(&mut Decoder::new(announced), b"\x3f\xe2\x1f"), Err(Error::TableSize));
    }
}

#[test]
fn the_table_changes_its_size_before_fields_alone() {
    let mut decoder = Decoder::new(4096);
    // Nothing, then 4,096 again: the entry is gone.
    let block = [ENTRY, b"\xbe"].concat();
    assert_eq!(decode(&mut decoder, &block).unwrap().len(), 2);
    assert_eq!(decode(&mut decoder, b"\x20\x3f\xe1\x1f\x82"), Ok(owned(&[(":method", "GET")])));
    assert_eq!(decode(&mut decoder, b"\xbe"), Err(Error::Index));
    assert_eq!(refused(b"\x82\x20"), Error::LateTableSize);
    assert_eq!(refused(&[ENTRY, b"\x3f\xe1\x1f"].concat()), Error::LateTableSize);
}

#[test]
fn blocks_that_are_cut_off() {
    let block = b"\x3f\xe1\x1f\x40\x04name\x85\xf2\xb2\x4a\x87\xff\x0f\x2b\x03abc\xff\x00";
    // But where a field ends.
    for end in (1..block.len()).filter(|end| ![3, 15, 21].contains(end)) {
        let error = refused(&block[..end]);
        let is_cut = matches!(
            error,
            Error::Integer(integer::Error::Truncated)
                | Error::String(string::Error::Truncated | string::Error::Length(integer::Error::Truncated))
        );
        assert!(is_cut, "{end}: {error}");
    }
}

#[test]
fn strings_that_are_none() {
    // An `a` that is filled up with zeros; the end of a string; a length without end.
    assert_eq!(refused(b"\x00\x81\x18\x00"), Error::String(huffman::Error::Padding.into()));
    assert_eq!(refused(b"\x00\x84\xff\xff\xff\xff\x00"), Error::String(huffman::Error::EndOfString.into()));
    assert_eq!(refused(b"\x00\x7f\xff\xff\xff\xff\x7f"), Error::String(integer::Error::TooLong.into()));
    assert_eq!(refused(b"\x3f\xff\xff\xff\xff\x7f"), Error::Integer(integer::Error::TooLong));
}

#[test]
fn a_list_too_large_leaves_the_table_right() {
    let mut decoder = Decoder::new(4096);
    let mut fields = Fields::new();
    let block = [b"\x82", ENTRY, b"\xbe\x84"].concat();
    // :method GET is 42, cache-control no-cache 53.
    assert_eq!(decoder.decode(&block, 42 + 52, &mut fields), Ok(Decoded::TooLarge));
    assert_eq!(list(&fields), owned(&[(":method", "GET")]));
    assert_eq!(decode(&mut decoder, b"\xbe"), Ok(owned(&[("cache-control", "no-cache")])));
}

/// Two bytes for each 4,000 of them: what a table is good for, and what it can be abused for.
#[test]
fn a_few_bytes_do_not_stand_for_megabytes() {
    let mut decoder = Decoder::new(4096);
    let mut large = vec![0x40, 0x7f, 0xa1, 0x1e];
    large.extend([b'n'; 4000]);
    large.push(0);
    decode(&mut decoder, &large).unwrap();
    let mut fields = Fields::new();
    assert_eq!(decoder.decode(&[0xbe; 262], 16_384, &mut fields), Ok(Decoded::TooLarge));
    assert_eq!(fields.len(), 4);
    fields.clear();
    // In each form in which an entry is named.
    for form in [&b"\xbe"[..], b"\x7e\x00", b"\x0f\x2f\x00"] {
        assert_eq!(decoder.decode(&form.repeat(300), 16_384, &mut fields), Err(Error::Overrun), "{form:x?}");
        assert!(fields.is_empty());
    }
}

#[test]
fn answers_have_no_table_of_their_own() {
    for (name, value, expected) in [
        (":status", &b"200"[..], &b"\x88"[..]),
        (":status", b"416", b"\x08\x03416"),
        ("accept-encoding", b"gzip, deflate", b"\x90"),
        ("content-length", b"1234567", b"\x0f\x0d\x85\x08\x99\x69\xb7\x1d"),
        ("content-type", b"\xff", b"\x0f\x10\x01\xff"),
        ("x~", b"~", b"\x00\x02x~\x01~"),
        ("x-own", b"", b"\x00\x84\xf2\xb1\xfc\x55\x00"),
    ] {
        let mut block = Vec::new();
        encode_field(name, value, &mut block);
        assert_eq!(block, expected, "{name}");
        let expected = vec![(name.as_bytes().to_vec(), value.to_vec())];
        assert_eq!(decode(&mut Decoder::new(4096), &block), Ok(expected));
    }
}

#[test]
fn every_status_has_three_digits() {
    for status in 100..=999 {
        let mut block = Vec::new();
        encode_status(status, &mut block);
        let fields = decode(&mut Decoder::new(4096), &block);
        assert_eq!(fields, Ok(owned(&[(":status", &status.to_string())])));
        let is_in_table = [200, 204, 206, 304, 400, 404, 500].contains(&status);
        assert_eq!(block.len() == 1, is_in_table, "{status}");
    }
}

#[test]
fn every_entry_of_the_static_table_is_indexed() {
    for (index, (name, value)) in TABLE.0.iter().enumerate() {
        let mut block = Vec::new();
        encode_field(name, value.as_bytes(), &mut block);
        assert_eq!(block, [0x81 + u8::try_from(index).unwrap()]);
        assert_eq!(decode(&mut Decoder::new(4096), &block), Ok(owned(&[(name, value)])));
    }
}

#[test]
fn the_static_table_is_that_of_another_implementation() {
    assert_eq!((TABLE.0.len(), TABLE.hash()), (61, 0x948a_024f_c67a_b878));
}
