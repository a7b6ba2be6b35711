//! Recognition stands any text, and answers with slices of it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use media::pattern::MAX_NAME;
use media::query;
use media::url::{Kind, Rules};

static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);

fuzz_target!(|url: &str| {
    let target = RULES.recognise(url);
    let whole = url.as_bytes().as_ptr_range();
    for name in [target.entry, target.rendition].into_iter().flatten() {
        let part = name.as_bytes().as_ptr_range();
        assert!(whole.start <= part.start && part.end <= whole.end);
        assert!((1..=MAX_NAME).contains(&name.len()));
    }
    if target.segment.is_some() {
        assert!(matches!(target.kind, Kind::Segment | Kind::Part | Kind::Captions));
    }
    if target.part.is_some() {
        assert!(matches!(target.kind, Kind::Part | Kind::Captions));
    }

    let (path, rest) = url.split_once('?').unwrap_or((url, ""));
    assert_eq!(RULES.recognise(path), target, "a query says nothing");

    let kept = query::without_credentials(rest);
    assert!(query::pairs(&kept).all(|pair| !query::is_credential(pair.name)));
    assert_eq!(query::without_credentials(&kept), kept);
});
