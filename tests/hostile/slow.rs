//! Clients that hold on: slow heads, slow bodies, windows that stay shut or open byte by byte. Each attack
//! ends by a time limit of the edge, or by its own bound, and what it held is freed.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::frames::{
    END_HEADERS, Frame, Frames, INITIAL_WINDOW_SIZE, frame, get, kind, request, window_update,
};
use crate::world::origin::ok;
use crate::world::siege::{OTHERS_ASK, Over, Siege};
use crate::world::{Viewer, Wire, descriptors, within};

const LARGE: &str = "/vod/0_large001/seg-1-v1.ts";
const LARGE_SIZE: usize = 4 << 20;

/// Short limits: what holds on is let go within a test.
const LIMITS: &str = "header-timeout = \"1s\"\nidle-timeout = \"30s\"\nwrite-timeout = \"1s\"";

const CONNECTIONS: usize = 300;

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

/// Opens many connections that each send `bytes`, and waits until the edge has closed them all.
async fn hold(siege: &Siege, over: Over, bytes: &[u8]) -> Vec<Vec<u8>> {
    descriptors::allow(2 * CONNECTIONS);
    let mut all = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = siege.connect_http1(over).await;
        // Who comes early may be closed already.
        let _closed = (stream.write_all(bytes).await.is_err(), stream.flush().await.is_err());
        all.push(stream);
    }
    let mut answers = Vec::new();
    for mut stream in all {
        let mut answer = Vec::new();
        // A reset is as good an end as a close.
        let _reset = within("the end", stream.read_to_end(&mut answer)).await.is_err();
        answers.push(answer);
    }
    answers
}

/// A head may take 16 KiB (`viewers.max-head`), and its buffer twice that while it grows; keys and records of TLS
/// come to that.
#[tokio::test]
async fn heads_that_never_end_hold_no_more_than_their_bound() {
    let head = format!("GET {OTHERS_ASK} HTTP/1.1\r\nHost: edge\r\nX: {}", "a".repeat(15_000));
    for (over, each_kib) in [(Over::Clear, 32), (Over::Tls, 64)] {
        let siege = siege().await;
        let most_mib = CONNECTIONS as u64 * each_kib / 1024 + 8;
        let answers = siege.withstands(most_mib, hold(&siege, over, head.as_bytes())).await;
        assert!(answers.iter().all(Vec::is_empty), "{over:?}");
    }
}

/// A body is dropped as it comes (`viewers.max-body` bounds what is read of it), and has its time too.
#[tokio::test]
async fn bodies_that_never_end_hold_nothing() {
    let head = format!("GET {OTHERS_ASK} HTTP/1.1\r\nHost: edge\r\nContent-Length: 60000\r\n\r\n");
    let bytes = [head.as_bytes(), &vec![b'x'; 50_000]].concat();
    for over in Over::BOTH {
        let siege = siege().await;
        let asked = siege.origin.count();
        for answer in siege.withstands(20, hold(&siege, over, &bytes)).await {
            assert!(!String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200"), "{over:?}");
        }
        assert_eq!(siege.origin.count(), asked);
    }
}

#[tokio::test]
async fn bodies_that_never_end_hold_nothing_over_http2() {
    const STREAMS: u32 = 100;
    let siege = siege().await;
    let block = request("GET", OTHERS_ASK, &[]);
    let attack = async {
        let mut all = Vec::new();
        for _ in 0..10 {
            let mut frames = Frames::open(siege.address, &[]).await;
            for stream in (0..STREAMS).map(|index| 2 * index + 1) {
                frames.send(frame(kind::HEADERS, END_HEADERS, stream, &block)).await;
                frames.send(frame(kind::DATA, 0, stream, &[b'x'; 500])).await;
            }
            all.push(frames);
        }
        for mut frames in all {
            for _ in 0..STREAMS {
                let refusal = frames.wait_for(|frame| frame.kind == kind::HEADERS).await;
                assert!(refusal.is_some(), "every stream is told");
            }
        }
    };
    siege.withstands(16, attack).await;
}

/// All of them read one stored object, which is held once.
#[tokio::test]
async fn viewers_who_take_nothing_share_what_they_wait_for() {
    let siege = siege().await;
    let request = format!("GET {LARGE} HTTP/1.1\r\nHost: edge\r\n\r\n");
    let attack = async {
        let mut wires = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut wire = Wire::connect_narrow(siege.address).await;
            wire.send(&request).await;
            wire.head().await;
            wires.push(wire);
        }
        cut_off(&siege).await;
    };
    descriptors::allow(2 * CONNECTIONS);
    // 300 copies would be 1,200 MiB.
    siege.withstands(16, attack).await;
}

/// The same with windows that stay shut: nothing is sent, and nothing is copied to be sent.
#[tokio::test]
async fn streams_without_a_window_share_what_they_wait_for() {
    const ATTACKERS: usize = 20;
    let siege = siege().await;
    let attack = async {
        let mut all = Vec::new();
        for _ in 0..ATTACKERS {
            let mut frames = Frames::open(siege.address, &[(INITIAL_WINDOW_SIZE, 0)]).await;
            frames.send((0..100).flat_map(|index| get(2 * index + 1, LARGE)).collect::<Vec<u8>>()).await;
            frames.wait_for(|frame| frame.kind == kind::HEADERS).await.expect("a head");
            all.push(frames);
        }
        cut_off(&siege).await;
    };
    // 2,000 copies would be 8,000 MiB.
    siege.withstands(16, attack).await;
}

/// Waits until the edge has let go of those who hold on; others come and go meanwhile.
async fn cut_off(siege: &Siege) {
    const OTHERS: usize = 4;
    let ended = async {
        let open = async || {
            let text = Viewer::of(siege.admin).get("/metrics").await.text();
            let sample = "spokecast_connections ";
            text.lines()
                .find_map(|line| line.strip_prefix(sample)?.parse::<usize>().ok())
                .expect("it is told")
        };
        while open().await > OTHERS {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within("those who hold on to be cut off", ended).await;
}

#[tokio::test]
async fn windows_that_open_byte_by_byte_cost_a_frame_for_each_and_no_more() {
    const BYTES: usize = 5_000;
    let siege = siege().await;
    let attack = async {
        let mut frames = Frames::open(siege.address, &[(INITIAL_WINDOW_SIZE, 0)]).await;
        frames.send(get(1, LARGE)).await;
        let is_data = |frame: &Frame| frame.kind == kind::DATA;
        for _ in 0..BYTES {
            frames.send(window_update(1, 1)).await;
            let data = frames.wait_for(is_data).await.expect("a byte");
            assert_eq!(data.payload, [7]);
        }
    };
    siege.withstands(8, attack).await;
}

/// Requests in a row without an answer read: the edge stops reading them.
#[tokio::test]
async fn pipelined_requests_without_end_are_not_read_ahead() {
    let siege = siege().await;
    let asked = siege.origin.count();
    let flood = format!("GET {OTHERS_ASK} HTTP/1.1\r\nHost: edge\r\n\r\n").repeat(500_000);
    let attack = async {
        let mut wire = Wire::connect_narrow(siege.address).await;
        assert!(!wire.send_in_time(&flood).await, "all of it was taken");
    };
    siege.withstands(8, attack).await;
    assert_eq!(siege.origin.count(), asked);
}
