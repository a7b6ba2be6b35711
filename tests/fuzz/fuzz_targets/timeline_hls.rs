//! What a playlist lists is bounded and resolved, and reading it fails only where it is no playlist.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media::hls::survey;
use media::timeline::{Listed, MAX_LISTED, hls};
use media::uri::Location;

fuzz_target!(|playlist: &[u8]| {
    let base = Location::here("/v/a/index.m3u8?x=1");
    let mut count = 0;
    let mut is_multivariant = false;
    let read = hls(playlist, &base, |location, listed| {
        count += 1;
        assert!(location.path_and_query.starts_with('/') && location.path_and_query.len() <= 16 * 1024);
        assert!(location.path_and_query.is_ascii() && !location.path_and_query.contains('#'));
        let path = location.path_and_query.split('?').next().unwrap_or_default();
        assert!(!path.split('/').any(|component| matches!(component, "." | "..")));
        match listed {
            Listed::Playlist => is_multivariant = true,
            Listed::Segment(_) | Listed::From { .. } => {}
            Listed::Indexed(_) | Listed::Template(_) => panic!("a playlist has none"),
        }
    });
    assert!(count <= MAX_LISTED);
    let survey = survey(playlist);
    assert_eq!(read.is_ok(), survey.is_ok());
    assert!(!is_multivariant || survey.is_ok_and(|survey| survey.multivariant));
});
