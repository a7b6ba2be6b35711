//! Frames that ask for nothing, by the ten thousand: each costs the edge a look, and its sender nine bytes. The edge
//! ends the connection with a word about calm, or takes them all in its stride; never does its memory grow, nor do
//! others wait.

use crate::world::frames::{
    ACK, END_HEADERS, END_STREAM, PADDED, code, frame, get, kind, request, window_update,
};
use crate::world::origin::ok;
use crate::world::siege::{OTHERS_ASK, Over, Siege};
use crate::world::{Gate, Seen, Step};

/// The origin never answers.
const HELD: &str = "/vod/0_held0001/seg-1-v1.ts";

const LIMITS: &str = "header-timeout = \"1m\"\nidle-timeout = \"1m\"\nwrite-timeout = \"1m\"";

const FRAMES: usize = 60_000;
const MOST_MIB: u64 = 6;

async fn siege() -> Siege {
    let gate = Gate::new();
    Siege::begin(LIMITS, "first-byte-timeout = \"1m\"", move |seen: &Seen| {
        let answer = ok("0123456789", &[("Cache-Control", "max-age=60")]);
        if seen.target == HELD { [vec![Step::Wait(gate.clone())], answer].concat() } else { answer }
    })
    .await
}

/// A flood on a connection that has asked for something, and still asks.
async fn flood(siege: &Siege, over: Over, piece: &[u8]) -> Result<(), Option<u32>> {
    let mut frames = siege.frames(over, &[]).await;
    // An answered stream, and one that waits.
    frames.send(get(1, OTHERS_ASK)).await;
    frames.wait_for(|frame| frame.stream == 1 && frame.flags & END_STREAM != 0).await.expect("an answer");
    frames.send(get(3, HELD)).await;
    frames.flood(&piece.repeat(FRAMES)).await;
    frames.lives().await?;
    frames.send(get(5, OTHERS_ASK)).await;
    let answered = frames.wait_for(|frame| frame.stream == 5 && frame.flags & END_STREAM != 0).await;
    answered.map(drop).ok_or(None)
}

/// Frames that are allowed at any time, and mean nothing in such numbers.
fn idle() -> Vec<(&'static str, Vec<u8>)> {
    let urgent = |stream: u32| [&stream.to_be_bytes()[..], b"u=0"].concat();
    vec![
        ("questions", frame(kind::PING, 0, 0, &[7; 8])),
        ("answers that nobody asked for", frame(kind::PING, ACK, 0, &[7; 8])),
        ("settings", frame(kind::SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0])),
        ("settings of tables", frame(kind::SETTINGS, 0, 0, &[0, 1, 0, 0, 16, 0, 0, 1, 0, 0, 0, 0])),
        ("empty settings", frame(kind::SETTINGS, 0, 0, &[])),
        ("a byte of the connection's window", window_update(0, 1)),
        ("a byte of a stream's window", window_update(3, 1)),
        ("a window of a stream that is over", window_update(1, 1)),
        ("cancelling what is over", frame(kind::RST_STREAM, 0, 1, &8_u32.to_be_bytes())),
        ("obsolete priorities", frame(kind::PRIORITY, 0, 3, &[0, 0, 0, 0, 16])),
        ("obsolete priorities of streams to come", frame(kind::PRIORITY, 0, 9_999, &[0, 0, 0, 0, 16])),
        ("priorities", frame(kind::PRIORITY_UPDATE, 0, 0, &urgent(3))),
        ("priorities of a stream that is over", frame(kind::PRIORITY_UPDATE, 0, 0, &urgent(1))),
        ("unknown frames", frame(0xbe, 0xff, 0, b"?")),
    ]
}

#[tokio::test]
async fn frames_that_ask_for_nothing_cost_nothing_that_stays() {
    let siege = siege().await;
    for over in Over::BOTH {
        for (what, piece) in idle() {
            let end = siege.withstands(MOST_MIB, flood(&siege, over, &piece)).await;
            assert!(
                matches!(end, Ok(()) | Err(Some(code::ENHANCE_YOUR_CALM))),
                "{what}, {over:?}: ended with {end:?}"
            );
        }
    }
}

/// Each names another stream that may come: nothing of them may be kept.
#[tokio::test]
async fn priorities_of_streams_that_never_come_are_not_collected() {
    let siege = siege().await;
    for over in Over::BOTH {
        let update = |index: u32| {
            let stream = 2 * index + 101;
            frame(kind::PRIORITY_UPDATE, 0, 0, &[&stream.to_be_bytes()[..], b"u=0, i"].concat())
        };
        let flood: Vec<u8> = (0..200_000).flat_map(update).collect();
        let attack = async {
            let mut frames = siege.frames(over, &[]).await;
            frames.flood(&flood).await;
            frames.lives().await
        };
        let end = siege.withstands(MOST_MIB, attack).await;
        assert!(matches!(end, Ok(()) | Err(Some(code::ENHANCE_YOUR_CALM))), "{over:?}: {end:?}");
    }
}

/// Bodies in crumbs: nothing at all, a byte, or nothing in 255 bytes of padding.
#[tokio::test]
async fn bodies_in_crumbs_are_answered_with_the_end_of_the_connection() {
    // Whoever sends more than the window for it may be told that instead.
    const ENDS: [u32; 2] = [code::ENHANCE_YOUR_CALM, code::FLOW_CONTROL_ERROR];
    let siege = siege().await;
    let open = frame(kind::HEADERS, END_HEADERS, 1, &request("GET", HELD, &[]));
    let padding = [&[255][..], &[0; 255]].concat();
    let crumbs = [
        ("nothing", frame(kind::DATA, 0, 1, b"")),
        ("a byte", frame(kind::DATA, 0, 1, b"x")),
        ("padding", frame(kind::DATA, PADDED, 1, &padding)),
    ];
    for over in Over::BOTH {
        for (what, piece) in &crumbs {
            let attack = async {
                let mut frames = siege.frames(over, &[]).await;
                frames.send(&open).await;
                frames.flood(&piece.repeat(FRAMES)).await;
                frames.end().await
            };
            let end = siege.withstands(MOST_MIB, attack).await;
            assert!(end.is_some_and(|end| ENDS.contains(&end)), "{what}, {over:?}: {end:?}");
        }
    }
    assert_eq!(siege.origin.count_of(HELD), 0);
}

/// Answers that nobody reads must not pile up: the edge stops reading questions.
#[tokio::test]
async fn answers_that_nobody_reads_do_not_pile_up_over_tls() {
    let siege = siege().await;
    for piece in [frame(kind::PING, 0, 0, &[7; 8]), frame(kind::SETTINGS, 0, 0, &[])] {
        let attack = async {
            let mut frames = siege.frames(Over::Tls, &[]).await;
            assert!(!frames.flood_unread(&piece.repeat(2_000_000)).await, "all of it was taken");
        };
        siege.withstands(MOST_MIB, attack).await;
    }
}
