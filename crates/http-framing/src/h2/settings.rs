//! What the two ends tell each other first (RFC 9113 section 6.5).

use super::frame::{Code, LARGEST};

/// `SETTINGS_HEADER_TABLE_SIZE`.
const HEADER_TABLE_SIZE: u16 = 1;
/// `SETTINGS_ENABLE_PUSH`.
const ENABLE_PUSH: u16 = 2;
/// `SETTINGS_MAX_CONCURRENT_STREAMS`.
const MAX_CONCURRENT_STREAMS: u16 = 3;
/// `SETTINGS_INITIAL_WINDOW_SIZE`.
const INITIAL_WINDOW_SIZE: u16 = 4;
/// `SETTINGS_MAX_FRAME_SIZE`.
const MAX_FRAME_SIZE: u16 = 5;
/// `SETTINGS_MAX_HEADER_LIST_SIZE`.
const MAX_HEADER_LIST_SIZE: u16 = 6;
/// `SETTINGS_NO_RFC7540_PRIORITIES` (RFC 9218 section 2.1).
const NO_RFC7540_PRIORITIES: u16 = 9;

/// The largest window (RFC 9113 section 6.9.1).
pub(super) const LARGEST_WINDOW: i64 = 0x7fff_ffff;

/// What this end allows a peer.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Requests that may be open at a time.
    pub max_streams: u32,
    /// Bytes of a request's fields, each with 32 beside its name and value (RFC 9113 section 6.5.2).
    pub max_head: usize,
    /// Bytes of the table of fields that a peer may have us keep.
    pub max_table: usize,
}

/// What a peer has told of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    /// Bytes that it takes on a new stream before it says more.
    pub(super) initial_window: i64,
    /// The largest payload that it takes, up to what we send.
    pub(super) max_frame: usize,
}

impl Default for Peer {
    fn default() -> Self {
        Self { initial_window: 65_535, max_frame: LARGEST }
    }
}

impl Config {
    /// The payload of our SETTINGS.
    pub(super) fn payload(&self) -> Vec<u8> {
        let size = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let settings = [
            (HEADER_TABLE_SIZE, size(self.max_table)),
            (MAX_CONCURRENT_STREAMS, self.max_streams),
            (MAX_HEADER_LIST_SIZE, size(self.max_head)),
            (NO_RFC7540_PRIORITIES, 1),
        ];
        let bytes = |(id, value): (u16, u32)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat();
        settings.into_iter().flat_map(bytes).collect()
    }
}

impl Peer {
    /// Reads a payload of SETTINGS, whose length is a multiple of six.
    pub(super) fn read(&mut self, payload: &[u8]) -> Result<(), Code> {
        for setting in payload.as_chunks::<6>().0 {
            let [i0, i1, v0, v1, v2, v3] = *setting;
            let (id, value) = (u16::from_be_bytes([i0, i1]), u32::from_be_bytes([v0, v1, v2, v3]));
            match id {
                ENABLE_PUSH if value > 1 => return Err(Code::ProtocolError),
                INITIAL_WINDOW_SIZE if i64::from(value) > LARGEST_WINDOW => {
                    return Err(Code::FlowControlError);
                }
                INITIAL_WINDOW_SIZE => self.initial_window = i64::from(value),
                MAX_FRAME_SIZE if !(16_384..=16_777_215).contains(&value) => {
                    return Err(Code::ProtocolError);
                }
                // More than the least brings nothing: 16 KiB is also what a record of TLS holds.
                MAX_FRAME_SIZE => self.max_frame = LARGEST,
                // Our answers use no table; the rest is for who pushes, or unknown.
                _ => {}
            }
        }
        Ok(())
    }
}
