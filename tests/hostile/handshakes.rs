//! What can be done to the edge before and beneath HTTP: handshakes that are begun, dragged out or repeated, records of
//! one byte, keys that are changed without end, and what is no TLS at all.
//!
//! That a handshake cannot be made anew inside a connection is in `clients`, with a client that tries.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::rustls::ClientConnection;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::world::origin::ok;
use crate::world::siege::{OTHERS_ASK, Siege};
use crate::world::{Wire, descriptors, within};

/// Short where it is the time for a handshake.
const LIMITS: &str = "header-timeout = \"2s\"\nidle-timeout = \"1m\"\nwrite-timeout = \"1m\"";

const CONNECTIONS: usize = 200;
const MOST_MIB: u64 = 8;

/// Types of records (RFC 8446 section 5.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

async fn siege() -> Siege {
    Siege::begin(LIMITS, "", |_| ok("0123456789", &[("Cache-Control", "max-age=60")])).await
}

fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("short").to_be_bytes();
    [&[kind, 3, 3, length[0], length[1]], payload].concat()
}

/// The first thing that a client says: one record.
fn hello(siege: &Siege) -> Vec<u8> {
    let config = siege.authority.trust(&["h2"]);
    let name = ServerName::from(siege.over_tls.ip());
    let mut client = ClientConnection::new(config.into(), name).expect("a client");
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).expect("room");
    bytes
}

/// Sends that on many connections at a time, and waits until the edge has closed them all.
async fn hold(siege: &Siege, bytes: &[u8]) -> Vec<Vec<u8>> {
    descriptors::allow(2 * CONNECTIONS);
    let mut wires = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut wire = Wire::connect(siege.over_tls).await;
        wire.send(bytes).await;
        wires.push(wire);
    }
    let mut answers = Vec::new();
    for wire in &mut wires {
        answers.push(wire.rest().await);
    }
    answers
}

#[tokio::test]
async fn handshakes_that_are_begun_and_left_end_in_time() {
    let siege = siege().await;
    let hello = hello(&siege);
    for bytes in [&b""[..], &hello[..1], &hello[..hello.len() / 2]] {
        for answer in siege.withstands(MOST_MIB, hold(&siege, bytes)).await {
            assert_eq!(answer, b"");
        }
    }
    // Here the edge has said its part, and waits for the end of the other's.
    for answer in siege.withstands(3 * MOST_MIB, hold(&siege, &hello)).await {
        assert_eq!(answer.first(), Some(&HANDSHAKE));
    }
}

/// A first message that says it is as long as one may be, in records of one byte each, and is never there.
#[tokio::test]
async fn messages_in_records_of_one_byte_hold_no_more_than_a_message() {
    const LONGEST: usize = 0xffff;
    // Twice what one may have, while it grows.
    const MOST_MIB: u64 = (CONNECTIONS as u64 * 128) / 1024 + 8;
    let siege = siege().await;
    let message = [&[1, 0, 0xff, 0xff][..], &vec![3; LONGEST - 1_000]].concat();
    let crumbs: Vec<u8> = message.iter().flat_map(|byte| record(HANDSHAKE, &[*byte])).collect();
    for answer in siege.withstands(MOST_MIB, hold(&siege, &crumbs)).await {
        assert!(matches!(answer.first(), None | Some(&ALERT)), "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_no_handshake_ends_at_once() {
    let siege = siege().await;
    let larger = [&[1, 1, 0, 0][..], &[3; 100]].concat();
    let attacks = [
        ("HTTP in the clear", b"GET / HTTP/1.1\r\nHost: edge\r\n\r\n".to_vec()),
        ("HTTP/2 in the clear", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("noise", vec![0xfe; 1_000]),
        ("a message that is too large", record(HANDSHAKE, &larger)),
        ("a record that is too large", vec![HANDSHAKE, 3, 3, 0xff, 0xff]),
        ("data before a key", record(APPLICATION_DATA, &[0; 64])),
        ("warnings without end", record(ALERT, &[1, 100]).repeat(10_000)),
        ("changes of the cipher without end", record(CHANGE_CIPHER_SPEC, &[1]).repeat(10_000)),
        ("the end of it", record(ALERT, &[2, 40])),
    ];
    let attack = async {
        for (what, bytes) in attacks {
            let before = siege.metric(FAILED).await;
            let mut wire = Wire::connect(siege.over_tls).await;
            wire.send(&bytes).await;
            let said = wire.rest().await;
            assert!(matches!(said.first(), None | Some(&ALERT)), "{what}: {said:?}");
            let counted = async { while siege.metric(FAILED).await < before + 1.0 {} };
            within(what, counted).await;
        }
    };
    siege.withstands(MOST_MIB, attack).await;
}

/// Counts handshakes that came to nothing.
const FAILED: &str = "spokecast_connections_total{event=\"no-handshake\"}";

#[tokio::test]
async fn requests_in_records_of_one_byte_are_answered() {
    let siege = siege().await;
    let attack = async {
        let mut stream = siege.authority.connect(siege.over_tls, &["http/1.1"]).await;
        for _ in 0..20 {
            for byte in format!("GET {OTHERS_ASK} HTTP/1.1\r\nHost: edge\r\n\r\n").bytes() {
                stream.write_all(&[byte]).await.expect("taken");
                stream.flush().await.expect("taken");
            }
            let mut answer = Vec::new();
            while !answer.ends_with(b"0123456789") {
                let read = within("an answer", stream.read_buf(&mut answer)).await;
                assert!(read.is_ok_and(|count| count > 0), "{answer:?}");
            }
        }
    };
    siege.withstands(MOST_MIB, attack).await;
}

/// Each makes both ends compute keys (RFC 8446 section 4.6.3).
#[tokio::test]
async fn keys_that_change_without_end_end_the_connection() {
    const CHANGES: usize = 1_000;
    let siege = siege().await;
    let attack = async {
        let mut stream = siege.authority.connect(siege.over_tls, &["http/1.1"]).await;
        for change in 0..CHANGES {
            let changed = stream.get_mut().1.refresh_traffic_keys();
            // A byte of the answer to the last one makes room for the next.
            if changed.is_err() || stream.flush().await.is_err() {
                return change;
            }
        }
        let mut answer = Vec::new();
        let read = within("the end", stream.read_to_end(&mut answer)).await;
        assert!(read.is_err() || answer.is_empty());
        CHANGES
    };
    let changes = siege.withstands(MOST_MIB, attack).await;
    assert!(changes > 1, "a change is no attack");
}

#[tokio::test]
async fn handshakes_one_after_the_other_leave_nothing_behind() {
    let siege = siege().await;
    let attack = async {
        for _ in 0..2 * CONNECTIONS {
            drop(siege.authority.connect(siege.over_tls, &["h2"]).await);
        }
    };
    siege.withstands(MOST_MIB, attack).await;
}
