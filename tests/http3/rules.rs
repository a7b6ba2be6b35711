//! Clients that break the rules of HTTP/3, and what they hear.

use http_framing::h3::{Frame, Settings, begin_control};
use quinn::TransportConfig;

use super::{SEGMENT, plain};
use crate::world::World;
use crate::world::h3::{QuicWire, frame, frame_of};
use crate::world::origin::ok;
use crate::world::secure::Secure;

const STREAM_CREATION_ERROR: u64 = 0x103;
const CLOSED_CRITICAL_STREAM: u64 = 0x104;
const FRAME_UNEXPECTED: u64 = 0x105;
const EXCESSIVE_LOAD: u64 = 0x107;
const SETTINGS_ERROR: u64 = 0x109;
const MISSING_SETTINGS: u64 = 0x10a;
const REQUEST_INCOMPLETE: u64 = 0x10d;
const MESSAGE_ERROR: u64 = 0x10e;
const QPACK_DECOMPRESSION_FAILED: u64 = 0x200;
const QPACK_ENCODER_STREAM_ERROR: u64 = 0x201;
const QPACK_DECODER_STREAM_ERROR: u64 = 0x202;

/// A connection without a control stream.
async fn bare(world: &Secure) -> QuicWire {
    QuicWire::connect(world.secure_address(), &world.authority, TransportConfig::default()).await
}

#[tokio::test]
async fn what_nobody_knows_is_skipped() {
    let world = World::secure(plain).await;
    let mut wire = world.quic_wire().await;
    let mut kept = vec![wire.stream(&[0x02]).await, wire.stream(&[0x03, 0x44]).await];
    let unknown = wire.stream(&[&[0x40, 0x40][..], &[7; 100]].concat()).await;
    assert_eq!(unknown.stopped().await.unwrap().map(quinn::VarInt::into_inner), Some(STREAM_CREATION_ERROR));
    kept.push(unknown);
    wire.say(&[frame_of(0x21, b"grease"), frame(Frame::MaxPushId, b"\x07")].concat()).await;
    let request = [
        frame_of(0x21, b"before"),
        wire.head("GET", SEGMENT, &[]),
        frame_of(0x40, &vec![0; 20_000]),
        frame(Frame::Data, b"body"),
        frame(Frame::Headers, b"trailers that nobody reads"),
        frame_of(0x21, b""),
    ];
    let answer = wire.exchange(&request.concat()).await;
    assert_eq!((answer.status, &answer.body[..], answer.whole), (200, &b"0123456789"[..], true));
    assert_eq!(wire.get(SEGMENT).await.status, 200);
}

#[tokio::test]
async fn a_head_in_pieces_is_one_head() {
    let world = World::secure(plain).await;
    let wire = world.quic_wire().await;
    let head = wire.head("GET", SEGMENT, &[("x-long", &"a".repeat(5000))]);
    let (mut send, recv) = wire.send(&head[..1]).await;
    for piece in head[1..].chunks(1000) {
        send.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    send.finish().unwrap();
    assert_eq!(crate::world::h3::QuicAnswer::read(recv).await.body, b"0123456789");
}

#[tokio::test]
async fn a_malformed_request_ends_its_stream_alone() {
    let world = World::secure(plain).await;
    let wire = world.quic_wire().await;
    for head in [
        wire.head("GET", "no-path", &[]),
        wire.head("GET", SEGMENT, &[("connection", "close")]),
        wire.head("GET", SEGMENT, &[("te", "gzip")]),
        wire.head("GET", SEGMENT, &[("host", "another.example")]),
        wire.head("CONNECT", SEGMENT, &[]),
    ] {
        assert_eq!(wire.exchange(&head).await.reset, Some(MESSAGE_ERROR));
    }
    assert_eq!(wire.exchange(b"").await.reset, Some(REQUEST_INCOMPLETE));
    assert_eq!(wire.exchange(&frame_of(0x21, b"")).await.reset, Some(REQUEST_INCOMPLETE));
    assert_eq!(wire.get(SEGMENT).await.status, 200);
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_before_it_is_there() {
    let world = World::secure(plain).await;
    let wire = world.quic_wire().await;
    // Its length alone: of the head itself nothing is sent.
    let (_send, recv) = wire.send(&[0x01, 0x80, 0x00, 0x40, 0x01]).await;
    assert_eq!(crate::world::h3::QuicAnswer::read(recv).await.status, 431);
    // Small as it comes, and large as it is read: every field counts 32 bytes more.
    let many: Vec<_> = (0..500).map(|_| ("accept", "*/*")).collect();
    assert_eq!(wire.exchange(&wire.head("GET", SEGMENT, &many)).await.status, 431);
    assert_eq!(wire.get(SEGMENT).await.status, 200);
}

#[tokio::test]
async fn half_a_head_has_its_time() {
    let world =
        World::secure_with(plain, |config| config.viewers.header_timeout = crate::world::ms(100)).await;
    let wire = world.quic_wire().await;
    let head = wire.head("GET", SEGMENT, &[]);
    let (_send, recv) = wire.send(&head[..head.len() - 1]).await;
    assert_eq!(crate::world::h3::QuicAnswer::read(recv).await.reset, Some(REQUEST_INCOMPLETE));
    assert_eq!(wire.get(SEGMENT).await.status, 200);
}

#[tokio::test]
async fn a_rule_of_the_connection_ends_it() {
    let world = World::secure(plain).await;
    let settings = begin_control(&Settings::default());
    let control = |frames: &[Vec<u8>]| [&settings[..], &frames.concat()].concat();
    let long = |kind: u8| [&[kind][..], &[0x3f, 0xe1, 0x1f]].concat();
    for (streams, code) in [
        (vec![control(&[frame(Frame::Settings, b"")])], FRAME_UNEXPECTED),
        (vec![control(&[frame(Frame::Data, b"")])], FRAME_UNEXPECTED),
        (vec![control(&[frame_of(0x06, b"ping")])], FRAME_UNEXPECTED),
        (vec![vec![0x00, 0x07, 0x01, 0x00]], MISSING_SETTINGS),
        (vec![vec![0x00, 0x04, 0x02, 0x02, 0x00]], SETTINGS_ERROR),
        (vec![control(&[]), control(&[])], STREAM_CREATION_ERROR),
        (vec![vec![0x01, 0x00]], STREAM_CREATION_ERROR),
        (vec![long(0x02)], QPACK_ENCODER_STREAM_ERROR),
        (vec![vec![0x03, 0x80]], QPACK_DECODER_STREAM_ERROR),
    ] {
        let wire = bare(&world).await;
        let mut kept = Vec::new();
        for stream in &streams {
            kept.push(wire.stream(stream).await);
        }
        assert_eq!(wire.closed().await, code, "{streams:?}");
    }
    for (request, code) in [
        (frame(Frame::Data, b"body"), FRAME_UNEXPECTED),
        (frame(Frame::Settings, b""), FRAME_UNEXPECTED),
        (frame(Frame::Headers, &[0x01, 0x00]), QPACK_DECOMPRESSION_FAILED),
    ] {
        let wire = world.quic_wire().await;
        let (_send, _recv) = wire.send(&request).await;
        assert_eq!(wire.closed().await, code, "{request:?}");
    }
    let mut wire = world.quic_wire().await;
    drop(wire.control.take());
    assert_eq!(wire.closed().await, CLOSED_CRITICAL_STREAM);
    assert_eq!(world.quic_wire().await.get(SEGMENT).await.status, 200);
}

#[tokio::test]
async fn frames_and_streams_without_requests_end_the_connection() {
    let world = World::secure(plain).await;
    let mut wire = world.quic_wire().await;
    let grease = frame_of(0x21, b"").repeat(1000);
    while wire.connection.close_reason().is_none() {
        wire.say(&grease).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(wire.closed().await, EXCESSIVE_LOAD);
    let wire = world.quic_wire().await;
    while let Ok(mut stream) = wire.connection.open_uni().await {
        let _over = stream.write_all(&[0x21]).await;
    }
    assert_eq!(wire.closed().await, EXCESSIVE_LOAD);
    let wire = world.quic_wire().await;
    let head = wire.head("GET", "/vod/never.ts", &[]);
    // Requests that are given up at once, as fast as they can be made.
    while let Ok((mut send, mut recv)) = wire.connection.open_bi().await {
        let _over = (send.write_all(&head).await, send.reset(0x10c_u32.into()), recv.stop(0x10c_u32.into()));
    }
    assert_eq!(wire.closed().await, EXCESSIVE_LOAD);
}

#[tokio::test]
async fn playlists_go_first_and_clients_may_say_otherwise() {
    let large = vec![7; 3_000_000];
    let world = World::secure(move |seen| {
        if seen.target == SEGMENT {
            ok(&large, &super::FIELDS)
        } else {
            ok(
                "#EXTM3U\n",
                &[("Content-Type", "application/vnd.apple.mpegurl"), ("Cache-Control", "max-age=60")],
            )
        }
    })
    .await;
    let mut wire = world.quic_wire().await;
    assert_eq!(wire.get(SEGMENT).await.body.len(), 3_000_000);
    assert_eq!(wire.get(super::PLAYLIST).await.status, 200);
    world.settle().await;
    for _ in 0..5 {
        let (mut first, mut segment) = wire.send(&wire.head("GET", SEGMENT, &[])).await;
        first.finish().unwrap();
        let mut begun = segment.read_chunk(1, true).await.unwrap().expect("its head").bytes.len();
        let playlist = wire.get(super::PLAYLIST).await;
        assert_eq!(playlist.body, b"#EXTM3U\n");
        while let Some(chunk) = segment.read_chunk(1 << 20, true).await.unwrap() {
            begun += chunk.bytes.len();
        }
        assert!(begun > 3_000_000);
    }
    // The client's own word, before the request and with it: nothing breaks by it.
    wire.say(&frame(Frame::PriorityUpdate, b"\x40\x80u=0, i")).await;
    assert_eq!(wire.exchange(&wire.head("GET", SEGMENT, &[("priority", "u=7")])).await.body.len(), 3_000_000);
}
