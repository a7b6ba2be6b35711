//! Sessions that go on where they ended, without a handshake in full.
//!
//! What a session needs stands in a ticket that its client keeps, encrypted with keys that are drawn at random, change
//! every six hours and live in memory alone: the edge remembers nothing of a session, so resumption takes no memory.
//!
//! # Invariants
//! - A ticket of a client that was let in with a certificate is worth nothing under other authorities: they are asked
//!   about a certificate in full handshakes alone.
//! - A ticket of TLS over TCP is none for QUIC, nor the other way round.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::{NoServerSessionStorage, ProducesTickets};

/// What makes and reads tickets; outlives configurations with the same authorities for clients.
#[derive(Clone, Debug)]
pub(super) struct Resumption {
    tcp: Arc<dyn ProducesTickets>,
    quic: Arc<dyn ProducesTickets>,
}

impl Resumption {
    /// With new keys.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub(super) fn new() -> Result<Self, rustls::Error> {
        Ok(Self { tcp: Ticketer::new()?, quic: Ticketer::new()? })
    }

    pub(super) fn of_tcp(&self, config: &mut ServerConfig) {
        resume(config, &self.tcp);
    }

    pub(super) fn of_quic(&self, config: &mut ServerConfig) {
        resume(config, &self.quic);
    }
}

fn resume(config: &mut ServerConfig, ticketer: &Arc<dyn ProducesTickets>) {
    config.ticketer = Arc::clone(ticketer);
    // A browser opens the next connection with the ticket of the last; a second one would cost its encryption.
    config.send_tls13_tickets = 1;
    // Clients of TLS 1.2 without tickets make their handshakes in full.
    config.session_storage = Arc::new(NoServerSessionStorage {});
}
