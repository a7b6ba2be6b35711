//! Requests that are meant to put an error, or somebody else's wish, in front of everybody who comes after.

use http::{Method, StatusCode};

use crate::world::origin::{answer, ok};
use crate::world::wire::status_of;
use crate::world::{Viewer, World, raw};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const RIGHT: &str = "0123456789";
const CANARY: &str = "canary-4711";

/// An origin that errs when it sees what only an attacker would send.
async fn world() -> World {
    World::new(|seen| {
        if seen.head.contains(CANARY) || seen.head.len() > 1000 || !seen.head.starts_with("GET ") {
            return answer("400 Bad Request", CANARY, &[("Cache-Control", "max-age=60")]);
        }
        ok(RIGHT, &[("Cache-Control", "max-age=60")])
    })
    .await
}

async fn everybody_gets_what_is_right(world: &World) {
    world.settle().await;
    for viewer in [world.viewer(), Viewer::http2(world.address())] {
        let response = viewer.get(SEGMENT).await;
        assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, RIGHT));
    }
}

/// Nothing of these reaches the origin: they are served like any other request.
#[tokio::test]
async fn fields_that_change_answers_elsewhere_change_none_here() {
    let large = "a".repeat(8_000);
    for (name, value) in [
        ("X-Forwarded-Host", CANARY),
        ("X-Forwarded-Scheme", CANARY),
        ("X-Original-URL", "/canary-4711"),
        ("X-Rewrite-URL", "/canary-4711"),
        ("X-HTTP-Method-Override", "DELETE-canary-4711"),
        ("X-Host", CANARY),
        ("Forwarded", "host=canary-4711"),
        ("Accept", "canary-4711/x"),
        ("Accept-Encoding", CANARY),
        ("Expect", CANARY),
        ("Max-Forwards", "0"),
        ("Range", "bytes=canary-4711"),
        ("Upgrade", CANARY),
        ("Connection", CANARY),
        ("Cache-Control", "no-store, canary-4711"),
        ("Pragma", CANARY),
        ("X-Large", &large),
        ("If-None-Match", "\"canary-4711\""),
        ("Authorization", "Basic canary-4711"),
        ("Cookie", CANARY),
    ] {
        let world = world().await;
        let request =
            format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n{name}: {value}\r\nConnection: close\r\n\r\n");
        let answer = raw(world.address(), request).await;
        assert!(matches!(status_of(&answer), 200 | 400 | 417), "{name}: {answer}");
        assert!(!answer.contains(CANARY), "{name}: {answer}");
        everybody_gets_what_is_right(&world).await;
    }
}

/// What is refused is refused to one: short, with nothing of the request in it, and stored nowhere.
#[tokio::test]
async fn refusals_are_short_say_nothing_of_the_request_and_are_stored_by_nobody() {
    let world = world().await;
    let large = format!("{CANARY}{}", "a".repeat(17 << 10));
    let heads = [
        format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nX: {large}\r\n\r\n"),
        format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n{large}: x\r\n\r\n"),
        format!("GET {SEGMENT}?{large} HTTP/1.1\r\nHost: edge\r\n\r\n"),
        format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n{}\r\n", format!("X: {CANARY}\r\n").repeat(500)),
        format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nX: {CANARY}\x07\r\n\r\n"),
        format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nX\x7f: {CANARY}\r\n\r\n"),
        format!("GET {SEGMENT} HTTP/1.1\r\nHost: {CANARY}<script>\r\n\r\n"),
        format!("DELETE {SEGMENT} HTTP/1.1\r\nHost: edge\r\nX: {CANARY}\r\nConnection: close\r\n\r\n"),
        format!("{CANARY} {SEGMENT} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n"),
        format!("GET {SEGMENT}#{CANARY} HTTP/1.1\r\nHost: edge\r\nContent-Length: x\r\n\r\n"),
    ];
    for head in &heads {
        let text = raw(world.address(), head).await;
        let shown = &head[..head.len().min(100)];
        assert!((400..500).contains(&status_of(&text)), "{shown}: {text}");
        assert!(!text.contains(CANARY) && text.len() < 700, "{shown}: {text}");
        let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
        assert!(body.len() < 80, "{shown}: {body}");
    }
    assert_eq!(world.origin.count(), 0);
    assert!(world.stored().await.is_empty());
    everybody_gets_what_is_right(&world).await;
    assert_eq!(world.origin.count(), 1);
}

/// The HTTP library answers by itself what it cannot read. These statuses are stored by no cache that obeys
/// RFC 9111 section 3, for they carry no lifetime and are not cacheable by heuristic (RFC 9110 section 15.1).
#[tokio::test]
async fn what_the_library_refuses_has_a_status_that_no_cache_stores() {
    const NOT_CACHEABLE: [u16; 2] = [400, 431];
    let world = world().await;
    for request in [
        "nonsense\r\n\r\n".to_owned(),
        format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nX: {}\r\n\r\n", "a".repeat(17 << 10)),
        format!("GET /{} HTTP/1.1\r\nHost: edge\r\n\r\n", "a".repeat(70_000)),
    ] {
        let answer = raw(world.address(), request).await;
        let kept_off = NOT_CACHEABLE.contains(&status_of(&answer)) || answer.contains("no-store");
        assert!(kept_off && !answer.to_ascii_lowercase().contains("max-age"), "{answer}");
    }
}

/// A HEAD, a part or a conditional request that starts the fill fills the whole.
#[tokio::test]
async fn the_first_request_shapes_what_it_gets_and_not_what_is_stored() {
    for (method, field) in [
        (Method::HEAD, ("X", "x")),
        (Method::GET, ("Range", "bytes=3-4")),
        (Method::GET, ("If-None-Match", "*")),
        (Method::GET, ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")),
    ] {
        let world = world().await;
        let first = world.viewer().request(method.clone(), SEGMENT, &[field]).await;
        assert!(first.status.is_success() || first.status == StatusCode::NOT_MODIFIED, "{method} {field:?}");
        everybody_gets_what_is_right(&world).await;
    }
}
