//! What another implementation wrote is read, what needs a dynamic table is refused, and answers have the expected bytes.

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
fn decoded(block: &[u8]) -> Result<List, Error> {
    let mut fields = Fields::new();
    assert_eq!(decode(block, 1 << 20, &mut fields)?, Decoded::Whole);
    Ok(list(&fields))
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// A request by another implementation, which was told of no table.
const REQUEST: &str = "\
0000d1d7508d2c931572f91d35d05b8f34d33f5194627a10c3a2056c20b3440000000af4b48ff3cc015f5099d07f66a281b0dae053fafc087ed4ce6aadf2a797
9c89c6bfbfdd5f10929bd9abfa5242cb40d25fa523b3e94f684c9ff72eaec31ec327d785b600fd286f24782d7e7e037e5c5e";

/// The third of its requests on a connection with a table.
const INDEXED: &str = "0785d1d7101112dd13f71415";

#[test]
fn what_another_implementation_wrote() {
    let expected = [
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", "edge.example:8443"),
        (":path", "/hls/720p/seg_000001.m4s?x=1"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)"),
        ("accept", "*/*"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("range", "bytes=0-"),
        ("priority", "u=1, i"),
        ("x-~~", "~\\^"),
    ];
    assert_eq!(decoded(&unhex(REQUEST)), Ok(owned(&expected)));
    // RFC 9204 Appendix B.1.
    assert_eq!(decoded(&unhex("0000510b2f696e6465782e68746d6c")), Ok(owned(&[(":path", "/index.html")])));
    assert_eq!(decoded(&unhex(INDEXED)), Err(Error::DynamicTable));
}

#[test]
fn the_dynamic_table_is_in_no_form_of_use() {
    for block in [
        &b"\x02\x00\xd1"[..], // an insert is required
        b"\x00\x00\x80",      // indexed
        b"\x00\x00\x10",      // indexed behind the base
        b"\x00\x00\x40\x01a", // its name
        b"\x00\x00\x60\x01a", // its name, never to be indexed
        b"\x00\x00\x00\x01a", // its name behind the base
    ] {
        assert_eq!(decoded(block), Err(Error::DynamicTable), "{block:x?}");
    }
}

#[test]
fn the_prefix() {
    assert_eq!(decoded(b"\x00\x00"), Ok(vec![]));
    // The base says where the dynamic table's indices begin: there are none.
    assert_eq!(decoded(b"\x00\x05\xd1"), Ok(owned(&[(":method", "GET")])));
    assert_eq!(decoded(b"\x00\x80\xd1"), Err(Error::Base));
    for cut in [&b""[..], b"\x00", b"\x00\x7f", b"\xff"] {
        assert_eq!(decoded(cut), Err(Error::Integer(integer::Error::Truncated)));
    }
}

#[test]
fn indices_that_point_nowhere() {
    // 98 is the last entry.
    assert_eq!(decoded(b"\x00\x00\xff\x23"), Ok(owned(&[("x-frame-options", "sameorigin")])));
    assert_eq!(decoded(b"\x00\x00\xff\x24"), Err(Error::Index));
    assert_eq!(decoded(b"\x00\x00\x5f\x54\x01a"), Err(Error::Index));
    assert_eq!(decoded(b"\x00\x00\xff\xff\xff\xff\x7f"), Err(Error::Index));
}

#[test]
fn blocks_that_are_cut_off() {
    let block = b"\x00\x00\xff\x23\x5f\x02\x03abc\x2c\xf2\xb1\xfc\x55\x01v\x27\x01longname\x00";
    assert_eq!(decoded(block).map(|list| list.len()), Ok(4));
    for end in (3..block.len()).filter(|end| ![4, 10, 17].contains(end)) {
        let error = decoded(&block[..end]).expect_err("it is cut off");
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
    // An `a` that is filled up with zeros as a name and as a value; a length without end.
    assert_eq!(decoded(b"\x00\x00\x29\x18\x00"), Err(Error::String(huffman::Error::Padding.into())));
    assert_eq!(decoded(b"\x00\x00\x51\x81\x18"), Err(Error::String(huffman::Error::Padding.into())));
    assert_eq!(
        decoded(b"\x00\x00\x51\x7f\xff\xff\xff\xff\x7f"),
        Err(Error::String(integer::Error::TooLong.into()))
    );
}

#[test]
fn a_list_too_large_is_read_to_its_end() {
    let mut fields = Fields::new();
    // :method GET is 42, :path / is 38.
    for (most, expected, kept) in
        [(80, Decoded::Whole, 2), (79, Decoded::TooLarge, 1), (41, Decoded::TooLarge, 0)]
    {
        fields.clear();
        assert_eq!(decode(b"\x00\x00\xd1\xc1", most, &mut fields), Ok(expected));
        assert_eq!(fields.len(), kept);
    }
    assert_eq!(decode(b"\x00\x00\xd1\xc1\xff\x24", 42, &mut fields), Err(Error::Index));
    let mut huge = vec![0, 0];
    huge.resize(30_000, 0xd1);
    assert_eq!(decode(&huge, 42, &mut fields), Err(Error::Overrun));
}

#[test]
fn answers_have_the_expected_bytes() {
    for (name, value, expected) in [
        (":status", &b"200"[..], &b"\xd9"[..]),
        (":status", b"416", b"\x5f\x09\x03416"),
        ("content-type", b"video/mp4", b"\x5f\x1d\x87\xee\x69\x0a\x76\x29\xad\xaf"),
        ("content-length", b"1048576", b"\x54\x85\x08\x1a\x79\xb7\x5c"),
        ("etag", b"\"a-1\"", b"\x57\x05\"a-1\""),
        ("x-frame-options", b"sameorigin", b"\xff\x23"),
        ("x~", b"~", b"\x22x~\x01~"),
        ("x-own", b"", b"\x2c\xf2\xb1\xfc\x55\x00"),
        ("x-~~~~~~~", b"", b"\x27\x02x-~~~~~~~\x00"),
    ] {
        let mut block = Vec::new();
        encode_field(name, value, &mut block);
        assert_eq!(block, expected, "{name}");
        let expected = vec![(name.as_bytes().to_vec(), value.to_vec())];
        assert_eq!(decoded(&[b"\x00\x00", &block[..]].concat()), Ok(expected));
    }
}

#[test]
fn every_status_has_three_digits() {
    for status in 100..=999 {
        let mut block = Vec::new();
        encode_prefix(&mut block);
        encode_status(status, &mut block);
        assert_eq!(decoded(&block), Ok(owned(&[(":status", &status.to_string())])));
        let is_in_table =
            [100, 103, 200, 204, 206, 302, 304, 400, 403, 404, 421, 425, 500, 503].contains(&status);
        assert_eq!(block.len() <= 4, is_in_table, "{status}");
    }
}

#[test]
fn every_entry_of_the_static_table_is_indexed() {
    for (index, (name, value)) in TABLE.0.iter().enumerate() {
        let mut block = Vec::new();
        encode_prefix(&mut block);
        encode_field(name, value.as_bytes(), &mut block);
        let mut expected = vec![0, 0];
        integer::write(index, 6, 0xc0, &mut expected);
        assert_eq!(block, expected);
        assert_eq!(decoded(&block), Ok(owned(&[(name, value)])));
    }
}

#[test]
fn the_static_table_is_that_of_another_implementation() {
    assert_eq!((TABLE.0.len(), TABLE.hash()), (99, 0x7c4c_3c50_4f8c_c3b1));
}
