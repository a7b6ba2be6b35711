//! Segment numbers by manifests, held against models that are written as one would say it.

use std::fmt::Write;

use media::timeline::{ANY, Counts, Listed, MAX_BYTES, MAX_LISTED, Template, dash, hls};
use media::uri::Location;
use proptest::prelude::*;

/// What a playlist at `/v/a/index.m3u8` lists.
fn of_playlist(text: &str) -> Vec<(String, Listed)> {
    let mut found = Vec::new();
    hls(text.as_bytes(), &Location::here("/v/a/index.m3u8?x=1"), |location, listed| {
        found.push((location.host.clone().unwrap_or_default() + &location.path_and_query, listed));
    })
    .expect("a playlist");
    found
}

/// What an MPD at `/v/a/manifest.mpd` lists, with `#` for the number.
fn of_mpd(inside: &str) -> Vec<(String, Listed)> {
    let mut found = Vec::new();
    let mpd = format!("<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">{inside}</MPD>");
    dash(mpd.as_bytes(), &Location::here("/v/a/manifest.mpd"), |location, listed| {
        let target = location.path_and_query.replace(ANY, "#");
        found.push((location.host.clone().unwrap_or_default() + &target, listed));
    })
    .expect("an MPD");
    found
}

fn segment(url: &str, number: u64) -> (String, Listed) {
    (url.to_owned(), Listed::Segment(number))
}

fn from(url: &str, byte: u64, segment: u64) -> (String, Listed) {
    (url.to_owned(), Listed::From { byte, segment })
}

fn template(url: &str, width: usize, counts: Counts) -> (String, Listed) {
    (url.to_owned(), Listed::Template(Template { width, counts }))
}

#[test]
fn a_low_latency_playlist() {
    let found = of_playlist(include_str!("fixtures/low_latency.m3u8"));
    let numbers: Vec<_> = found
        .iter()
        .map(|(url, listed)| match listed {
            Listed::Segment(number) | Listed::From { segment: number, .. } => (url.as_str(), *number),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(numbers.is_sorted_by_key(|(_, number)| *number), "{numbers:?}");
    assert_eq!(numbers.first().map(|(_, number)| *number), Some(266));
    assert!(numbers.iter().any(|(_, number)| *number == 269), "parts of the coming segment: {numbers:?}");
    assert!(numbers.iter().all(|(_, number)| *number <= 269));
}

#[test]
fn ranges_go_on_where_the_one_before_ended() {
    let found = of_playlist(
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:3\n#EXT-X-BYTERANGE:10@5\na\n#EXT-X-BYTERANGE:7\na\n#EXT-X-BYTERANGE:1\na\n\
         #EXT-X-BYTERANGE:4\nb\n#EXT-X-BYTERANGE:4@100\na\nc\n#EXT-X-BYTERANGE:4\nc\n#EXT-X-BYTERANGE:x\nd\n",
    );
    let expected = [
        from("/v/a/a", 5, 3),
        from("/v/a/a", 15, 4),
        from("/v/a/a", 22, 5),
        from("/v/a/b", 0, 6),
        from("/v/a/a", 100, 7),
        segment("/v/a/c", 8),
        from("/v/a/c", 0, 9),
        segment("/v/a/d", 10),
    ];
    assert_eq!(found, expected);
}

#[test]
fn parts_and_segments_count_their_ranges_apart() {
    let found = of_playlist(
        "#EXTM3U\n#EXT-X-PART:URI=\"p\",BYTERANGE=\"10@0\"\n#EXT-X-PART:URI=\"p\",BYTERANGE=\"20\"\n\
         #EXT-X-BYTERANGE:30@0\np\n#EXT-X-PART:BYTERANGE=\"5\",URI=\"p\"\n\
         #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p\",BYTERANGE-START=35\n",
    );
    let expected = [from("/v/a/p", 0, 0), from("/v/a/p", 10, 0), from("/v/a/p", 0, 0), from("/v/a/p", 30, 1)];
    assert_eq!(found[..4], expected);
    assert_eq!(found[4..], [from("/v/a/p", 35, 1)]);
}

#[test]
fn skipped_segments_and_gaps_count() {
    let found = of_playlist(
        "#EXTM3U\r\n#EXT-X-MEDIA-SEQUENCE:10\r\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\r\n#EXTINF:1,\r\n#EXT-X-GAP\r\na\r\n\
         #EXT-X-DISCONTINUITY\r\n#EXT-X-MAP:URI=\"m\"\r\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\r\n#EXTINF:1,\r\n{$v}/b\r\nc",
    );
    assert_eq!(found, [segment("/v/a/a", 13), segment("/v/a/c", 15)]);
}

#[test]
fn what_cannot_be_counted_is_not() {
    for text in [
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:x\na\n",
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:-1\na\n",
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:18446744073709551616\na\n",
        "#EXTM3U\n#EXT-X-SKIP:SKIPPED-SEGMENTS=many\na\n",
        "#EXTM3U\n#EXT-X-SKIP:RECENTLY-REMOVED-DATERANGES=\"a\"\na\n",
        "#EXTM3U\na\n#EXT-X-I-FRAMES-ONLY\n",
    ] {
        assert_eq!(of_playlist(text), [], "{text}");
    }
    let last = of_playlist("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:18446744073709551615\na\nb\n");
    assert_eq!(last, [segment("/v/a/a", u64::MAX)]);
}

#[test]
fn a_multivariant_playlist_lists_playlists() {
    let found = of_playlist(
        "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",URI=\"a.m3u8\"\n#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID=\"v\"\n\
         #EXT-X-STREAM-INF:BANDWIDTH=1\n# a comment\nhttps://cdn.example/v.m3u8\n#EXT-X-I-FRAME-STREAM-INF:URI=\"i.m3u8\"\n",
    );
    let urls: Vec<_> = found.iter().map(|(url, listed)| (url.as_str(), listed.clone())).collect();
    let playlists = ["/v/a/a.m3u8", "cdn.example/v.m3u8", "/v/a/i.m3u8"];
    assert_eq!(urls, playlists.map(|url| (url, Listed::Playlist)));
}

#[test]
fn base_urls_count_on_every_level() {
    let found = of_mpd(
        "<BaseURL>https://one.example/x/y</BaseURL><BaseURL> ../b/ </BaseURL><Period>\
         <EventStream><BaseURL>not/</BaseURL></EventStream><BaseURL>p/</BaseURL>\
         <AdaptationSet><SegmentTemplate media=\"$Time$.m4s\" timescale=\"25\"/>\
         <Representation><BaseURL>r/</BaseURL></Representation><Representation><BaseURL>/s/</BaseURL></Representation>\
         </AdaptationSet></Period><Period><AdaptationSet><SegmentTemplate media=\"$Time$.m4s\"/><Representation/>\
         </AdaptationSet></Period>",
    );
    let time = |url: &str, timescale| template(url, 1, Counts::Time(timescale));
    let expected = [
        time("one.example/x/p/r/#.m4s", 25),
        time("/v/b/p/r/#.m4s", 25),
        time("one.example/s/#.m4s", 25),
        time("/s/#.m4s", 25),
        time("one.example/x/#.m4s", 1),
        time("/v/b/#.m4s", 1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_template_is_made_of_all_levels() {
    let found = of_mpd(
        "<Period><SegmentTemplate timescale=\"1000\" startNumber=\"5\"/><AdaptationSet>\
         <SegmentTemplate media=\"$RepresentationID$-$Number%05d$.m4s\" duration=\"2\"/>\
         <Representation id=\"a&amp;b\" bandwidth=\"7\"/><Representation id=\"c\"><SegmentTemplate startNumber=\"9\"/>\
         </Representation><Representation id=\"d\"><SegmentTemplate><SegmentTimeline><S d=\"1\"/></SegmentTimeline>\
         </SegmentTemplate></Representation><Representation id=\"e\" bandwidth=\"7\">\
         <SegmentTemplate media=\"$Bandwidth%03d$/$Time$\"/></Representation></AdaptationSet></Period>",
    );
    let expected = [
        template("/v/a/a&b-#.m4s", 5, Counts::From(5)),
        template("/v/a/c-#.m4s", 5, Counts::From(9)),
        template("/v/a/d-#.m4s", 5, Counts::From(0)),
        template("/v/a/007/#", 1, Counts::Time(1000)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn lists_and_indexes() {
    let found = of_mpd(
        "<Period><AdaptationSet><Representation><BaseURL>f.mp4</BaseURL><SegmentList>\
         <Initialization sourceURL=\"i.mp4\"/><SegmentURL mediaRange=\"10-19\"/><SegmentURL mediaRange=\"20-29\"/>\
         </SegmentList></Representation><Representation><SegmentList startNumber=\"7\"><SegmentURL media=\"x\"/>\
         <SegmentURL media=\"y\" mediaRange=\"9-1\"/></SegmentList></Representation><Representation>\
         <BaseURL>g.mp4</BaseURL><SegmentBase indexRange=\"100-199\"><Initialization range=\"0-99\"/></SegmentBase>\
         </Representation></AdaptationSet></Period>",
    );
    let expected = [
        from("/v/a/f.mp4", 10, 1),
        from("/v/a/f.mp4", 20, 2),
        segment("/v/a/x", 7),
        segment("/v/a/y", 8),
        ("/v/a/g.mp4".to_owned(), Listed::Indexed(100..200)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_an_mpd_does_not_say_is_not_learned() {
    for inside in [
        "<SegmentTemplate media=\"$Time$\" timescale=\"0\"/>",
        "<SegmentTemplate media=\"$Time$\" timescale=\"x\"/>",
        "<SegmentTemplate media=\"whole.mp4\"/>",
        "<SegmentTemplate initialization=\"$Time$\"/>",
        "<other><SegmentTemplate media=\"$Time$\"/></other>",
        "<SegmentTemplate xmlns=\"urn:vendor\" media=\"$Time$\"/>",
        "<SegmentBase indexRange=\"9-1\"/>",
        "<SegmentBase indexRange=\"0-18446744073709551615\"/>",
        "<SegmentBase/>",
        "<BaseURL>ftp://a/</BaseURL><SegmentTemplate media=\"$Time$\"/>",
    ] {
        let found = of_mpd(&format!(
            "<Period><AdaptationSet><Representation>{inside}</Representation></AdaptationSet></Period>"
        ));
        assert_eq!(found, [], "{inside}");
    }
}

#[test]
fn what_a_manifest_may_list_is_bounded() {
    let many = "#EXTM3U\n".to_owned() + &"a\n".repeat(MAX_LISTED + 10);
    assert_eq!(of_playlist(&many).len(), MAX_LISTED);
    let long = format!("#EXTM3U\n{}", format!("{}\n", "a".repeat(10_000)).repeat(MAX_BYTES / 20_000));
    let bytes: usize = of_playlist(&long).iter().map(|(url, _)| url.len()).sum();
    assert!(bytes <= MAX_BYTES + 20_000, "{bytes}");

    let base = format!("<BaseURL>{}/</BaseURL>", "b".repeat(16_000));
    let bases = base.repeat(8) + "<Period><SegmentTemplate media=\"$Time$\"/><AdaptationSet>";
    let inside = bases + &"<Representation/>".repeat(20_000) + "</AdaptationSet></Period>";
    let found = of_mpd(&inside);
    assert!((1_000..=MAX_BYTES / 16_000).contains(&found.len()), "{}", found.len());
    let inside = base
        + "<Period><AdaptationSet>"
        + &"<Representation><BaseURL>c</BaseURL></Representation>".repeat(20_000);
    assert_eq!(of_mpd(&(inside + "</AdaptationSet></Period>")), []);
}

/// One segment of a generated playlist.
#[derive(Clone, Debug)]
struct Made {
    file: u8,
    /// The length of its range, and whether its offset is written.
    range: Option<(u32, bool)>,
    parts: u8,
    gap: bool,
}

fn made() -> impl Strategy<Value = Made> {
    (0..3u8, proptest::option::of((1..10_000u32, any::<bool>())), 0..3u8, any::<bool>())
        .prop_map(|(file, range, parts, gap)| Made { file, range, parts, gap })
}

proptest! {
    /// A playlist is written with all that it means at hand, and read back.
    #[test]
    fn playlists_are_read_as_they_are_written(
        sequence in 0..1_000_000u64,
        skipped in proptest::option::of(0..50u64),
        segments in proptest::collection::vec(made(), 0..20),
        line_end in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        let mut text = format!("#EXTM3U{line_end}#EXT-X-MEDIA-SEQUENCE:{sequence}{line_end}");
        let mut number = sequence;
        if let Some(skipped) = skipped {
            write!(text, "#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}{line_end}").unwrap();
            number += skipped;
        }
        let mut expected = Vec::new();
        let mut ends = [0u64; 3];
        let mut last = None;
        for made in &segments {
            for part in 0..made.parts {
                write!(text, "#EXT-X-PART:DURATION=1,URI=\"part{number}.{part}\"{line_end}").unwrap();
                expected.push(segment(&format!("/v/a/part{number}.{part}"), number));
            }
            if made.gap {
                write!(text, "#EXT-X-GAP{line_end}").unwrap();
            }
            let file = usize::from(made.file);
            let url = format!("/v/a/f{file}");
            if let Some((length, written)) = made.range {
                let goes_on = last == Some(file);
                let byte = if goes_on { ends[file] } else { u64::from(length) * 3 };
                write!(text, "#EXT-X-BYTERANGE:{length}").unwrap();
                if written || !goes_on {
                    write!(text, "@{byte}").unwrap();
                }
                text.push_str(line_end);
                ends[file] = byte + u64::from(length);
                last = Some(file);
                expected.push(from(&url, byte, number));
            } else {
                last = None;
                expected.push(segment(&url, number));
            }
            write!(text, "#EXTINF:4,{line_end}f{file}{line_end}").unwrap();
            number += 1;
        }
        prop_assert_eq!(of_playlist(&text), expected);
    }

    /// Each segment that a timeline makes has the number of its time, as the walk of the timeline has it.
    #[test]
    fn every_time_of_a_timeline_is_its_number(
        timescale in 1..100_000u64,
        first in 0..1_000_000_000u64,
        runs in proptest::collection::vec((1..1_000_000u64, 0..5u64, any::<bool>()), 1..6),
        id in "[a-z0-9]{1,4}",
    ) {
        let mut timeline = String::new();
        let (mut time, mut times) = (first, Vec::new());
        for (index, (duration, repeat, jumps)) in runs.iter().enumerate() {
            if *jumps {
                time += 17;
            }
            let stated = if *jumps || index == 0 { format!(" t=\"{time}\"") } else { String::new() };
            write!(timeline, "<S{stated} d=\"{duration}\" r=\"{repeat}\"/>").unwrap();
            for _ in 0..=*repeat {
                times.push(time);
                time += duration;
            }
        }
        let found = of_mpd(&format!(
            "<Period><AdaptationSet><SegmentTemplate media=\"$RepresentationID$/t$Time$.m4s\" timescale=\"{timescale}\">\
             <SegmentTimeline>{timeline}</SegmentTimeline></SegmentTemplate><Representation id=\"{id}\"/></AdaptationSet></Period>"
        ));
        let [(url, Listed::Template(template))] = &found[..] else { panic!("{found:?}") };
        let (before, behind) = url.split_once('#').unwrap();
        for time in times {
            let asked = format!("/v/a/{id}/t{time}.m4s");
            let digits = asked.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind)).unwrap();
            prop_assert_eq!(template.segment(digits), Some(time * 1000 / timescale));
        }
    }

    #[test]
    fn any_text_is_read_without_panic(
        lines in proptest::collection::vec("(#EXT-X-(PART|SKIP|BYTERANGE|MEDIA-SEQUENCE|PRELOAD-HINT):)?\\PC{0,30}", 0..12)
    ) {
        of_playlist(&format!("#EXTM3U\n{}", lines.join("\n")));
    }
}
