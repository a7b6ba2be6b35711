//! What bounds the server: connections, requests, bytes and time.

use std::time::Duration;

use telemetry::report::MAX_BYTES;

/// The bounds. The defaults serve some thousand sites; tests have shorter ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections; more wait to be accepted.
    pub connections: usize,
    /// Reports and questions that are worked on at once; more are asked to come back (503).
    pub requests: usize,
    /// Bytes of a report on the wire.
    pub wire_bytes: usize,
    /// Time for a TLS handshake, and for the head of a request; also how long a connection may wait for its next one.
    pub head: Duration,
    /// Time for the body of a request, from its head to its last byte.
    pub body: Duration,
    /// How old a connection grows before it is ended after the answer under way.
    pub age: Duration,
    /// Time for answers under way when the server or a connection ends.
    pub drain: Duration,
    /// How long a write waits while another process writes.
    pub busy: Duration,
    /// How much work one question may cost, in steps of SQLite's machine: 100 000 each.
    pub question_steps: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            requests: 32,
            // What does not shrink grows a little by being packed.
            wire_bytes: MAX_BYTES + (64 << 10),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            age: Duration::from_mins(5),
            drain: Duration::from_secs(10),
            busy: Duration::from_secs(5),
            question_steps: 10_000,
        }
    }
}
