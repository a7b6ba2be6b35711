//! HTTP/3: the same answers as over TCP, what QUIC adds to them (addresses that change, tokens, versions), and clients
//! that break its rules or take nothing.

mod attacks;
mod doors;
mod paths;
mod rules;

use http::{Method, StatusCode, Version};

use crate::world::origin::{chunk, head, ok};
use crate::world::{Gate, Script, Seen, Step, World};

const SEGMENT: &str = "/vod/0_meadow01/hls/720p/seg-1-v1-a1.ts";
const PLAYLIST: &str = "/vod/0_meadow01/hls/720p/index.m3u8";
const FIELDS: [(&str, &str); 3] =
    [("Cache-Control", "max-age=60"), ("Content-Type", "video/mp2t"), ("ETag", "\"tag\"")];

fn plain(_: &Seen) -> Script {
    ok("0123456789", &FIELDS)
}

/// Waits until nobody is connected.
async fn nobody_is_there(world: &World) {
    let gone = async {
        while world.metric("spokecast_connections").await > 0.0 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    crate::world::within("the end of all connections", gone).await;
}

#[tokio::test]
async fn a_miss_is_filled_once_and_then_hit() {
    let world = World::secure(plain).await;
    let viewer = world.quic_viewer().await;
    for expected in ["spokecast; fwd=uri-miss", "spokecast; hit"] {
        let response = viewer.get(SEGMENT).await;
        assert_eq!((response.status, response.whole), (StatusCode::OK, true));
        assert_eq!(&response.body[..], b"0123456789");
        assert_eq!(response.cache_status(), expected);
        assert_eq!(response.header("content-type"), "video/mp2t");
        assert_eq!(response.header("content-length"), "10");
        assert!(!response.header("date").is_empty());
        assert_eq!(response.header("alt-svc"), "");
        world.settle().await;
    }
    assert_eq!(world.origin.count(), 1);
    assert_eq!(world.metric("spokecast_protocol_requests_total{protocol=\"h3\"}").await.to_string(), "2");
    assert_eq!(world.metric("spokecast_connections_total{event=\"accepted\"}").await.to_string(), "1");
}

#[tokio::test]
async fn a_part_a_condition_a_head_and_what_is_not_there() {
    let world = World::secure(|seen| {
        if seen.target == SEGMENT {
            plain(seen)
        } else {
            crate::world::origin::answer("404 Not Found", "no", &[])
        }
    })
    .await;
    let viewer = world.quic_viewer().await;
    assert_eq!(viewer.get(SEGMENT).await.status, StatusCode::OK);
    world.settle().await;
    let part = viewer.ask(SEGMENT, &[("range", "bytes=2-4")]).await;
    assert_eq!((part.status, &part.body[..]), (StatusCode::PARTIAL_CONTENT, &b"234"[..]));
    assert_eq!((part.header("content-range"), part.header("content-length")), ("bytes 2-4/10", "3"));
    let beyond = viewer.ask(SEGMENT, &[("range", "bytes=90-")]).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    let same = viewer.ask(SEGMENT, &[("if-none-match", "\"tag\"")]).await;
    assert_eq!((same.status, same.body.len(), same.whole), (StatusCode::NOT_MODIFIED, 0, true));
    assert_eq!(same.header("content-length"), "");
    let head = viewer.request(Method::HEAD, SEGMENT, &[], "").await;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (StatusCode::OK, 0, "10"));
    let options = viewer.request(Method::OPTIONS, SEGMENT, &[], "").await;
    assert_eq!((options.status, options.body.len()), (StatusCode::NO_CONTENT, 0));
    let missing = viewer.get("/vod/0_meadow01/other.ts").await;
    assert_eq!((missing.status, &missing.body[..]), (StatusCode::NOT_FOUND, &b"no"[..]));
    let refused = viewer.request(Method::POST, SEGMENT, &[], "a body").await;
    assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    let page = viewer.get("/self-test").await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_with_a_get_is_dropped_and_one_too_large_refused() {
    let world = World::secure(plain).await;
    let viewer = world.quic_viewer().await;
    let small = viewer.request(Method::GET, SEGMENT, &[], "dropped").await;
    assert_eq!((small.status, &small.body[..]), (StatusCode::OK, &b"0123456789"[..]));
    let announced = [("content-length", "1000000")];
    let large = viewer.request(Method::GET, SEGMENT, &announced, "too much").await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(viewer.get(SEGMENT).await.status, StatusCode::OK, "the connection goes on");
}

#[tokio::test]
async fn many_answers_at_once_and_large_ones() {
    let large: Vec<u8> = (0..5_000_000_u32).map(|at| at.to_le_bytes()[(at % 3) as usize]).collect();
    let expected = large.clone();
    let world = World::secure(move |_| ok(&large, &FIELDS)).await;
    let viewer = world.quic_viewer().await;
    for _ in 0..2 {
        let response = viewer.get(SEGMENT).await;
        assert!(response.whole && response.body == expected);
        world.settle().await;
    }
    let ranges: Vec<_> =
        (0..300_usize).map(|at| format!("bytes={}-{}", at * 1000, at * 1000 + 4999)).collect();
    let asked = ranges.iter().map(|range| async { viewer.ask(SEGMENT, &[("range", range)]).await });
    let answers = futures_util::future::join_all(asked).await;
    for (at, answer) in answers.iter().enumerate() {
        assert!(answer.body == expected[at * 1000..at * 1000 + 5000], "{at}");
    }
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn an_answer_of_unknown_length_arrives_as_it_grows() {
    let gate = Gate::new();
    let held = gate.clone();
    let world = World::secure(move |_| {
        vec![
            Step::Send(head("200 OK", &[("Transfer-Encoding", "chunked"), ("Cache-Control", "max-age=60")])),
            Step::Send(chunk(b"first ")),
            Step::Wait(held.clone()),
            Step::Send(chunk(b"second")),
            Step::Send(chunk(b"")),
        ]
    })
    .await;
    let wire = world.quic_wire().await;
    let (mut send, mut recv) = wire.send(&wire.head("GET", SEGMENT, &[])).await;
    send.finish().unwrap();
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"first ") {
        bytes.extend(recv.read_chunk(1000, true).await.unwrap().expect("more").bytes);
    }
    gate.open();
    let rest = crate::world::h3::QuicAnswer::read(recv).await;
    assert!(rest.whole && rest.body == b"second", "{rest:?}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_never_a_clean_end() {
    let world = World::secure(|_| {
        let mut answer = head("200 OK", &[("Content-Length", "100000"), ("Cache-Control", "max-age=60")]);
        answer.extend(vec![7; 50_000]);
        vec![Step::Send(answer), Step::Close]
    })
    .await;
    let wire = world.quic_wire().await;
    let answer = wire.get(SEGMENT).await;
    assert_eq!((answer.whole, answer.reset), (false, Some(0x102)), "H3_INTERNAL_ERROR");
    assert!(world.stored().await.is_empty());
    assert_eq!(wire.get("/self-test").await.status, 200, "the connection goes on");
}

#[tokio::test]
async fn who_wants_no_answer_any_more_is_not_in_the_way() {
    let gate = Gate::new();
    let held = gate.clone();
    let world = World::secure(move |seen| {
        if seen.target == SEGMENT {
            [vec![Step::Wait(held.clone())], plain(seen)].concat()
        } else {
            plain(seen)
        }
    })
    .await;
    let wire = world.quic_wire().await;
    let (mut send, mut recv) = wire.send(&wire.head("GET", SEGMENT, &[])).await;
    send.finish().unwrap();
    world.origin.wait_for(1).await;
    assert_eq!(wire.get("/vod/0_meadow01/other.ts").await.body, b"0123456789", "nobody waits for another");
    recv.stop(0x10c_u32.into()).unwrap();
    // Whoever drains waits for what is under way: there is nothing.
    gate.open();
    world.settle().await;
    assert_eq!(wire.get(SEGMENT).await.body, b"0123456789", "the fill went on");
    assert_eq!(world.origin.count_of(SEGMENT), 1);
}

#[tokio::test]
async fn answers_over_tcp_tell_of_it() {
    let world = World::secure(plain).await;
    let port = world.secure_address().port();
    let expected = format!("h3=\":{port}\"; ma=86400");
    let http2 = world.viewer_over_tls_http2();
    let response = http2.get("/self-test").await;
    assert_eq!((response.version, response.header("alt-svc")), (Version::HTTP_2, &expected[..]));
    assert_eq!(world.get(SEGMENT).await.header("alt-svc"), "", "not in the clear");
    let world = World::secure_with(plain, |config| config.tls.http3 = false).await;
    assert_eq!(world.viewer_over_tls_http2().get(SEGMENT).await.header("alt-svc"), "");
}
