//! Origins that fail: viewers hear of it, nothing of it is stored, and the next request asks again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Method, StatusCode};
use tokio::net::TcpListener;

use crate::world::origin::{answer, chunk, head, ok};
use crate::world::viewer::read_some;
use crate::world::{Gate, Response, Script, Step, Viewer, World, loopback, ms, raw};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";

/// A world whose origin follows `fault` until it is mended.
async fn broken(fault: impl Fn() -> Script + Send + Sync + 'static) -> (World, Arc<AtomicBool>) {
    let mended = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&mended);
    let script = move |_: &_| if switch.load(Ordering::Relaxed) { ok("0123456789", &[]) } else { fault() };
    let world = World::with(script, |config| {
        config.origin[0].first_byte_timeout = ms(400);
        config.origin[0].stall_timeout = ms(200);
    })
    .await;
    (world, mended)
}

/// Nothing of the fault is kept, and a mended origin serves the next request.
async fn recovers(world: &World, mended: &AtomicBool) {
    world.settle().await;
    assert_eq!(world.stored().await, Vec::<serde_json::Value>::new());
    assert_eq!(world.cache().await["held_bytes"], 0);
    mended.store(true, Ordering::Relaxed);
    let asked = world.origin.count();
    let response = world.get(SEGMENT).await;
    assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, "0123456789"));
    assert_eq!(world.origin.count(), asked + 1);
}

async fn fails_before_the_head(status: StatusCode, result: &str, fault: Script) {
    let shown = format!("{fault:?}").chars().take(100).collect::<String>();
    let (world, mended) = broken(move || fault.clone()).await;
    let viewers = [world.viewer(), Viewer::http2(world.address()), world.viewer()];
    let [a, b, c] = &viewers;
    for response in <[Response; 3]>::from(tokio::join!(a.get(SEGMENT), b.get(SEGMENT), c.get(SEGMENT))) {
        assert_eq!(response.status, status, "{shown}");
        assert_eq!(response.header("cache-control"), "no-store");
        assert_eq!(response.header("access-control-allow-origin"), "*");
    }
    let counted = format!("spokecast_origin_requests_total{{origin=\"origin\",result=\"{result}\"}}");
    assert!(world.metric(&counted).await >= 1.0, "{shown}");
    recovers(&world, &mended).await;
}

#[tokio::test]
async fn answers_that_are_none_become_502() {
    let endless = "X: filler\r\n".repeat(30_000);
    let many = "X: a\r\n".repeat(200);
    let send = |text: String| vec![Step::Send(text.into_bytes()), Step::Close];
    for fault in [
        vec![Step::Close],
        vec![Step::Reset],
        send("SSH-2.0-elsewhere\r\n".into()),
        send("HTTP/1.1 200".into()),
        send(format!("HTTP/1.1 200 OK\r\n{endless}")),
        send(format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 1\r\n\r\nx")),
        send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx".into()),
        send("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx".into()),
    ] {
        fails_before_the_head(StatusCode::BAD_GATEWAY, "invalid", fault).await;
    }
}

#[tokio::test]
async fn answers_to_a_question_that_was_not_asked_become_502() {
    let part = answer("206 Partial Content", "01234", &[("Content-Range", "bytes 0-4/10")]);
    let unchanged = vec![Step::Send(head("304 Not Modified", &[("ETag", "\"a\"")]))];
    let upgraded =
        vec![Step::Send(head("101 Switching Protocols", &[("Connection", "upgrade"), ("Upgrade", "x")]))];
    for fault in [part, unchanged, upgraded] {
        fails_before_the_head(StatusCode::BAD_GATEWAY, "answered", fault).await;
    }
}

#[tokio::test]
async fn an_origin_that_does_not_answer_in_time_becomes_504() {
    fails_before_the_head(StatusCode::GATEWAY_TIMEOUT, "timed-out", vec![Step::Wait(Gate::new())]).await;
    let begun = vec![Step::Send(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), Step::Wait(Gate::new())];
    fails_before_the_head(StatusCode::GATEWAY_TIMEOUT, "timed-out", begun).await;
}

#[tokio::test]
async fn a_refused_connection_becomes_502() {
    let closed = TcpListener::bind(loopback()).await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let url = format!("http://{address}").parse().unwrap();
    let world = World::with(|_| ok("x", &[]), |config| config.origin[0].url = url).await;
    let response = world.get(SEGMENT).await;
    assert_eq!(response.status, StatusCode::BAD_GATEWAY);
    assert!(!response.text().contains("127.0.0.1"));
    let unreachable = "spokecast_origin_requests_total{origin=\"origin\",result=\"unreachable\"}";
    assert!((world.metric(unreachable).await - 1.0).abs() < f64::EPSILON);
}

/// Heads of a body of ten bytes of which five come at once.
fn with_length() -> Vec<u8> {
    [head("200 OK", &[("Content-Length", "10")]), b"01234".to_vec()].concat()
}

fn chunked() -> Vec<u8> {
    [head("200 OK", &[("Transfer-Encoding", "chunked")]), chunk(b"01234")].concat()
}

#[tokio::test]
async fn a_body_that_breaks_off_breaks_off_for_every_viewer() {
    let never = Gate::new;
    for (start, end) in [
        (with_length(), vec![Step::Close]),
        (with_length(), vec![Step::Reset]),
        (with_length(), vec![Step::Wait(never())]),
        (chunked(), vec![Step::Close]),
        (chunked(), vec![Step::Reset]),
        (chunked(), vec![Step::Wait(never())]),
        (chunked(), vec![Step::Send(b"zz\r\n".to_vec()), Step::Wait(never())]),
        (chunked(), vec![Step::Send(b"fffffffffffffffff\r\n".to_vec()), Step::Wait(never())]),
        (chunked(), vec![Step::Send(b"5\r\n567".to_vec()), Step::Close]),
        (chunked(), vec![Step::Send(b"0\r\n".to_vec()), Step::Close]),
        (head("200 OK", &[]), vec![Step::Send(b"01234".to_vec()), Step::Reset]),
    ] {
        let shown = format!("{} then {end:?}", String::from_utf8_lossy(&start));
        let gate = Gate::new();
        let held = gate.clone();
        let fault = move || [vec![Step::Send(start.clone()), Step::Wait(held.clone())], end.clone()].concat();
        let (world, mended) = broken(fault).await;
        let (http1, http2) = (world.viewer(), Viewer::http2(world.address()));
        // The first starts the fill, the others read along.
        let mut open = Vec::new();
        for viewer in [&http1, &http2, &world.viewer()] {
            open.push(viewer.open(Method::GET, SEGMENT, &[]).await);
        }
        gate.open();
        // One whose body slides by is read by its starter alone: the others asked for themselves.
        (1..world.origin.count()).for_each(|_| gate.open());
        for response in open {
            assert_eq!(response.status(), StatusCode::OK, "{shown}");
            let response = Response::read(response).await;
            assert!(!response.whole && response.body.len() <= 10, "{shown}: {response:?}");
        }
        recovers(&world, &mended).await;
        assert_eq!(http2.get(SEGMENT).await.text(), "0123456789", "the connection lives on: {shown}");
    }
}

#[tokio::test]
async fn a_broken_chunked_body_has_no_last_chunk() {
    let gate = Gate::new();
    gate.open();
    let (world, _) = broken(move || vec![Step::Send(chunked()), Step::Wait(gate.clone()), Step::Close]).await;
    let answer = raw(world.address(), format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") || answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn bytes_beyond_the_announced_length_are_served_to_nobody() {
    let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    let world = World::new(move |seen| {
        let body = &seen.target[seen.target.len() - 5..];
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{body}{poison}");
        vec![Step::Send(text.into_bytes())]
    })
    .await;
    let viewer = world.viewer();
    for number in 10_000..10_040 {
        let response = viewer.get(&format!("/vod/a/{number}")).await;
        // An origin that says more than it announced may cost an answer, never a wrong one.
        assert!(
            response.text() == number.to_string() || response.status == StatusCode::BAD_GATEWAY,
            "{number}: {response:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_is_served_and_not_stored() {
    for kind in [SEGMENT, "/vod/0_meadow01/index.m3u8"] {
        let world = World::new(|_| {
            let start = head("200 OK", &[("Cache-Control", "max-age=60")]);
            vec![Step::Send([start, b"#EXTM3U\n".to_vec()].concat()), Step::Close]
        })
        .await;
        for asked in 1..=2 {
            let response = world.get(kind).await;
            assert!(response.whole);
            assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, "#EXTM3U\n"));
            world.settle().await;
            assert_eq!(world.origin.count(), asked);
        }
        assert!(world.stored().await.is_empty());
    }
}

#[tokio::test]
async fn what_exceeds_the_memory_streams_through_and_is_not_stored() {
    const SIZE: usize = 24 << 20;
    let body: Vec<u8> = (0..SIZE).map(|index| u8::try_from(index % 251).unwrap()).collect();
    let large = Arc::new(body.clone());
    let script = move |seen: &crate::world::Seen| {
        if seen.target.ends_with("seg-1-v1.ts") {
            return ok(large.as_slice(), &[]);
        }
        let start = head("200 OK", &[("Transfer-Encoding", "chunked")]);
        vec![Step::Send([start, chunk(&large), b"0\r\n\r\n".to_vec()].concat())]
    };
    let world = World::with(script, |config| config.cache.memory = edge::config::ByteSize::mib(16)).await;
    for path in [SEGMENT, "/vod/0_meadow01/seg-2-v1.ts"] {
        let mut open = world.viewer().open(Method::GET, path, &[]).await.into_body();
        let mut read = Vec::new();
        while read.len() < SIZE {
            let some = read_some(&mut open, 4 << 20).await;
            assert!(!some.is_empty(), "{path} ended at {}", read.len());
            read.extend_from_slice(&some);
            let cache = world.cache().await;
            assert!(cache["held_bytes"].as_u64() <= cache["limit_bytes"].as_u64(), "{cache}");
        }
        assert!(read == body, "{path}");
        assert!(read_some(&mut open, 1).await.is_empty());
        world.settle().await;
        assert!(world.stored().await.is_empty());
        assert_eq!(world.cache().await["held_bytes"], 0);
    }
    let end = format!("bytes={}-", SIZE - 3);
    let part = world.viewer().ask(SEGMENT, &[("Range", &end)]).await;
    assert_eq!((part.status, &part.body[..]), (StatusCode::PARTIAL_CONTENT, &body[SIZE - 3..]));
}

#[tokio::test]
async fn an_origin_is_asked_so_much_at_a_time_and_the_rest_is_told_to_come_back() {
    let gate = Gate::new();
    let opened = gate.clone();
    let world = World::with(
        move |_| [vec![Step::Wait(gate.clone())], ok("x", &[])].concat(),
        |config| {
            config.origin[0].max_requests = 1;
            config.origin[0].max_waiting = 0;
        },
    )
    .await;
    let viewer = world.viewer();
    let first = tokio::spawn(async move { viewer.get(SEGMENT).await });
    world.origin.wait_for(1).await;
    let refused = world.get("/vod/0_meadow01/seg-2-v1.ts").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.header("retry-after"), "1");
    opened.open();
    opened.open();
    assert_eq!(first.await.unwrap().status, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.get("/vod/0_meadow01/seg-2-v1.ts").await.status, StatusCode::OK);
    assert_eq!(world.origin.count(), 2);
}

/// Waits until the edge has noticed that every viewer left.
async fn all_left(world: &World) {
    let left = async {
        while world.metric("spokecast_connections").await > 0.0 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    crate::world::within("viewers to leave", left).await;
}

#[tokio::test]
async fn a_fill_goes_on_when_the_viewer_who_caused_it_leaves() {
    for in_body in [false, true] {
        let gate = Gate::new();
        let opened = gate.clone();
        let world = World::new(move |_| {
            let (before, after) = if in_body {
                (with_length(), b"56789".to_vec())
            } else {
                (Vec::new(), [with_length(), b"56789".to_vec()].concat())
            };
            vec![Step::Send(before), Step::Wait(gate.clone()), Step::Send(after)]
        })
        .await;
        let viewer = world.viewer();
        let leaving = tokio::spawn(async move {
            let mut body = viewer.open(Method::GET, SEGMENT, &[]).await.into_body();
            read_some(&mut body, 5).await
        });
        world.origin.wait_for(1).await;
        if in_body {
            assert_eq!(leaving.await.unwrap(), b"01234");
        } else {
            leaving.abort();
        }
        all_left(&world).await;
        opened.open();
        world.settle().await;
        let response = world.get(SEGMENT).await;
        assert_eq!(
            (response.text().as_str(), response.cache_status().as_str()),
            ("0123456789", "spokecast; hit")
        );
        assert_eq!(world.origin.count(), 1);
    }
}
