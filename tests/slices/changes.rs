//! Objects that change while they are kept in slices: bytes of two versions never meet in one answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};

use super::{FILM, MIB, ranges, read_range, slice};
use crate::world::film::{Film, SLICE};
use crate::world::origin::answer;
use crate::world::viewer::read_some;
use crate::world::{Gate, Response, Step, World};

/// A film of which the origin has the version of the moment.
async fn changing(length: u64) -> (World, Arc<AtomicU64>) {
    let version = Arc::new(AtomicU64::new(1));
    let now = Arc::clone(&version);
    let world = World::new(move |seen| Film::new(length, now.load(Ordering::Relaxed)).answer(seen)).await;
    (world, version)
}

#[tokio::test]
async fn an_answer_under_way_breaks_and_the_next_is_of_the_new_object() {
    let gate = Gate::new();
    let held = gate.clone();
    let version = Arc::new(AtomicU64::new(1));
    let now = Arc::clone(&version);
    let (old, new) = (Film::new(40 * MIB, 1), Film::new(40 * MIB, 2));
    let world = World::new(move |seen| {
        let script = Film::new(40 * MIB, now.load(Ordering::Relaxed)).answer(seen);
        // From the fifth slice on the old one waits for the change.
        let waits = seen.range().is_some_and(|(first, _)| first >= 4 * MIB)
            && seen.header("if-range") == Some("\"v1\"");
        if waits {
            let new = Film::new(40 * MIB, 2).answer(seen);
            return [vec![Step::Wait(held.clone())], new].concat();
        }
        script
    })
    .await;
    let mut response = world.viewer().open(Method::GET, FILM, &[("range", "bytes=0-")]).await;
    let begun = read_some(response.body_mut(), 1000).await;
    version.store(2, Ordering::Relaxed);
    for _ in 0..40 {
        gate.open();
    }
    let rest = Response::read(response).await;
    assert!(!rest.whole, "it must not end as if it were whole");
    let got = [begun, rest.body.to_vec()].concat();
    assert!(got.len() as u64 <= 4 * MIB);
    old.check(0..got.len() as u64, &got);
    world.settle().await;
    read_range(&world.viewer(), &new, 4 * MIB - 10, 4 * MIB + 10).await;
    read_range(&world.viewer(), &new, 0, 10).await;
}

#[tokio::test]
async fn a_change_that_shows_at_the_first_slice_is_not_seen_by_viewers() {
    for length in [30 * MIB, 40 * MIB, 50 * MIB] {
        let version = Arc::new(AtomicU64::new(1));
        let now = Arc::clone(&version);
        let world = World::new(move |seen| match now.load(Ordering::Relaxed) {
            1 => Film::new(40 * MIB, 1).answer(seen),
            _ => Film::new(length, 2).answer(seen),
        })
        .await;
        read_range(&world.viewer(), &Film::new(40 * MIB, 1), 0, 9).await;
        world.settle().await;
        version.store(2, Ordering::Relaxed);
        // The index is fresh, this slice is not there.
        read_range(&world.viewer(), &Film::new(length, 2), 20 * MIB, 20 * MIB + 9).await;
        read_range(&world.viewer(), &Film::new(length, 2), 0, 9).await;
        world.settle().await;
        assert_eq!(ranges(&world), [slice(0), slice(20), slice(20), slice(0)]);
    }
}

/// The object is gone, or may not be seen any more.
#[tokio::test]
async fn what_the_origin_has_no_more_is_asked_for_again_and_its_answer_passed_on() {
    let gone = Arc::new(AtomicU64::new(0));
    let now = Arc::clone(&gone);
    let world = World::new(move |seen| match now.load(Ordering::Relaxed) {
        0 => Film::new(40 * MIB, 1).answer(seen),
        status => answer(&format!("{status} Gone"), "gone", &[("Cache-Control", "no-store")]),
    })
    .await;
    for status in [404, 403, 500, 429] {
        gone.store(0, Ordering::Relaxed);
        read_range(&world.viewer(), &Film::new(40 * MIB, 1), 0, 9).await;
        world.settle().await;
        gone.store(status, Ordering::Relaxed);
        let response = world.viewer().ask(FILM, &[("range", "bytes=9000000-9000009")]).await;
        // What passes says nothing of the object: the index remains.
        let passes = matches!(status, 500 | 429);
        let expected =
            if passes { StatusCode::BAD_GATEWAY.as_u16() } else { u16::try_from(status).expect("a status") };
        assert_eq!(response.status.as_u16(), expected, "{status}");
        world.settle().await;
        let stored = world.stored().await;
        let has_index = stored.iter().any(|object| object["bytes"] == 40 * MIB);
        assert_eq!(has_index, passes, "{status}: {stored:?}");
        world.operator().request(Method::POST, "/purge?all=true", &[]).await;
        // That the last answer was not to be shared is forgotten too.
        world.hand.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn a_stale_index_is_renewed_by_304_and_its_slices_remain() {
    let (world, _version) = changing(40 * MIB).await;
    let film = Film::new(40 * MIB, 1);
    read_range(&world.viewer(), &film, 3 * MIB, 3 * MIB + 9).await;
    world.settle().await;
    world.hand.advance(Duration::from_secs(1000));
    let response = read_range(&world.viewer(), &film, 3 * MIB, 3 * MIB + 9).await;
    assert_eq!(response.cache_status(), "spokecast; hit; fwd=stale; fwd-status=304");
    world.settle().await;
    assert_eq!(world.origin.count(), 2);
    assert_eq!(world.origin.seen()[1].header("if-none-match"), Some("\"v1\""));
    // Fresh again.
    assert_eq!(
        read_range(&world.viewer(), &film, 3 * MIB, 3 * MIB + 9).await.cache_status(),
        "spokecast; hit"
    );
    world.settle().await;
    assert_eq!(world.origin.count(), 2);
}

/// An origin that does not know If-None-Match beside Range.
#[tokio::test]
async fn a_stale_index_is_renewed_by_a_part_with_the_same_tag_and_its_slices_remain() {
    let film = Film::new(40 * MIB, 1);
    let shown = film.clone();
    let world = World::new(move |seen| match seen.range() {
        Some((first, last)) => shown.part(first..shown.length().min(last + 1)),
        None => shown.whole(),
    })
    .await;
    for first in [0, 3 * MIB, 4 * MIB] {
        read_range(&world.viewer(), &film, first, first + 9).await;
        world.settle().await;
    }
    world.hand.advance(Duration::from_secs(1000));
    for first in [3 * MIB, 4 * MIB, 0] {
        read_range(&world.viewer(), &film, first, first + 9).await;
        world.settle().await;
    }
    let asked = ranges(&world);
    assert_eq!(asked[..3], [slice(0), slice(3), slice(4)]);
    assert_eq!(asked.len(), 4, "only the question whether it has changed: {asked:?}");
}

#[tokio::test]
async fn a_stale_index_makes_way_for_a_new_version() {
    let (world, version) = changing(40 * MIB).await;
    read_range(&world.viewer(), &Film::new(40 * MIB, 1), 3 * MIB, 3 * MIB + 9).await;
    world.settle().await;
    version.store(2, Ordering::Relaxed);
    // Fresh: nobody asks.
    read_range(&world.viewer(), &Film::new(40 * MIB, 1), 3 * MIB, 3 * MIB + 9).await;
    assert_eq!(world.origin.count(), 1);
    world.hand.advance(Duration::from_secs(1000));
    read_range(&world.viewer(), &Film::new(40 * MIB, 2), 3 * MIB, 3 * MIB + 9).await;
    let whole = world.get(FILM).await;
    Film::new(40 * MIB, 2).check(0..40 * MIB, &whole.body);
}

/// The same tag over other bytes is the origin's lie; another length is seen.
#[tokio::test]
async fn another_length_under_the_same_tag_breaks_the_answer() {
    let length = Arc::new(AtomicU64::new(40 * MIB));
    let now = Arc::clone(&length);
    let world = World::new(move |seen| Film::new(now.load(Ordering::Relaxed), 1).answer(seen)).await;
    read_range(&world.viewer(), &Film::new(40 * MIB, 1), 0, 9).await;
    world.settle().await;
    length.store(41 * MIB, Ordering::Relaxed);
    let response = world.viewer().ask(FILM, &[("range", "bytes=9000000-9000009")]).await;
    // Asked again, the origin's new word counts.
    assert_eq!(response.header("content-range"), format!("bytes 9000000-9000009/{}", 41 * SLICE));
}

/// An origin that has changed, and heeds no If-Range.
#[tokio::test]
async fn parts_of_another_version_are_not_put_behind_the_first() {
    let (old, new) = (Film::new(40 * MIB, 1), Film::new(40 * MIB, 2));
    let world = World::new(move |seen| {
        let (first, last) = seen.range().expect("slices alone are asked for");
        let film = if first < 4 * MIB { &old } else { &new };
        film.part(first..last + 1)
    })
    .await;
    let response = world.viewer().ask(FILM, &[("range", "bytes=0-")]).await;
    assert!(!response.whole && response.body.len() as u64 <= 4 * MIB);
    Film::new(40 * MIB, 1).check(0..response.body.len() as u64, &response.body);
}

#[tokio::test]
async fn a_slice_that_must_not_be_stored_is_not_and_takes_the_others_along() {
    for field in ["no-store", "private", "no-cache=\"set-cookie\", no-store"] {
        let changed = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&changed);
        let film = Film::new(40 * MIB, 1);
        let shown = film.clone();
        let world = World::new(move |seen| {
            let field = if now.load(Ordering::Relaxed) == 0 { "max-age=60" } else { field };
            shown.clone().with("Cache-Control", field).answer(seen)
        })
        .await;
        let viewer = world.viewer();
        read_range(&viewer, &film, 7 * MIB, 7 * MIB + 99).await;
        world.settle().await;
        changed.store(1, Ordering::Relaxed);
        // The one that is read now is passed on; from then on each request goes its own way.
        read_range(&viewer, &film, 8 * MIB, 8 * MIB + 99).await;
        world.settle().await;
        let before = world.origin.count();
        for first in [7 * MIB, 8 * MIB] {
            for _ in 0..2 {
                read_range(&viewer, &film, first, first + 99).await;
                world.settle().await;
            }
        }
        assert!(world.origin.count() >= before + 4, "{field}: {:?}", ranges(&world));
    }
}
