//! Streams that are opened to be reset: by the client (rapid reset), or by the edge for a fault that the client
//! makes on each (`MadeYouReset`). Each costs its sender a few bytes, so whoever goes on with it is sent away.
//!
//! That nothing of it stays in memory while requests wait is in `floods`.

use crate::world::Step;
use crate::world::frames::{
    END_HEADERS, END_STREAM, Frames, cancel, code, frame, get, kind, literals, request, window_update,
};
use crate::world::origin::ok;
use crate::world::siege::{Over, Siege};
use crate::world::{Gate, Seen};

/// What only the attacker asks for; the origin never answers.
const HELD: &str = "/vod/0_held0001/seg-1-v1.ts";

const LIMITS: &str = "header-timeout = \"1m\"\nidle-timeout = \"1m\"\nwrite-timeout = \"1m\"";

/// More than any bound on streams that come to nothing.
const STREAMS: u32 = 3_000;
const CONNECTIONS: u32 = 4;
const MOST_MIB: u64 = 8;

async fn siege() -> Siege {
    let gate = Gate::new();
    Siege::begin(LIMITS, "first-byte-timeout = \"1m\"", move |seen: &Seen| {
        let answer = ok("0123456789", &[("Cache-Control", "max-age=60")]);
        if seen.target == HELD { [vec![Step::Wait(gate.clone())], answer].concat() } else { answer }
    })
    .await
}

/// Makes each of many streams do that, on a few connections; why the edge ended each.
async fn flood(siege: &Siege, over: Over, piece: impl Fn(u32) -> Vec<u8>) -> Vec<Option<u32>> {
    let bytes: Vec<u8> = (0..STREAMS).flat_map(|index| piece(2 * index + 1)).collect();
    let mut ends = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut frames: Frames = siege.frames(over, &[]).await;
        frames.flood(&bytes).await;
        ends.push(frames.lives().await.err().unwrap_or_default());
    }
    ends
}

#[tokio::test]
async fn whoever_opens_streams_to_cancel_them_is_sent_away() {
    let siege = siege().await;
    for over in Over::BOTH {
        let attack = flood(&siege, over, |stream| [get(stream, HELD), cancel(stream)].concat());
        let ends = siege.withstands(MOST_MIB, attack).await;
        assert!(ends.iter().all(|end| *end == Some(code::ENHANCE_YOUR_CALM)), "{over:?}: {ends:?}");
    }
    assert!(siege.origin.count_of(HELD) <= 1);
}

/// What is wrong, and what is sent on a stream.
type Wrong = (&'static str, fn(u32) -> Vec<u8>);

/// Each is a fault of its stream alone (RFC 9113), which the edge answers with `RST_STREAM`; or, where a rule allows
/// it, with the end of the connection.
fn faults() -> [Wrong; 8] {
    [
        ("a window update of 0", |stream| [get(stream, HELD), window_update(stream, 0)].concat()),
        ("a window that is too large", |stream| {
            [get(stream, HELD), window_update(stream, 0x7fff_ffff)].concat()
        }),
        ("a body after its end", |stream| {
            [get(stream, HELD), frame(kind::DATA, END_STREAM, stream, b"more")].concat()
        }),
        ("a second head after the end", |stream| [get(stream, HELD), get(stream, HELD)].concat()),
        ("more body than was announced", |stream| {
            let head = request("GET", HELD, &[("content-length", "1")]);
            let head = frame(kind::HEADERS, END_HEADERS, stream, &head);
            [head, frame(kind::DATA, END_STREAM, stream, b"more")].concat()
        }),
        ("a name in upper case", |stream| {
            let head = request("GET", HELD, &[("X-Upper", "1")]);
            frame(kind::HEADERS, END_STREAM | END_HEADERS, stream, &head)
        }),
        ("a head without a path", |stream| {
            let head = literals(&[(":method", "GET"), (":scheme", "http"), (":authority", "edge")]);
            frame(kind::HEADERS, END_STREAM | END_HEADERS, stream, &head)
        }),
        ("a field of the connection", |stream| {
            let head = request("GET", HELD, &[("transfer-encoding", "chunked")]);
            frame(kind::HEADERS, END_STREAM | END_HEADERS, stream, &head)
        }),
    ]
}

#[tokio::test]
async fn whoever_makes_the_edge_reset_streams_is_sent_away() {
    const ENDS: [u32; 4] =
        [code::ENHANCE_YOUR_CALM, code::PROTOCOL_ERROR, code::STREAM_CLOSED, code::FLOW_CONTROL_ERROR];
    let siege = siege().await;
    for over in Over::BOTH {
        for (fault, piece) in faults() {
            let ends = siege.withstands(MOST_MIB, flood(&siege, over, piece)).await;
            assert!(
                ends.iter().all(|end| end.is_some_and(|end| ENDS.contains(&end))),
                "{fault}, {over:?}: {ends:?}"
            );
        }
    }
    assert!(siege.origin.count_of(HELD) <= 1);
}

/// A few of them are an accident: the connection goes on.
#[tokio::test]
async fn a_few_resets_end_no_connection() {
    const FEW: u32 = 10;
    let siege = siege().await;
    for over in Over::BOTH {
        let mut frames = siege.frames(over, &[]).await;
        for stream in (0..FEW).map(|index| 2 * index + 1) {
            frames.send([get(stream, HELD), cancel(stream)].concat()).await;
        }
        for stream in (FEW..2 * FEW).map(|index| 2 * index + 1) {
            frames.send([get(stream, HELD), window_update(stream, 0x7fff_ffff)].concat()).await;
            let reset =
                frames.wait_for(|frame| frame.kind == kind::RST_STREAM && frame.stream == stream).await;
            assert!(reset.is_some(), "{over:?}");
        }
        assert_eq!(frames.lives().await, Ok(()), "{over:?}");
    }
}
