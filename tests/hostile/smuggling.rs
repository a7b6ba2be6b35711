//! Requests hidden behind other requests, and requests that name two hosts. Malformed framing by itself is
//! refused in `requests`; here it is whether what hides behind it, or behind a body, is ever answered.

use std::collections::HashMap;

use edge::config::Origin as OriginConfig;
use http::StatusCode;

use crate::world::frames::{END_HEADERS, END_STREAM, Frames, frame, kind, literals};
use crate::world::origin::ok;
use crate::world::wire::status_of;
use crate::world::{Origin, Viewer, Wire, World, raw};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const COLD: &str = "/vod/0_meadow01/seg-2-v1.ts";
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: edge\r\n\r\n";

/// The origin answers with the path, so that an answer to another request is seen.
async fn world() -> World {
    let world = World::new(|seen| ok(&seen.target, &[("Cache-Control", "max-age=60")])).await;
    world.get(SEGMENT).await;
    world.settle().await;
    world
}

/// As a hit and as a miss: the body that looks like a request is dropped, and the request behind it is the
/// next one.
#[tokio::test]
async fn a_request_in_a_body_is_no_request_and_the_one_behind_it_is() {
    let world = world().await;
    for (path, behind) in [(SEGMENT, COLD), ("/vod/0_meadow01/seg-3-v1.ts", SEGMENT)] {
        let body = HIDDEN.repeat(20);
        let first =
            format!("GET {path} HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let mut wire = Wire::connect(world.address()).await;
        wire.send(format!("{first}GET {behind} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
        for expected in [path, behind] {
            let answer = wire.answer().await;
            assert_eq!((answer.status(), &answer.body[..]), (200, expected.as_bytes()));
        }
    }
    assert_eq!((world.origin.count(), world.origin.count_of("/hidden")), (3, 0));
}

/// A body that is refused takes what is behind it with it.
#[tokio::test]
async fn nothing_behind_a_refused_body_is_answered() {
    let world = world().await;
    let before = world.origin.count();
    for framing in [
        "Content-Length: 100000",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Transfer-Encoding:\tchunked\r\nTransfer-Encoding: x",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer_Encoding: chunked\r\nContent-Length: 100000",
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: 00000000000000000000000000000000000000000000000000000000000000000000000100000",
    ] {
        for path in [SEGMENT, COLD] {
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: edge\r\n{framing}\r\n\r\n3\r\nabc\r\n0\r\n\r\n{HIDDEN}"
            );
            let answer = raw(world.address(), request).await;
            assert!(matches!(status_of(&answer), 400 | 413), "{framing:?}: {answer}");
            assert_eq!(answer.matches("HTTP/1.").count(), 1, "{framing:?}: {answer}");
        }
    }
    assert_eq!(world.origin.count(), before);
}

/// Extensions of chunks in which parsers have disagreed about the end of the line.
#[tokio::test]
async fn no_chunked_body_is_read_at_all() {
    let world = world().await;
    let before = world.origin.count();
    for chunks in [
        "3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n",
        "3;a=\"\nabc\r\n0\r\n\r\n",
        "3;\nabc\r\n0\r\n\r\n",
        "3\nabc\n0\n\n",
        "fffffffffffffffff\r\nabc",
        "0\r\nX: y\r\n\r\n",
    ] {
        let request = format!(
            "GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{HIDDEN}"
        );
        let answer = raw(world.address(), request).await;
        assert_eq!((status_of(&answer), answer.matches("HTTP/1.").count()), (400, 1), "{chunks:?}: {answer}");
    }
    assert_eq!(world.origin.count(), before);
}

#[tokio::test]
async fn a_transfer_coding_before_http_1_1_is_refused_on_a_hit_and_on_a_miss() {
    let world = world().await;
    for path in [SEGMENT, COLD] {
        for keep in ["", "Connection: keep-alive\r\n"] {
            let request = format!(
                "GET {path} HTTP/1.0\r\nHost: edge\r\n{keep}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"
            );
            let answer = raw(world.address(), request).await;
            assert_eq!((status_of(&answer), answer.matches("HTTP/1.").count()), (400, 1), "{answer}");
        }
    }
    assert_eq!(world.origin.count(), 1);
}

/// Nothing that a client sends makes a tunnel of its connection.
#[tokio::test]
async fn no_tunnel_is_made() {
    let world = world().await;
    for request in [
        format!("CONNECT edge:80 HTTP/1.1\r\nHost: edge:80\r\n\r\n{HIDDEN}"),
        format!(
            "GET {COLD} HTTP/1.1\r\nHost: edge\r\nConnection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"
        ),
    ] {
        let answer = raw(world.address(), &request).await;
        assert!(matches!(status_of(&answer), 400 | 405), "{answer}");
        assert!(!answer.contains("101 "), "{answer}");
        assert_eq!(world.origin.count(), 1, "{request}");
    }
    // Over HTTP/2, plain and extended (RFC 8441).
    for extra in [&[][..], &[(":protocol", "websocket"), (":scheme", "http"), (":path", COLD)]] {
        let fields = [&[(":method", "CONNECT"), (":authority", "edge:80")][..], extra].concat();
        let mut frames = Frames::open(world.address(), &[]).await;
        frames.send(frame(kind::HEADERS, END_HEADERS, 1, &literals(&fields))).await;
        frames.send(frame(kind::DATA, END_STREAM, 1, HIDDEN.as_bytes())).await;
        let ended = frames.wait_for(|frame| {
            frame.stream == 1 && frame.flags & END_STREAM != 0 || frame.kind == kind::RST_STREAM
        });
        assert!(ended.await.is_some(), "the stream is ended: {fields:?}");
    }
    assert_eq!(world.origin.count(), 1);
}

/// Fields that HTTP/2 forbids, for a translation to HTTP/1.1 would make framing of them (RFC 9113 section 8.2).
#[tokio::test]
async fn framing_fields_in_http2_are_refused() {
    let world = world().await;
    let pseudo = [(":method", "GET"), (":scheme", "http"), (":authority", "edge"), (":path", COLD)];
    for field in [
        ("transfer-encoding", "chunked"),
        ("connection", "x"),
        ("upgrade", "websocket"),
        ("content-length", "3"),
        ("x", "a\r\nY: b"),
        ("x", "a\0b"),
        ("X-Upper", "a"),
        ("x y", "a"),
        (":path", "/hidden"),
        ("host", "a\r\nX: b"),
    ] {
        let mut frames = Frames::open(world.address(), &[]).await;
        let block = literals(&[&pseudo[..], &[field]].concat());
        frames.send(frame(kind::HEADERS, END_STREAM | END_HEADERS, 1, &block)).await;
        let end = frames.wait_for(|frame| frame.stream == 1);
        let end =
            end.await.map(|frame| (frame.kind, frame.payload.windows(3).any(|window| window == b"400")));
        let refused =
            matches!(end, None | Some((kind::RST_STREAM, _))) || end.is_some_and(|(_, is_400)| is_400);
        assert!(refused || world.origin.count() == 1, "{field:?}: {end:?}");
        assert_eq!(world.origin.count(), 1, "{field:?}");
    }
}

/// One path at two hosts is two objects, however the host is written; and one object under both of its
/// spellings.
#[tokio::test]
async fn the_host_that_counts_is_the_same_for_the_key_and_for_the_origin() {
    let mut origins = HashMap::new();
    let mut configs = Vec::new();
    for name in ["one", "two"] {
        let origin = Origin::start(move |_| ok(name, &[("Cache-Control", "max-age=60")])).await;
        let mut config = OriginConfig::new(format!("http://{}", origin.address()).parse().expect("a URL"));
        config.name = name.into();
        config.hosts = vec![format!("{name}.office.example").parse().expect("a host")];
        configs.push(config);
        origins.insert(name, origin);
    }
    let world = World::with(|_| ok("unused", &[]), |config| config.origin = configs).await;
    for _ in 0..2 {
        for (target, host, body) in [
            (SEGMENT.to_owned(), "one.office.example", "one"),
            (SEGMENT.to_owned(), "two.office.example", "two"),
            (format!("http://two.office.example{SEGMENT}"), "one.office.example", "two"),
            (format!("http://one.office.example{SEGMENT}"), "two.office.example", "one"),
            (format!("http://ONE.office.example:80{SEGMENT}"), "two.office.example", "one"),
            (format!("https://one.office.example:443{SEGMENT}"), "two.office.example", "one"),
        ] {
            let mut wire = Wire::connect(world.address()).await;
            wire.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            let answer = wire.answer().await;
            assert_eq!((answer.status(), &answer.body[..]), (200, body.as_bytes()), "{target} for {host}");
            world.settle().await;
        }
        // Over HTTP/2 the authority stands in a field of its own, and a Host that says another is malformed (RFC 9113
        // section 8.3.1).
        let fields = [
            (":method", "GET"),
            (":scheme", "http"),
            (":authority", "two.office.example"),
            (":path", SEGMENT),
            ("host", "one.office.example"),
        ];
        let mut frames = Frames::open(world.address(), &[]).await;
        frames.send(frame(kind::HEADERS, END_STREAM | END_HEADERS, 1, &literals(&fields))).await;
        let data = frames.wait_for(|frame| frame.kind == kind::DATA || frame.kind == kind::RST_STREAM).await;
        assert_eq!(data.expect("an answer").kind, kind::RST_STREAM);
    }
    assert_eq!((origins["one"].count(), origins["two"].count()), (1, 1));
    assert_eq!(Viewer::http2(world.address()).get(SEGMENT).await.status, StatusCode::OK);
}
