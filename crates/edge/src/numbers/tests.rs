//! What is learned of which URL, and who is right.

use std::sync::LazyLock;

use super::*;
use crate::config::Config;
use crate::origins::OriginIds;

const CONFIG: &str = "[[origin]]\nname = \"main\"\nurl = \"https://cdn.example\"\n\
                      [[origin]]\nname = \"other\"\nurl = \"https://other.example\"\nrelay-hosts = [\"other.example\"]\n\
                      [[origin]]\nname = \"unreachable\"\nurl = \"https://unreachable.example\"\n";

static ORIGINS: LazyLock<Origins> = LazyLock::new(|| {
    Origins::new(&Config::parse("test", CONFIG).unwrap(), &mut OriginIds::default()).unwrap()
});
static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);

/// Learns from a manifest of the first origin.
fn learn(numbers: &Numbers, path: &str, body: &str) {
    let key = KeyRef::whole(OriginId(0), path);
    let media = RULES.recognise(path);
    let label = numbers.label(&media, &key);
    let passing =
        Passing { key: &key.to_key(), kind: media.kind, entry: label.entry.as_ref(), body: body.as_bytes() };
    numbers.learn(&passing, &ORIGINS, &RULES);
}

/// Kind, entry and number of a URL of an origin, as a fill of it would have it.
fn label_at(numbers: &Numbers, origin: u16, target: &str) -> (&'static str, Option<String>, Place) {
    let path = target.split('?').next().unwrap();
    let Label { kind, entry, place } =
        numbers.label(&RULES.recognise(path), &KeyRef::whole(OriginId(origin), target));
    (kind, entry.as_deref().map(str::to_owned), place)
}

fn entry_and_number(numbers: &Numbers, target: &str) -> (Option<String>, Option<u64>) {
    let (_, entry, place) = label_at(numbers, 0, target);
    (entry, place.segment_at(0))
}

fn known(entry: &str, number: u64) -> (Option<String>, Option<u64>) {
    (Some(entry.to_owned()), Some(number))
}

#[test]
fn a_playlist_numbers_names_that_say_nothing() {
    let numbers = Numbers::default();
    let text = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:40\n#EXTINF:4,\nintro.ts\n#EXTINF:4,\n../b/main.bin?_HLS_msn=1&ks=x\n\
                #EXTINF:4,\nhttps://cdn.example/abs.ts\n#EXTINF:4,\nhttps://other.example/rel.ts\n\
                #EXTINF:4,\nhttps://unreachable.example/un.ts\n#EXTINF:4,\nhttps://stranger.example/far.ts\n";
    learn(&numbers, "/vod/film/a/index.m3u8", text);
    assert_eq!(entry_and_number(&numbers, "/vod/film/a/intro.ts"), known("film", 40));
    assert_eq!(entry_and_number(&numbers, "/vod/film/b/main.bin?_HLS_msn=1"), known("film", 41));
    assert_eq!(label_at(&numbers, 0, "/vod/film/b/main.bin?_HLS_msn=1").0, "segment");
    assert_eq!(label_at(&numbers, 0, "/vod/film/b/main.bin").0, "other");
    assert_eq!(entry_and_number(&numbers, "/abs.ts"), known("film", 42));
    let (_, entry, place) = label_at(&numbers, 1, "/rel.ts");
    assert_eq!((entry.as_deref(), place.segment_at(0)), (Some("film"), Some(43)));
    // Of hosts that viewers do not find here nothing is learned, nor of the same path elsewhere.
    for (origin, target) in [(2, "/un.ts"), (0, "/far.ts"), (0, "/rel.ts"), (1, "/abs.ts")] {
        assert!(matches!(label_at(&numbers, origin, target).2, Place::Unknown), "{origin} {target}");
    }
}

#[test]
fn the_number_and_the_entry_in_a_url_come_first() {
    let numbers = Numbers::default();
    let text = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:40\n#EXTINF:4,\nseg-7.ts\n#EXTINF:4,\n/x/seg-8.ts\n\
                #EXTINF:4,\n/vod/other/end.ts\n";
    learn(&numbers, "/vod/film/index.m3u8", text);
    assert_eq!(entry_and_number(&numbers, "/vod/film/seg-7.ts"), known("film", 7));
    assert_eq!(entry_and_number(&numbers, "/x/seg-8.ts"), known("film", 8));
    // A manifest says nothing of another entry's.
    assert_eq!(entry_and_number(&numbers, "/vod/other/end.ts"), (Some("other".into()), None));
}

#[test]
fn entries_pass_down_from_the_multivariant_playlist() {
    let numbers = Numbers::default();
    learn(&numbers, "/vod/film/master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n/lists/x.m3u8\n");
    learn(&numbers, "/lists/x.m3u8", "#EXTM3U\n#EXTINF:4,\ny.ts\n");
    assert_eq!(label_at(&numbers, 0, "/lists/x.m3u8").0, "media-playlist");
    assert_eq!(entry_and_number(&numbers, "/lists/y.ts"), known("film", 0));
}

#[test]
fn a_file_of_many_segments_has_no_number_of_its_own() {
    let numbers = Numbers::default();
    let list = |segments: u32| {
        (0..segments)
            .fold("#EXTM3U\n".to_owned(), |text, _| text + "#EXTINF:4,\n#EXT-X-BYTERANGE:1000\nstream_0.ts\n")
    };
    learn(&numbers, "/vod/film/index.m3u8", &list(3));
    let (_, _, place) = label_at(&numbers, 0, "/vod/film/stream_0.ts");
    assert_eq!([0, 999, 2000, 9000].map(|byte| place.segment_at(byte)), [Some(0), Some(0), Some(2), Some(2)]);
    // It grows, also for what is stored already.
    learn(&numbers, "/vod/film/index.m3u8", &list(5));
    assert_eq!(place.segment_at(9000), Some(4));
    // Ranges of one segment are that segment.
    let parts = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:9\n#EXT-X-PART:DURATION=1,URI=\"p.mp4\",BYTERANGE=\"10@0\"\n\
                 #EXT-X-PART:DURATION=1,URI=\"p.mp4\",BYTERANGE=\"10\"\n";
    learn(&numbers, "/vod/film/ll.m3u8", parts);
    assert!(matches!(label_at(&numbers, 0, "/vod/film/p.mp4").2, Place::Segment(9)));
}

fn mpd(inside: &str) -> String {
    format!(
        "<MPD><Period><AdaptationSet><Representation id=\"v1\">{inside}</Representation></AdaptationSet></Period></MPD>"
    )
}

#[test]
fn times_are_no_numbers() {
    let numbers = Numbers::default();
    let template = |media: &str, more: &str| {
        mpd(&format!("<SegmentTemplate media=\"{media}\" timescale=\"1000\" {more}/>"))
    };
    learn(&numbers, "/vod/film/manifest.mpd", &template("t$Time$.m4s", ""));
    assert_eq!(entry_and_number(&numbers, "/vod/film/t90000.m4s"), known("film", 90_000));
    assert_eq!(entry_and_number(&numbers, "/vod/film/u90000.m4s"), known("film", 90_000), "the rule's");
    learn(
        &numbers,
        "/vod/film/manifest.mpd",
        &template("u$Time$.m4s", "timescale=\"500\"").replacen("timescale=\"1000\"", "", 1),
    );
    assert_eq!(entry_and_number(&numbers, "/vod/film/u90000.m4s"), known("film", 180_000));
    // Another entry's URLs are its own affair.
    learn(&numbers, "/vod/film/manifest.mpd", &template("/vod/else/w$Time$.m4s", "startNumber=\"2\""));
    assert_eq!(entry_and_number(&numbers, "/vod/else/w9.m4s"), known("else", 9));
    // A number is the rule's, where there is one.
    learn(&numbers, "/vod/film/manifest.mpd", &template("n$Number$.m4s", "startNumber=\"5\" duration=\"1\""));
    assert_eq!(entry_and_number(&numbers, "/vod/film/n7.m4s"), known("film", 7));
    learn(
        &numbers,
        "/vod/film/manifest.mpd",
        &template("$Number%03d$/v2", "startNumber=\"5\" duration=\"1\""),
    );
    assert_eq!(entry_and_number(&numbers, "/vod/film/007/v2"), known("film", 2));
    assert_eq!(entry_and_number(&numbers, "/vod/film/7/v2"), (Some("film".into()), None));
}

#[test]
fn a_number_may_follow_digits() {
    let numbers = Numbers::default();
    let text = mpd("<SegmentTemplate media=\"/e/$RepresentationID$$Number%03d$/x\" duration=\"1\"/>")
        .replace("\"v1\"", "\"v21\"");
    learn(&numbers, "/vod/film/manifest.mpd", &text);
    assert_eq!(entry_and_number(&numbers, "/e/v21007/x"), known("film", 6));
    assert_eq!(entry_and_number(&numbers, "/e/v22007/x"), (None, None));
}

#[test]
fn two_periods_that_go_on_counting_share_no_number() {
    let numbers = Numbers::default();
    let period = |start: u32| {
        mpd(&format!("<SegmentTemplate media=\"$Number$/x\" startNumber=\"{start}\" duration=\"1\"/>"))
            .replace("<MPD>", "")
            .replace("</MPD>", "")
    };
    for order in [[10, 20], [20, 10]] {
        learn(&numbers, "/vod/film/manifest.mpd", &format!("<MPD>{}</MPD>", order.map(period).concat()));
        assert_eq!(entry_and_number(&numbers, "/vod/film/25/x"), known("film", 15), "{order:?}");
    }
}

#[test]
fn digits_are_tried_from_the_last_on() {
    let found: Vec<_> = splits("/a12/b3?c=45").collect();
    let expected = [
        ("/a12/b3?c=", "45", ""),
        ("/a12/b3?c=4", "5", ""),
        ("/a12/b", "3", "?c=45"),
        ("/a", "12", "/b3?c=45"),
        ("/a1", "2", "/b3?c=45"),
    ];
    assert_eq!(found, expected);
    assert_eq!(splits("/ü/é").count(), 0);
    assert_eq!(splits(&"1".repeat(100)).count(), 20);
}
