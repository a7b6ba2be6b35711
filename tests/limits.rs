//! Every bound on viewers: what happens at it, and that others are not hurt. Times are short and real; the
//! tests wait for what has to happen, not for a time.

use std::time::Duration;

use edge::config::ByteSize;
use http::{Method, StatusCode};

use crate::world::frames::{Frames, INITIAL_WINDOW_SIZE, get, kind, number};
use crate::world::origin::{chunk, head, ok};
use crate::world::{Gate, Response, Script, Seen, Step, Viewer, Wire, World, ms, within};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const OTHER: &str = "/vod/0_meadow01/seg-2-v1.ts";
/// Settings of a viewer who opens no window.
const NO_WINDOW: [(u16, u32); 1] = [(INITIAL_WINDOW_SIZE, 0)];

/// An origin that answers when the gate is opened.
fn gated(gate: &Gate) -> impl Fn(&Seen) -> Script + use<> {
    let gate = gate.clone();
    move |_| [vec![Step::Wait(gate.clone())], ok("0123456789", &[])].concat()
}

fn event(name: &str) -> String {
    format!("spokecast_connections_total{{event=\"{name}\"}}")
}

async fn assert_event(world: &World, name: &str, count: f64) {
    let found = world.metric(&event(name)).await;
    assert!((found - count).abs() < f64::EPSILON, "{name}: {found}");
}

#[tokio::test]
async fn a_head_that_does_not_come_whole_in_time_ends_the_connection() {
    let gate = Gate::new();
    let world = World::with(gated(&gate), |config| config.viewers.header_timeout = ms(150)).await;
    // One that waits for the origin all the while is not meant.
    let patient = world.viewer();
    let patient = tokio::spawn(async move { patient.get(SEGMENT).await });
    world.origin.wait_for(1).await;
    let mut silent = Wire::connect(world.address()).await;
    silent.send("GET /vod").await;
    assert!(silent.rest().await.is_empty());
    assert_event(&world, "header-timeout", 1.0).await;
    // Byte by byte is no faster.
    let mut dripping = Wire::connect(world.address()).await;
    dripping.send("GET /vod HTTP/1.1\r\nX: ").await;
    let drip = async {
        while world.metric(&event("header-timeout")).await < 2.0 {
            dripping.send("a").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within("the dripping head to be cut off", drip).await;
    // Nor is the second head on a connection.
    let mut second = Wire::connect(world.address()).await;
    second.send("OPTIONS / HTTP/1.1\r\nHost: edge\r\n\r\n").await;
    assert!(second.head().await.starts_with("http/1.1 204 "));
    second.send("GET /vod").await;
    assert!(second.rest().await.is_empty());
    world.wait_for_metric(&event("header-timeout"), 3.0).await;
    gate.open();
    assert_eq!(patient.await.unwrap().status, StatusCode::OK);
    assert_event(&world, "idle-timeout", 0.0).await;
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_after_a_while() {
    let gate = Gate::new();
    let world = World::with(gated(&gate), |config| {
        config.viewers.header_timeout = ms(250);
        config.viewers.idle_timeout = ms(400);
    })
    .await;
    let patient = world.viewer();
    let patient = tokio::spawn(async move { patient.get(SEGMENT).await });
    world.origin.wait_for(1).await;
    assert!(Wire::connect(world.address()).await.rest().await.is_empty());
    world.wait_for_metric(&event("idle-timeout"), 1.0).await;
    let mut served = Wire::connect(world.address()).await;
    served.send("OPTIONS / HTTP/1.1\r\nHost: edge\r\n\r\n").await;
    assert!(served.head().await.starts_with("http/1.1 204 "));
    assert!(served.rest().await.is_empty());
    world.wait_for_metric(&event("idle-timeout"), 2.0).await;
    // A body that was read and dropped is not the beginning of a head.
    let mut with_body = Wire::connect(world.address()).await;
    with_body
        .send("OPTIONS / HTTP/1.1\r\nHost: edge\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        .await;
    assert!(with_body.head().await.starts_with("http/1.1 100 "));
    with_body.send("body").await;
    assert!(with_body.head().await.starts_with("http/1.1 204 "));
    assert!(with_body.rest().await.is_empty());
    world.wait_for_metric(&event("idle-timeout"), 3.0).await;
    assert_event(&world, "header-timeout", 0.0).await;
    gate.open();
    assert_eq!(patient.await.unwrap().status, StatusCode::OK);
}

/// A viewer who asks for `path`, reads the head and nothing more.
async fn stuck(world: &World, path: &str) -> Wire {
    let mut wire = Wire::connect_narrow(world.address()).await;
    wire.send(format!("GET {path} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
    assert!(wire.head().await.starts_with("http/1.1 200 "));
    wire
}

/// Waits until the cache holds no byte.
async fn freed(world: &World) {
    let freed = async {
        while world.cache().await["held_bytes"] != 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within("memory to be freed", freed).await;
}

#[tokio::test]
async fn a_viewer_who_takes_nothing_is_cut_off_and_frees_what_it_held() {
    const SIZE: usize = 12 << 20;
    let body = vec![7; SIZE];
    let world = World::with(
        move |_| ok(&body, &[]),
        |config| {
            config.viewers.write_timeout = ms(300);
            config.cache.memory = ByteSize::mib(256);
        },
    )
    .await;
    assert_eq!(world.get(SEGMENT).await.body.len(), SIZE);
    world.settle().await;
    let stuck = stuck(&world, SEGMENT).await;
    let purged = world.operator().request(Method::POST, "/purge?all=true", &[]).await;
    assert_eq!(purged.json()["purged"], 1);
    freed(&world).await;
    world.wait_for_metric(&event("write-timeout"), 1.0).await;
    assert_eq!(world.get(SEGMENT).await.body.len(), SIZE, "others are served");
    drop(stuck);
}

#[tokio::test]
async fn a_viewer_who_takes_nothing_does_not_hold_up_those_who_read_along() {
    const PIECE: usize = 1 << 20;
    let gate = Gate::new();
    let held = gate.clone();
    let script = move |_: &Seen| {
        let start = [head("200 OK", &[("Transfer-Encoding", "chunked")]), chunk(&vec![7; PIECE])].concat();
        let mut rest = chunk(&vec![7; PIECE]).repeat(23);
        rest.extend_from_slice(b"0\r\n\r\n");
        vec![Step::Send(start), Step::Wait(held.clone()), Step::Send(rest)]
    };
    let world = World::with(script, |config| {
        config.viewers.write_timeout = ms(300);
        config.cache.memory = ByteSize::mib(16);
    })
    .await;
    let stuck = stuck(&world, SEGMENT).await;
    let reading = world.viewer().open(Method::GET, SEGMENT, &[]).await;
    gate.open();
    let read = Response::read(reading).await;
    assert!(read.whole && read.body.len() == 24 * PIECE);
    assert_eq!(world.origin.count(), 1);
    freed(&world).await;
    drop(stuck);
}

#[tokio::test]
async fn a_connection_too_many_is_told_to_come_back() {
    let world = World::with(|_| ok("x", &[]), |config| config.viewers.max_connections = 1).await;
    let mut first = Wire::connect(world.address()).await;
    first.send("OPTIONS / HTTP/1.1\r\nHost: edge\r\n\r\n").await;
    assert!(first.head().await.starts_with("http/1.1 204 "));
    let mut second = Wire::connect(world.address()).await;
    let answer = String::from_utf8(second.rest().await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 1\r\n"), "{answer}");
    assert_event(&world, "refused", 1.0).await;
    first.send("OPTIONS / HTTP/1.1\r\nHost: edge\r\n\r\n").await;
    assert!(first.head().await.starts_with("http/1.1 204 "), "who is in stays in");
    drop(first);
    let free = async { while world.metric("spokecast_connections").await > 0.0 {} };
    within("the place to be free", free).await;
    let mut third = Wire::connect(world.address()).await;
    third.send("OPTIONS / HTTP/1.1\r\nHost: edge\r\n\r\n").await;
    assert!(third.head().await.starts_with("http/1.1 204 "));
}

fn assert_busy(response: &Response) {
    assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((response.header("retry-after"), response.header("cache-control")), ("1", "no-store"));
}

#[tokio::test]
async fn followers_and_fills_are_bounded() {
    let gate = Gate::new();
    let world = World::with(gated(&gate), |config| {
        config.cache.max_followers = 1;
        config.cache.max_fills = 1;
    })
    .await;
    let viewer = world.viewer();
    let first = tokio::spawn(async move { viewer.get(SEGMENT).await });
    world.origin.wait_for(1).await;
    assert_busy(&world.get(SEGMENT).await);
    assert_busy(&Viewer::http2(world.address()).get(OTHER).await);
    assert_eq!(world.origin.count(), 1, "no stampede");
    gate.open();
    assert_eq!(first.await.unwrap().status, StatusCode::OK);
    world.settle().await;
    gate.open();
    for path in [SEGMENT, OTHER] {
        assert_eq!(world.get(path).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn streams_of_one_connection_are_bounded() {
    const REFUSED_STREAM: u32 = 7;
    let gate = Gate::new();
    let world = World::with(gated(&gate), |config| config.viewers.max_streams = 2).await;
    let mut frames = Frames::open(world.address(), &[]).await;
    for (stream, path) in [(1, "/vod/a/seg-1-v1.ts"), (3, "/vod/a/seg-2-v1.ts"), (5, "/vod/a/seg-3-v1.ts")] {
        frames.send(get(stream, path)).await;
    }
    let refused = frames.wait_for(|frame| frame.kind == kind::RST_STREAM).await.expect("a stream is refused");
    assert_eq!((refused.stream, number(&refused.payload)), (5, REFUSED_STREAM));
    world.origin.wait_for(2).await;
    assert_eq!(world.origin.count_of("/vod/a/seg-3-v1.ts"), 0);
}

#[tokio::test]
async fn a_viewer_who_opens_no_window_is_cut_off_and_frees_what_it_held() {
    let world = World::with(|_| ok("0123456789", &[]), |config| config.viewers.write_timeout = ms(300)).await;
    world.get(SEGMENT).await;
    world.settle().await;
    let mut frames = Frames::open(world.address(), &NO_WINDOW).await;
    frames.send(get(1, SEGMENT)).await;
    let hits = "spokecast_requests_total{kind=\"segment\",outcome=\"hit\"}";
    world.wait_for_metric(hits, 1.0).await;
    world.operator().request(Method::POST, "/purge?all=true", &[]).await;
    freed(&world).await;
    world.wait_for_metric(&event("write-timeout"), 1.0).await;
    frames.end().await;
}

#[tokio::test]
async fn waiting_for_an_origin_is_not_taking_nothing() {
    let gate = Gate::new();
    let held = gate.clone();
    let script = move |_: &Seen| {
        let start = [head("200 OK", &[("Content-Length", "10")]), b"01234".to_vec()].concat();
        vec![Step::Send(start), Step::Wait(held.clone()), Step::Send(b"56789".to_vec())]
    };
    let world = World::with(script, |config| config.viewers.write_timeout = ms(100)).await;
    let mut open = Vec::new();
    for viewer in [world.viewer(), Viewer::http2(world.address())] {
        open.push(viewer.open(Method::GET, SEGMENT, &[]).await);
    }
    // One that is cut off shows that the time is over.
    let mut frames = Frames::open(world.address(), &NO_WINDOW).await;
    frames.send(get(1, SEGMENT)).await;
    world.wait_for_metric(&event("write-timeout"), 1.0).await;
    gate.open();
    for response in open {
        assert_eq!(Response::read(response).await.text(), "0123456789");
    }
    assert_event(&world, "write-timeout", 1.0).await;
}

#[tokio::test]
async fn a_large_body_is_dropped_up_to_its_bound() {
    let world = World::with(|_| ok("x", &[]), |config| config.viewers.max_body = ByteSize::kib(1)).await;
    let mut wire = Wire::connect(world.address()).await;
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nContent-Length: 1024\r\n\r\n")).await;
    wire.send(vec![b'x'; 1024]).await;
    assert_eq!(wire.answer().await.status(), 200);
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nContent-Length: 1025\r\n\r\n")).await;
    assert_eq!(wire.answer().await.status(), 413);
    assert!(wire.rest().await.is_empty());
}

#[tokio::test]
async fn a_body_that_does_not_come_does_not_hold_the_edge() {
    let world = World::with(|_| ok("x", &[]), |config| config.viewers.header_timeout = ms(150)).await;
    let mut wire = Wire::connect(world.address()).await;
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nContent-Length: 10\r\n\r\nabc")).await;
    assert!(!String::from_utf8_lossy(&wire.rest().await).contains(" 200 "));
    assert_eq!(world.origin.count(), 0);
    assert_eq!(world.get(SEGMENT).await.text(), "x");
}
