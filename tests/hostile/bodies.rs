//! Bodies and methods that a cache of media has no use for.

use std::fmt::Write;

use http::{Method, StatusCode};

use crate::world::frames::{ACK, END_HEADERS, END_STREAM, Frames, frame, kind, request};
use crate::world::origin::ok;
use crate::world::wire::status_of;
use crate::world::{Viewer, Wire, World, raw};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const COLD: &str = "/vod/0_meadow01/seg-2-v1.ts";

async fn world() -> World {
    let world = World::new(|_| ok("0123456789", &[("Cache-Control", "max-age=60")])).await;
    world.get(SEGMENT).await;
    world.settle().await;
    world
}

/// Whoever asks first whether a body is wanted is told to send it when it is small, and hears the refusal
/// at once when it is not (RFC 9110 section 10.1.1).
#[tokio::test]
async fn a_client_that_expects_100_continue_is_told_one_or_the_other() {
    let world = world().await;
    for (method, path, status) in
        [("GET", SEGMENT, 200), ("GET", COLD, 200), ("POST", SEGMENT, 405), ("PUT", COLD, 405)]
    {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: edge\r\nExpect: 100-continue\r\n");
        let mut wire = Wire::connect(world.address()).await;
        wire.send(format!("{head}Content-Length: 4\r\n\r\n")).await;
        assert_eq!(status_of(&wire.head().await), 100, "{method} {path}");
        wire.send("body").await;
        assert_eq!(wire.answer().await.status(), status, "{method} {path}");
        // The connection is still in step.
        wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
        assert_eq!(wire.answer().await.status(), 200, "{method} {path}");

        let answer = raw(world.address(), format!("{head}Content-Length: 1000000\r\n\r\n")).await;
        assert_eq!(status_of(&answer), 413, "{method} {path}: {answer}");
        let answer = raw(world.address(), format!("{head}Transfer-Encoding: chunked\r\n\r\n")).await;
        assert_eq!(status_of(&answer), 400, "{method} {path}: {answer}");
    }
    assert_eq!(world.origin.count(), 2);
}

/// Bodies of other methods are dropped like those of GET, and nothing of them is a request.
#[tokio::test]
async fn bodies_of_other_methods_are_dropped() {
    let world = world().await;
    let body = "GET /hidden HTTP/1.1\r\nHost: edge\r\n\r\n";
    let mut wire = Wire::connect(world.address()).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "M-SEARCH", "get", "X"] {
        wire.send(format!(
            "{method} {SEGMENT} HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
        let answer = wire.answer().await;
        assert_eq!(answer.status(), 405, "{method}");
        assert!(answer.head.contains("\r\nallow: get, head, options\r\n"), "{}", answer.head);
        assert!(answer.head.contains("\r\ncache-control: no-store\r\n"), "{}", answer.head);
    }
    for method in ["OPTIONS", "HEAD"] {
        wire.send(format!(
            "{method} {SEGMENT} HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
        assert!(matches!(status_of(&wire.head().await), 200 | 204), "{method}");
    }
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
    assert_eq!(wire.answer().await.status(), 200);
    assert_eq!(world.origin.count(), 1);
}

/// An unsafe method that is refused invalidates nothing: it reached no origin (RFC 9111 section 4.4).
#[tokio::test]
async fn a_refused_method_purges_nothing() {
    let world = world().await;
    for method in ["POST", "PUT", "DELETE", "PURGE", "BAN", "INVALIDATE"] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        for viewer in [world.viewer(), Viewer::http2(world.address())] {
            let response = viewer.request(method.clone(), SEGMENT, &[]).await;
            assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        }
    }
    assert_eq!(world.get(SEGMENT).await.cache_status().as_str(), "spokecast; hit");
    assert_eq!(world.origin.count(), 1);
}

/// TRACE would show a page the fields that the browser hides from it.
#[tokio::test]
async fn trace_gives_nothing_back() {
    let world = world().await;
    for target in [SEGMENT, "*", "/"] {
        let request = format!(
            "TRACE {target} HTTP/1.1\r\nHost: edge\r\nCookie: canary-4711\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(world.address(), request).await;
        assert!(matches!(status_of(&answer), 400 | 405) && !answer.contains("canary"), "{answer}");
    }
}

/// Over HTTP/2 a body ends with its stream, so there is nothing to be out of step with.
#[tokio::test]
async fn bodies_over_http2_are_dropped_up_to_their_bound() {
    const CHUNK: usize = 8 << 10;
    let world = world().await;
    for (chunks, status) in [(2, "200"), (7, "200"), (9, "413")] {
        for path in [SEGMENT, COLD] {
            let mut frames = Frames::open(world.address(), &[]).await;
            // Its windows are as large as it says once that is acknowledged.
            frames.wait_for(|frame| frame.kind == kind::SETTINGS).await.expect("settings");
            frames.send(frame(kind::SETTINGS, ACK, 0, &[])).await;
            frames.send(frame(kind::HEADERS, END_HEADERS, 1, &request("GET", path, &[]))).await;
            for index in 1..=chunks {
                let end = if index == chunks { END_STREAM } else { 0 };
                frames.send(frame(kind::DATA, end, 1, &vec![b'x'; CHUNK])).await;
            }
            let answer = frames.wait_for(|frame| frame.kind == kind::HEADERS).await.expect("an answer");
            // `:status: 200` has a number of its own (RFC 7541 appendix A); others are spelled out.
            let is_200 = answer.payload[0] == 0x88;
            assert_eq!(is_200, status == "200", "{chunks} chunks: {}", hex(&answer.payload));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text takes text");
        text
    })
}
