//! Frames of HTTP/2 (RFC 9113 sections 4 and 6) and the codes of its errors (section 7).

/// Bytes of a frame's header.
pub const HEADER: usize = 9;

/// The largest payload that this end takes, and what every peer takes unless it says more (`SETTINGS_MAX_FRAME_SIZE`).
pub const LARGEST: usize = 16_384;

/// Types of frames.
pub mod kind {
    /// DATA.
    pub const DATA: u8 = 0;
    /// HEADERS.
    pub const HEADERS: u8 = 1;
    /// PRIORITY, which is obsolete and not looked at.
    pub const PRIORITY: u8 = 2;
    /// `RST_STREAM`.
    pub const RST_STREAM: u8 = 3;
    /// SETTINGS.
    pub const SETTINGS: u8 = 4;
    /// `PUSH_PROMISE`, which a client must not send.
    pub const PUSH_PROMISE: u8 = 5;
    /// PING.
    pub const PING: u8 = 6;
    /// GOAWAY.
    pub const GOAWAY: u8 = 7;
    /// `WINDOW_UPDATE`.
    pub const WINDOW_UPDATE: u8 = 8;
    /// CONTINUATION.
    pub const CONTINUATION: u8 = 9;
    /// `PRIORITY_UPDATE` (RFC 9218 section 7.1).
    pub const PRIORITY_UPDATE: u8 = 16;
}

/// Flags of frames.
pub mod flag {
    /// Of SETTINGS and PING: an answer to one.
    pub const ACK: u8 = 1;
    /// Of DATA and HEADERS: nothing follows on the stream.
    pub const END_STREAM: u8 = 1;
    /// Of HEADERS and CONTINUATION: the block of fields is whole.
    pub const END_HEADERS: u8 = 4;
    /// Of DATA and HEADERS: padding is there.
    pub const PADDED: u8 = 8;
    /// Of HEADERS: obsolete fields of priority are there.
    pub const PRIORITY: u8 = 32;
}

/// Why a stream or a connection ends (RFC 9113 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Code {
    /// Nothing is wrong.
    NoError = 0,
    /// The peer broke a rule.
    ProtocolError = 1,
    /// We failed.
    InternalError = 2,
    /// The peer sent more than its window.
    FlowControlError = 3,
    /// A frame on a stream that is over.
    StreamClosed = 5,
    /// A frame of a wrong length.
    FrameSizeError = 6,
    /// Nothing was done for this request; it may be made again.
    RefusedStream = 7,
    /// What was asked for is not wanted any more.
    Cancel = 8,
    /// The state of the compression is lost.
    CompressionError = 9,
    /// The peer makes more work than it is worth.
    EnhanceYourCalm = 11,
    /// The request has to be made over HTTP/1.1.
    Http11Required = 13,
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of the payload.
    pub length: usize,
    /// The type, of [`kind`].
    pub kind: u8,
    /// The flags, of [`flag`].
    pub flags: u8,
    /// The stream; 0 for the connection.
    pub stream: u32,
}

impl Header {
    /// Reads a header; `None` while it is not whole.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, kind, flags, s0, s1, s2, s3] = *bytes.first_chunk::<HEADER>()?;
        Some(Self {
            length: u32::from_be_bytes([0, a, b, c]) as usize,
            kind,
            flags,
            // The highest bit is reserved.
            stream: u32::from_be_bytes([s0, s1, s2, s3]) & 0x7fff_ffff,
        })
    }

    /// Writes it.
    pub fn write(self, output: &mut Vec<u8>) {
        let length = u32::try_from(self.length).unwrap_or(u32::MAX).to_be_bytes();
        let [s0, s1, s2, s3] = self.stream.to_be_bytes();
        output.extend_from_slice(&[length[1], length[2], length[3], self.kind, self.flags, s0, s1, s2, s3]);
    }

    /// Whether a flag is set.
    pub fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Writes a frame whose payload is short.
pub(super) fn write(kind: u8, flags: u8, stream: u32, payload: &[u8], output: &mut Vec<u8>) {
    Header { length: payload.len(), kind, flags, stream }.write(output);
    output.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_is_written() {
        let header = Header { length: 0x12_3456, kind: 9, flags: 0xa5, stream: 0x7fff_fffe };
        let mut bytes = Vec::new();
        header.write(&mut bytes);
        assert_eq!(bytes, [0x12, 0x34, 0x56, 9, 0xa5, 0x7f, 0xff, 0xff, 0xfe]);
        assert_eq!(Header::read(&bytes), Some(header));
        bytes[5] |= 0x80;
        assert_eq!(Header::read(&bytes), Some(header), "the reserved bit says nothing");
        assert_eq!(Header::read(&bytes[..8]), None);
    }
}
