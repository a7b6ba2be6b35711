//! One viewer who takes too much, or nothing, beside others: theirs come all the same. Bounds are in bytes, answers and
//! their order, never in time, so that they hold on a busy machine.
//!
//! Attacks with the same means are in `hostile`; here nobody breaks a rule.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use tokio::io::AsyncWriteExt;

use crate::world::frames::{
    END_STREAM, Frame, Frames, INITIAL_WINDOW_SIZE, frame, get, kind, number, opening, window_update,
};
use crate::world::origin::ok;
use crate::world::siege::{OTHERS_ASK, Over, Siege};
use crate::world::wire::Wire;
use crate::world::{Viewer, descriptors, within};

const LARGE: &str = "/vod/0_large001/seg-1-v1.ts";
const LARGE_SIZE: usize = 1 << 20;

/// Nobody is cut off while a test runs.
const LIMITS: &str = "header-timeout = \"5m\"\nidle-timeout = \"5m\"\nwrite-timeout = \"5m\"";

/// What a viewer who does not read makes the edge hold, besides what the system holds for its sockets.
const MOST_KIB_EACH: u64 = 256;

/// `viewers.max-streams`, as it is by default.
const MAX_STREAMS: usize = 128;

/// How many answers others get meanwhile.
const OTHERS: usize = 100;

const LARGEST_WINDOW: u32 = 0x7fff_ffff;
const REFUSED_STREAM: u32 = 7;

async fn siege(large: usize) -> Siege {
    let body = vec![7; large];
    let siege = Siege::begin(LIMITS, "", move |seen| {
        let body = if seen.target == LARGE { &body[..] } else { b"0123456789" };
        ok(body, &[("Cache-Control", "max-age=600")])
    })
    .await;
    assert_eq!(Viewer::of(siege.address).get(LARGE).await.body.len(), large);
    siege
}

/// A viewer of each kind asks again and again, a hundred times in all, and has every answer.
async fn others_are_served(siege: &Siege) {
    let viewers = [
        Viewer::of(siege.address),
        Viewer::http2(siege.address),
        Viewer::over_tls(siege.over_tls, siege.authority.trust(&["http/1.1"])),
        Viewer::over_tls_http2(siege.over_tls, siege.authority.trust(&["h2"])),
    ];
    for viewer in viewers.iter().cycle().take(OTHERS) {
        let response = within("an answer for another", viewer.get(OTHERS_ASK)).await;
        assert_eq!((response.status, response.whole), (StatusCode::OK, true));
    }
}

/// Requests for the large object on so many streams.
fn many(streams: usize) -> Vec<u8> {
    (0..u32::try_from(streams).expect("few")).flat_map(|index| get(2 * index + 1, LARGE)).collect()
}

fn is_head(frame: &Frame) -> bool {
    frame.kind == kind::HEADERS
}

/// Bytes of bodies until the connection has answered a question: all that was on its way.
async fn data_under_way(frames: &mut Frames) -> usize {
    frames.send(frame(kind::PING, 0, 0, b"and now?")).await;
    let mut bytes = 0;
    loop {
        let frame = frames.next().await.expect("the connection lives");
        match frame.kind {
            kind::DATA => bytes += frame.payload.len(),
            kind::PING if frame.payload == b"and now?" => return bytes,
            _ => {}
        }
    }
}

#[tokio::test]
async fn one_who_opens_no_window_holds_up_nobody_and_gets_nothing() {
    let siege = siege(LARGE_SIZE).await;
    for over in Over::BOTH {
        let mut greedy = siege.frames(over, &[(INITIAL_WINDOW_SIZE, 0)]).await;
        greedy.send(many(MAX_STREAMS)).await;
        for _ in 0..MAX_STREAMS {
            greedy.wait_for(is_head).await.expect("each is answered as far as it lets");
        }
        others_are_served(&siege).await;
        assert_eq!(data_under_way(&mut greedy).await, 0, "{over:?}");
        // It was not forgotten either: what it takes, it gets.
        greedy.send(window_update(1, 1_000)).await;
        let data = greedy.wait_for(|frame| frame.kind == kind::DATA).await.expect("data");
        assert_eq!((data.stream, data.payload.len()), (1, 1_000), "{over:?}");
    }
}

/// As many as it may have are taken, the rest is refused in a way that says they may be sent again (RFC 9113
/// section 8.7).
#[tokio::test]
async fn one_who_opens_a_thousand_streams_has_as_many_as_it_may() {
    const ASKED: usize = 1_000;
    let siege = siege(LARGE_SIZE).await;
    for over in Over::BOTH {
        let mut greedy = siege.frames(over, &[(INITIAL_WINDOW_SIZE, 0)]).await;
        greedy.send(many(ASKED)).await;
        let (mut taken, mut refused) = (0, 0);
        while taken + refused < ASKED {
            let frame = greedy.next().await.expect("the connection lives");
            match frame.kind {
                kind::HEADERS => taken += 1,
                kind::RST_STREAM => {
                    assert_eq!(number(&frame.payload), REFUSED_STREAM);
                    refused += 1;
                }
                _ => assert_ne!(frame.kind, kind::DATA),
            }
        }
        assert_eq!((taken, refused), (MAX_STREAMS, ASKED - MAX_STREAMS), "{over:?}");
        others_are_served(&siege).await;
        // Those that were taken are answered to their end.
        greedy.send(window_update(0, LARGEST_WINDOW - 65_535)).await;
        for index in 0..u32::try_from(MAX_STREAMS).expect("few") {
            greedy.send(window_update(2 * index + 1, LARGEST_WINDOW)).await;
        }
        let mut ended = 0;
        while ended < MAX_STREAMS {
            let frame = greedy.next().await.expect("the connection lives");
            ended += usize::from(frame.kind == kind::DATA && frame.flags & END_STREAM != 0);
        }
    }
}

/// Somebody reads all that the edge can send, on as many streams as there are: others get a hundred answers before that
/// one has 256 MiB.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_reads_as_fast_as_it_can_holds_up_nobody() {
    const SIZE: usize = 4 << 20;
    const STREAMS: usize = 64;
    let siege = siege(SIZE).await;
    for over in Over::BOTH {
        let mut greedy = siege.frames(over, &[(INITIAL_WINDOW_SIZE, LARGEST_WINDOW)]).await;
        greedy.send([window_update(0, LARGEST_WINDOW - 65_535), many(STREAMS)].concat()).await;
        greedy.wait_for(|frame| frame.kind == kind::DATA).await.expect("data");
        let received = AtomicUsize::default();
        let reading = async {
            while received.load(Ordering::Relaxed) < SIZE * STREAMS - 16_384 {
                let frame = greedy.next().await.expect("the connection lives");
                if frame.kind == kind::DATA {
                    received.fetch_add(frame.payload.len(), Ordering::Relaxed);
                    // Here both share a thread: what is bounded is what the edge does, not what this client does.
                    tokio::task::yield_now().await;
                }
            }
            panic!("it had all before the others had theirs, {over:?}");
        };
        tokio::select! {
            () = reading => {}
            () = others_are_served(&siege) => {}
        }
        assert!(received.load(Ordering::Relaxed) > 0, "it was served meanwhile, {over:?}");
    }
}

/// Two thousand who say nothing: fresh ones, some that were answered once, and such with a handshake behind them.
#[tokio::test]
async fn thousands_who_say_nothing_cost_little_and_hold_up_nobody() {
    const EACH: usize = 500;
    /// A connection at rest, in KiB: more than its TLS state, less than any buffer.
    const MOST_KIB_AT_REST: u64 = 24;
    let siege = siege(LARGE_SIZE).await;
    descriptors::allow(8 * EACH);
    let attack = async {
        let (mut wires, mut secure, mut frames) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..EACH {
            wires.push(Wire::connect(siege.address).await);
            let mut answered = Wire::connect(siege.address).await;
            answered.send(format!("GET {OTHERS_ASK} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
            assert_eq!(answered.answer().await.status(), 200);
            wires.push(answered);
            secure.push(siege.connect(Over::Tls).await);
            let mut http2 = siege.frames(Over::Clear, &[]).await;
            http2.send(get(1, OTHERS_ASK)).await;
            http2
                .wait_for(|frame| frame.flags & END_STREAM != 0 && frame.stream == 1)
                .await
                .expect("an answer");
            frames.push(http2);
        }
        let open = siege.metric("spokecast_connections ").await;
        assert!(open >= 2_000.0, "{open} are open");
        others_are_served(&siege).await;
    };
    siege.withstands(4 * EACH as u64 * MOST_KIB_AT_REST / 1024, attack).await;
}

const STUCK: usize = 150;

/// What so many stuck viewers may make the edge hold, with what is no viewer's.
const MOST_MIB_STUCK: u64 = STUCK as u64 * MOST_KIB_EACH / 1024 + 4;

/// Asks for a large object on each of many connections and reads none of it; all are stuck at once.
async fn stuck(siege: &Siege, over: Over, request: &[u8]) {
    descriptors::allow(4 * STUCK);
    let mut all = Vec::new();
    for _ in 0..STUCK {
        let mut stream = if request.starts_with(b"GET") {
            siege.connect_http1(over).await
        } else {
            siege.connect(over).await
        };
        stream.write_all(request).await.expect("taken");
        stream.flush().await.expect("taken");
        all.push(stream);
    }
    // All of them were asked before these.
    others_are_served(siege).await;
    let open = siege.metric("spokecast_connections ").await;
    assert!(open >= 150.0, "{open} are open");
}

#[tokio::test]
async fn viewers_who_do_not_read_are_sent_no_more_than_is_bounded() {
    // On each connection, one after the other or all at once.
    const REQUESTS: usize = 20;
    let one_by_one = format!("GET {LARGE} HTTP/1.1\r\nHost: edge\r\n\r\n").repeat(REQUESTS);
    let windows = [(INITIAL_WINDOW_SIZE, LARGEST_WINDOW)];
    let at_once = [opening(&windows), window_update(0, LARGEST_WINDOW - 65_535), many(REQUESTS)].concat();
    for over in Over::BOTH {
        for request in [one_by_one.as_bytes(), &at_once] {
            // What one leaves to the allocator would be no growth of the next.
            let siege = siege(LARGE_SIZE).await;
            siege.withstands(MOST_MIB_STUCK, stuck(&siege, over, request)).await;
        }
    }
}
