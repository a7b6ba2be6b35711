//! TLS on one connection of the load, without a socket of its own: bytes in, bytes out.
//!
//! Records are decrypted where they were received; what is in them is looked at once and dropped.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use rustls::ClientConfig;
use rustls::client::UnbufferedClientConnection;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};

use crate::identity;

/// Longest record on the wire, with room to spare (RFC 8446, section 5.2).
pub(super) const LARGEST_RECORD: usize = 17 * 1024;

/// A connection's side of TLS after its handshake.
pub(super) struct Session {
    connection: UnbufferedClientConnection,
    /// The beginning of a record whose end has not come.
    kept: Vec<u8>,
    /// What has to be sent.
    outgoing: Vec<u8>,
}

impl Session {
    /// Makes the handshake over a stream that blocks.
    pub(super) fn connect(stream: &mut TcpStream, config: &Arc<ClientConfig>) -> Result<Self> {
        let connection = UnbufferedClientConnection::new(Arc::clone(config), identity::name()?)?;
        let mut session = Self { connection, kept: Vec::new(), outgoing: Vec::new() };
        let mut buffer = vec![0; 2 * LARGEST_RECORD];
        let mut filled = 0;
        loop {
            let is_done = session.open(&mut buffer[..filled], |_| ())?;
            stream.write_all(&session.outgoing)?;
            session.outgoing.clear();
            if is_done {
                return Ok(session);
            }
            filled = session.restore(&mut buffer);
            let read = stream.read(&mut buffer[filled..])?;
            ensure!(read > 0, "the server closed the connection in the handshake");
            filled += read;
        }
    }

    /// Puts the beginning of a record that was kept at the start of `buffer`; what is received belongs behind it.
    pub(super) fn restore(&self, buffer: &mut [u8]) -> usize {
        buffer[..self.kept.len()].copy_from_slice(&self.kept);
        self.kept.len()
    }

    /// Takes what has been received, with what [`Self::restore`] gave at its start, and hands on what is in it.
    ///
    /// Tells whether the handshake is over.
    pub(super) fn open(&mut self, incoming: &mut [u8], mut take: impl FnMut(&[u8])) -> Result<bool> {
        let mut start = 0;
        let is_done = loop {
            let UnbufferedStatus { mut discard, state, .. } =
                self.connection.process_tls_records(&mut incoming[start..]);
            let is_done = match state? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        discard += record.discard;
                        take(record.payload);
                    }
                    None
                }
                ConnectionState::EncodeTlsData(mut message) => {
                    let before = self.outgoing.len();
                    self.outgoing.resize(before + LARGEST_RECORD, 0);
                    let length = message.encode(&mut self.outgoing[before..])?;
                    self.outgoing.truncate(before + length);
                    None
                }
                // The caller sends what there is before it receives more.
                ConnectionState::TransmitTlsData(transmit) => {
                    transmit.done();
                    None
                }
                ConnectionState::BlockedHandshake => Some(false),
                ConnectionState::WriteTraffic(_) => Some(true),
                _ => bail!("the server has ended TLS"),
            };
            start += discard;
            if let Some(is_done) = is_done {
                break is_done;
            }
        };
        self.kept.clear();
        self.kept.extend_from_slice(&incoming[start..]);
        ensure!(self.kept.len() <= LARGEST_RECORD, "a record without an end");
        Ok(is_done)
    }

    /// A record with these few bytes in it, and what else has to be sent.
    pub(super) fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = std::mem::take(&mut self.outgoing);
        let before = sealed.len();
        sealed.resize(before + plain.len() + 256, 0);
        // What was kept is no whole record, so nothing of it is used up.
        let UnbufferedStatus { state, .. } = self.connection.process_tls_records(&mut self.kept);
        let ConnectionState::WriteTraffic(mut traffic) = state? else { bail!("TLS cannot send now") };
        let length = traffic.encrypt(plain, &mut sealed[before..])?;
        sealed.truncate(before + length);
        Ok(sealed)
    }
}
