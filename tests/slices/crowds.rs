//! Many viewers of objects in slices, slow ones and those who leave.

use std::time::Duration;

use http::{Method, StatusCode};
use tokio::task::JoinSet;

use super::{FILM, MIB, ranges, read_range, showing, slice};
use crate::world::film::{Film, SLICE};
use crate::world::viewer::read_some;
use crate::world::{Gate, Response, Seen, Step, Wire, World, config_for, descriptors, within};

/// A world whose origin sends heads at once, and the bodies of the ranges that `waits` chooses when `gate` opens.
async fn held(film: &Film, gate: &Gate, waits: impl Fn(&Seen) -> bool + Send + Sync + 'static) -> World {
    let (film, gate) = (film.clone(), gate.clone());
    World::new(move |seen| {
        let mut script = film.answer(seen);
        if waits(seen) {
            script.insert(1, Step::Wait(gate.clone()));
        }
        script
    })
    .await
}

#[tokio::test]
async fn five_hundred_viewers_of_one_slice_cost_one_request() {
    descriptors::allow(2000);
    let (film, gate) = (Film::new(40 * MIB, 1), Gate::new());
    // With a known index, and without.
    for known in [true, false] {
        let world = held(&film, &gate, |seen| seen.range() == slice(9)).await;
        if known {
            read_range(&world.viewer(), &film, 0, 9).await;
            world.settle().await;
        }
        let mut viewers = JoinSet::new();
        for index in 0..500_u64 {
            let (viewer, film) = (world.viewer(), film.clone());
            let first = 9 * MIB + index * 1000;
            viewers.spawn(async move { read_range(&viewer, &film, first, first + 99).await });
        }
        // Every one of them is there before the first byte is.
        world.wait_for_metric("spokecast_connections", 500.0).await;
        gate.open();
        viewers.join_all().await;
        world.settle().await;
        assert_eq!(ranges(&world).iter().filter(|range| **range == slice(9)).count(), 1);
        assert_eq!(world.origin.count(), if known { 2 } else { 1 });
    }
}

/// A whole fill is under way and has brought little: who asks far ahead does not wait for it.
#[tokio::test]
async fn ranges_far_ahead_of_a_fill_cost_one_slice_and_do_not_wait() {
    let (film, gate) = (Film::new(8 * MIB, 1), Gate::new());
    let world = held(&film, &gate, |seen| seen.range().is_none()).await;
    let whole = world.viewer().open(Method::GET, FILM, &[]).await;
    let viewers: Vec<_> = (0..20).map(|_| world.viewer()).collect();
    let far = viewers.iter().map(|viewer| read_range(viewer, &film, 6 * MIB, 6 * MIB + 99));
    futures_util::future::join_all(far).await;
    let suffix = world.viewer().ask(FILM, &[("range", "bytes=-100")]).await;
    film.check(8 * MIB - 100..8 * MIB, &suffix.body);
    // Of another version: the whole, as it arrives.
    let other =
        world.viewer().open(Method::GET, FILM, &[("range", "bytes=6000000-"), ("if-range", "\"v0\"")]).await;
    assert_eq!(other.status(), StatusCode::OK);
    assert_eq!(ranges(&world), [None, slice(6), slice(7)]);
    gate.open();
    for response in [whole, other] {
        film.check(0..8 * MIB, &Response::read(response).await.body);
    }
    world.settle().await;
    // The whole took the index's place, or was the first to be stored.
    assert_eq!(
        read_range(&world.viewer(), &film, 3 * MIB, 3 * MIB + 9).await.cache_status(),
        "spokecast; hit"
    );
    assert_eq!(world.origin.count(), 3);
}

/// While the first has not come yet; and no more than the next.
#[tokio::test]
async fn the_next_slice_is_asked_for_before_the_one_that_is_read_is_there() {
    let (film, gate) = (Film::new(40 * MIB, 1), Gate::new());
    let world = held(&film, &gate, |_| true).await;
    let response = world.viewer().open(Method::GET, FILM, &[("range", "bytes=0-")]).await;
    world.origin.wait_for(2).await;
    assert_eq!(ranges(&world), [slice(0), slice(1)]);
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
}

#[tokio::test]
async fn slices_are_evicted_one_by_one_and_asked_for_again() {
    let film = Film::new(200 * MIB, 1);
    let world = showing(&film).await;
    let viewer = world.viewer();
    for index in 0..200 {
        read_range(&viewer, &film, index * MIB, index * MIB + 9).await;
    }
    world.settle().await;
    let cache = world.cache().await;
    let (stored, held) =
        (cache["stored_objects"].as_u64().expect("a count"), cache["held_bytes"].as_u64().expect("bytes"));
    assert!((20..=48).contains(&stored), "{stored} of 200 slices");
    assert!(held <= 64 * MIB, "{held}");
    assert_eq!(world.origin.count(), 200);
    // A second round finds those that are left, and the rest at the origin: with the index or without it.
    for index in (0..200).rev() {
        read_range(&viewer, &film, index * MIB, index * MIB + 9).await;
    }
    let asked = world.origin.count();
    assert!((350..=390).contains(&asked), "{asked}");
}

/// Each viewer reads another part, and all but stop.
#[tokio::test]
async fn slow_viewers_hold_no_more_than_the_budget() {
    let film = Film::new(400 * MIB, 1);
    let world = showing(&film).await;
    let mut slow = Vec::new();
    for index in 0..60 {
        let mut wire = Wire::connect_narrow(world.address()).await;
        let first = index * 6 * MIB;
        wire.send(format!("GET {FILM} HTTP/1.1\r\nhost: edge\r\nrange: bytes={first}-\r\n\r\n")).await;
        let head = wire.head().await;
        if head.starts_with("http/1.1 206 ") {
            film.check(first..first + 1000, &wire.bytes(1000).await);
            slow.push((wire, first));
        } else {
            assert!(head.starts_with("http/1.1 503 "), "{head}");
        }
        let bytes = world.cache().await["held_bytes"].as_u64().expect("bytes");
        assert!(bytes <= 64 * MIB, "{bytes} after {index}");
    }
    // The rest was told to come again, not kept waiting.
    assert!(slow.len() >= 20, "{} of 60 are served", slow.len());
    // The slow ones go on where they were.
    let mib = usize::try_from(MIB).expect("small");
    for (wire, first) in slow.iter_mut().take(5) {
        film.check(*first + 1000..*first + MIB, &wire.bytes(mib - 1000).await);
    }
    drop(slow);
    // Once the edge has noticed, there is room again.
    world.settle().await;
    held_at_most(&world, 50 * MIB).await;
    read_range(&world.viewer(), &film, 399 * MIB, 399 * MIB + 99).await;
    world.settle().await;
    world.operator().request(Method::POST, "/purge?all=true", &[]).await;
    held_at_most(&world, 0).await;
}

/// Waits until the cache holds no more than so many bytes.
async fn held_at_most(world: &World, bytes: u64) {
    let freed = async {
        while world.cache().await["held_bytes"].as_u64().is_none_or(|held| held > bytes) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within("memory to be free", freed).await;
}

/// In the middle of an answer, of a slice, and before the first byte.
#[tokio::test]
async fn when_viewers_leave_the_slice_ends_and_nothing_remains() {
    let (film, gate) = (Film::new(40 * MIB, 1), Gate::new());
    let world = held(&film, &gate, |seen| seen.range().is_some_and(|(first, _)| first >= 3 * SLICE)).await;
    let mut begun = world.viewer().open(Method::GET, FILM, &[("range", "bytes=0-")]).await;
    let got = read_some(begun.body_mut(), 3 * 1_048_576).await;
    film.check(0..got.len() as u64, &got);
    let mut wire = Wire::connect(world.address()).await;
    wire.send(format!("GET {FILM} HTTP/1.1\r\nhost: edge\r\nrange: bytes=20971520-\r\n\r\n")).await;
    world.origin.wait_for(5).await;
    drop((begun, wire));
    for _ in 0..10 {
        gate.open();
    }
    world.settle().await;
    let asked = world.origin.count();
    assert!(asked <= 7, "{:?}", ranges(&world));
    // What was asked for is of use to the next.
    assert!(read_range(&world.viewer(), &film, 20 * MIB, 20 * MIB + 9).await.cache_status().contains("hit"));
    world.operator().request(Method::POST, "/purge?all=true", &[]).await;
    held_at_most(&world, 0).await;
}

/// The transfer goes on under the configuration that it began with, and the new one finds its slices.
#[tokio::test]
async fn a_reload_in_the_middle_changes_nothing_for_the_viewer() {
    let (film, gate) = (Film::new(30 * MIB, 1), Gate::new());
    let mut world = held(&film, &gate, |seen| seen.range() == slice(5)).await;
    let mut begun = world.viewer().open(Method::GET, FILM, &[("range", "bytes=0-")]).await;
    let mut got = read_some(begun.body_mut(), 1000).await;
    let mut config = config_for(world.origin.address());
    config.cache.memory = edge::config::ByteSize::mib(96);
    config.origin[0].max_requests = 7;
    config.viewers.listen = vec![world.address()];
    config.admin.listen = world.edge.admin();
    world.edge.reload(config).await.expect("a good configuration");
    gate.open();
    got.extend_from_slice(&Response::read(begun).await.body);
    film.check(0..film.length(), &got);
    world.settle().await;
    let asked = world.origin.count();
    assert_eq!(asked, 30);
    read_range(&world.viewer(), &film, 29 * MIB, 29 * MIB + 9).await;
    assert_eq!(world.origin.count(), asked);
}
