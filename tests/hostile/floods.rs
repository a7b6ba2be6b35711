//! Floods of HTTP/2 frames against the real program. Each is large enough that a few hundred bytes kept per
//! frame or per stream would break the bound on memory.

use crate::world::frames::{
    END_HEADERS, END_STREAM, Frame, Frames, cancel, frame, get, kind, literals, request, window_update,
};
use crate::world::origin::ok;
use crate::world::siege::{OTHERS_ASK, Siege};
use crate::world::{Gate, Step};

/// What only the attacker asks for; the origin answers when the gate is opened.
const HELD: &str = "/vod/0_held0001/seg-1-v1.ts";

/// Growth that is no leak: buffers of connections, stacks, and what the allocator keeps.
const MOST_MIB: u64 = 6;

/// No time limit of the edge ends an attack of these: what ends it, ends it at once.
const LIMITS: &str = "header-timeout = \"1m\"\nidle-timeout = \"1m\"\nwrite-timeout = \"1m\"";

async fn siege(gate: &Gate) -> Siege {
    let gate = gate.clone();
    Siege::begin(LIMITS, "first-byte-timeout = \"1m\"", move |seen| {
        let answer = ok("0123456789", &[("Cache-Control", "max-age=60")]);
        if seen.target == HELD { [vec![Step::Wait(gate.clone())], answer].concat() } else { answer }
    })
    .await
}

/// Stream numbers of a client.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|index| 2 * index + 1)
}

/// Sends `count` pieces, a thousand on each connection as far as the edge takes them.
async fn repeat(siege: &Siege, count: u32, piece: impl Fn(u32) -> Vec<u8>) {
    const EACH: u32 = 1000;
    for _ in 0..count / EACH {
        let mut frames = Frames::open(siege.address, &[]).await;
        let flood: Vec<u8> = streams(EACH).flat_map(&piece).collect();
        frames.flood(&flood).await;
    }
}

#[tokio::test]
async fn streams_that_are_cancelled_at_once_cost_nothing_that_stays() {
    let gate = Gate::new();
    let siege = siege(&gate).await;
    let attack = repeat(&siege, 40_000, |stream| [get(stream, HELD), cancel(stream)].concat());
    siege.withstands(MOST_MIB, attack).await;
    assert!(siege.origin.count_of(HELD) <= 1);
}

/// Slower, so that each request has begun to wait for its fill when its stream is ended: by the client, or by
/// the edge for a fault of the client, which bounds on cancelled streams do not count.
async fn end_while_waiting(end: fn(u32) -> Vec<u8>, by_edge: bool) {
    let gate = Gate::new();
    let siege = siege(&gate).await;
    let attack = async {
        for _ in 0..12 {
            // Less than the faults for which the edge gives a connection up.
            let (mut frames, all) =
                (Frames::open(siege.address, &[]).await, streams(808).collect::<Vec<_>>());
            for batch in all.chunks(101) {
                let (last, held) = batch.split_last().expect("not empty");
                frames.send(held.iter().flat_map(|stream| get(*stream, HELD)).collect::<Vec<u8>>()).await;
                // Requests are taken in order: when this one is answered, the others wait.
                frames.send(get(*last, OTHERS_ASK)).await;
                let answered = |frame: &Frame| frame.stream == *last && frame.flags & END_STREAM != 0;
                frames.wait_for(answered).await.expect("the connection lives");
                frames.send(held.iter().flat_map(|stream| end(*stream)).collect::<Vec<u8>>()).await;
                if by_edge {
                    // Until they are reset they count as open, and no more may be opened.
                    let reset =
                        |frame: &Frame| (frame.kind, Some(&frame.stream)) == (kind::RST_STREAM, held.last());
                    frames.wait_for(reset).await.expect("the connection lives");
                }
            }
        }
        siege.origin.wait_for(2).await;
    };
    siege.withstands(MOST_MIB, attack).await;
    assert_eq!(siege.origin.count_of(HELD), 1, "they shared one fill");
    gate.open();
}

#[tokio::test]
async fn requests_that_are_cancelled_while_they_wait_cost_nothing_that_stays() {
    end_while_waiting(cancel, false).await;
}

#[tokio::test]
async fn requests_that_the_edge_is_made_to_reset_while_they_wait_cost_nothing_that_stays() {
    // A window beyond its largest size (RFC 9113 section 6.9.1).
    end_while_waiting(|stream| window_update(stream, 0x7fff_ffff), true).await;
}

/// The same before a request is taken.
#[tokio::test]
async fn streams_that_the_edge_is_made_to_reset_cost_nothing_that_stays() {
    let gate = Gate::new();
    let siege = siege(&gate).await;
    let faults: [fn(u32) -> Vec<u8>; 3] = [
        |stream| window_update(stream, 0),
        |stream| window_update(stream, 0x7fff_ffff),
        |stream| frame(kind::DATA, END_STREAM, stream, b"after the end"),
    ];
    let attack = async {
        for fault in faults {
            repeat(&siege, 10_000, |stream| [get(stream, HELD), fault(stream)].concat()).await;
        }
    };
    siege.withstands(MOST_MIB, attack).await;
    assert!(siege.origin.count_of(HELD) <= 1);
}

#[tokio::test]
async fn a_head_that_never_ends_ends_the_connection() {
    let gate = Gate::new();
    let siege = siege(&gate).await;
    let block = request("GET", HELD, &[]);
    let filler = literals(&[("x", &"a".repeat(16_000))]);
    let attack = async {
        for (piece, rounds) in [(&filler[..], 10), (b"", 100), (&literals(&[("x", "a")]), 100)] {
            for _ in 0..rounds {
                let mut frames = Frames::open(siege.address, &[]).await;
                frames.send(frame(kind::HEADERS, END_STREAM, 1, &block)).await;
                let flood = frame(kind::CONTINUATION, 0, 1, piece).repeat(1_000);
                frames.flood(&flood).await;
                frames.end().await;
            }
        }
    };
    siege.withstands(MOST_MIB, attack).await;
    assert_eq!(siege.origin.count_of(HELD), 0);
}

/// One large field in the compression table, named again and again: a short block that unfolds to megabytes.
#[tokio::test]
async fn a_head_that_unfolds_to_far_more_than_its_bound_ends_the_connection() {
    // The first field of the dynamic table (RFC 7541 section 6.1).
    const INDEXED: u8 = 0xbe;
    let gate = Gate::new();
    let siege = siege(&gate).await;
    let mut bomb = request("GET", HELD, &[]);
    // A literal that enters the table.
    let mut large = literals(&[("x", &"a".repeat(3_900))]);
    large[0] = 0x40;
    bomb.extend(large);
    bomb.extend([INDEXED; 8_000]);
    let attack = async {
        for _ in 0..100 {
            let mut frames = Frames::open(siege.address, &[]).await;
            frames.send(frame(kind::HEADERS, END_STREAM | END_HEADERS, 1, &bomb)).await;
            frames.end().await;
        }
    };
    siege.withstands(MOST_MIB, attack).await;
    assert_eq!(siege.origin.count_of(HELD), 0);
}

#[tokio::test]
async fn bodies_in_tiny_pieces_end_the_connection() {
    let gate = Gate::new();
    let siege = siege(&gate).await;
    let open = frame(kind::HEADERS, END_HEADERS, 1, &request("GET", HELD, &[]));
    let attack = async {
        for piece in [&b""[..], b"x"] {
            for _ in 0..5 {
                let mut frames = Frames::open(siege.address, &[]).await;
                frames.send(&open).await;
                frames.flood(&frame(kind::DATA, 0, 1, piece).repeat(100_000)).await;
                frames.end().await;
            }
        }
    };
    siege.withstands(MOST_MIB, attack).await;
    assert_eq!(siege.origin.count_of(HELD), 0);
}

fn questions() -> [Vec<u8>; 2] {
    [frame(kind::PING, 0, 0, &[7; 8]), frame(kind::SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0])]
}

#[tokio::test]
async fn questions_without_end_are_answered_from_bounded_memory() {
    let gate = Gate::new();
    let siege = siege(&gate).await;
    let attack = async {
        for question in questions() {
            let mut frames = Frames::open(siege.address, &[]).await;
            frames.flood(&question.repeat(100_000)).await;
        }
    };
    siege.withstands(MOST_MIB, attack).await;
}

/// Answers that nobody reads must not pile up: the edge stops reading questions.
#[tokio::test]
async fn questions_from_who_reads_no_answer_are_not_read_any_more() {
    let gate = Gate::new();
    let siege = siege(&gate).await;
    let attack = async {
        for question in questions() {
            let flood = question.repeat(2_000_000);
            let mut frames = Frames::open(siege.address, &[]).await;
            assert!(!frames.flood_unread(&flood).await, "all of it was taken");
        }
    };
    siege.withstands(MOST_MIB, attack).await;
}
