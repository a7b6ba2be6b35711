//! The address itself: certificates that change, addresses that come and go, and the end of the edge.

use std::time::Duration;

use edge::Config;
use http::StatusCode;

use super::{SEGMENT, plain};
use crate::world::h3::{QuicAnswer, QuicViewer, QuicWire};
use crate::world::origin::head;
use crate::world::secure::{Authority, Secure};
use crate::world::{Gate, Script, Seen, Step, World, loopback, within};

/// An edge and its configuration.
async fn configured(script: impl Fn(&Seen) -> Script + Send + Sync + 'static) -> (Secure, Config) {
    let mut config = None;
    let world = World::secure_with(script, |used| config = Some(used.clone())).await;
    (world, config.expect("it was made"))
}

/// An answer of ten bytes, whose second half waits at the gate.
fn held(gate: &Gate) -> impl Fn(&Seen) -> Script + use<> {
    let gate = gate.clone();
    move |_| {
        let start =
            [head("200 OK", &[("Content-Length", "10"), ("Cache-Control", "max-age=60")]), b"01234".to_vec()];
        vec![Step::Send(start.concat()), Step::Wait(gate.clone()), Step::Send(b"56789".to_vec())]
    }
}

/// Begins a transfer, of which the first bytes have come.
async fn begin(wire: &QuicWire) -> quinn::RecvStream {
    let (mut send, mut recv) = wire.send(&wire.head("GET", SEGMENT, &[])).await;
    send.finish().expect("open");
    let mut begun = Vec::new();
    while !begun.ends_with(b"01234") {
        begun.extend(
            within("a beginning", recv.read_chunk(1000, true)).await.expect("open").expect("more").bytes,
        );
    }
    recv
}

/// Reads the frames of the edge's control stream until it says that it takes no more requests, and from which on.
async fn goaway(wire: &QuicWire) -> u64 {
    let mut control = within("the control stream", wire.connection.accept_uni()).await.expect("open");
    let mut bytes = Vec::new();
    loop {
        bytes.extend(
            within("a last word", control.read_chunk(1000, true)).await.expect("open").expect("more").bytes,
        );
        if let [.., 0x07, 0x01, stream] = bytes[..] {
            return u64::from(stream);
        }
    }
}

#[tokio::test]
async fn an_edge_that_ends_lets_transfers_finish_and_says_so() {
    let gate = Gate::new();
    let (world, _) = configured(held(&gate)).await;
    let (wire, idle) = (world.quic_wire().await, world.quic_wire().await);
    let mut recv = begin(&wire).await;
    let world = world.into_world();
    let draining = tokio::spawn(world.edge.drain());
    assert_eq!(goaway(&wire).await, 4, "the first request is answered");
    assert_eq!(idle.closed().await, 0x100, "H3_NO_ERROR, at once");
    assert!(!draining.is_finished());
    let late = wire.get(SEGMENT).await;
    assert_eq!((late.status, late.reset), (0, Some(0x10b)), "H3_REQUEST_REJECTED");
    gate.open();
    assert_eq!(recv.read_to_end(100).await.unwrap(), b"56789");
    assert_eq!(wire.closed().await, 0x100);
    assert_eq!(within("the end", draining).await.unwrap().cut, 0);
}

#[tokio::test]
async fn large_answers_arrive_whole_when_the_edge_ends() {
    let large = vec![7; 900_000];
    let (world, _) = configured(move |_| crate::world::origin::ok(&large, &super::FIELDS)).await;
    let wire = world.quic_wire().await;
    assert_eq!(wire.get(SEGMENT).await.body.len(), 900_000);
    world.settle().await;
    // All of it is handed over at once, and hardly any has arrived.
    let (mut send, recv) = wire.send(&wire.head("GET", SEGMENT, &[])).await;
    send.finish().unwrap();
    world.wait_for_metric("spokecast_protocol_requests_total{protocol=\"h3\"}", 2.0).await;
    let draining = tokio::spawn(world.into_world().edge.drain());
    let answer = QuicAnswer::read(recv).await;
    assert_eq!((answer.body.len(), answer.whole), (900_000, true));
    assert_eq!(within("the end", draining).await.unwrap().cut, 0);
}

#[tokio::test]
async fn another_certificate_holds_for_new_connections() {
    let (mut world, mut config) = configured(plain).await;
    let before = world.quic_viewer().await;
    let other = Authority::new();
    config.tls.certificate = vec![other.certificate()];
    world.edge.reload(config).await.unwrap();
    assert_eq!(before.get(SEGMENT).await.status, StatusCode::OK, "who is there stays");
    let address = world.secure_address();
    let follows = async {
        // The endpoints follow on their own.
        while QuicViewer::from([127, 0, 0, 1], address, &other).await.is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within("the new certificate", follows).await;
    for _ in 0..8 {
        assert!(QuicViewer::from([127, 0, 0, 1], address, &other).await.is_ok());
        assert!(QuicViewer::from([127, 0, 0, 1], address, &world.authority).await.is_err());
    }
}

#[tokio::test]
async fn addresses_come_and_go() {
    let gate = Gate::new();
    let (mut world, mut config) = configured(held(&gate)).await;
    let wire = world.quic_wire().await;
    let mut recv = begin(&wire).await;
    config.tls.http3 = false;
    world.edge.reload(config.clone()).await.unwrap();
    assert_eq!(goaway(&wire).await, 4);
    let address = world.secure_address();
    assert!(QuicViewer::from([127, 0, 0, 1], address, &world.authority).await.is_err());
    assert_eq!(world.viewer_over_tls().get("/self-test").await.header("alt-svc"), "");
    gate.open();
    assert_eq!(recv.read_to_end(100).await.unwrap(), b"56789", "what was under way goes on");
    assert_eq!(wire.closed().await, 0x100);
    // The sockets go with the last connection, and then come again.
    let mut again = config.clone();
    again.tls.http3 = true;
    let opened = async {
        while world.edge.reload(again.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    within("a free port", opened).await;
    assert_eq!(world.secure_address(), address);
    assert_eq!(world.quic_viewer().await.get(SEGMENT).await.status, StatusCode::OK);
    again.tls.listen.push("127.0.0.2:0".parse().unwrap());
    world.edge.reload(again.clone()).await.unwrap();
    let second = world.edge.viewers_over_tls()[1];
    let viewer = QuicViewer::from([127, 0, 0, 1], second, &world.authority).await.unwrap();
    assert_eq!(viewer.get(SEGMENT).await.status, StatusCode::OK);
    again.tls.listen = vec![loopback()];
    world.edge.reload(again).await.unwrap();
    let closed = async { viewer.connection.closed().await };
    within("the end of an address", closed).await;
    assert_eq!(world.quic_viewer().await.get(SEGMENT).await.status, StatusCode::OK);
}
