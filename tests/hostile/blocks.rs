//! Heads over HTTP/2 that are built to cost more than they say: blocks of fields that never end, unfold to far more
//! than came, or break the rules of their compression (RFC 7541); and frames larger than was agreed.
//!
//! Those that only grow are in `floods`.

use crate::world::frames::{
    ACK, END_HEADERS, END_STREAM, code, frame, get, kind, literals, number, request, window_update,
};
use crate::world::origin::ok;
use crate::world::siege::{OTHERS_ASK, Over, Siege};
use crate::world::{Wire, descriptors};

const LIMITS: &str = "header-timeout = \"2s\"\nidle-timeout = \"1m\"\nwrite-timeout = \"1m\"";

const MOST_MIB: u64 = 6;

async fn siege() -> Siege {
    Siege::begin(LIMITS, "", |_| ok("0123456789", &[("Cache-Control", "max-age=60")])).await
}

/// Sends that on new connections; why the edge ended each.
async fn ends(siege: &Siege, over: Over, rounds: usize, bytes: &[u8]) -> Vec<Option<u32>> {
    let mut ends = Vec::new();
    for _ in 0..rounds {
        let mut frames = siege.frames(over, &[]).await;
        frames.flood(bytes).await;
        ends.push(frames.end().await);
    }
    ends
}

#[tokio::test]
async fn heads_in_endless_parts_are_answered_with_the_end_of_the_connection() {
    const ENDS: [u32; 3] = [code::ENHANCE_YOUR_CALM, code::COMPRESSION_ERROR, code::PROTOCOL_ERROR];
    let siege = siege().await;
    let asked = siege.origin.count();
    let open = frame(kind::HEADERS, END_STREAM, 1, &request("GET", "/vod/never", &[]));
    for over in Over::BOTH {
        for piece in [&b""[..], &literals(&[("x", "a")]), &literals(&[("x", &"a".repeat(16_000))])] {
            let flood = frame(kind::CONTINUATION, 0, 1, piece).repeat(2_000);
            let flood = [&open[..], &flood].concat();
            let ends = siege.withstands(MOST_MIB, ends(&siege, over, 20, &flood)).await;
            let told = ends.iter().all(|end| end.is_some_and(|end| ENDS.contains(&end)));
            assert!(told, "{over:?}, pieces of {}: {ends:?}", piece.len());
        }
    }
    assert_eq!(siege.origin.count(), asked);
}

/// Blocks that no encoder makes.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let after = |block: &[u8]| [&request("GET", OTHERS_ASK, &[]), block].concat();
    vec![
        ("the field of number 0", after(&[0x80])),
        ("a field that no table has", after(&[0xff, 0xff, 0x7f])),
        ("a number without end", after(&[0xff; 40])),
        ("a number beyond 64 bits", after(&[&[0xff][..], &[0x80; 20], &[1]].concat())),
        ("a string longer than the block", after(&[0, 0x7f, 0xff, 0xff, 0xff, 0x07, b'x'])),
        ("a string that is half there", after(&[0, 5, b'x'])),
        ("padding of Huffman's code that is none", after(&[0, 0x81, 0x00, 0])),
        ("the end of string in Huffman's code", after(&[0, 0x84, 0xff, 0xff, 0xff, 0xff, 0])),
        ("a table larger than agreed", [&[0x3f, 0xe1, 0xff, 0x7f][..], &after(&[])].concat()),
        ("a change of the table after a field", after(&[0x20])),
    ]
}

#[tokio::test]
async fn broken_compression_ends_the_connection() {
    const ENDS: [u32; 2] = [code::COMPRESSION_ERROR, code::PROTOCOL_ERROR];
    let siege = siege().await;
    for over in Over::BOTH {
        for (what, block) in broken() {
            let head = frame(kind::HEADERS, END_STREAM | END_HEADERS, 1, &block);
            let ends = siege.withstands(MOST_MIB, ends(&siege, over, 1, &head)).await;
            assert!(ends[0].is_some_and(|end| ENDS.contains(&end)), "{what}, {over:?}: {ends:?}");
        }
    }
}

/// A table of the smallest fields, filled, emptied and named over and over.
#[tokio::test]
async fn tables_that_are_turned_over_stay_within_their_size() {
    // An entry of the dynamic table with a name and a value of one byte each (RFC 7541 section 6.2.1).
    const ENTRY: [u8; 5] = [0x40, 1, b'x', 1, b'y'];
    let siege = siege().await;
    let head = request("GET", OTHERS_ASK, &[]);
    // Down to nothing, and up to what both ends begin with.
    let emptied = [0x20, 0x3f, 0xe1, 0x1f];
    let block = [&emptied[..], &head, &ENTRY.repeat(200)].concat();
    for over in Over::BOTH {
        let attack = async {
            let mut frames = siege.frames(over, &[]).await;
            for stream in (0..2_000).map(|index| 2 * index + 1) {
                frames.send(frame(kind::HEADERS, END_STREAM | END_HEADERS, stream, &block)).await;
                let answered =
                    frames.wait_for(|frame| frame.stream == stream && frame.flags & END_STREAM != 0);
                assert!(answered.await.is_some(), "the connection lives");
            }
        };
        siege.withstands(MOST_MIB, attack).await;
    }
}

#[tokio::test]
async fn nothing_may_come_between_the_parts_of_a_head() {
    let siege = siege().await;
    let open = frame(kind::HEADERS, END_STREAM, 1, &request("GET", OTHERS_ASK, &[]));
    let others = [
        get(3, OTHERS_ASK),
        frame(kind::PING, 0, 0, &[0; 8]),
        frame(kind::SETTINGS, ACK, 0, &[]),
        window_update(0, 1),
        frame(kind::CONTINUATION, END_HEADERS, 3, &[]),
        frame(0xbe, 0, 0, b"unknown"),
    ];
    for over in Over::BOTH {
        for other in &others {
            let ends = ends(&siege, over, 1, &[&open[..], other].concat()).await;
            assert_eq!(ends, [Some(code::PROTOCOL_ERROR)], "{over:?}, kind {}", other[3]);
        }
    }
}

/// The sizes of frames are agreed: 16 KiB until somebody says more, and the edge does not.
#[tokio::test]
async fn frames_beyond_the_agreed_size_are_refused_before_they_come() {
    let siege = siege().await;
    for over in Over::BOTH {
        for kind in [kind::DATA, kind::HEADERS, kind::CONTINUATION, kind::SETTINGS, kind::PING, 0xbe] {
            for length in [16_385_u32, 0x00ff_ffff] {
                let [_, a, b, c] = length.to_be_bytes();
                let head = [a, b, c, kind, 0, 0, 0, 0, 1];
                let mut frames = siege.frames(over, &[]).await;
                frames.send(head).await;
                assert_eq!(frames.end().await, Some(code::FRAME_SIZE_ERROR), "{over:?}, {kind}, {length}");
            }
        }
    }
}

/// What has come of a frame is held until the rest comes, or its time is over.
#[tokio::test]
async fn frames_that_never_come_whole_hold_no_more_than_they_sent() {
    const CONNECTIONS: usize = 300;
    // A buffer for a frame of 16 KiB, and the growth of it.
    const MOST_MIB: u64 = (CONNECTIONS as u64 * 40) / 1024 + 8;
    let siege = siege().await;
    descriptors::allow(2 * CONNECTIONS);
    let open = frame(kind::HEADERS, END_HEADERS, 1, &request("GET", OTHERS_ASK, &[]));
    let part = frame(kind::DATA, END_STREAM, 1, &[7; 16_384]);
    let attack = async {
        let mut all = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut frames = siege.frames(Over::Clear, &[]).await;
            frames.send([&open[..], &part[..part.len() - 1]].concat()).await;
            all.push(frames);
        }
        for mut frames in all {
            frames.wait_for(|frame| frame.kind == kind::SETTINGS).await.expect("it was let in");
        }
    };
    siege.withstands(MOST_MIB, attack).await;
}

/// What is no HTTP/2 behind its preface.
#[tokio::test]
async fn other_protocols_behind_the_preface_end_the_connection() {
    let siege = siege().await;
    for rest in [&b"GET / HTTP/1.1\r\nHost: edge\r\n\r\n"[..], &[0; 64], &[0xff; 64]] {
        let mut wire = Wire::connect(siege.address).await;
        wire.send([b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", rest].concat()).await;
        let said = wire.rest().await;
        let goaway = said.windows(2).position(|two| two == [kind::GOAWAY, 0]).expect("a word about it");
        let code = number(&said[goaway + 10..goaway + 14]);
        assert!([code::PROTOCOL_ERROR, code::FRAME_SIZE_ERROR].contains(&code), "{rest:?}: {code}");
    }
}
