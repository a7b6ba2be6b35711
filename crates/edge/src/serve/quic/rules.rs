//! What connections over QUIC are held to: windows, streams, times (RFC 9000 section 18.2).
//!
//! # Invariants
//! - What one connection makes the edge keep has a bound: [`SEND_WINDOW`] of answers, which are references to stored
//!   bytes, [`RECEIVE_WINDOW`] of requests, and what requests under way need, of which there are `viewers.max-streams`.
//! - Nothing is read before the handshake is made: what comes early (0-RTT) could come twice.

use std::sync::Arc;
use std::time::Duration;

use quinn::congestion::CubicConfig;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{IdleTimeout, ServerConfig, TransportConfig, VarInt};

use crate::config::Viewers;
use crate::tls::Tls;

/// The round trip that is assumed until one was measured: in an office it is below a millisecond, by radio a few, over a
/// VPN some dozens. Packets that are lost before that, in the handshake, are sent again after three of it and not after
/// a second. Where the path is longer, one packet too many is sent.
const INITIAL_RTT: Duration = Duration::from_millis(30);

/// Bytes of answers on their way to one viewer, acknowledged or not: one gigabit per second over 8 ms, or 200 megabits
/// over 40 ms.
const SEND_WINDOW: u64 = 1 << 20;

/// Bytes of requests that one viewer may have sent and the edge has not read, and of one of them.
const RECEIVE_WINDOW: u32 = 256 << 10;
const STREAM_RECEIVE_WINDOW: u32 = 64 << 10;

/// Streams in one direction that a client may have open: its own three, and a few that nobody knows.
const UNI_STREAMS: u32 = 8;

/// First packets that may wait to be looked at, and the packets behind them: they are looked at as they come.
const MOST_INCOMING: usize = 1024;
const INCOMING_BYTES: u64 = 16 << 10;
const INCOMING_BYTES_IN_ALL: u64 = 2 << 20;

/// How long whoever was asked to come again may take.
const RETRY_LIFETIME: Duration = Duration::from_secs(15);

/// The rules for connections that come from now on. `before` are those until now, whose tokens stay good.
///
/// # Errors
/// The certificate cannot be used for QUIC.
pub(super) fn rules(
    tls: &Tls,
    viewers: &Viewers,
    before: Option<&ServerConfig>,
) -> Result<ServerConfig, quinn::crypto::rustls::NoInitialCipherSuite> {
    let crypto = Arc::new(QuicServerConfig::try_from(Arc::clone(tls.for_quic()))?);
    let mut rules = match before {
        Some(before) => {
            let mut rules = before.clone();
            rules.crypto = crypto;
            rules
        }
        None => ServerConfig::with_crypto(crypto),
    };
    rules
        .transport_config(Arc::new(transport(viewers)))
        .migration(true)
        .retry_token_lifetime(RETRY_LIFETIME)
        .max_incoming(MOST_INCOMING)
        .incoming_buffer_size(INCOMING_BYTES)
        .incoming_buffer_size_total(INCOMING_BYTES_IN_ALL);
    Ok(rules)
}

fn transport(viewers: &Viewers) -> TransportConfig {
    let mut transport = TransportConfig::default();
    // More than 49 days are as good as none.
    let idle = u32::try_from(viewers.idle_timeout.get().as_millis()).unwrap_or(u32::MAX);
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(viewers.max_streams))
        .max_concurrent_uni_streams(VarInt::from_u32(UNI_STREAMS))
        .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(idle))))
        .stream_receive_window(VarInt::from_u32(STREAM_RECEIVE_WINDOW))
        .receive_window(VarInt::from_u32(RECEIVE_WINDOW))
        .send_window(SEND_WINDOW)
        .initial_rtt(INITIAL_RTT)
        .keep_alive_interval(None)
        // Whoever sees the packets pass need not learn more than that.
        .allow_spin(false)
        .datagram_receive_buffer_size(None)
        .congestion_controller_factory(Arc::new(CubicConfig::default()));
    transport
}
