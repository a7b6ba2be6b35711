//! How much work a peer may make without getting anything done.
//!
//! Every flood that HTTP/2 knows is a kind of frame that costs its sender little: streams that are cancelled at once, or
//! that this end is made to reset; frames that carry nothing. So such frames are counted, and what is legitimately
//! done by the connection is counted against them. No clock is needed: somebody who works may go on for ever.

use super::frame::Code;

/// So many more streams may be cancelled, or be reset for a fault, than are answered.
const MOST_RESETS: u32 = 1000;

/// So many frames may come that ask for nothing, beyond those that work pays for.
const MOST_IDLE_FRAMES: u32 = 10_000;

/// So many frames a request pays for, and so many each frame of an answer: a client gives windows back, asks whether we
/// are there, and changes its mind about what is urgent.
const PER_REQUEST: u32 = 16;
const PER_ANSWER: u32 = 4;

/// Small pieces of request bodies that may come beyond those that their bytes pay for, and how many bytes pay for one.
const MOST_SMALL_PIECES: u32 = 100;
const BYTES_PER_PIECE: usize = 256;

/// What a connection has left.
#[derive(Debug, Default)]
pub(super) struct Limits {
    resets: u32,
    idle_frames: u32,
    small_pieces: u32,
}

/// The peer makes more work than it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exceeded;

impl From<Exceeded> for Code {
    fn from(_: Exceeded) -> Self {
        Self::EnhanceYourCalm
    }
}

impl Limits {
    /// A stream was cancelled, or reset because of a fault of the peer.
    pub(super) fn count_reset(&mut self) -> Result<(), Exceeded> {
        self.resets += 1;
        if self.resets > MOST_RESETS { Err(Exceeded) } else { Ok(()) }
    }

    /// A frame came that asks for nothing.
    pub(super) fn count_idle_frame(&mut self) -> Result<(), Exceeded> {
        self.idle_frames += 1;
        if self.idle_frames > MOST_IDLE_FRAMES { Err(Exceeded) } else { Ok(()) }
    }

    /// A piece of a request's body came.
    pub(super) fn count_piece(&mut self, bytes: usize) -> Result<(), Exceeded> {
        if bytes < BYTES_PER_PIECE {
            self.small_pieces += 1;
        } else {
            let pays_for = u32::try_from(bytes / BYTES_PER_PIECE).unwrap_or(u32::MAX);
            self.small_pieces = self.small_pieces.saturating_sub(pays_for);
        }
        if self.small_pieces > MOST_SMALL_PIECES { Err(Exceeded) } else { Ok(()) }
    }

    /// A request came.
    pub(super) fn request(&mut self) {
        self.idle_frames = self.idle_frames.saturating_sub(PER_REQUEST);
    }

    /// A piece of an answer went.
    pub(super) fn sent(&mut self) {
        self.idle_frames = self.idle_frames.saturating_sub(PER_ANSWER);
    }

    /// An answer went whole.
    pub(super) fn answered(&mut self) {
        self.resets = self.resets.saturating_sub(1);
    }
}
