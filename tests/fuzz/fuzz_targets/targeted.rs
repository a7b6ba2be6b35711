//! A targeted field is used as a whole or ignored as a whole, and where its text means something in Cache-Control
//! too, it means the same.
#![no_main]

use std::collections::HashSet;

use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use segment_cache::cache_control::CacheControl;
use segment_cache::targeted::TARGETS;

fuzz_target!(|text: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in text.split(|&byte| byte == b'\n') {
        let Ok(line) = HeaderValue::from_bytes(line) else { return };
        headers.append(&TARGETS[1], line);
    }
    let sentinel = HeaderValue::from_static("max-age=7, stale-if-error=11, private=\"x-sentinel\"");
    headers.insert(CACHE_CONTROL, sentinel);
    let plain = CacheControl::of(&headers);
    let governing = CacheControl::governing(&headers);
    if !governing.targeted {
        assert_eq!(governing.control, plain);
    }

    // Several lines are one.
    let joined = text.split(|&byte| byte == b'\n').collect::<Vec<_>>().join(&b", "[..]);
    let joined = HeaderValue::from_bytes(&joined).expect("of sound parts");
    headers.insert(&TARGETS[1], joined.clone());
    assert_eq!(CacheControl::governing(&headers), governing);

    // A more particular field comes first, and one with an error does not count.
    headers.insert(&TARGETS[0], HeaderValue::from_static("max-age=ten"));
    assert_eq!(CacheControl::governing(&headers), governing);
    headers.insert(&TARGETS[0], HeaderValue::from_static("max-age=3"));
    assert_eq!(CacheControl::governing(&headers).control.max_age, Some(3));

    if governing.targeted {
        check(&governing.control, joined.as_bytes());
    }
});

/// What a valid field with this text may say.
fn check(control: &CacheControl, text: &[u8]) {
    let text = std::str::from_utf8(text).expect("a structured field is ASCII");
    assert!(text.is_ascii() && !text.trim().is_empty() && !text.trim_end().ends_with(','), "{text}");
    for (name, said) in [
        ("no-store", control.no_store),
        ("immutable", control.immutable),
        ("must-understand", control.must_understand),
        ("no-cache", control.no_cache || !control.no_cache_fields.is_empty()),
        ("private", control.private || !control.private_fields.is_empty()),
        ("max-age=", control.max_age.is_some()),
        ("s-maxage=", control.s_maxage.is_some()),
    ] {
        assert!(!said || text.contains(name), "{name}: {text}");
    }
    // Without strings, parameters, lists and repetitions, both fields are read alike.
    let is_simple = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-=, ".contains(&byte));
    let mut names = HashSet::new();
    if is_simple && text.split(',').all(|member| names.insert(member.trim().split('=').next())) {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, text.parse().expect("a field"));
        assert_eq!(CacheControl::of(&headers), *control, "{text}");
    }
}
