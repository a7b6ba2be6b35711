//! One channel by example, then every channel by its laws.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn channel(durations: &[f64]) -> Channel {
    let mut text = String::new();
    for (number, seconds) in (1..).zip(durations) {
        writeln!(text, "#EXTINF:{seconds},\nf{number}.ts").expect("a string takes all");
    }
    Channel::new(Recording::parse(&text).expect("a recording"))
}

#[test]
fn the_window_slides_over_the_end_of_the_recording() {
    let channel = channel(&[4.0, 4.0, 1.5]);
    let text = |seconds| channel.playlist(Duration::from_secs_f64(seconds)).map(|playlist| playlist.text);

    assert_eq!(text(3.999), None);
    assert_eq!(
        text(4.0).as_deref(),
        Some(
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:4\n\
             #EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n\
             #EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z\n#EXTINF:4.000000,\nseg-1.ts\n"
        )
    );
    // Nine segments: 1 to 3, 4 to 6, 7 to 9; the window begins with the first of the second loop.
    assert_eq!(
        text(28.5).as_deref(),
        Some(
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:4\n\
             #EXT-X-MEDIA-SEQUENCE:4\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n\
             #EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:09.500Z\n\
             #EXTINF:4.000000,\nseg-4.ts\n#EXTINF:4.000000,\nseg-5.ts\n#EXTINF:1.500000,\nseg-6.ts\n\
             #EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:19.000Z\n\
             #EXTINF:4.000000,\nseg-7.ts\n#EXTINF:4.000000,\nseg-8.ts\n#EXTINF:1.500000,\nseg-9.ts\n"
        )
    );
}

#[test]
fn a_segment_comes_and_goes() {
    let channel = channel(&[2.0, 3.0]);
    let file = |number, seconds| channel.file(number, Duration::from_secs(seconds));
    assert_eq!(file(0, 100), None);
    assert_eq!((file(2, 4), file(2, 5)), (None, Some("f2.ts")));
    // With 18 segments out, number 1 is the oldest that is kept; the 19th ends at 9 × 5 + 2 seconds.
    assert_eq!((file(1, 46), file(1, 47), file(2, 47)), (Some("f1.ts"), None, Some("f2.ts")));
    assert_eq!(file(u64::MAX, 100), None);
}

/// What a client reads out of a media playlist: discontinuity sequence number and duration by segment number.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Listed {
    discontinuity: u64,
    micros: u64,
}

/// Reads as a client does: numbers from MEDIA-SEQUENCE on, discontinuities from DISCONTINUITY-SEQUENCE on.
fn read(playlist: &str) -> (u64, HashMap<u64, Listed>) {
    let tag = |name: &str| -> u64 {
        let line = playlist.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        line.parse().expect("a number")
    };
    let target = tag("#EXT-X-TARGETDURATION:");
    let (first, mut discontinuity) = (tag("#EXT-X-MEDIA-SEQUENCE:"), tag("#EXT-X-DISCONTINUITY-SEQUENCE:"));
    let (mut listed, mut micros, mut number) = (HashMap::new(), 0, first);
    for line in playlist.lines() {
        if line == "#EXT-X-DISCONTINUITY" {
            discontinuity += 1;
        } else if let Some(seconds) = line.strip_prefix("#EXTINF:") {
            let duration: Duration =
                Duration::from_secs_f64(seconds.trim_end_matches(',').parse().expect("seconds"));
            micros = u64::try_from((duration.as_nanos() + 500) / 1000).expect("short");
            assert!((micros + 500_000) / 1_000_000 <= target, "{playlist}");
        } else if !line.starts_with('#') {
            assert_eq!(line, format!("seg-{number}.ts"), "not contiguous:\n{playlist}");
            listed.insert(number, Listed { discontinuity, micros });
            number += 1;
        }
    }
    (first, listed)
}

proptest! {
    /// Along any walk through time a client never sees a number go back, a segment change or a gap open.
    #[test]
    fn a_client_is_never_contradicted(
        millis in prop::collection::vec(1_u32..9_000, 1..15),
        start in 0_u64..3_000_000_000,
        steps in prop::collection::vec(0_u64..30_000, 1..40),
    ) {
        let seconds: Vec<f64> = millis.iter().map(|&millis| f64::from(millis) / 1000.0).collect();
        let channel = channel(&seconds);
        let mut known: HashMap<u64, (Listed, String)> = HashMap::new();
        let (mut now, mut before) = (Duration::from_millis(start), None::<(u64, u64)>);
        for step in steps {
            now += Duration::from_millis(step);
            let Some(Playlist { text, published }) = channel.playlist(now) else {
                prop_assert!(before.is_none() && now < Duration::from_millis(millis[0].into()));
                continue;
            };
            let (first, listed) = read(&text);
            let last = first + listed.len() as u64 - 1;
            prop_assert!(listed.len() as u64 == WINDOW || first == 1);
            prop_assert!(before.is_none_or(|(old_first, old_last)| old_first <= first && old_last <= last));
            prop_assert!(published <= now);
            prop_assert!(!text.contains("ENDLIST"));
            for (&number, &segment) in &listed {
                let file = channel.file(number, now).expect("what is listed is available").to_owned();
                // The naive oracle: the files one after another, and after the last the first.
                let index = usize::try_from((number - 1) % millis.len() as u64).expect("small");
                prop_assert_eq!(&file, &format!("f{}.ts", index + 1));
                prop_assert_eq!(segment.micros, u64::from(millis[index]) * 1000);
                prop_assert_eq!(segment.discontinuity, (number - 1) / millis.len() as u64);
                let (same, same_file) = known.entry(number).or_insert((segment, file.clone()));
                prop_assert_eq!((*same, &*same_file), (segment, &file));
            }
            prop_assert_eq!(channel.file(last + 1, now), None);
            before = Some((first, last));
        }
    }

    /// The number of segments that are out is what a walk along the recording counts.
    #[test]
    fn segments_are_published_when_they_end(
        millis in prop::collection::vec(1_u32..5_000, 1..8),
        now in 0_u64..200_000,
    ) {
        let seconds: Vec<f64> = millis.iter().map(|&millis| f64::from(millis) / 1000.0).collect();
        let (mut expected, mut end) = (0, u64::from(millis[0]));
        while end <= now {
            expected += 1;
            end += u64::from(millis[expected % millis.len()]);
        }
        prop_assert_eq!(channel(&seconds).last_published(Duration::from_millis(now)), expected as u64);
    }
}
