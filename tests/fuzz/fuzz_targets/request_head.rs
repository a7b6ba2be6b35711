//! The rules for a request's fields, one by one.
//!
//! Fields stand with 0xff between them, and their values behind 0xfe: neither may stand in what is read.
#![no_main]

#[path = "../../../crates/http-framing/src/request/tests/naive.rs"]
mod naive;

use http_framing::fields::Fields;
use http_framing::request::RequestHead;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let list: Vec<(Vec<u8>, Vec<u8>)> = input.split(|byte| *byte == 0xff).map(field).collect();
    let mut fields = Fields::new();
    for (name, value) in &list {
        fields.push(name, value);
    }
    let head = RequestHead::read(&fields);
    assert_eq!(head.is_ok(), naive::is_sound(&list), "{:?}", head.err());
    let Ok(head) = head else { return };
    let regular = list.iter().filter(|(name, _)| !name.starts_with(b":"));
    let regular = regular.map(|(name, value)| (&name[..], &value[..]));
    assert!(head.fields().map(|(name, value)| (name.as_bytes(), value)).eq(regular));
    let line = [(":method", head.method), (":scheme", head.scheme), (":path", head.path)];
    let authority = Some((":authority", head.authority)).filter(|(_, authority)| !authority.is_empty());
    let line: Vec<_> = line.into_iter().chain(authority).collect();
    assert_eq!(list.len() - head.fields().count(), line.len());
    for (name, value) in line {
        assert!(list.iter().any(|field| field.0 == name.as_bytes() && field.1 == value.as_bytes()));
    }
});

fn field(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut halves = bytes.splitn(2, |byte| *byte == 0xfe).map(<[u8]>::to_vec);
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}
