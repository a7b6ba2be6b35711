//! What is asked for, in which order, by which viewer: all that upstream may depend on.

use std::fmt::Write as _;
use std::time::Duration;

use crate::world::origin::{Seen, answer, head, ok};
use crate::world::random::Random;
use crate::world::{Script, Step};

/// So many viewers take turns.
pub(super) const VIEWERS: usize = 12;

/// One request, or several of the same.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Who asks; by number, for who that is differs from one identity to the other.
    pub(super) viewer: usize,
    pub(super) method: &'static str,
    pub(super) path: String,
    /// Parameters that an origin's rule names.
    pub(super) query: Option<String>,
    /// What the viewer wants of the object. It tells nothing about the viewer.
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) body: &'static str,
    pub(super) how: How,
    /// What passes before it comes.
    pub(super) pause: Duration,
}

/// How a turn is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Over HTTP/1.1, so many times over one connection.
    Http1(usize),
    /// Over HTTP/2.
    Http2,
    /// By all viewers at the same moment.
    Crowd,
}

/// What is watched: the popular one first, and last the one that is watched by so many.
pub(super) const ENTRIES: [&str; 5] = ["1_popular0", "0_second00", "0_third000", "1_alone000", "1_counted0"];

/// Between turns, now and then: longer than anything here takes, and so never near the end of a lifetime by chance.
pub(super) const PAUSE: Duration = Duration::from_secs(100);

/// Lifetimes end in the middle between pauses.
const LIFETIME: &str = "max-age=350";

/// The length of the film that is too large to be kept whole, and that of the others.
const FILMS: [usize; 2] = [9 << 20, 2 << 20];

/// A trace that a seed gives.
pub(super) fn trace(seed: u64, length: usize) -> Vec<Turn> {
    let mut random = Random::of(seed);
    let mut trace: Vec<_> = (0..length).map(|_| turn(&mut random)).collect();
    trace.extend(counted());
    trace
}

/// Segments that one viewer watches, two, three and so on, each several times over one connection: one viewer more or
/// fewer behind any of them changes what leaves.
fn counted() -> impl Iterator<Item = Turn> {
    let watched = (1..=5).flat_map(|viewers| (0..viewers).map(move |viewer| (viewers, viewer)));
    watched.map(|(viewers, viewer)| Turn {
        viewer,
        method: "GET",
        path: format!("/vod/{}/seg-{viewers}000-v1-a1.ts", ENTRIES[4]),
        query: None,
        fields: Vec::new(),
        body: "",
        how: How::Http1(3),
        pause: Duration::ZERO,
    })
}

fn turn(random: &mut Random) -> Turn {
    // A few are watched by many, most by few: around every threshold.
    let popular = random.below(4) != 0;
    let entry = if popular { ENTRIES[0] } else { random.of_these(&ENTRIES[1..4]) };
    let number = 1 + random.below(if popular { 6 } else { 40 });
    let path = path(random, entry, number);
    let mut turn = Turn {
        viewer: usize::try_from(random.below(VIEWERS as u64)).expect("small"),
        method: "GET",
        query: None,
        fields: Vec::new(),
        body: "",
        how: random.of_these(&[How::Http1(1), How::Http1(1), How::Http1(2), How::Http1(3), How::Http2]),
        pause: if random.one_in(4) { PAUSE } else { Duration::ZERO },
        path,
    };
    match random.below(16) {
        0 => turn.method = "HEAD",
        1 => turn.fields.push((
            "Range",
            random.of_these(&["bytes=0-9", "bytes=5-", "bytes=-4", "bytes=99999999-"]).into(),
        )),
        2 => turn.fields.push(("Range", format!("bytes={}-{}", number * 1000, number * 900_000))),
        3 => turn.fields.push(("If-None-Match", format!("\"{}\"", turn.path))),
        4 => turn.fields.push(("If-None-Match", "\"another\"".into())),
        5 => turn.fields.push(("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT".into())),
        6 => turn.fields.push((
            "Cache-Control",
            random.of_these(&["no-cache", "only-if-cached", "max-stale=9999"]).into(),
        )),
        7 if extension(&turn.path) == "ts" => turn.how = How::Crowd,
        8 => {
            (turn.method, turn.body) = ("POST", "what it is about");
            turn.path = format!("/did/{number}");
            turn.fields.push(("Content-Type", "text/plain".into()));
        }
        9 if turn.path.ends_with("s32.m3u8") => turn.query = Some(format!("_HLS_msn={number}&_HLS_part=1")),
        _ => {}
    }
    turn
}

fn path(random: &mut Random, entry: &str, number: u64) -> String {
    match random.below(16) {
        0 => format!("/vod/{entry}/master.m3u8"),
        1 => format!("/vod/{entry}/index-v1-a1.m3u8"),
        2 => format!("/vod/{entry}/manifest.mpd"),
        3 => format!("/vod/{entry}/fragment-{number}-f1-v1-x3.m4s"),
        4 => format!("/p/1/e/{entry}/t/token/index-s32.m3u8"),
        5 => format!("/p/1/e/{entry}/t/token/seg-{number}-s32-v.m4s"),
        6 => format!("/p/1/e/{entry}/t/token/part-{number}-1-s32-v.m4s"),
        7 => format!("/vod/{entry}/film.mp4"),
        8 => format!("/vod/{entry}/gone/seg-{number}-v1.ts"),
        9 => format!("/vod/{entry}/broken/seg-{number}-v1.m4s"),
        10 => format!("/vod/{entry}/private/seg-{number}-v1.m4s"),
        11 => random
            .of_these(&["/logo.png", "/api_v3/what", "/vod/%31_popular0/seg-1-v1-a1.ts", "/a%zz", "/../x"])
            .into(),
        12 => format!("/vod/{entry}/moved/seg-{number}-v1.m4s"),
        _ => format!("/vod/{entry}/seg-{number}-v1-a1.ts"),
    }
}

/// What the origin answers: by the request alone, and the same each time.
pub(super) fn script(seen: &Seen) -> Script {
    let path = seen.target.split('?').next().unwrap_or_default();
    let tag = format!("\"{path}\"");
    let fields =
        [("ETag", tag.as_str()), ("Cache-Control", LIFETIME), ("Vary", "Cookie, User-Agent, Origin")];
    if seen.head.starts_with("POST ") {
        return ok("done", &[("Cache-Control", "no-store")]);
    }
    if path.contains("/gone/") {
        return answer("404 Not Found", "gone", &[("Cache-Control", LIFETIME)]);
    }
    if path.contains("/broken/") {
        return answer("503 Service Unavailable", "broken", &[]);
    }
    if path.contains("/private/") {
        return ok("for you", &[("Cache-Control", "private"), ("Set-Cookie", "id=1")]);
    }
    if path.contains("/moved/") {
        let to = path.replace("/moved/", if path.len().is_multiple_of(2) { "/" } else { "/moved-on/" });
        return answer("302 Found", "", &[("Location", &to), ("Cache-Control", LIFETIME)]);
    }
    if seen.header("if-none-match") == Some(&tag) {
        return vec![Step::Send(head("304 Not Modified", &fields))];
    }
    let body = body(path);
    if seen.head.starts_with("HEAD ") {
        let length = body.len().to_string();
        return vec![Step::Send(head("200 OK", &[&fields[..], &[("Content-Length", &length)]].concat()))];
    }
    if let Some((first, last)) = range(seen, body.len()) {
        let stated = format!("bytes {first}-{last}/{}", body.len());
        let fields = [&fields[..], &[("Content-Range", stated.as_str())]].concat();
        return answer("206 Partial Content", &body[first..=last], &fields);
    }
    let bytes = [("Accept-Ranges", "bytes")];
    ok(body, &[&fields[..], &bytes].concat())
}

/// The range that was asked for, as the edge writes it.
fn range(seen: &Seen, length: usize) -> Option<(usize, usize)> {
    let (first, last) = seen.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.parse().ok().filter(|first| *first < length)?;
    Some((first, last.parse().unwrap_or(usize::MAX).min(length - 1)))
}

fn body(path: &str) -> Vec<u8> {
    if path.ends_with("film.mp4") {
        let length = FILMS[usize::from(!path.contains("popular"))];
        return path.bytes().cycle().take(length).collect();
    }
    if path.ends_with("master.m3u8") {
        let playlist = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttps://elsewhere.example/index-v1-a1.m3u8\n";
        return playlist.into();
    }
    if extension(path) == "m3u8" {
        let live = path.contains("/e/");
        let mut text =
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:400\n#EXT-X-MEDIA-SEQUENCE:1\n".to_owned();
        for number in 1..=40 {
            let name = if live { "s32-v.m4s" } else { "v1-a1.ts" };
            writeln!(text, "#EXTINF:400,\nseg-{number}-{name}").expect("text");
        }
        return (text + if live { "" } else { "#EXT-X-ENDLIST\n" }).into();
    }
    if extension(path) == "mpd" {
        let start =
            r#"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT80S">"#;
        let template =
            r#"<SegmentTemplate media="fragment-$Number$-f1-v1-x3.m4s" duration="2" startNumber="1"/>"#;
        return format!(
            "{start}<Period><AdaptationSet>{template}<Representation id=\"1\" bandwidth=\"1\"/></AdaptationSet></Period></MPD>"
        )
        .into();
    }
    path.into()
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}
