//! If-None-Match and If-Range against a list that is taken apart letter by letter.
#![no_main]

use http::header::{ETAG, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use segment_cache::conditional::{is_not_modified, range_applies};
use segment_cache::object::Validators;
use segment_cache::update::selects;
use segment_cache::validators::Strong;

fuzz_target!(|text: &[u8]| {
    let mut lines = text.split(|&byte| byte == b'\n');
    let Ok(etag) = HeaderValue::from_bytes(lines.next().unwrap_or_default()) else { return };
    let mut request = HeaderMap::new();
    for line in lines {
        let Ok(line) = HeaderValue::from_bytes(line) else { return };
        request.append(IF_NONE_MATCH, line);
    }
    let response = HeaderMap::from_iter([(ETAG, etag.clone())]);
    let current = whole_tag(etag.as_bytes());

    let lists: Vec<&[u8]> = request.get_all(IF_NONE_MATCH).iter().map(HeaderValue::as_bytes).collect();
    let anything = lists.len() == 1 && lists[0].trim_ascii() == b"*";
    let named = lists
        .iter()
        .flat_map(|list| tags(list))
        .any(|(_, tag)| Some(tag) == current.as_ref().map(|tag| tag.1.clone()));
    assert_eq!(is_not_modified(&request, &response), anything || named);

    // The same tag and nothing else lets a range through, and only when it is strong.
    let is_strong = current.as_ref().is_some_and(|(weak, _)| !weak);
    let strong = Strong::of(&response);
    assert_eq!(strong.is_some(), is_strong);
    if let Some(first) = lists.first() {
        let condition = HeaderValue::from_bytes(first).expect("it came from one");
        let asked = HeaderMap::from_iter([
            (RANGE, HeaderValue::from_static("bytes=0-")),
            (IF_RANGE, condition.clone()),
        ]);
        let same = is_strong && whole_tag(first) == current;
        assert_eq!(range_applies(&asked, &response), same);
        // What a range may be asked with is what parts fit together under.
        let other = HeaderMap::from_iter([(ETAG, condition)]);
        assert_eq!(strong.is_some_and(|strong| strong.is_of(&other)), same);
    }

    // A 304 that repeats the tag is about what is stored under it.
    if current.is_some() {
        let stored = Validators { etag: Some(etag), last_modified: None, strong: None };
        assert!(selects(&stored, &response));
    }
});

type Tag = (bool, Vec<u8>);

/// One tag and nothing else.
fn whole_tag(text: &[u8]) -> Option<Tag> {
    let text = text.trim_ascii();
    let found = tags(text);
    let written = found.first().map(|(weak, tag)| tag.len() + if *weak { 4 } else { 2 });
    (found.len() == 1 && written == Some(text.len())).then(|| found[0].clone())
}

/// The tags up to the first thing that is none, letter by letter.
fn tags(list: &[u8]) -> Vec<Tag> {
    #[derive(PartialEq)]
    enum At {
        /// A tag or a comma may come.
        Start,
        /// A comma has to come.
        After,
        Weak,
        Slash,
        Inside,
    }
    let (mut found, mut at, mut weak, mut tag) = (Vec::new(), At::Start, false, Vec::new());
    for &letter in list {
        at = match (at, letter) {
            (At::Start | At::After, b',') => At::Start,
            (at @ (At::Start | At::After), letter) if letter.is_ascii_whitespace() => at,
            (At::Start, b'W') => At::Weak,
            (At::Weak, b'/') => At::Slash,
            (from @ (At::Start | At::Slash), b'"') => {
                weak = from == At::Slash;
                tag = Vec::new();
                At::Inside
            }
            (At::Inside, b'"') => {
                found.push((weak, std::mem::take(&mut tag)));
                At::After
            }
            (At::Inside, letter) => {
                tag.push(letter);
                At::Inside
            }
            _ => return found,
        };
    }
    found
}
