//! Settings: pairs of integers (RFC 9114 section 7.2.4, RFC 9204 section 5).

use super::{Code, Fault, Frame, write_head};
use crate::varint;

const QPACK_MAX_TABLE_CAPACITY: u64 = 0x01;
const MAX_FIELD_SECTION_SIZE: u64 = 0x06;
const QPACK_BLOCKED_STREAMS: u64 = 0x07;
/// Settings that are on or off: CONNECT for other protocols (RFC 9220), datagrams (RFC 9297).
const SWITCHES: [u64; 2] = [0x08, 0x33];

/// What one side tells the other of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of a dynamic table of QPACK that its decoder keeps.
    pub qpack_max_table_capacity: u64,
    /// The largest list of fields that it takes; `None`: no bound is told.
    pub max_field_section_size: Option<u64>,
    /// Streams that may wait for its decoder.
    pub qpack_blocked_streams: u64,
}

impl Settings {
    /// Writes them as a frame; what has its default is left out.
    pub fn write(&self, to: &mut Vec<u8>) {
        let pairs = [
            (QPACK_MAX_TABLE_CAPACITY, Some(self.qpack_max_table_capacity).filter(|value| *value > 0)),
            (MAX_FIELD_SECTION_SIZE, self.max_field_section_size),
            (QPACK_BLOCKED_STREAMS, Some(self.qpack_blocked_streams).filter(|value| *value > 0)),
        ];
        let set = || pairs.iter().filter_map(|(name, value)| value.map(|value| [*name, value]));
        let length = set().flatten().map(|integer| varint::length(integer) as u64).sum();
        write_head(Frame::Settings, length, to);
        set().flatten().for_each(|integer| varint::write(integer, to));
    }

    /// Reads a frame's content. Unknown settings are skipped; of those that are known none stands there twice.
    ///
    /// # Errors
    /// `H3_SETTINGS_ERROR` for a setting of HTTP/2, one that stands there twice, or a value that it may not have;
    /// `H3_FRAME_ERROR` where a pair is not whole.
    pub fn read(mut content: &[u8]) -> Result<Self, Fault> {
        let fault = |what| Err(Fault::of_connection(Code::SettingsError, what));
        let mut settings = Self::default();
        let mut seen = [false; 0x34];
        while !content.is_empty() {
            let (Some(name), Some(value)) = (integer(&mut content), integer(&mut content)) else {
                return Err(Fault::of_connection(Code::FrameError, "half a setting"));
            };
            if let Some(seen) = usize::try_from(name).ok().and_then(|name| seen.get_mut(name))
                && std::mem::replace(seen, true)
            {
                return fault("a setting twice");
            }
            match name {
                // RFC 9114 section 7.2.4.1.
                0x00 | 0x02..=0x05 => return fault("a setting of HTTP/2"),
                QPACK_MAX_TABLE_CAPACITY => settings.qpack_max_table_capacity = value,
                MAX_FIELD_SECTION_SIZE => settings.max_field_section_size = Some(value),
                QPACK_BLOCKED_STREAMS => settings.qpack_blocked_streams = value,
                switch if SWITCHES.contains(&switch) && value > 1 => {
                    return fault("a switch that is neither on nor off");
                }
                _ => {}
            }
        }
        Ok(settings)
    }
}

fn integer(content: &mut &[u8]) -> Option<u64> {
    let (value, length) = varint::read(content)?;
    *content = &content[length..];
    Some(value)
}
