//! Who asks for much over HTTP/2 and takes nothing: windows that are shut from the beginning, are never opened again,
//! or are taken back. What waits for them is held once, whoever waits.
//!
//! That such viewers are cut off after a while is in `slow`; here they may hold on for as long as they like.

use crate::world::frames::{Frame, Frames, INITIAL_WINDOW_SIZE, code, frame, get, kind, window_update};
use crate::world::origin::ok;
use crate::world::siege::{Over, Siege};
use crate::world::{Viewer, descriptors};

const LARGE: &str = "/vod/0_large001/seg-1-v1.ts";
const LARGE_SIZE: usize = 1 << 20;

/// Nobody is cut off while a test runs.
const LIMITS: &str = "header-timeout = \"5m\"\nidle-timeout = \"5m\"\nwrite-timeout = \"5m\"";

const CONNECTIONS: usize = 200;
/// On each; fewer than it may have (`viewers.max-streams`).
const STREAMS: u32 = 100;

/// What a connection may hold of what it sends, and each stream of its own, in KiB.
const EACH_CONNECTION: u64 = 256;
const EACH_STREAM: u64 = 4;
const MOST_MIB: u64 = CONNECTIONS as u64 * (EACH_CONNECTION + STREAMS as u64 * EACH_STREAM) / 1024;

async fn siege() -> Siege {
    let body = vec![7; LARGE_SIZE];
    let siege = Siege::begin(LIMITS, "", move |seen| {
        let body = if seen.target == LARGE { &body[..] } else { b"0123456789" };
        ok(body, &[("Cache-Control", "max-age=60")])
    })
    .await;
    assert_eq!(Viewer::of(siege.address).get(LARGE).await.body.len(), LARGE_SIZE);
    siege
}

/// Many connections ask for a large object on each of their streams, and give no window beyond their settings; all are
/// there at once.
async fn hold(siege: &Siege, over: Over, settings: &[(u16, u32)]) {
    descriptors::allow(2 * CONNECTIONS);
    let asked: Vec<u8> = (0..STREAMS).flat_map(|index| get(2 * index + 1, LARGE)).collect();
    let mut all = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut frames = siege.frames(over, settings).await;
        frames.send(&asked).await;
        all.push(frames);
    }
    for frames in &mut all {
        // Behind all requests: when this is answered, they have been taken.
        assert_eq!(frames.lives().await, Ok(()));
    }
    let open = siege.metric("spokecast_connections ").await;
    assert!(open >= 200.0, "{open} connections are held");
}

#[tokio::test]
async fn streams_that_are_shut_from_the_beginning_hold_nothing_each() {
    let siege = siege().await;
    siege.withstands(MOST_MIB, hold(&siege, Over::Clear, &[(INITIAL_WINDOW_SIZE, 0)])).await;
}

#[tokio::test]
async fn streams_that_are_shut_from_the_beginning_hold_nothing_each_over_tls() {
    let siege = siege().await;
    siege.withstands(MOST_MIB, hold(&siege, Over::Tls, &[(INITIAL_WINDOW_SIZE, 0)])).await;
}

/// Each stream has all it wants, and the connection as a whole has 64 KiB.
#[tokio::test]
async fn connections_that_are_never_opened_again_hold_what_one_may() {
    let siege = siege().await;
    siege.withstands(MOST_MIB, hold(&siege, Over::Clear, &[(INITIAL_WINDOW_SIZE, 0x7fff_ffff)])).await;
}

/// An allowance that is taken back makes a window smaller than nothing (RFC 9113 section 6.9.2).
#[tokio::test]
async fn a_window_that_was_taken_back_has_to_be_given_again() {
    let siege = siege().await;
    let is_data = |frame: &Frame| frame.kind == kind::DATA;
    for over in Over::BOTH {
        let mut frames = siege.frames(over, &[(INITIAL_WINDOW_SIZE, 1_000)]).await;
        frames.send(get(1, LARGE)).await;
        let mut received = 0;
        while received < 1_000 {
            received += frames.wait_for(is_data).await.expect("data").payload.len();
        }
        assert_eq!(received, 1_000);
        frames.send(frame(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])).await;
        // A thousand below nothing, and up to nothing.
        frames.send(window_update(1, 1_000)).await;
        nothing_comes(&mut frames).await;
        frames.send(window_update(1, 5)).await;
        assert_eq!(frames.wait_for(is_data).await.expect("data").payload.len(), 5, "{over:?}");
        nothing_comes(&mut frames).await;
    }
}

/// No data is on its way: a question that is asked now is answered first.
async fn nothing_comes(frames: &mut Frames) {
    frames.send(frame(kind::PING, 0, 0, b"any more")).await;
    let next = frames.wait_for(|frame| matches!(frame.kind, kind::DATA | kind::PING)).await;
    assert_eq!(next.expect("the connection lives").kind, kind::PING);
}

#[tokio::test]
async fn windows_beyond_their_largest_size_end_the_connection() {
    let siege = siege().await;
    for over in Over::BOTH {
        let mut frames = siege.frames(over, &[]).await;
        frames.send(window_update(0, 0x7fff_ffff)).await;
        assert_eq!(frames.end().await, Some(code::FLOW_CONTROL_ERROR), "the connection's, {over:?}");

        let mut frames = siege.frames(over, &[(INITIAL_WINDOW_SIZE, 0x8000_0000)]).await;
        frames.send(get(1, LARGE)).await;
        let end = frames.end().await;
        // FLOW_CONTROL_ERROR by section 6.5.2; libraries know the other.
        let ends = [Some(code::FLOW_CONTROL_ERROR), Some(code::PROTOCOL_ERROR)];
        assert!(ends.contains(&end), "that of all streams, {over:?}: {end:?}");

        // Shut, so that nothing of it is used up; then the rest, and a byte more by a setting.
        let mut frames = siege.frames(over, &[(INITIAL_WINDOW_SIZE, 0)]).await;
        frames.send(get(1, LARGE)).await;
        // The connection's own window is small: most of this one stays.
        frames.send(window_update(1, 0x7fff_ffff)).await;
        frames.send(frame(kind::SETTINGS, 0, 0, &[0, 4, 0x7f, 0xff, 0xff, 0xff])).await;
        assert_eq!(frames.end().await, Some(code::FLOW_CONTROL_ERROR), "by a setting, {over:?}");
    }
}
