//! Requests that are malformed, too large or not for this server: refused with the right status, and no
//! origin hears of them.

use http::{Method, StatusCode};

use crate::world::origin::ok;
use crate::world::wire::status_of;
use crate::world::{Viewer, Wire, World, raw};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
/// Stands in every refused request, and must stand in no answer.
const CANARY: &str = "canary-4711";

async fn world() -> World {
    World::new(|_| ok("0123456789", &[("Cache-Control", "max-age=60")])).await
}

/// Sends a request of which the edge must want no more, and gives its whole answer.
async fn refused(world: &World, request: impl AsRef<[u8]>) -> String {
    let answer = raw(world.address(), request).await;
    assert!(!answer.contains(CANARY), "{answer}");
    answer
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_connection_closed() {
    let world = world().await;
    for request in [
        "nonsense\r\n\r\n",
        "GET /canary-4711\r\nHost: edge\r\n\r\n",
        "GET  /canary-4711 HTTP/1.1\r\nHost: edge\r\n\r\n",
        "GET /canary-4711 HTTP/3.7\r\nHost: edge\r\n\r\n",
        "GET /canary-4711 HTTP/1.1 \r\nHost: edge\r\n\r\n",
        "G@T /canary-4711 HTTP/1.1\r\nHost: edge\r\n\r\n",
        "GET /canary-4711 HTTP/1.1\r\nHost : edge\r\n\r\n",
        "GET /canary-4711 HTTP/1.1\r\nHost: edge\r\nX: a\r\n folded\r\n\r\n",
        "GET /canary-4711 HTTP/1.1\r\nHost: edge\r\nX: a\rb\r\n\r\n",
        "GET /canary-4711 HTTP/1.1\r\nHost: edge\r\nX: a\0b\r\n\r\n",
        "GET /canary-4711 HTTP/1.1\r\nHost: edge\r\n: empty\r\n\r\n",
        "GET canary-4711 HTTP/1.1\r\nHost: edge\r\n\r\n",
    ] {
        assert_eq!(status_of(&refused(&world, request).await), 400, "{request:?}");
    }
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn a_bare_line_feed_ends_a_line_and_hides_no_second_request() {
    let world = world().await;
    // RFC 9112 section 2.2 lets a recipient take it for the end of a line, the same everywhere.
    let request = format!("GET {SEGMENT} HTTP/1.1\nHost: edge\nX: a\n\nGET /hidden HTTP/1.1\r\n\r\n");
    let answer = raw(world.address(), request).await;
    assert_eq!(status_of(&answer), 200, "{answer}");
    // What follows is the next request, and has no Host.
    assert_eq!(answer.matches("HTTP/1.1 400").count(), 1, "{answer}");
    assert_eq!((world.origin.count(), world.origin.count_of("/hidden")), (1, 0));
}

#[tokio::test]
async fn host_must_be_there_once_and_well_formed() {
    let world = world().await;
    for fields in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nHost: canary-4711\r\n",
        "Host: canary-4711/path\r\n",
        "Host: canary-4711@edge\r\n",
        "Host: a b\r\n",
        "Host: a..b\r\n",
        "Host: edge:port\r\n",
        "Host: edge:99999\r\n",
        "Host: \u{e9}dge\r\n",
    ] {
        let answer = refused(&world, format!("GET {SEGMENT} HTTP/1.1\r\n{fields}\r\n")).await;
        assert_eq!(status_of(&answer), 400, "{fields:?}");
    }
    assert_eq!(world.origin.count(), 0);
    // HTTP/1.0 has no Host, and an empty one is a name for nobody in particular.
    for request in ["HTTP/1.0\r\n", "HTTP/1.1\r\nHost:\r\nConnection: close\r\n"] {
        let answer = raw(world.address(), format!("GET {SEGMENT} {request}\r\n")).await;
        assert_eq!(status_of(&answer), 200, "{request:?}");
    }
}

#[tokio::test]
async fn ambiguous_framing_is_refused_and_the_connection_closed() {
    let world = world().await;
    let hidden = "GET /hidden HTTP/1.1\r\nHost: edge\r\n\r\n";
    for framing in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Content-Length: +5\r\n\r\nabcde",
        "Content-Length: -5\r\n\r\n",
        "Content-Length: 0x5\r\n\r\nabcde",
        "Content-Length: 5 5\r\n\r\nabcde",
        "Content-Length: \r\n\r\n",
        "Content-Length: 99999999999999999999999\r\n\r\n",
        "Content-Length: 18446744073709551616\r\n\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        "Content-Length: 5, 6\r\n\r\nabcde",
    ] {
        let request = format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n{framing}{hidden}");
        let answer = refused(&world, request).await;
        assert_eq!(status_of(&answer), 400, "{framing:?}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{framing:?} gave {answer}");
    }
    let http10 = format!("GET {SEGMENT} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}");
    let answer = refused(&world, http10).await;
    assert_eq!((status_of(&answer), answer.matches("HTTP/1.").count()), (400, 1), "{answer}");
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn paths_that_servers_read_in_different_ways_are_refused() {
    let world = world().await;
    for path in [
        "/%zz/canary-4711",
        "/canary-4711%",
        "/canary-4711%4",
        "/../canary-4711",
        "/a/../../canary-4711",
        "/%2e%2e/canary-4711",
        "/a%2F..%2Fcanary-4711",
        "/canary-4711%00",
        "/canary-4711%0d%0aX:y",
        "/canary-4711%5Cb",
    ] {
        let answer =
            refused(&world, format!("GET {path} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(status_of(&answer), 400, "{path}");
        let response = Viewer::http2(world.address()).get(path).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(!response.text().contains(CANARY));
    }
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn targets_and_heads_are_bounded() {
    let world = world().await;
    let long = "a".repeat(9 * 1024);
    for target in [format!("/{long}"), format!("/?{long}")] {
        assert_eq!(world.get(&target).await.status, StatusCode::URI_TOO_LONG);
        assert_eq!(Viewer::http2(world.address()).get(&target).await.status, StatusCode::URI_TOO_LONG);
    }
    let many = format!("X: {CANARY}\r\n").repeat(101);
    for fields in [format!("X: {}\r\n", "a".repeat(17 * 1024)), many] {
        let answer = refused(&world, format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n{fields}\r\n")).await;
        assert_eq!(status_of(&answer), 431, "{answer}");
    }
    let large = "a".repeat(17 * 1024);
    let response = Viewer::http2(world.address()).ask(SEGMENT, &[("X", &large)]).await;
    assert_eq!(response.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn a_small_body_is_read_and_dropped_and_not_taken_for_a_request() {
    let world = world().await;
    world.get(SEGMENT).await;
    let mut wire = Wire::connect(world.address()).await;
    let body = "GET /hidden HTTP/1.1\r\nHost: edge\r\n\r\n";
    let length = body.len();
    for path in [SEGMENT, "/vod/0_meadow01/seg-2-v1.ts"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: edge\r\nContent-Length: {length}\r\n\r\n{body}");
        wire.send(request).await;
        let answer = wire.answer().await;
        assert_eq!((answer.status(), &answer.body[..]), (200, &b"0123456789"[..]), "{path}");
    }
    assert_eq!((world.origin.count(), world.origin.count_of("/hidden")), (2, 0));
}

#[tokio::test]
async fn a_large_body_is_not_read() {
    let world = world().await;
    let request = format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nContent-Length: 65537\r\n\r\n");
    let answer = refused(&world, request).await;
    assert_eq!(status_of(&answer), 413);
    assert!(answer.to_ascii_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn other_methods_are_not_served() {
    let world = world().await;
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
        for viewer in [world.viewer(), Viewer::http2(world.address())] {
            let response = viewer.request(method.clone(), SEGMENT, &[("X", CANARY)]).await;
            assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
            assert_eq!(response.header("allow"), "GET, HEAD, OPTIONS");
            assert!(!response.text().contains(CANARY), "{method}");
        }
    }
    let mut wire = Wire::connect(world.address()).await;
    wire.send("CONNECT origin.example:443 HTTP/1.1\r\nHost: origin.example:443\r\n\r\n").await;
    let status = wire.answer().await.status();
    assert!(matches!(status, 400 | 405), "{status}");
    let options = raw(world.address(), "OPTIONS * HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n").await;
    assert_eq!(status_of(&options), 204);
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn an_upgrade_is_not_made() {
    let world = world().await;
    for protocol in ["websocket", "h2c"] {
        let mut wire = Wire::connect(world.address()).await;
        for _ in 0..2 {
            wire.send(format!(
                "GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
            ))
            .await;
            let answer = wire.answer().await;
            assert_eq!((answer.status(), &answer.body[..]), (200, &b"0123456789"[..]), "{protocol}");
        }
    }
    assert_eq!(world.origin.seen()[0].header("upgrade"), None);
}

#[tokio::test]
async fn the_absolute_form_wins_over_host_and_shares_the_key() {
    let world = world().await;
    for (target, host) in [
        (SEGMENT.to_owned(), "edge"),
        (format!("http://other.example{SEGMENT}"), "edge"),
        (format!("http://edge{SEGMENT}"), "other.example"),
    ] {
        let mut wire = Wire::connect(world.address()).await;
        wire.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert_eq!(wire.answer().await.status(), 200, "{target}");
    }
    assert_eq!(world.origin.count(), 1);
    assert_eq!(world.origin.seen()[0].header("host"), Some(world.origin.address().to_string().as_str()));
}

#[tokio::test]
async fn refusals_of_the_edge_are_readable_by_players_stored_by_nobody_and_counted() {
    let world = world().await;
    let bad = [
        (Method::GET, "/%00", StatusCode::BAD_REQUEST),
        (Method::GET, "/kVOD/evil.example/a.ts", StatusCode::FORBIDDEN),
        (Method::POST, SEGMENT, StatusCode::METHOD_NOT_ALLOWED),
    ];
    for (method, path, status) in bad {
        let response = world.viewer().request(method, path, &[("Origin", "https://portal.example")]).await;
        assert_eq!(response.status, status);
        assert_eq!(response.header("access-control-allow-origin"), "*");
        assert_eq!(response.header("cache-control"), "no-store");
        assert_eq!(response.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert!(response.text().starts_with(status.as_str()));
        let counted = format!("spokecast_refused_total{{status=\"{}\"}}", status.as_u16());
        assert!((world.metric(&counted).await - 1.0).abs() < f64::EPSILON, "{counted}");
    }
    let head = world.viewer().request(Method::HEAD, "/%00", &[]).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::BAD_REQUEST, 0));
}

#[tokio::test]
async fn a_request_that_comes_around_is_refused() {
    let world = world().await;
    world.get(SEGMENT).await;
    let member = world.origin.seen()[0].header("cdn-loop").expect("it is sent").to_owned();
    let list = format!("other-cdn, {member}");
    let response = world.viewer().ask("/vod/a/seg-9-v1.ts", &[("CDN-Loop", &list)]).await;
    assert_eq!(response.status, StatusCode::LOOP_DETECTED);
    let other = world.viewer().ask("/vod/a/seg-9-v1.ts", &[("CDN-Loop", "spokecast; id=0")]).await;
    assert_eq!(other.status, StatusCode::OK, "another edge before this one is no loop");
    assert_eq!(world.origin.count(), 2);
}
