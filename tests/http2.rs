//! HTTP/2: what goes first, and that it answers what HTTP/1.1 answers.

use http::{HeaderMap, Method};

use crate::world::frames::{
    END_HEADERS, END_STREAM, Frames, INITIAL_WINDOW_SIZE, frame, kind, literals, window_update,
};
use crate::world::origin::ok;
use crate::world::{Viewer, World};

const SEGMENT: &str = "/vod/0_large001/seg-1-v1.ts";
const NEXT: &str = "/vod/0_large001/seg-2-v1.ts";
const PLAYLIST: &str = "/vod/0_large001/index.m3u8";

/// Segments of 50,000 bytes, and a playlist of two.
async fn world() -> World {
    let world = World::new(|seen| {
        let lifetime = ("Cache-Control", "max-age=600");
        if seen.target == PLAYLIST {
            let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nseg-1-v1.ts\n#EXTINF:6,\nseg-2-v1.ts\n#EXT-X-ENDLIST\n";
            return ok(playlist, &[lifetime, ("Content-Type", "application/vnd.apple.mpegurl")]);
        }
        ok("0123456789".repeat(5000), &[lifetime, ("ETag", "\"v1\""), ("Content-Type", "video/mp2t")])
    })
    .await;
    for path in [SEGMENT, NEXT, PLAYLIST] {
        assert_eq!(world.get(path).await.status, 200);
    }
    world
}

fn get(stream: u32, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let pseudo = [(":method", "GET"), (":scheme", "http"), (":authority", "edge"), (":path", path)];
    frame(kind::HEADERS, END_STREAM | END_HEADERS, stream, &literals(&[&pseudo[..], fields].concat()))
}

/// Asks on streams 1, 3, … while every window is closed; then opens them, and tells in which order the pieces of the
/// answers came. `meanwhile` is sent before.
async fn order(world: &World, asked: &[(&str, &[(&str, &str)])], meanwhile: &[u8]) -> Vec<u32> {
    let mut frames = Frames::open(world.address(), &[(INITIAL_WINDOW_SIZE, 0)]).await;
    let streams: Vec<u32> =
        (0..asked.len()).map(|index| 2 * u32::try_from(index).expect("few") + 1).collect();
    for (stream, (path, fields)) in streams.iter().zip(asked) {
        frames.send(get(*stream, path, fields)).await;
        let head = frames.wait_for(|frame| frame.kind == kind::HEADERS && frame.stream == *stream).await;
        head.expect("a head needs no window");
    }
    frames.send(meanwhile).await;
    // All in one piece, so that none is open before the others; the connection's own window last.
    let more = 200_000;
    frames.send(window_update(0, more)).await;
    let windows: Vec<u8> = streams.iter().flat_map(|stream| window_update(*stream, more)).collect();
    frames.send(windows).await;
    let (mut order, mut left) = (Vec::new(), streams.len());
    while left > 0 {
        let frame = frames.next().await.expect("the connection lives");
        if frame.kind == kind::DATA {
            order.push(frame.stream);
            left -= usize::from(frame.flags & END_STREAM != 0);
        }
    }
    order
}

#[tokio::test]
async fn a_playlist_goes_before_a_segment_that_was_asked_for_first() {
    let world = world().await;
    let order = order(&world, &[(SEGMENT, &[]), (PLAYLIST, &[])], b"").await;
    assert_eq!(order, [3, 1, 1, 1, 1]);
}

#[tokio::test]
async fn what_the_viewer_says_is_urgent_goes_first() {
    let world = world().await;
    let urgent: &[(&str, &str)] = &[("priority", "u=0")];
    assert_eq!(order(&world, &[(PLAYLIST, &[]), (SEGMENT, urgent)], b"").await, [3, 3, 3, 3, 1]);
    let late: &[(&str, &str)] = &[("priority", "u=5")];
    assert_eq!(order(&world, &[(SEGMENT, late), (NEXT, &[])], b"").await, [3, 3, 3, 3, 1, 1, 1, 1]);
}

#[tokio::test]
async fn the_viewer_may_change_its_mind() {
    let world = world().await;
    let changed = frame(kind::PRIORITY_UPDATE, 0, 0, b"\0\0\0\x03u=1");
    assert_eq!(order(&world, &[(SEGMENT, &[]), (NEXT, &[])], &changed).await, [3, 3, 3, 3, 1, 1, 1, 1]);
}

#[tokio::test]
async fn equals_go_one_after_the_other_unless_parts_of_them_can_be_used() {
    let world = world().await;
    assert_eq!(order(&world, &[(SEGMENT, &[]), (NEXT, &[])], b"").await, [1, 1, 1, 1, 3, 3, 3, 3]);
    let in_parts: &[(&str, &str)] = &[("priority", "i")];
    let order = order(&world, &[(SEGMENT, in_parts), (NEXT, in_parts)], b"").await;
    assert_eq!(order, [1, 3, 1, 3, 1, 3, 1, 3]);
}

/// Fields that are of the connection, or of the moment.
fn of_the_answer(mut headers: HeaderMap) -> Vec<(String, String)> {
    for name in ["connection", "age", "date"] {
        headers.remove(name);
    }
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut fields: Vec<_> = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    fields.sort();
    fields
}

/// Stored and not, whole and in part, errors and pages: the same by both protocols.
#[tokio::test]
async fn both_protocols_answer_alike() {
    let world = world().await;
    let (one, two) = (Viewer::of(world.address()), Viewer::http2(world.address()));
    for (method, path, fields) in [
        (Method::GET, SEGMENT, vec![]),
        (Method::GET, SEGMENT, vec![("range", "bytes=10-19")]),
        (Method::GET, SEGMENT, vec![("range", "bytes=-5")]),
        (Method::GET, SEGMENT, vec![("range", "bytes=50000-")]),
        (Method::GET, SEGMENT, vec![("if-none-match", "\"v1\"")]),
        (Method::GET, SEGMENT, vec![("range", "bytes=1-2"), ("if-range", "\"other\"")]),
        (Method::GET, SEGMENT, vec![("cache-control", "only-if-cached")]),
        (Method::HEAD, SEGMENT, vec![]),
        (Method::HEAD, SEGMENT, vec![("if-none-match", "\"v1\"")]),
        (Method::GET, PLAYLIST, vec![]),
        (Method::OPTIONS, SEGMENT, vec![("access-control-request-method", "GET")]),
        (Method::POST, SEGMENT, vec![]),
        (Method::GET, "/vod/0_never001/seg-1-v1.ts", vec![("cache-control", "only-if-cached")]),
        (Method::GET, "/%zz", vec![]),
        (Method::GET, "/self-test/", vec![]),
    ] {
        let what = format!("{method} {path} {fields:?}");
        let (first, second) =
            (one.request(method.clone(), path, &fields).await, two.request(method, path, &fields).await);
        assert_eq!(first.status, second.status, "{what}");
        assert_eq!(of_the_answer(first.headers), of_the_answer(second.headers), "{what}");
        assert_eq!(first.body, second.body, "{what}");
        assert!(first.whole && second.whole, "{what}");
    }
}
