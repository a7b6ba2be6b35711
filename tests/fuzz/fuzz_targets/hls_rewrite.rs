//! Rewriting a playlist changes URIs and nothing else.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use media::hls::{rewrite, survey};

/// Not a text that the fuzzer makes up by itself.
const MARK: &str = "/edge-0f3a/";

fuzz_target!(|playlist: &[u8]| {
    let mut asked = Vec::new();
    let same = rewrite(playlist, |uri| {
        asked.push(uri.to_owned());
        None
    });
    assert_eq!(same.is_ok(), survey(playlist).is_ok());
    let Ok(same) = same else { return };
    assert!(matches!(same, Cow::Borrowed(same) if same == playlist));
    if contains(playlist, MARK.as_bytes()) {
        return;
    }

    // A mark before every URI: without the marks the playlist is what it was, and there are as many marks as
    // there were questions.
    let marked = rewrite(playlist, |uri| Some(format!("{MARK}{uri}")));
    let marked = marked.expect("a mark may stand before a URI");
    let mut rest = marked.as_ref();
    let mut without = Vec::new();
    let mut marks = 0;
    while let Some(at) = find(rest, MARK.as_bytes()) {
        without.extend_from_slice(&rest[..at]);
        rest = &rest[at + MARK.len()..];
        assert!(rest.starts_with(asked[marks].as_bytes()));
        marks += 1;
    }
    without.extend_from_slice(rest);
    assert_eq!(marks, asked.len());
    assert_eq!(without, playlist);

    // The new playlist has the same shape, and asks about the same URIs.
    assert_eq!(survey(&marked), survey(playlist));
    let mut again = Vec::new();
    rewrite(&marked, |uri| {
        again.push(uri.to_owned());
        None
    })
    .expect("still a playlist");
    assert!(again.iter().map(|uri| uri.strip_prefix(MARK)).eq(asked.iter().map(|uri| Some(uri.as_str()))));
});

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part).is_some()
}
