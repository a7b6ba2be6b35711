//! Another configuration while the edge runs: it holds from the next request on, and drops nobody.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use edge::Config;
use edge::config::{ByteSize, Period};
use http::{Method, StatusCode};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpStream};

use crate::world::origin::{head, ok};
use crate::world::viewer::read_some;
use crate::world::{
    Gate, Origin, Response, Script, Seen, Step, Viewer, Wire, World, config_for, loopback, ms,
};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const MASTER: &str = "/vod/0_meadow01/master.m3u8";
const REFUSED: &str = "spokecast_config_reloads_total{result=\"refused\"}";
const USED: &str = "spokecast_config_reloads_total{result=\"ok\"}";

/// An origin whose answers say which one it is.
async fn origin(name: &'static str) -> Origin {
    Origin::start(move |seen| ok(format!("{name}{}", seen.target), &[("Cache-Control", "max-age=60")])).await
}

fn url(origin: &Origin) -> edge::config::OriginUrl {
    format!("http://{}", origin.address()).parse().expect("a URL")
}

/// An origin that waits at the gate inside the body of `/slow…`.
fn slow(gate: &Gate) -> impl Fn(&Seen) -> Script + use<> {
    let gate = gate.clone();
    move |seen| {
        if !seen.target.starts_with("/slow") {
            return ok("old", &[("Cache-Control", "max-age=60")]);
        }
        let start = [head("200 OK", &[("Content-Length", "10")]), b"01234".to_vec()].concat();
        vec![Step::Send(start), Step::Wait(gate.clone()), Step::Send(b"56789".to_vec())]
    }
}

/// A world, its configuration, and a transfer of which the first half has come.
struct Transfer {
    world: World,
    config: Config,
    gate: Gate,
    response: http::Response<Incoming>,
    begun: Vec<u8>,
}

impl Transfer {
    async fn begin() -> Self {
        let gate = Gate::new();
        let mut config = None;
        let world = World::with(slow(&gate), |used| {
            used.origin[0].stall_timeout = ms(600_000);
            config = Some(used.clone());
        })
        .await;
        let mut response = world.viewer().open(Method::GET, "/slow/seg-1-v1.ts", &[]).await;
        let begun = read_some(response.body_mut(), 5).await;
        Self { world, config: config.expect("it was asked"), gate, response, begun }
    }

    /// The other half comes, over the same connection.
    async fn ends(self) -> World {
        self.gate.open();
        let rest = Response::read(self.response).await;
        assert!(rest.whole);
        assert_eq!([self.begun, rest.body.to_vec()].concat(), b"0123456789");
        self.world
    }
}

#[tokio::test]
async fn a_transfer_under_way_survives_a_new_origin() {
    let (mut transfer, new) = (Transfer::begin().await, origin("new").await);
    assert_eq!(transfer.world.get(SEGMENT).await.text(), "old");
    transfer.config.origin[0].url = url(&new);
    let changes = transfer.world.edge.reload(transfer.config.clone()).await.expect("it can be used");
    assert!(changes.to_string().starts_with("origin `origin`: http://"), "{changes}");
    assert_eq!(transfer.world.get(SEGMENT).await.text(), format!("new{SEGMENT}"));
    let config = transfer.config.clone();
    let mut world = transfer.ends().await;

    // What was filled from the old one meanwhile is the old one's.
    world.settle().await;
    let after = world.get("/slow/seg-1-v1.ts").await;
    assert_eq!(after.text(), "new/slow/seg-1-v1.ts");
    let mut back = config;
    back.origin[0].url = url(&world.origin);
    let asked = world.origin.count();
    world.edge.reload(back).await.expect("it can be used");
    assert_eq!(world.get(SEGMENT).await.text(), "old", "and is found again when that comes back");
    assert_eq!(world.origin.count(), asked);
}

#[tokio::test]
async fn a_transfer_under_way_survives_other_listeners() {
    let mut transfer = Transfer::begin().await;
    let (old, old_admin) = (transfer.world.address(), transfer.world.edge.admin());
    let [viewers, admin] = [beside(old), beside(old_admin)];
    transfer.config.viewers.listen = vec![viewers, loopback()];
    transfer.config.admin.listen = admin;
    let changes = transfer.world.edge.reload(transfer.config.clone()).await.expect("they are free");
    assert!(changes.iter().any(|change| change == format!("viewers.listen: {viewers} added")), "{changes}");
    let edge = &transfer.world.edge;
    assert_eq!((edge.viewers(), edge.admin()), (&[viewers, old][..], admin), "the old one kept its socket");
    assert_eq!(Viewer::of(viewers).get(SEGMENT).await.text(), "old");
    assert!(TcpStream::connect(old_admin).await.is_err(), "nobody listens there any more");

    transfer.config.viewers.listen = vec![viewers];
    transfer.world.edge.reload(transfer.config.clone()).await.expect("it is there");
    assert!(TcpStream::connect(old).await.is_err(), "nobody listens there any more");
    let world = transfer.ends().await;
    assert_eq!(world.get(SEGMENT).await.text(), "old");
}

/// The system makes connections on its own. The one thread of this test does not accept any before the listener goes.
#[tokio::test]
async fn who_came_to_a_listener_before_it_went_is_served() {
    let mut config = None;
    let mut world = World::with(|_| ok("x", &[]), |used| config = Some(used.clone())).await;
    let mut config = config.expect("it was asked");
    let old = world.address();
    config.viewers.listen = vec![beside(old)];
    let come: Vec<_> = (0..20).map(|_| std::net::TcpStream::connect(old).expect("connects")).collect();
    world.edge.reload(config).await.expect("it is free");
    for stream in come {
        stream.set_nonblocking(true).expect("a socket option");
        let mut wire = Wire::of(TcpStream::from_std(stream).expect("a socket"));
        wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
        assert_eq!(wire.answer().await.body, b"x");
    }
}

/// Another address of this machine with the same port, which nobody else listens on: ports of tests are given out
/// for 127.0.0.1.
fn beside(address: SocketAddr) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 2], address.port()))
}

#[tokio::test]
async fn from_one_address_to_all_and_back_no_port_is_in_the_way() {
    let mut config = None;
    let mut world = World::with(|_| ok("x", &[]), |used| config = Some(used.clone())).await;
    let mut config = config.expect("it was asked");
    let port = world.address().port();
    for address in [[0, 0, 0, 0], [127, 0, 0, 1], [127, 0, 0, 2]] {
        let address = SocketAddr::from((address, port));
        config.viewers.listen = vec![address];
        world.edge.reload(config.clone()).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(world.edge.viewers(), [address]);
        let at = if address.ip().is_unspecified() { [127, 0, 0, 1].into() } else { address.ip() };
        assert_eq!(Viewer::of(SocketAddr::new(at, port)).get(SEGMENT).await.text(), "x");
        // The port is ours alone.
        let another = tokio::net::TcpSocket::new_v4().expect("a socket");
        another.set_reuseaddr(true).expect("a socket option");
        assert!(another.bind(address).and_then(|()| another.listen(1)).is_err(), "{address}");
    }
}

#[tokio::test]
async fn a_transfer_under_way_survives_less_memory_and_more() {
    let mut transfer = Transfer::begin().await;
    for index in 0..40 {
        let path = format!("/vod/0_meadow01/seg-{index}-v1.ts");
        transfer.world.get(&path).await;
    }
    transfer.world.wait_for_metric("spokecast_cache_objects", 40.0).await;
    for (mib, change) in [(16, "64 MiB → 16 MiB"), (128, "16 MiB → 128 MiB")] {
        transfer.config.cache.memory = ByteSize::mib(mib);
        let changes = transfer.world.edge.reload(transfer.config.clone()).await.expect("it can be used");
        assert_eq!(changes.to_string(), format!("cache.memory: {change}"));
        let cache = transfer.world.cache().await;
        assert_eq!((&cache["limit_bytes"], &cache["stored_objects"]), (&(mib << 20).into(), &40.into()));
    }
    assert!((transfer.world.metric("spokecast_cache_limit_bytes").await - f64::from(128 << 20)).abs() < 1.0);
    let world = transfer.ends().await;
    assert_eq!(world.origin.count(), 41, "all were kept");
}

/// Objects that are larger than half of the new memory go; what is sent of them comes whole.
#[tokio::test]
async fn a_viewer_gets_the_whole_of_what_a_smaller_memory_evicts() {
    const SIZE: usize = 8 << 20;
    let mut config = None;
    let mut world = World::with(
        |_| ok(vec![7; SIZE], &[("Cache-Control", "max-age=60")]),
        |used| {
            used.cache.memory = ByteSize::mib(256);
            config = Some(used.clone());
        },
    )
    .await;
    let mut config = config.expect("it was asked");
    assert_eq!(world.get(SEGMENT).await.body.len(), SIZE);
    world.settle().await;
    let mut wire = Wire::connect_narrow(world.address()).await;
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")).await;
    assert!(wire.head().await.starts_with("http/1.1 200 "));
    config.cache.memory = ByteSize::mib(16);
    world.edge.reload(config).await.expect("it can be used");
    let cache = world.cache().await;
    assert_eq!(cache["stored_objects"], 0);
    assert!(cache["held_bytes"].as_u64() >= Some(SIZE as u64), "it is still being sent: {cache}");
    assert_eq!(wire.bytes(SIZE).await.len(), SIZE);
    drop(wire);
    let freed = async {
        while world.cache().await["held_bytes"] != 0 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    crate::world::within("memory to be freed", freed).await;
}

#[tokio::test]
async fn an_address_that_is_taken_refuses_the_whole() {
    let mut config = None;
    let mut world = World::with(|_| ok("x", &[]), |used| config = Some(used.clone())).await;
    let good = config.expect("it was asked");
    let taken = TcpListener::bind(loopback()).await.expect("loopback");
    let taken = taken.local_addr().map(|address| (address, taken)).expect("bound");
    let another = beside(world.address());
    let other = origin("other").await;
    let bad_viewers = |config: &mut Config| config.viewers.listen = vec![another, taken.0];
    let bad_admin = |config: &mut Config| {
        config.viewers.listen = vec![another];
        config.admin.listen = taken.0;
    };
    for (count, key) in (1_u8..).zip(["viewers.listen", "admin.listen"]) {
        let mut config = good.clone();
        config.origin[0].url = url(&other);
        config.cache.memory = ByteSize::mib(32);
        if count == 1 {
            bad_viewers(&mut config);
        } else {
            bad_admin(&mut config);
        }
        let before = (world.edge.viewers().to_vec(), world.edge.admin());
        let error = world.edge.reload(config).await.expect_err("it is taken").to_string();
        assert!(error.starts_with(&format!("{key} {}: ", taken.0)), "{error}");
        assert_eq!((world.edge.viewers().to_vec(), world.edge.admin()), before);
        assert!(TcpStream::connect(another).await.is_err(), "what was bound is let go");
        assert_eq!(world.get(&format!("/{count}")).await.text(), "x", "the origin is the old one");
        assert_eq!(world.cache().await["limit_bytes"], 64 << 20);
        assert!((world.metric(REFUSED).await - f64::from(count)).abs() < f64::EPSILON);
    }
    assert_eq!(world.operator().get("/readyz").await.text(), "ready\n");
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn what_cannot_be_used_changes_nothing_and_says_what_it_is() {
    let mut config = None;
    let mut world = World::with(|_| ok("x", &[]), |used| config = Some(used.clone())).await;
    let good = config.expect("it was asked");
    let loaded = world.metric("spokecast_config_loaded_timestamp_seconds").await;
    assert!(loaded > 0.0);
    let mut bad = good.clone();
    bad.cache.memory = ByteSize::mib(1);
    let error = world.edge.reload(bad).await.expect_err("too small").to_string();
    assert_eq!(error, "cache.memory: must be at least 16 MiB");
    let mut bad = good.clone();
    bad.origin[0].ca_file = Some("nowhere/ca.pem".into());
    let error = world.edge.reload(bad).await.expect_err("no file").to_string();
    assert!(error.starts_with("origin `origin`: ca-file nowhere/ca.pem: "), "{error}");
    world.edge.refused_reload();
    assert!((world.metric(REFUSED).await - 3.0).abs() < f64::EPSILON);

    world.hand.advance(std::time::Duration::from_mins(1));
    assert!(world.edge.reload(good).await.expect("it is good").is_empty(), "nothing differs");
    assert!((world.metric(USED).await - 1.0).abs() < f64::EPSILON);
    assert!(world.metric("spokecast_config_loaded_timestamp_seconds").await >= loaded + 60.0);
}

#[tokio::test]
async fn the_cache_is_kept_and_follows_the_new_rules_where_it_has_to() {
    let script = |seen: &Seen| {
        let playlist = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://cdn.example/vod/a/index.m3u8\n";
        ok(if seen.target == MASTER { playlist } else { "x" }, &[("Cache-Control", "max-age=60")])
    };
    let mut config = None;
    let mut world = World::with(script, |used| config = Some(used.clone())).await;
    let mut config = config.expect("it was asked");
    for path in [SEGMENT, MASTER] {
        assert_eq!(world.get(path).await.header("access-control-allow-origin"), "*");
    }
    world.settle().await;
    config.viewers.allow_origin = "https://portal.example".into();
    config.cache.lifetime.segment = Period::of(std::time::Duration::ZERO);
    world.edge.reload(config.clone()).await.expect("it can be used");
    for path in [SEGMENT, MASTER] {
        let kept = world.get(path).await;
        assert_eq!(kept.cache_status().as_str(), "spokecast; hit");
        assert_eq!(kept.header("access-control-allow-origin"), "https://portal.example");
        assert_eq!(
            (kept.header("timing-allow-origin"), kept.header("vary")),
            ("https://portal.example", "Origin")
        );
    }
    config.viewers.allow_origin = "*".into();
    config.origin[0].aliases = vec!["cdn.example".parse().expect("a host")];
    world.edge.reload(config.clone()).await.expect("it can be used");
    let kept = world.get(SEGMENT).await;
    assert_eq!((kept.cache_status().as_str(), kept.header("vary")), ("spokecast; hit", ""));
    let written_anew = world.get(MASTER).await;
    assert_eq!(written_anew.cache_status().as_str(), "spokecast; fwd=uri-miss");
    assert!(written_anew.text().ends_with("\n/vod/a/index.m3u8\n"), "{}", written_anew.text());
    assert_eq!(world.origin.count(), 3);
    assert_eq!(world.origin.connections(), 1, "the origin's connections are kept as well");
}

#[tokio::test]
async fn limits_hold_for_connections_and_fills_that_come_after() {
    let gate = Gate::new();
    let mut config = None;
    let mut world = World::with(slow(&gate), |used| config = Some(used.clone())).await;
    let mut config = config.expect("it was asked");
    let mut kept = Wire::connect(world.address()).await;
    kept.send("OPTIONS / HTTP/1.1\r\nHost: edge\r\n\r\n").await;
    assert!(kept.head().await.starts_with("http/1.1 204 "));
    config.viewers.max_connections = 1;
    config.cache.max_fills = 0;
    world.edge.reload(config.clone()).await.expect("it can be used");
    let mut second = Wire::connect(world.address()).await;
    assert!(String::from_utf8_lossy(&second.rest().await).starts_with("HTTP/1.1 503 "));
    kept.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
    assert_eq!(kept.answer().await.status(), 503);
    config.viewers.max_connections = 2;
    config.cache.max_fills = 1;
    world.edge.reload(config).await.expect("it can be used");
    kept.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
    assert_eq!(kept.answer().await.status(), 200);
    assert_eq!(world.get(SEGMENT).await.status, StatusCode::OK);
}

/// Objects of four renditions from two origins, asked for by everybody all the time, while origins, memory and
/// listeners change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_right_during_fifty_reloads() {
    const VIEWERS: usize = 8;
    let origins = [origin("a").await, origin("b").await];
    let mut config = config_for(origins[0].address());
    let other = edge::config::Origin { name: "other".into(), ..edge::config::Origin::new(url(&origins[1])) };
    config.origin.push(other);
    config.origin[0].hosts = vec!["a.office.example".parse().expect("a host")];
    config.origin[1].hosts = vec!["b.office.example".parse().expect("a host")];
    let (clock, _hand) = edge::Clock::by_hand();
    let mut edge = edge::Edge::start(config.clone(), clock).expect("it starts");
    let address = edge.viewers()[0];
    let over = Arc::new(AtomicBool::new(false));
    let viewers = (0..VIEWERS).map(|number| {
        let over = Arc::clone(&over);
        tokio::spawn(async move {
            let (viewer, mut count) = (Viewer::of(address), 0);
            while !over.load(Ordering::Relaxed) {
                let name = if (number + count) % 2 == 0 { "a" } else { "b" };
                let path = format!("/vod/0_meadow01/seg-{}-v1.ts", (number * 7 + count) % 50);
                let response = viewer.ask(&path, &[("Host", &format!("{name}.office.example"))]).await;
                assert_eq!((response.status, response.whole), (StatusCode::OK, true));
                assert_eq!(response.text(), format!("{name}{path}"));
                count += 1;
            }
            count
        })
    });
    let viewers: Vec<_> = viewers.collect();
    for round in 0..50 {
        config.origin.swap(0, 1);
        config.cache.memory = ByteSize::mib([64, 16, 128][round % 3]);
        config.viewers.listen = if round % 2 == 0 { vec![loopback(); 2] } else { vec![loopback()] };
        config.origin[0].max_requests = 100 + round;
        edge.reload(config.clone()).await.expect("it can be used");
        assert_eq!(edge.viewers()[0], address);
        assert_eq!(Viewer::of(address).ask("/x", &[("Host", "b.office.example")]).await.text(), "b/x");
    }
    over.store(true, Ordering::Relaxed);
    for viewer in viewers {
        assert!(viewer.await.expect("every answer was right") > 0);
    }
}
