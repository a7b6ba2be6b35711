//! Large objects, asked for by ranges: the edge fetches and keeps the slices that are read, and no others.

mod changes;
mod crowds;
mod oracle;
mod stubborn;

use http::{Method, StatusCode};

use crate::world::film::{Film, SLICE};
use crate::world::{Gate, Response, Step, Viewer, World};

/// No rule knows it.
const FILM: &str = "/files/film.mp4";
const MIB: u64 = 1 << 20;

/// A world whose origin has one film, well-behaved.
async fn showing(film: &Film) -> World {
    let film = film.clone();
    World::new(move |seen| film.answer(seen)).await
}

/// What the origin was asked for by ranges, in order; `None` for the whole.
fn ranges(world: &World) -> Vec<Option<(u64, u64)>> {
    world.origin.seen().iter().map(crate::world::Seen::range).collect()
}

/// The range of a slice, as [`ranges`] has it.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it is compared with what was asked for, which may be the whole"
)]
fn slice(index: u64) -> Option<(u64, u64)> {
    Some((index * SLICE, (index + 1) * SLICE - 1))
}

/// GET of one range, checked byte by byte.
async fn read_range(viewer: &Viewer, film: &Film, first: u64, last: u64) -> Response {
    let response = viewer.ask(FILM, &[("range", &format!("bytes={first}-{last}"))]).await;
    let end = film.length().min(last.saturating_add(1));
    assert_eq!((response.status, response.whole), (StatusCode::PARTIAL_CONTENT, true));
    assert_eq!(response.header("content-range"), film.content_range(&(first..end)));
    film.check(first..end, &response.body);
    response
}

#[tokio::test]
async fn a_range_costs_the_slices_that_it_touches_and_the_next_viewer_nothing() {
    for length in [40 * MIB, 200 * MIB + 5] {
        let film = Film::new(length, 1);
        let world = showing(&film).await;
        let response = read_range(&world.viewer(), &film, 7 * MIB + 100, 7 * MIB + 199).await;
        assert_eq!(response.cache_status(), "spokecast; fwd=uri-miss");
        world.settle().await;
        assert_eq!(ranges(&world), [slice(7)]);
        let response = read_range(&Viewer::http2(world.address()), &film, 7 * MIB + 100, 7 * MIB + 199).await;
        assert_eq!(response.cache_status(), "spokecast; hit");
        // Across a border: the one that is there, and the one that is not.
        read_range(&world.viewer(), &film, 8 * MIB - 10, 8 * MIB + 9).await;
        // The last one is short.
        read_range(&world.viewer(), &film, length - 3, u64::MAX).await;
        world.settle().await;
        let last = (length - 1) / SLICE;
        assert_eq!(ranges(&world), [slice(7), slice(8), Some((last * SLICE, length - 1))]);
        assert!(world.origin.seen()[1..].iter().all(|seen| seen.header("if-range") == Some("\"v1\"")));
        assert_eq!(world.origin.seen()[0].header("if-range"), None);
    }
}

/// Bytes that crossed the link to the origin.
async fn link_bytes(world: &World) -> f64 {
    world.metric("spokecast_origin_bytes_total{origin=\"origin\"}").await
}

#[tokio::test]
async fn an_open_range_that_is_abandoned_costs_what_was_read_and_one_slice_ahead() {
    let film = Film::new(40 * MIB, 1);
    let world = showing(&film).await;
    let mut wire = crate::world::Wire::connect_narrow(world.address()).await;
    wire.send(format!("GET {FILM} HTTP/1.1\r\nhost: edge\r\nrange: bytes=0-\r\n\r\n")).await;
    let head = wire.head().await;
    assert!(head.starts_with("http/1.1 206 ") && head.contains("content-length: 41943040\r\n"), "{head}");
    film.check(0..100_000, &wire.bytes(100_000).await);
    // Before the first is read to its end the second is asked for.
    world.origin.wait_for(2).await;
    drop(wire);
    world.settle().await;
    let asked = ranges(&world);
    // What the kernel buffers counts as read.
    let most = 8;
    assert!(asked.len() <= most, "{asked:?}");
    assert_eq!(asked, (0..asked.len() as u64).map(slice).collect::<Vec<_>>());
    assert!(link_bytes(&world).await <= 8.0 * 1_048_576.0);
    assert_eq!(world.cache().await["stored_objects"], asked.len() + 1, "slices and their index");
}

#[tokio::test]
async fn a_suffix_costs_the_first_slice_for_its_head_and_the_last() {
    let film = Film::new(40 * MIB + 7, 1);
    let world = showing(&film).await;
    let response = world.viewer().ask(FILM, &[("range", "bytes=-100")]).await;
    assert_eq!(response.status, StatusCode::PARTIAL_CONTENT);
    film.check(film.length() - 100..film.length(), &response.body);
    world.settle().await;
    let lasts = [Some((39 * SLICE, 40 * SLICE - 1)), Some((40 * SLICE, 40 * SLICE + 6))];
    assert_eq!(ranges(&world), [slice(0), lasts[0], lasts[1]]);
    // More than there is: all.
    let response = world.viewer().ask(FILM, &[("range", "bytes=-99999999999999999999")]).await;
    assert_eq!(response.header("content-range"), film.content_range(&(0..film.length())));
    film.check(0..film.length(), &response.body);
}

#[tokio::test]
async fn head_costs_a_slice_and_tells_of_the_whole() {
    let film = Film::new(40 * MIB, 1);
    let world = showing(&film).await;
    for _ in 0..2 {
        let response = world.viewer().request(Method::HEAD, FILM, &[("range", "bytes=5-9")]).await;
        assert_eq!((response.status, response.body.len()), (StatusCode::OK, 0));
        assert_eq!(response.header("content-length"), "41943040");
        assert_eq!((response.header("etag"), response.header("accept-ranges")), ("\"v1\"", "bytes"));
        world.settle().await;
    }
    assert_eq!(ranges(&world), [slice(0)]);
}

#[tokio::test]
async fn ranges_beyond_the_end_are_416_and_say_where_it_is() {
    let film = Film::new(40 * MIB, 1);
    for first in [40 * MIB, 41 * MIB, 5000 * MIB, u64::from(u32::MAX) * MIB + 5, 1 << 60, u64::MAX] {
        let world = showing(&film).await;
        for range in [
            format!("bytes={first}-"),
            format!("bytes={first}-{}", u64::MAX),
            format!("bytes={first}-99999999999999999999999"),
        ] {
            let response = world.viewer().ask(FILM, &[("range", &range)]).await;
            assert_eq!(response.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
            assert_eq!(response.header("content-range"), "bytes */41943040", "{range}");
        }
        world.settle().await;
        // One that is out of bounds, and the first slice for the head.
        assert!(world.origin.count() <= 2, "{first}: {:?}", ranges(&world));
        assert_eq!(*ranges(&world).last().expect("asked"), slice(0));
    }
}

#[tokio::test]
async fn the_whole_is_put_together_from_slices() {
    let film = Film::new(40 * MIB + 123, 1);
    let world = showing(&film).await;
    read_range(&world.viewer(), &film, 5 * MIB, 6 * MIB).await;
    let response = world.get(FILM).await;
    assert_eq!((response.status, response.whole), (StatusCode::OK, true));
    assert_eq!(response.header("content-length"), film.length().to_string());
    film.check(0..film.length(), &response.body);
    world.settle().await;
    let mut asked = ranges(&world);
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), world.origin.count()), (41, 41), "each slice once: {asked:?}");
    assert!(asked.iter().all(Option::is_some));
}

/// Larger than what is kept whole: those who wait are served by slices.
#[tokio::test]
async fn a_whole_answer_that_is_too_large_turns_into_slices_where_there_are_ranges() {
    let film = Film::new(20 * MIB, 1);
    for (film, turns) in [
        (film.clone(), true),
        (film.clone().without("Accept-Ranges"), false),
        (film.clone().with("Accept-Ranges", "none"), false),
        (film.clone().with("ETag", "W/\"v1\""), false),
        (film.clone().with("Cache-Control", "no-store"), false),
    ] {
        let world = showing(&film).await;
        let response = world.get(FILM).await;
        assert_eq!((response.status, response.whole), (StatusCode::OK, true));
        film.check(0..film.length(), &response.body);
        world.settle().await;
        if turns {
            assert_eq!(ranges(&world).first(), Some(&None));
            assert_eq!(ranges(&world)[1..], (0..20).map(slice).collect::<Vec<_>>());
        } else {
            assert_eq!(ranges(&world), [None], "{film:?}");
            assert!(world.stored().await.is_empty());
        }
    }
}

#[tokio::test]
async fn what_fits_one_slice_is_kept_whole() {
    for length in [1, 10, SLICE - 1, SLICE] {
        let film = Film::new(length, 1);
        let world = showing(&film).await;
        read_range(&world.viewer(), &film, length - 1, length - 1).await;
        world.settle().await;
        assert_eq!(ranges(&world), [slice(0)]);
        let stored = world.stored().await;
        assert_eq!((stored.len(), &stored[0]["bytes"]), (1, &length.into()));
        let response = world.get(FILM).await;
        assert_eq!((response.status, response.cache_status().as_str()), (StatusCode::OK, "spokecast; hit"));
        film.check(0..length, &response.body);
    }
    let empty = Film::new(0, 1);
    let world = showing(&empty).await;
    for (range, status) in [("bytes=0-", 416), ("bytes=-5", 416)] {
        let response = world.viewer().ask(FILM, &[("range", range)]).await;
        assert_eq!(response.status.as_u16(), status, "{range}");
        assert_eq!(response.header("content-range"), "bytes */0");
    }
}

#[tokio::test]
async fn conditions_are_answered_from_the_index() {
    let film = Film::new(40 * MIB, 1).with("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
    let world = showing(&film).await;
    read_range(&world.viewer(), &film, 0, 9).await;
    world.settle().await;
    for fields in
        [&[("if-none-match", "\"v1\"")][..], &[("if-none-match", "W/\"v1\""), ("range", "bytes=30000000-")]]
    {
        let response = world.viewer().ask(FILM, fields).await;
        assert_eq!((response.status, response.body.len()), (StatusCode::NOT_MODIFIED, 0), "{fields:?}");
    }
    let part = world.viewer().ask(FILM, &[("if-range", "\"v1\""), ("range", "bytes=0-9")]).await;
    assert_eq!((part.status, part.body.len()), (StatusCode::PARTIAL_CONTENT, 10));
    world.settle().await;
    assert_eq!(world.origin.count(), 1);
    // Of another version the range is of no use: the whole, from its first byte.
    let other =
        world.viewer().ask(FILM, &[("if-range", "\"v0\""), ("range", "bytes=20000000-20000009")]).await;
    assert_eq!(other.status, StatusCode::OK);
    film.check(0..film.length(), &other.body);
}

/// By URL, by entry and all at once; what is under way goes on for its viewer and is not kept.
#[tokio::test]
async fn purging_forgets_the_slices_too() {
    let film = Film::new(40 * MIB, 1);
    let path = "/vod/0_meadow01/film.mp4";
    for query in [format!("/purge?url={path}"), "/purge?entry=0_meadow01".into(), "/purge?all=true".into()] {
        let gate = Gate::new();
        let (shown, held) = (film.clone(), gate.clone());
        let world = World::new(move |seen| {
            let mut script = shown.answer(seen);
            if seen.range() == slice(9) {
                script.insert(1, Step::Wait(held.clone()));
            }
            script
        })
        .await;
        let (viewer, late) = (world.viewer(), world.viewer());
        for first in [0, 3 * MIB] {
            let range = format!("bytes={first}-{}", first + 9);
            assert_eq!(viewer.ask(path, &[("range", &range)]).await.body.len(), 10);
        }
        world.settle().await;
        assert_eq!(world.cache().await["stored_objects"], 3);
        let late = late.open(Method::GET, path, &[("range", "bytes=9437184-9437193")]).await;
        let purged = world.operator().request(Method::POST, &query, &[]).await;
        assert_eq!(purged.json()["purged"], 3, "{query}");
        let cache = world.cache().await;
        assert_eq!((&cache["stored_objects"], &cache["fills"]), (&0.into(), &1.into()), "{query}");
        gate.open();
        film.check(9 * MIB..9 * MIB + 10, &Response::read(late).await.body);
        world.settle().await;
        let cache = world.cache().await;
        assert_eq!((&cache["stored_objects"], &cache["held_bytes"]), (&0.into(), &0.into()), "{query}");
    }
}
