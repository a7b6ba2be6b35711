//! The listener for viewers' players: where, and its bounds.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::network::Network;
use super::quantity::{ByteSize, Period};

/// The listener for viewers' players.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Viewers {
    /// Addresses to listen on, with port. Nothing listens beyond loopback unless it is named here.
    pub listen: Vec<SocketAddr>,
    /// Connections that are served at a time; one more is answered 503 and closed.
    pub max_connections: usize,
    /// Connections that one address may have open at a time; one more is answered 503 and closed. Addresses of
    /// IPv6 count by /64.
    pub max_connections_per_address: usize,
    /// Requests that one address may make in a second; one more gets 429.
    pub max_requests_per_second_per_address: u32,
    /// Networks whose addresses have neither bound: this machine, and where a proxy stands that many viewers come
    /// through.
    pub unlimited: Vec<Network>,
    /// Time for a request's head to arrive whole.
    pub header_timeout: Period,
    /// Time after which a connection without a request is closed.
    pub idle_timeout: Period,
    /// Time after which a viewer who takes no byte of a response is cut off.
    pub write_timeout: Period,
    /// Longest request target; a longer one gets 414.
    pub max_target: ByteSize,
    /// Largest request head; a larger one gets 431.
    pub max_head: ByteSize,
    /// Largest request body that is read and dropped; one that is larger closes the connection.
    pub max_body: ByteSize,
    /// HTTP/2 and HTTP/3 requests that one connection may have open at a time.
    pub max_streams: u32,
    /// `Access-Control-Allow-Origin`: `*`, or the portal that embeds players.
    pub allow_origin: String,
    /// Send `Cache-Status` (RFC 9211). Off for viewers: a hit tells that somebody watched before.
    pub cache_status: bool,
    /// Obey viewers who ask for more than the origin does (`no-cache`, `no-store`, `max-age`, `min-fresh`,
    /// `Pragma`). Off: a reload would make the link carry again what is held. `max-stale` and `only-if-cached` are
    /// always obeyed.
    pub obey_reload: bool,
}

impl Default for Viewers {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))],
            max_connections: 20_000,
            max_connections_per_address: 1024,
            max_requests_per_second_per_address: 2000,
            unlimited: vec![Network::LOOPBACK_V4, Network::LOOPBACK_V6],
            header_timeout: Period::of(Duration::from_secs(10)),
            idle_timeout: Period::of(Duration::from_mins(1)),
            write_timeout: Period::of(Duration::from_secs(30)),
            max_target: ByteSize::kib(8),
            max_head: ByteSize::kib(16),
            max_body: ByteSize::kib(64),
            max_streams: 128,
            allow_origin: "*".into(),
            cache_status: false,
            obey_reload: false,
        }
    }
}
