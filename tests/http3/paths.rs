//! Addresses: who moves to another, who only claims one, and who has many connections.

use std::net::{SocketAddr, UdpSocket};

use edge::config::Network;
use http::StatusCode;
use quinn::{ConnectionError, TransportConfig};

use super::{SEGMENT, nobody_is_there, plain};
use crate::world::World;
use crate::world::h3::{QuicViewer, another_socket, endpoint_at, trust};
use crate::world::within;

#[tokio::test]
async fn a_viewer_whose_port_changes_goes_on() {
    let large = vec![7; 4_000_000];
    let world = World::secure(move |_| crate::world::origin::ok(&large, &super::FIELDS)).await;
    // Wherever the system puts the packets of the new port, the connection is found.
    for _ in 0..8 {
        let wire = world.quic_wire().await;
        let (mut send, mut recv) = wire.send(&wire.head("GET", SEGMENT, &[])).await;
        send.finish().unwrap();
        let mut length = 0;
        while length < 100_000 {
            length += recv.read_chunk(10_000, true).await.unwrap().expect("more").bytes.len();
        }
        wire.endpoint.rebind(another_socket()).unwrap();
        while let Some(chunk) = within("the rest", recv.read_chunk(1 << 20, true)).await.unwrap() {
            length += chunk.bytes.len();
        }
        assert!(length > 4_000_000);
        assert_eq!(wire.get("/self-test").await.status, 200);
    }
    assert_eq!(world.metric("spokecast_connections_total{event=\"accepted\"}").await.to_string(), "8");
}

#[tokio::test]
async fn a_viewer_who_moves_elsewhere_is_sent_to_connect_anew() {
    let large = vec![7; 4_000_000];
    let world = World::secure(move |_| crate::world::origin::ok(&large, &super::FIELDS)).await;
    let wire = world.quic_wire().await;
    let (mut send, mut recv) = wire.send(&wire.head("GET", SEGMENT, &[])).await;
    send.finish().unwrap();
    let mut length = recv.read_chunk(10_000, true).await.unwrap().expect("more").bytes.len();
    wire.endpoint.rebind(UdpSocket::bind("127.0.0.2:0").unwrap()).unwrap();
    while let Some(chunk) = within("the rest", recv.read_chunk(1 << 20, true)).await.unwrap() {
        length += chunk.bytes.len();
    }
    assert!(length > 4_000_000, "what was under way goes on");
    let answer = wire.get(SEGMENT).await;
    assert_eq!((answer.status, answer.reset), (0, Some(0x10b)), "H3_REQUEST_REJECTED");
    assert_eq!(wire.closed().await, 0x100, "H3_NO_ERROR");
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_another_one_others() {
    let world = World::secure_with(plain, |config| {
        config.viewers.max_connections_per_address = 2;
        config.viewers.unlimited = Vec::new();
    })
    .await;
    let from = |own| QuicViewer::from(own, world.secure_address(), &world.authority);
    let kept = [from([127, 0, 0, 1]).await.unwrap(), from([127, 0, 0, 1]).await.unwrap()];
    let refused = from([127, 0, 0, 1]).await;
    let code = match refused {
        Err(ConnectionError::ApplicationClosed(close)) => close.error_code.into_inner(),
        // The handshake may be over before the word comes.
        Ok(viewer) => match within("the end", viewer.connection.closed()).await {
            ConnectionError::ApplicationClosed(close) => close.error_code.into_inner(),
            other => panic!("{other}"),
        },
        Err(other) => panic!("{other}"),
    };
    assert_eq!(code, 0x107, "H3_EXCESSIVE_LOAD");
    assert_eq!(from([127, 0, 0, 2]).await.unwrap().get(SEGMENT).await.status, StatusCode::OK);
    assert_eq!(kept[0].get(SEGMENT).await.status, StatusCode::OK);
    assert_eq!(world.metric("spokecast_connections_total{event=\"refused-address\"}").await.to_string(), "1");
    drop(kept);
    nobody_is_there(&world).await;
    assert_eq!(from([127, 0, 0, 1]).await.unwrap().get(SEGMENT).await.status, StatusCode::OK);
}

#[tokio::test]
async fn so_many_connections_and_no_more() {
    let world = World::secure_with(plain, |config| config.viewers.max_connections = 2).await;
    let first = world.quic_viewer().await;
    let second = world.quic_viewer().await;
    let endpoint = endpoint_at([127, 0, 0, 1]);
    let config = trust(&world.authority, TransportConfig::default());
    let refused = endpoint.connect_with(config, world.secure_address(), "localhost").unwrap();
    match within("a refusal", refused).await {
        Err(ConnectionError::ConnectionClosed(close)) => {
            assert!(close.to_string().contains("refused"), "{close}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(first.get(SEGMENT).await.status, StatusCode::OK);
    assert_eq!(second.get(SEGMENT).await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_is_served_is_asked_by_the_address_of_the_connection() {
    let network: Network = "127.0.0.2/32".parse().unwrap();
    let world = World::secure_with(plain, |config| config.admission.networks = vec![network]).await;
    for (own, status) in [([127, 0, 0, 1], StatusCode::FORBIDDEN), ([127, 0, 0, 2], StatusCode::OK)] {
        let viewer = QuicViewer::from(own, world.secure_address(), &world.authority).await.unwrap();
        assert_eq!(viewer.get(SEGMENT).await.status, status);
    }
}

#[tokio::test]
async fn a_version_that_nobody_speaks_gets_those_that_are_spoken() {
    let world = World::secure(plain).await;
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let to: SocketAddr = world.secure_address();
    let mut packet = vec![0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8];
    packet.extend([1, 2, 3, 4, 5, 6, 7, 8, 4, 9, 9, 9, 9]);
    packet.resize(1200, 0);
    socket.send_to(&packet, to).await.unwrap();
    let mut answer = [0; 1500];
    let (length, _) = within("an answer", socket.recv_from(&mut answer)).await.unwrap();
    // RFC 9000 section 17.2.1: version 0, the names exchanged, and the versions.
    assert_eq!((&answer[1..5], answer[5], &answer[6..10]), (&[0; 4][..], 4, &[9; 4][..]));
    let versions = &answer[19..length];
    assert!(versions.chunks(4).any(|version| version == [0, 0, 0, 1]), "{versions:x?}");
    // One that is too small gets nothing: what comes next answers another packet.
    socket.send_to(&packet[..600], to).await.unwrap();
    socket.send_to(&packet, to).await.unwrap();
    let (again, _) = within("an answer", socket.recv_from(&mut answer)).await.unwrap();
    assert_eq!(again, length);
    let mut more = [0; 10];
    assert!(socket.try_recv(&mut more).is_err());
}
