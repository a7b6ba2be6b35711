//! What an MPD lists is bounded and resolved; whatever can be rewritten can be read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media::dash::rewrite;
use media::timeline::{ANY, Listed, MAX_LISTED, dash};
use media::uri::Location;

fuzz_target!(|mpd: &[u8]| {
    let base = Location::here("/v/a/manifest.mpd");
    let mut count = 0;
    let read = dash(mpd, &base, |location, listed| {
        count += 1;
        assert!(location.path_and_query.starts_with('/') && location.path_and_query.len() <= 16 * 1024);
        assert!(location.path_and_query.is_ascii() && !location.path_and_query.contains('#'));
        match listed {
            Listed::Template(template) => {
                assert!(location.path_and_query.contains(ANY));
                for digits in ["0", "7", "00007", ANY] {
                    template.segment(digits);
                }
            }
            Listed::Indexed(range) => assert!(!range.is_empty()),
            Listed::Segment(_) | Listed::From { .. } => {}
            Listed::Playlist => panic!("an MPD has none"),
        }
    });
    assert!(count <= MAX_LISTED);
    assert!(read.is_ok() || rewrite(mpd, |_| None).is_err());
});
