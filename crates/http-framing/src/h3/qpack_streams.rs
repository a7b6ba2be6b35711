//! The client's two streams of QPACK (RFC 9204 section 4.2), where neither side has a dynamic table: hardly anything may
//! be said there.

use super::{Code, Fault};

/// What the client's encoder says. We announce no capacity, so it may say no more than that its table has none
/// (RFC 9204 section 4.3.1).
///
/// # Errors
/// It inserts something, or sets a capacity.
pub fn read_encoder(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.iter().all(|byte| *byte == SET_NO_CAPACITY) {
        return Ok(());
    }
    Err(Fault::of_connection(Code::QpackEncoderStreamError, "a dynamic table where there is none"))
}

/// "Set Dynamic Table Capacity" to 0, in one byte.
const SET_NO_CAPACITY: u8 = 0b0010_0000;

/// What the client's decoder says.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecoderStream {
    /// Bytes of an integer that have come, when it goes on.
    within: Option<u8>,
}

/// The longest an integer of 62 bits can be.
const LONGEST_INTEGER: u8 = 11;

impl DecoderStream {
    /// Reads what has come. That a stream is cancelled (RFC 9204 section 4.4.2) means nothing to us; there is nothing to
    /// acknowledge, for we insert nothing.
    ///
    /// # Errors
    /// It acknowledges something, or an integer has no end.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let fault = |what| Err(Fault::of_connection(Code::QpackDecoderStreamError, what));
        for byte in bytes {
            self.within = match self.within {
                None if byte & 0b1100_0000 != 0b0100_0000 => {
                    return fault("an acknowledgement of what was not sent");
                }
                // A prefix of six bits that are all set goes on (RFC 7541 section 5.1).
                None => (byte & 0b0011_1111 == 0b0011_1111).then_some(1),
                Some(length) if length == LONGEST_INTEGER => return fault("an integer without an end"),
                Some(length) => (byte & 0b1000_0000 != 0).then_some(length + 1),
            };
        }
        Ok(())
    }
}
