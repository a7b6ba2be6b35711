//! Who is not served gets 403, before anything is looked up.

use edge::config::ForwardingField;
use http::{Method, StatusCode};

use super::{BARRED, BERLIN, DIALLED_IN, EDGES, MUNICH, Map, SEGMENT, STRANGER, from};
use crate::world::frames::{Frame, Frames, get, kind};
use crate::world::origin::ok;
use crate::world::{Viewer, Wire, World};

const HITS: &str = "spokecast_requests_total{kind=\"segment\",outcome=\"hit\"}";
const NOT_ADMITTED: &str = "spokecast_not_admitted_total";

async fn office(networks: &[&str]) -> World {
    World::with(
        |_| ok("0123456789", &[("Cache-Control", "max-age=60")]),
        |config| {
            config.admission.networks =
                networks.iter().map(|text| text.parse().expect("a network")).collect();
        },
    )
    .await
}

async fn status(world: &World, own: [u8; 4]) -> u16 {
    from(own, world).get(SEGMENT).await.status.as_u16()
}

#[tokio::test]
async fn a_stranger_gets_nothing_whether_it_is_stored_or_not() {
    let world = office(&["127.1.0.0/16"]).await;
    let refused = from(STRANGER, &world).get(SEGMENT).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.header("cache-control").contains("no-store") && !refused.text().contains("127."));
    assert_eq!(world.origin.seen().len(), 0, "nothing is filled for a stranger");
    assert_eq!(status(&world, MUNICH).await, 200);
    world.settle().await;
    // It is stored now, and the quick lane has it.
    assert_eq!(status(&world, MUNICH).await, 200);
    let hits = world.metric(HITS).await;
    assert!(hits > 0.0);
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST] {
        let refused = from(STRANGER, &world).request(method.clone(), SEGMENT, &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method}");
    }
    for fields in
        [&[("range", "bytes=0-1")][..], &[("if-none-match", "*")], &[("cache-control", "only-if-cached")]]
    {
        let refused = from(STRANGER, &world).ask(SEGMENT, fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{fields:?}");
    }
    assert!((world.metric(HITS).await - hits).abs() < f64::EPSILON, "nothing was looked up");
    assert!((world.metric(NOT_ADMITTED).await - 8.0).abs() < f64::EPSILON);
    assert_eq!(world.origin.seen().len(), 1);
}

#[tokio::test]
async fn one_connection_is_refused_again_and_again() {
    let world = office(&["127.1.0.0/16"]).await;
    assert_eq!(status(&world, MUNICH).await, 200);
    world.settle().await;
    let mut wire = Wire::connect_from(STRANGER, world.address()).await;
    for _ in 0..3 {
        wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
        assert_eq!(wire.answer().await.status(), 403);
    }
    // A body does not become the next request.
    let body = "GET /a HTTP/1.1\r\nHost: edge\r\n\r\n";
    wire.send(format!(
        "GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    assert_eq!(wire.answer().await.status(), 403);
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
    assert_eq!(wire.answer().await.status(), 403);
}

#[tokio::test]
async fn http_2_is_no_way_around() {
    let world = office(&["127.1.0.0/16"]).await;
    let stream = Wire::connect_from(STRANGER, world.address()).await.into_stream();
    let mut frames = Frames::over(stream, &[]).await;
    frames.send(get(1, SEGMENT)).await;
    let answer = frames.wait_for(|frame| frame.kind == kind::HEADERS).await.expect("an answer");
    assert!(is_403(&answer), "{answer:?}");
    assert_eq!(world.origin.seen().len(), 0);
}

/// `:status: 403` has no entry in the static table (RFC 7541 appendix A): it is a literal, as it is or in the Huffman
/// code of appendix B.
fn is_403(frame: &Frame) -> bool {
    let payload = &frame.payload[..];
    payload.windows(3).any(|window| window == b"403" || window == [0x68, 0x0c, 0xff])
}

#[tokio::test]
async fn a_site_serves_its_own_and_a_hub_its_spokes() {
    let map = Map::new(EDGES);
    let munich = map.world("munich", |config| config.admission.own_site = true).await;
    for (own, expected) in [(MUNICH, 200), (BERLIN, 403), (STRANGER, 403), (DIALLED_IN, 403), (BARRED, 403)] {
        assert_eq!(status(&munich, own).await, expected, "{own:?}");
    }
    let hub = map.world("hq", |config| config.admission.own_site = true).await;
    for (own, expected) in [(MUNICH, 200), (BERLIN, 200), (STRANGER, 403), (DIALLED_IN, 403), (BARRED, 403)] {
        assert_eq!(status(&hub, own).await, expected, "{own:?}");
    }
}

#[tokio::test]
async fn who_asks_behind_a_proxy_is_who_counts() {
    let world = World::with(
        |_| ok("0123456789", &[("Cache-Control", "max-age=60")]),
        |config| {
            config.admission.networks = vec!["10.0.0.0/8".parse().expect("a network")];
            config.proxies.trusted = vec!["127.1.0.9".parse().expect("a network")];
            config.proxies.header = ForwardingField::XForwardedFor;
        },
    )
    .await;
    // One connection of the proxy carries requests of many.
    let proxy = from(MUNICH, &world);
    for (said, expected) in [
        ("10.1.2.3", 200),
        ("192.0.2.1", 403),
        ("192.0.2.1, 10.1.2.3", 200),
        ("10.1.2.3, 192.0.2.1", 403),
        ("unknown", 403),
        ("10.1.2.3", 200),
    ] {
        let answer = proxy.ask(SEGMENT, &[("x-forwarded-for", said)]).await;
        assert_eq!(answer.status.as_u16(), expected, "{said}");
        world.settle().await;
    }
    // Nobody else's word is taken.
    let spoofed = from(STRANGER, &world).ask(SEGMENT, &[("x-forwarded-for", "10.1.2.3")]).await;
    assert_eq!(spoofed.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_rule_holds_for_connections_that_are_there() {
    let mut config = None;
    let mut world = World::with(
        |_| ok("0123456789", &[("Cache-Control", "max-age=60")]),
        |used| {
            used.admission.networks = vec!["127.1.0.0/16".parse().expect("a network")];
            config = Some(used.clone());
        },
    )
    .await;
    let mut config = config.expect("it was made");
    let (munich, berlin) = (from(MUNICH, &world), from(BERLIN, &world));
    let both =
        async || [munich.get(SEGMENT).await.status.as_u16(), berlin.get(SEGMENT).await.status.as_u16()];
    assert_eq!(both().await, [200, 403]);
    world.settle().await;
    assert_eq!(both().await, [200, 403]);
    config.admission.networks = vec!["127.2.0.0/16".parse().expect("a network")];
    world.edge.reload(config).await.expect("a good configuration");
    assert_eq!(both().await, [403, 200]);
}

#[tokio::test]
async fn where_one_is_and_whither_strangers_may_ask_too() {
    let map = Map::new(EDGES);
    let world = map
        .world("munich", |config| {
            config.admission.own_site = true;
            config.redirect.enabled = true;
        })
        .await;
    let stranger: Viewer = from(STRANGER, &world);
    assert_eq!(stranger.get("/self-test.json").await.json()["location"]["state"], "unknown");
    assert_eq!(stranger.get("/go/a.ts").await.status, StatusCode::FOUND);
    assert_eq!(stranger.get("/go").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        stranger.get("/where").await.status,
        StatusCode::FORBIDDEN,
        "no locator: a path like all others"
    );
    let own = from(MUNICH, &world).get("/self-test.json").await.json();
    assert_eq!(own["location"]["site"], "munich");
    assert_eq!(own["location"]["name"], "Munich");
    assert_eq!(own["location"]["policy"], "site");
}
