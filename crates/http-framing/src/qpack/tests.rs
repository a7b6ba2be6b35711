//! Blocks by hand.
use super::*;

#[test]
fn what_was_encoded_is_decoded() {
    let mut block = Vec::new();
    encode_prefix(&mut block);
    let list: [(&str, &[u8]); 5] = [
        (":status", b"206"),
        (":method", b"GET"),
        ("content-type", b"video/mp4"),
        ("x-own", b"\xff\x00?"),
        ("etag", b"\"a\""),
    ];
    for (name, value) in list {
        encode_field(name, value, &mut block);
    }
    let mut fields = Fields::new();
    assert_eq!(decode(&block, 1000, &mut fields), Ok(Decoded::Whole));
    assert!(fields.iter().eq(list.iter().map(|(name, value)| (name.as_bytes(), *value))));
}
