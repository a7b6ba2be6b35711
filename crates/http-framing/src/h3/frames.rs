//! The heads of frames: a type and a length (RFC 9114 section 7.1).

use bytes::{Buf as _, Bytes};

use super::{Code, Fault};
use crate::varint;

/// The frames that are known, of RFC 9114 section 7.2 and RFC 9218 section 7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Bytes of a body.
    Data,
    /// Fields.
    Headers,
    /// What a client does not want to be pushed.
    CancelPush,
    /// Settings, first of all.
    Settings,
    /// What a server alone sends.
    PushPromise,
    /// No more pushes, or requests.
    GoAway,
    /// How many pushes a client takes.
    MaxPushId,
    /// The priority of a request.
    PriorityUpdate,
    /// The priority of a push.
    PriorityUpdateOfPush,
}

impl Frame {
    /// The frame that a type stands for; `None` for one that is to be skipped.
    pub(super) fn of(number: u64) -> Result<Option<Self>, Fault> {
        Ok(Some(match number {
            0x00 => Self::Data,
            0x01 => Self::Headers,
            0x03 => Self::CancelPush,
            0x04 => Self::Settings,
            0x05 => Self::PushPromise,
            0x07 => Self::GoAway,
            0x0d => Self::MaxPushId,
            0x0f_0700 => Self::PriorityUpdate,
            0x0f_0701 => Self::PriorityUpdateOfPush,
            // RFC 9114 section 7.2.8.
            0x02 | 0x06 | 0x08 | 0x09 => return Err(unexpected("a frame of HTTP/2")),
            _ => return Ok(None),
        }))
    }

    fn number(self) -> u64 {
        match self {
            Self::Data => 0x00,
            Self::Headers => 0x01,
            Self::CancelPush => 0x03,
            Self::Settings => 0x04,
            Self::PushPromise => 0x05,
            Self::GoAway => 0x07,
            Self::MaxPushId => 0x0d,
            Self::PriorityUpdate => 0x0f_0700,
            Self::PriorityUpdateOfPush => 0x0f_0701,
        }
    }
}

/// Writes the head of a frame with so many bytes.
pub fn write_head(frame: Frame, length: u64, to: &mut Vec<u8>) {
    varint::write(frame.number(), to);
    varint::write(length, to);
}

pub(super) fn unexpected(what: &'static str) -> Fault {
    Fault::of_connection(Code::FrameUnexpected, what)
}

/// Reads heads of frames, which may come in pieces.
#[derive(Debug, Default)]
pub(super) struct Heads {
    kind: Option<u64>,
    partial: varint::Partial,
}

impl Heads {
    /// Takes the type and length of the next frame off `bytes`; `None` where they end before it is whole.
    pub(super) fn read(&mut self, bytes: &mut Bytes) -> Option<(u64, u64)> {
        let mut rest = &bytes[..];
        if self.kind.is_none() {
            self.kind = self.partial.read(&mut rest);
        }
        let length = self.kind.and_then(|_| self.partial.read(&mut rest));
        let read = bytes.len() - rest.len();
        bytes.advance(read);
        let head = self.kind.zip(length)?;
        self.kind = None;
        Some(head)
    }

    /// Whether nothing of the next head has come.
    pub(super) fn is_empty(&self) -> bool {
        self.kind.is_none() && self.partial.is_empty()
    }
}

/// Takes up to `left` bytes off `bytes`, and them off `left`.
pub(super) fn take(bytes: &mut Bytes, left: &mut u64) -> Bytes {
    let taken = bytes.split_to(usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len())));
    *left -= taken.len() as u64;
    taken
}
