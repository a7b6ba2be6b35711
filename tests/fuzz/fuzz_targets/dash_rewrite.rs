//! Rewriting an MPD changes URIs and nothing else, and leaves XML that reads the same way.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use media::dash::{rewrite, survey};

/// Holds every character that needs an escape.
const MARK: &str = "/edge-0f3a/?<\"'>&amp;";

fuzz_target!(|mpd: &[u8]| {
    let mut asked = Vec::new();
    let Ok(same) = rewrite(mpd, |uri| {
        asked.push(uri.to_owned());
        None
    }) else {
        return;
    };
    assert!(matches!(same, Cow::Borrowed(same) if same == mpd));
    let before = survey(mpd).expect("what can be rewritten can be read");

    let marked = rewrite(mpd, |uri| Some(format!("{MARK}{uri}"))).expect("a mark may stand before a URI");
    let mut again = Vec::new();
    rewrite(&marked, |uri| {
        again.push(uri.to_owned());
        None
    })
    .expect("still an MPD");
    assert!(again.iter().map(|uri| uri.strip_prefix(MARK)).eq(asked.iter().map(|uri| Some(uri.as_str()))));
    assert_eq!(survey(&marked), Ok(before));

    // Back again: only the spelling of the URIs may differ, so a second round trip changes nothing.
    if asked.iter().all(|uri| !uri.starts_with(MARK)) {
        let back = rewrite(&marked, |uri| uri.strip_prefix(MARK).map(str::to_owned)).expect("the old URIs");
        let twice = rewrite(&back, |uri| Some(format!("{MARK}{uri}"))).expect("the new URIs");
        assert_eq!(twice, marked);
    }
});
