//! HLS playlists: what is rewritten, what is read, and that every other byte stays.

use std::borrow::Cow;
use std::time::Duration;

use media::hls::{HlsError, Survey, rewrite, survey};
use media::uri::Absolute;
use proptest::prelude::*;

/// Points absolute URIs of one origin at the edge, as the edge itself would.
fn to_edge(uri: &str) -> Option<String> {
    let absolute = Absolute::split(uri).filter(|absolute| absolute.authority == "cdn.example")?;
    Some(format!("/edge{}", absolute.path_and_query))
}

fn rewritten(playlist: &str) -> String {
    let new = rewrite(playlist.as_bytes(), to_edge).expect("a manifest").into_owned();
    String::from_utf8(new).expect("text")
}

#[test]
fn multivariant_playlist() {
    let playlist = include_str!("fixtures/multivariant.m3u8");
    assert_eq!(rewritten(playlist), include_str!("fixtures/multivariant.edge.m3u8"));
    let found = survey(playlist.as_bytes()).unwrap();
    assert_eq!(found, Survey { multivariant: true, ..Survey::default() });
}

#[test]
fn low_latency_playlist() {
    let playlist = include_str!("fixtures/low_latency.m3u8");
    assert_eq!(rewritten(playlist), include_str!("fixtures/low_latency.edge.m3u8"));
    let found = survey(playlist.as_bytes()).unwrap();
    let expected = Survey {
        multivariant: false,
        ended: false,
        target_duration: Some(Duration::from_secs(4)),
        part_target: Some(Duration::from_millis(334)),
        media_sequence: Some(266),
        segments: 3,
        listed: Duration::from_micros(12_000_240),
    };
    assert_eq!(found, expected);
}

#[test]
fn other_bytes_stay() {
    for (playlist, expected) in [
        ("#EXTM3U", "#EXTM3U"),
        ("#EXTM3U\r\nhttp://cdn.example/a\r\n", "#EXTM3U\r\n/edge/a\r\n"),
        ("\u{feff}#EXTM3U\nhttp://cdn.example/a", "\u{feff}#EXTM3U\n/edge/a"),
        ("#EXTM3U \n \thttp://cdn.example/a \n\n\n", "#EXTM3U \n \t/edge/a \n\n\n"),
        ("#EXTM3U\n#http://cdn.example/a\n", "#EXTM3U\n#http://cdn.example/a\n"),
        (
            "#EXTM3U\n#EXTINF:4,URI=\"http://cdn.example/a\"\na\n",
            "#EXTM3U\n#EXTINF:4,URI=\"http://cdn.example/a\"\na\n",
        ),
        (
            "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,KEYFORMAT=\"a,URI=x\",URI=\"http://cdn.example/k\",IV=0x1",
            "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,KEYFORMAT=\"a,URI=x\",URI=\"/edge/k\",IV=0x1",
        ),
        (
            "#EXTM3U\n#EXT-X-NEW:A=1,URI=\"http://cdn.example/1\",URI=\"http://cdn.example/2\"\n",
            "#EXTM3U\n#EXT-X-NEW:A=1,URI=\"/edge/1\",URI=\"/edge/2\"\n",
        ),
        (
            "#EXTM3U\n#EXT-X-DEFINE:NAME=\"h\",VALUE=\"http://cdn.example/v\"\nhttp://cdn.example/{$h}/a\n",
            "#EXTM3U\n#EXT-X-DEFINE:NAME=\"h\",VALUE=\"http://cdn.example/v\"\nhttp://cdn.example/{$h}/a\n",
        ),
        ("#EXTM3U\nhttp://other.example/a\nb/c.ts\n", "#EXTM3U\nhttp://other.example/a\nb/c.ts\n"),
    ] {
        assert_eq!(rewritten(playlist), expected);
    }
}

#[test]
fn text_that_is_not_utf8_is_carried_along() {
    let playlist = b"#EXTM3U\n#EXT-X-\xff:URI=\"\xfe\"\n\xff\nhttp://cdn.example/a\n";
    let expected = b"#EXTM3U\n#EXT-X-\xff:URI=\"\xfe\"\n\xff\n/edge/a\n";
    assert_eq!(rewrite(playlist, to_edge).unwrap(), expected.as_slice());
}

#[test]
fn refusals() {
    for playlist in ["", "\n#EXTM3U", "#EXTM3", "#EXTM3UX\n", "<MPD/>"] {
        assert_eq!(rewrite(playlist.as_bytes(), |_| None), Err(HlsError::NotAPlaylist));
        assert_eq!(survey(playlist.as_bytes()), Err(HlsError::NotAPlaylist));
    }
    let size = media::hls::MAX_SIZE + 1;
    assert_eq!(survey(&vec![b'#'; size]), Err(HlsError::TooLarge { size }));
    for bad in ["", "a\nb", "a\rb", "#a", " a"] {
        let refused = rewrite(b"#EXTM3U\n\na\n", |_| Some(bad.into()));
        assert_eq!(refused, Err(HlsError::BadReplacement { line: 3 }), "{bad:?}");
    }
    let refused = rewrite(b"#EXTM3U\n#EXT-X-MAP:URI=\"a\"\n", |_| Some("a\"b".into()));
    assert_eq!(refused, Err(HlsError::BadReplacement { line: 2 }));
}

#[test]
fn odd_numbers_count_as_missing() {
    let playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:inf\n#EXT-X-MEDIA-SEQUENCE:-1\n#EXT-X-PART-INF:PART-TARGET=1e9\n#EXT-X-ENDLIST\n";
    assert_eq!(survey(playlist).unwrap(), Survey { ended: true, ..Survey::default() });
    let playlist = b"#EXTM3U\r\n#EXT-X-TARGETDURATION: 6 \r\n#EXTINF:6,\r\na\r\n#EXTINF:6,\r\nb\r\n";
    let found = survey(playlist).unwrap();
    assert_eq!((found.target_duration, found.segments), (Some(Duration::from_secs(6)), 2));
}

/// A line without its end, as (text, text with its URIs changed).
fn line() -> impl Strategy<Value = (String, String)> {
    let quoted = "[A-Za-z0-9,=:/ ]{0,12}";
    let name = prop::sample::select(vec!["URI", "SERVER-URI", "X-ASSET-URI", "X-ASSET-LIST"]);
    prop_oneof![
        "[a-z0-9/._?=-]{0,12}".prop_map(|uri| (uri.clone(), uri)),
        "[a-z0-9/.]{1,8}".prop_map(|path| (format!("http://cdn.example/{path}"), format!("/edge/{path}"))),
        "#[ -~]{0,20}"
            .prop_filter("no tag", |line| !line.starts_with("#EXT"))
            .prop_map(|line| (line.clone(), line)),
        ("[A-Z-]{1,8}", quoted).prop_map(|(tag, text)| {
            let line = format!("#EXT-X-{tag}:TITLE=\"{text},URI=http://cdn.example/\",NUMBER=7");
            (line.clone(), line)
        }),
        ("[A-Z-]{1,8}", quoted, name, "[a-z0-9/.,=]{1,8}").prop_map(|(tag, text, name, path)| {
            let line = |uri: &str| format!("#EXT-X-{tag}:A=1,TITLE=\"{text}\",{name}=\"{uri}{path}\",B=x");
            (line("http://cdn.example/"), line("/edge/"))
        }),
    ]
}

proptest! {
    #[test]
    fn only_uris_change(lines in prop::collection::vec((line(), prop::bool::ANY), 0..20), end: bool, bom: bool) {
        let mut before = if bom { "\u{feff}#EXTM3U".to_owned() } else { "#EXTM3U".to_owned() };
        let mut expected = before.clone();
        for ((old, new), crlf) in &lines {
            let line_end = if *crlf { "\r\n" } else { "\n" };
            before.extend([line_end, old]);
            expected.extend([line_end, new]);
        }
        if end {
            before.push('\n');
            expected.push('\n');
        }
        prop_assert_eq!(rewritten(&before), expected);
        prop_assert!(matches!(rewrite(before.as_bytes(), |_| None), Ok(Cow::Borrowed(same)) if same == before.as_bytes()));
        prop_assert!(matches!(rewrite(before.as_bytes(), |uri| Some(uri.into())), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn any_bytes_are_read_without_panic(rest in prop::collection::vec(any::<u8>(), 0..200)) {
        let playlist = [b"#EXTM3U\n".as_slice(), &rest].concat();
        prop_assert_eq!(rewrite(&playlist, |_| None).unwrap(), playlist.as_slice());
        prop_assert!(survey(&playlist).is_ok());
    }
}
