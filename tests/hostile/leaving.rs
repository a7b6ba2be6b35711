//! Viewers who leave at the worst moment, again and again, and purges in between. `crowd` has the same once
//! at each moment with a thousand followers.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::task::JoinSet;

use crate::world::origin::{head, ok};
use crate::world::viewer::read_some;
use crate::world::{Gate, Response, Step, Viewer, Wire, World, descriptors, within};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const SIZE: usize = 256 << 10;

/// Twenty rounds of a leader that resets its connection, a purge, and a hundred followers on each of ten
/// connections: everybody gets the whole body, or sees that it is cut off.
#[tokio::test(flavor = "multi_thread")]
async fn leaders_that_leave_during_purges_leave_nobody_hanging() {
    const ROUNDS: u64 = 20;
    const FOLLOWERS: usize = 1000;
    descriptors::allow(200);
    let body: Bytes = (0..SIZE).map(|index| u8::try_from(index % 251).expect("small")).collect();
    let sent = body.clone();
    let world = World::new(move |_| {
        let length = SIZE.to_string();
        let start = head("200 OK", &[("Content-Length", &length), ("Cache-Control", "max-age=60")]);
        let (first, second) = sent.split_at(SIZE / 2);
        vec![Step::Send([&start, first].concat()), Step::Send(second.to_vec())]
    })
    .await;
    let connections: Vec<_> = (0..10).map(|_| Viewer::http2(world.address())).collect();
    for round in 0..ROUNDS {
        let mut leader = Wire::connect(world.address()).await;
        leader.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
        let mut followers = JoinSet::new();
        for number in 0..FOLLOWERS / usize::try_from(ROUNDS).expect("small") * 10 {
            let viewer = connections[number % connections.len()].clone();
            followers.spawn(async move { viewer.get(SEGMENT).await });
        }
        if round % 2 == 1 {
            world.origin.wait_for(usize::try_from(round).expect("small") / 2).await;
        }
        drop(leader);
        let purge =
            if round % 3 == 0 { "/purge?all=true".to_owned() } else { format!("/purge?url={SEGMENT}") };
        let purged = world.operator().request(Method::POST, &purge, &[]).await;
        assert_eq!(purged.status, StatusCode::OK);
        for response in within("all followers", followers.join_all()).await {
            let whole = response.status == StatusCode::OK && response.whole;
            assert!(!whole || response.body == body, "wrong bytes in round {round}");
            assert!(
                whole || !response.whole || response.status.is_server_error(),
                "round {round}: {}",
                response.status
            );
        }
    }
    world.settle().await;
    assert_eq!(world.get(SEGMENT).await.body, body);
    let cache = world.cache().await;
    assert!(cache["held_bytes"].as_u64() <= Some(2 * SIZE as u64), "{cache}");
}

/// The one who causes a revalidation leaves before it ends, with it behind their back or in front of them.
#[tokio::test]
async fn a_revalidation_goes_on_when_its_cause_leaves() {
    for lifetime in ["max-age=60, stale-while-revalidate=600", "max-age=60"] {
        let gate = Gate::new();
        let held = gate.clone();
        let fields = [("ETag", "\"a\""), ("Cache-Control", lifetime)];
        let world = World::new(move |seen| match seen.header("if-none-match") {
            Some(_) => vec![Step::Wait(held.clone()), Step::Send(head("304 Not Modified", &fields))],
            None => ok("0123456789", &fields),
        })
        .await;
        world.get(SEGMENT).await;
        world.settle().await;
        world.hand.advance(Duration::from_secs(100));
        let mut leaving = Wire::connect(world.address()).await;
        leaving.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
        world.origin.wait_for(2).await;
        drop(leaving);
        let left = async { while world.metric("spokecast_connections").await > 0.0 {} };
        within("the viewer to leave", left).await;
        gate.open();
        world.settle().await;
        let response = world.get(SEGMENT).await;
        assert_eq!(
            (response.text().as_str(), response.cache_status().as_str()),
            ("0123456789", "spokecast; hit"),
            "{lifetime}"
        );
        assert_eq!(world.origin.count(), 2, "{lifetime}");
    }
}

/// Whoever reads along and leaves in the middle, many times, takes nothing from who stays.
#[tokio::test]
async fn followers_that_leave_in_the_middle_take_nothing_from_who_stays() {
    let gate = Gate::new();
    let held = gate.clone();
    let world = World::new(move |_| {
        let start = [head("200 OK", &[("Content-Length", "10")]), b"01234".to_vec()].concat();
        vec![Step::Send(start), Step::Wait(held.clone()), Step::Send(b"56789".to_vec())]
    })
    .await;
    let stays = world.viewer().open(Method::GET, SEGMENT, &[]).await;
    for _ in 0..100 {
        for viewer in [world.viewer(), Viewer::http2(world.address())] {
            let mut leaves = viewer.open(Method::GET, SEGMENT, &[]).await.into_body();
            assert_eq!(read_some(&mut leaves, 5).await, b"01234");
        }
    }
    gate.open();
    let response = Response::read(stays).await;
    assert_eq!((response.whole, response.text().as_str()), (true, "0123456789"));
    assert_eq!(world.origin.count(), 1);
}
