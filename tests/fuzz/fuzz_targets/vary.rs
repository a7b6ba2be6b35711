//! Vary against sets of lower-case words.
#![no_main]

use std::collections::BTreeSet;

use http::header::VARY;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use segment_cache::vary::Vary;

fuzz_target!(|text: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in text.split(|&byte| byte == b'\n') {
        let Ok(line) = HeaderValue::from_bytes(line) else { return };
        headers.append(VARY, line);
    }
    let vary = Vary::of(&headers);
    assert_eq!(vary.matches_every_request(), naive(text).is_some());
    if let Vary::Fields(names) = vary {
        let names: Vec<&str> = names.iter().map(http::HeaderName::as_str).collect();
        // In the order of a sorted set, each once.
        assert!(names.iter().copied().eq(naive(text).expect("as above").iter().map(String::as_str)));
    }
});

/// `None` for a list that matches nothing.
fn naive(text: &[u8]) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for member in text.split(|byte| b",\n".contains(byte)) {
        let name: String = member.iter().copied().map(char::from).collect();
        let name = name.trim_matches([' ', '\t']);
        let is_token =
            name.chars().all(|letter| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter));
        match name {
            "" => {}
            "*" => return None,
            _ if !is_token => return None,
            name => {
                names.insert(name.to_ascii_lowercase());
            }
        }
    }
    Some(names)
}
