//! Attacks on HTTP/3, and beneath it: memory stays bounded, others are served meanwhile, and nobody makes the edge send
//! more than a few times what it got.

use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use http::StatusCode;
use quinn::TransportConfig;

use super::{FIELDS, SEGMENT};
use crate::world::h3::{QuicViewer, QuicWire, endpoint_at, trust, windows};
use crate::world::origin::ok;
use crate::world::siege::{OTHERS_ASK, Siege};
use crate::world::{Script, Seen, within};

/// A large segment, and small ones.
fn script(seen: &Seen) -> Script {
    let length = if seen.target == SEGMENT { 6 << 20 } else { 10 };
    ok(vec![7; length], &FIELDS)
}

/// A viewer over QUIC is served, and soon.
async fn serves_another(siege: &Siege) {
    let viewer =
        QuicViewer::from([127, 0, 0, 1], siege.over_tls, &siege.authority).await.expect("a connection");
    let response = viewer.get(OTHERS_ASK).await;
    assert_eq!((response.status, response.whole), (StatusCode::OK, true));
}

async fn wire(siege: &Siege, transport: TransportConfig) -> QuicWire {
    let mut wire = QuicWire::connect(siege.over_tls, &siege.authority, transport).await;
    wire.begin().await;
    wire
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_who_take_nothing_are_cut_off_and_hold_nothing() {
    let siege = Siege::begin("write-timeout = \"1s\"", "", script).await;
    // It is stored.
    assert_eq!(wire(&siege, TransportConfig::default()).await.get(SEGMENT).await.body.len(), 6 << 20);
    let attack = async {
        let mut wires = Vec::new();
        for _ in 0..20 {
            let wire = wire(&siege, windows(20_000, 100_000)).await;
            let mut streams = Vec::new();
            for _ in 0..100 {
                let (mut send, recv) = wire.send(&wire.head("GET", SEGMENT, &[])).await;
                // A connection may be over meanwhile.
                let _over = send.finish();
                streams.push((send, recv));
            }
            wires.push((wire, streams));
        }
        serves_another(&siege).await;
        for (wire, _streams) in &wires {
            let closed = within("being cut off", wire.connection.closed()).await;
            assert!(matches!(closed, quinn::ConnectionError::ApplicationClosed(_)), "{closed}");
        }
    };
    siege.withstands(48, attack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_are_never_whole_are_few() {
    let siege = Siege::begin("", "", script).await;
    let attack = async {
        let mut wires = Vec::new();
        for _ in 0..10 {
            let wire = wire(&siege, TransportConfig::default()).await;
            let mut streams = Vec::new();
            let half = [&[0x01, 0x80, 0x00, 0x3f, 0xff][..], &vec![0; 16_000]].concat();
            for _ in 0..100 {
                streams.push(wire.send(&half).await);
            }
            // Those beyond the bound are refused, and the connection goes on.
            assert_eq!(wire.get(OTHERS_ASK).await.status, 200);
            wires.push((wire, streams));
        }
        serves_another(&siege).await;
    };
    siege.withstands(48, attack).await;
}

/// The first datagrams of so many connections, as a client makes them; each connection's together.
async fn first_words(siege: &Siege, count: usize) -> Vec<Vec<Vec<u8>>> {
    let catcher = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("loopback");
    let to = catcher.local_addr().expect("bound");
    let endpoint = endpoint_at([127, 0, 0, 1]);
    let mut words: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
    let mut buffer = vec![0; 2000];
    // Who gives a connection up says so.
    let mut kept = Vec::new();
    while words.len() < count {
        let config = trust(&siege.authority, TransportConfig::default());
        kept.push(endpoint.connect_with(config, to, "localhost").expect("a configuration"));
        let known = words.len();
        while words.len() == known {
            let (length, _) = within("a first word", catcher.recv_from(&mut buffer)).await.expect("received");
            let name = buffer[6..6 + usize::from(buffer[5])].to_vec();
            words.entry(name).or_default().push(buffer[..length].to_vec());
        }
    }
    words.into_values().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_claims_many_addresses_gets_little_and_stops_nobody() {
    let siege = Siege::begin("header-timeout = \"3s\"", "", script).await;
    let words = first_words(&siege, 600).await;
    let attack = async {
        // Each stands for somebody who never asked.
        let sockets: Vec<_> = (0..50_u8)
            .map(|at| {
                let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 1, at + 1], 0))).expect("loopback");
                socket.set_nonblocking(true).expect("a socket option");
                (socket, 0_usize)
            })
            .collect();
        let mut sockets = sockets;
        for (at, word) in words.iter().enumerate() {
            let count = sockets.len();
            let (socket, sent) = &mut sockets[at % count];
            for datagram in word {
                *sent += socket.send_to(datagram, siege.over_tls).expect("sent");
            }
            if at % 200 == 199 {
                // Who answers what comes to their address is let in.
                serves_another(&siege).await;
            }
        }
        // Longer than a handshake may take: packets are sent again meanwhile.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let mut forms = HashSet::new();
        let mut buffer = vec![0; 2000];
        for (socket, sent) in &sockets {
            let mut got = 0;
            while let Ok(length) = socket.recv(&mut buffer) {
                got += length;
                forms.insert(buffer[0] & 0xf0);
            }
            assert!(got <= 3 * sent, "{got} bytes for {sent}");
        }
        // The bit before the form may be anything (RFC 9287).
        assert!(forms.iter().any(|form| form & 0xb0 == 0xb0), "somebody was asked to come again: {forms:x?}");
        serves_another(&siege).await;
    };
    siege.withstands(48, attack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_that_nobody_can_read_cost_little() {
    let siege = Siege::begin("", "", script).await;
    let attack = async {
        let mut random = crate::world::random::Random::of(3);
        let socket = tokio::net::UdpSocket::bind("127.0.0.2:0").await.expect("loopback");
        for round in 0..8_000_u32 {
            let mut packet: Vec<u8> = (0..150).flat_map(|_| random.next().to_be_bytes()).collect();
            match round % 4 {
                // A first packet of a connection, by its head.
                0 => packet[..6].copy_from_slice(&[0xc3, 0, 0, 0, 1, 8]),
                // One of a connection that nobody has.
                1 => packet[0] = 0x40,
                // Another version.
                2 => packet[..6].copy_from_slice(&[0xc3, 1, 2, 3, 4, 8]),
                _ => packet.truncate(usize::try_from(random.below(1200)).expect("a length")),
            }
            // A queue that is full loses packets, as it should.
            let _lost = socket.send_to(&packet, siege.over_tls).await;
            if round % 500 == 0 {
                serves_another(&siege).await;
            }
        }
    };
    siege.withstands(32, attack).await;
}
