//! Two companies in network namespaces.

mod companies;

use std::net::IpAddr;

use companies::network;
use tokio::net::TcpStream;

use crate::world::network::Network;
use crate::world::within;

/// The address under which `from` is seen by a host.
async fn seen_as(network: &Network, from: &str, host: &str) -> IpAddr {
    let listener = network.listen(host, 80);
    let address = listener.local_addr().expect("bound");
    let _call = network.start(from, async move {
        let _stream = TcpStream::connect(address).await.expect("a way there");
        std::future::pending().await
    });
    within("a call", listener.accept()).await.expect("a call").1.ip()
}

#[tokio::test]
async fn every_office_is_seen_as_it_would_be() {
    let Some(network) = network("every_office_is_seen_as_it_would_be") else { return };
    for (from, host, address) in [
        ("a1-viewer", "cloud", "203.0.113.1"),
        ("a2-viewer", "cloud", "203.0.113.1"),
        ("vpn-a", "cloud", "203.0.113.1"),
        ("a3-viewer", "cloud", "198.51.100.7"),
        ("b1-viewer", "cloud", "192.0.2.1"),
        ("outsider", "cloud", "203.0.113.200"),
        ("a1-viewer", "hub-a-edge", "10.1.0.77"),
        ("a3-viewer", "hub-a-edge", "192.168.7.77"),
        ("a3-viewer", "a1-edge", "192.168.7.77"),
        ("a2-viewer", "a1-edge", "10.2.0.77"),
        ("b1-viewer", "hub-b-edge", "10.1.0.77"),
    ] {
        assert_eq!(seen_as(&network, from, host).await.to_string(), address, "{from} by {host}");
    }
}
