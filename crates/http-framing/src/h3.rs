//! The server's side of HTTP/3 (RFC 9114) above QUIC's streams: frames, settings, and the rules of each kind of stream.
//!
//! Whoever has the streams hands over their bytes in whatever pieces they come, and hears what they say:
//! [`request::Stream`] of a request, [`control::Control`] of the client's control stream, [`qpack_streams`] of the two
//! of QPACK, and [`StreamKind`] of which kind a unidirectional stream is. The fields themselves are `qpack`'s.
//!
//! # Invariants
//! - Nothing is buffered but the fields of a request, up to the bound that whoever builds the reader states, and a known
//!   frame of the control stream, up to [`control::LONGEST_FRAME`]. What is unknown is skipped without being kept.
//! - How bytes are cut into pieces makes no difference.
//!
//! Deliberately absent: push, CONNECT, datagrams, a dynamic table of QPACK.

pub mod control;
mod fault;
mod frames;
pub mod qpack_streams;
pub mod request;
mod settings;

pub use fault::{Code, Fault, Scope};
pub use frames::{Frame, write_head};
pub use settings::Settings;

use crate::varint;

/// What a unidirectional stream is for, by the integer that it begins with (RFC 9114 section 6.2, RFC 9204 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamKind {
    /// Settings, and words about the connection.
    Control,
    /// What a server alone sends.
    Push,
    /// What a client's encoder writes into a dynamic table.
    QpackEncoder,
    /// What a client's decoder says of ours.
    QpackDecoder,
    /// None that is known: nobody reads it.
    Unknown,
}

impl StreamKind {
    /// The kind that the integer stands for.
    pub fn of(number: u64) -> Self {
        match number {
            0x00 => Self::Control,
            0x01 => Self::Push,
            0x02 => Self::QpackEncoder,
            0x03 => Self::QpackDecoder,
            _ => Self::Unknown,
        }
    }
}

/// What our control stream begins with: its kind and `settings`.
pub fn begin_control(settings: &Settings) -> Vec<u8> {
    let mut bytes = vec![0x00];
    settings.write(&mut bytes);
    bytes
}

/// Writes the word that requests from `stream` on are not answered (RFC 9114 section 5.2).
pub fn write_goaway(stream: u64, to: &mut Vec<u8>) {
    write_head(Frame::GoAway, varint::length(stream) as u64, to);
    varint::write(stream, to);
}

#[cfg(test)]
mod tests;
