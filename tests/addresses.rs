//! One address does not take the places and the time of all others.

use std::time::Duration;

use edge::Config;

use crate::world::origin::ok;
use crate::world::{Wire, World, within};

const OPTIONS: &str = "OPTIONS / HTTP/1.1\r\nHost: edge\r\n\r\n";
const GET: &str = "GET /vod/0_meadow01/seg-1-v1.ts HTTP/1.1\r\nHost: edge\r\n\r\n";
const GREEDY: [u8; 4] = [127, 0, 0, 7];
const MODEST: [u8; 4] = [127, 0, 0, 8];

/// A world where this machine is a viewer like all others.
async fn world(change: impl FnOnce(&mut Config)) -> World {
    World::with(
        |_| ok("0123456789", &[("Cache-Control", "max-age=60")]),
        |config| {
            config.viewers.unlimited = Vec::new();
            change(config);
        },
    )
    .await
}

/// A connection from `own` that was let in.
async fn let_in(world: &World, own: [u8; 4]) -> Wire {
    let mut wire = Wire::connect_from(own, world.address()).await;
    wire.send(OPTIONS).await;
    assert!(wire.head().await.starts_with("http/1.1 204 "));
    wire
}

async fn assert_turned_away(world: &World, own: [u8; 4]) {
    let answer = Wire::connect_from(own, world.address()).await.rest().await;
    let answer = String::from_utf8(answer).expect("text");
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 1\r\n"), "{answer}");
}

async fn open_connections(world: &World, count: f64) {
    let open = async { while (world.metric("spokecast_connections").await - count).abs() > 0.5 {} };
    within("connections to be closed", open).await;
}

#[tokio::test]
async fn one_address_with_all_its_connections_keeps_nobody_else_out() {
    let world = world(|config| config.viewers.max_connections_per_address = 2).await;
    let mut greedy = [let_in(&world, GREEDY).await, let_in(&world, GREEDY).await];
    for _ in 0..3 {
        assert_turned_away(&world, GREEDY).await;
    }
    let refused = world.metric("spokecast_connections_total{event=\"refused-address\"}").await;
    assert!((refused - 3.0).abs() < f64::EPSILON, "{refused}");
    let _others = [let_in(&world, MODEST).await, let_in(&world, [127, 0, 0, 9]).await];
    // Who is in stays in.
    greedy[0].send(GET).await;
    assert_eq!(greedy[0].answer().await.body, b"0123456789");
    open_connections(&world, 4.0).await;
    let [one, _other] = greedy;
    drop(one);
    open_connections(&world, 3.0).await;
    let _in_its_place = let_in(&world, GREEDY).await;
    assert_turned_away(&world, GREEDY).await;
}

/// Asks over both connections of one address until it has asked too often on the second. The rest of a second may
/// pass between any two requests, so it is tried as often as that takes.
async fn until_refused(first: &mut Wire, second: &mut Wire) -> crate::world::wire::RawAnswer {
    let refused = async {
        loop {
            first.send(GET).await;
            first.answer().await;
            second.send(GET).await;
            let answer = second.answer().await;
            if answer.status() == 429 {
                break answer;
            }
            assert_eq!(answer.status(), 200);
        }
    };
    within("a refusal", refused).await
}

#[tokio::test]
async fn one_address_that_asks_too_often_waits_and_others_do_not() {
    let world = world(|config| config.viewers.max_requests_per_second_per_address = 3).await;
    let (mut first, mut second) = (let_in(&world, GREEDY).await, let_in(&world, GREEDY).await);
    let mut other = let_in(&world, MODEST).await;
    world.hand.advance(Duration::from_secs(1));
    let refusal = until_refused(&mut first, &mut second).await;
    assert!(refusal.head.contains("\r\nretry-after: 1\r\n"), "{}", refusal.head);
    assert!(refusal.head.contains("\r\ncache-control: no-store\r\n"), "{}", refusal.head);
    assert_eq!(refusal.body, b"429 too many requests in a second; try again shortly\n");
    other.send(GET).await;
    assert_eq!(other.answer().await.status(), 200);
    world.hand.advance(Duration::from_secs(1));
    second.send(GET).await;
    assert_eq!(second.answer().await.status(), 200, "its second is over, and its connection still there");
    assert!(world.metric("spokecast_refused_total{status=\"429\"}").await >= 1.0);
    assert_eq!(world.origin.count(), 1);
    // Nothing that operators see says who it was.
    for page in ["/metrics", "/cache"] {
        let text = world.operator().get(page).await.text();
        assert!(!text.contains("127.0.0.7"), "{text}");
    }
}

#[tokio::test]
async fn networks_without_a_bound_have_none() {
    let world = world(|config| {
        config.viewers.max_connections_per_address = 1;
        config.viewers.max_requests_per_second_per_address = 1;
        config.viewers.unlimited = vec!["127.0.0.7".parse().expect("a network")];
    })
    .await;
    let mut proxy = Vec::new();
    for _ in 0..4 {
        proxy.push(let_in(&world, GREEDY).await);
    }
    let _other = let_in(&world, MODEST).await;
    assert_turned_away(&world, MODEST).await;
}

#[tokio::test]
async fn another_configuration_bounds_connections_that_are_there() {
    let mut config = None;
    let mut world = world(|used| config = Some(used.clone())).await;
    let mut config = config.expect("it was asked");
    let (mut first, mut second) = (let_in(&world, GREEDY).await, let_in(&world, GREEDY).await);
    config.viewers.max_connections_per_address = 1;
    config.viewers.max_requests_per_second_per_address = 1;
    world.edge.reload(config).await.expect("it can be used");
    assert_turned_away(&world, GREEDY).await;
    until_refused(&mut first, &mut second).await;
}
