//! A canonical path is canonical: once more changes nothing, and nothing in it can climb or break a line.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use media::path::{MAX_PATH, canonical};

fuzz_target!(|path: &str| {
    let Ok(once) = canonical(path) else { return };
    assert!(matches!(canonical(&once), Ok(Cow::Borrowed(_))), "{once}");
    assert!(once.starts_with('/') && once.len() <= MAX_PATH);
    assert!(once.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\?#".contains(&byte)));

    // An origin that decodes slashes early still finds no dot segment.
    let decoded = once.replace("%2F", "/");
    assert!(decoded.split('/').all(|component| component != "." && component != ".."), "{once}");

    // The naive way: decode everything that is left, and compare with the input decoded after its dot segments
    // were resolved. Only paths without dot segments are compared, since those need no second resolver.
    let components: Vec<Vec<u8>> = path.split('/').map(decode).collect();
    if components.iter().all(|component| component != b"." && component != b"..") {
        assert!(once.split('/').map(decode).eq(components));
    }
});

fn decode(component: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = component.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits =
                [bytes.next(), bytes.next()].map(|digit| char::from(digit.unwrap()).to_digit(16).unwrap());
            out.push((digits[0] * 16 + digits[1]) as u8);
        } else {
            out.push(byte);
        }
    }
    out
}
