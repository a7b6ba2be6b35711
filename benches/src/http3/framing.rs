//! Bytes of HTTP/3: a request in literals of QPACK's static table, and the frames of an answer. Pure.

use anyhow::{Context, Result, bail, ensure};

/// What a client's control stream begins with: its type, and settings that say nothing (RFC 9114, sections 6.2.1, 7.2.4).
pub(super) const CONTROL: [u8; 3] = [0x00, 0x04, 0x00];

const DATA: u64 = 0x00;
const HEADERS: u64 = 0x01;

/// A line of the static table, and a literal with a name of it (RFC 9204, sections 4.5.2, 4.5.4).
const INDEXED: u8 = 0xc0;
const LITERAL: u8 = 0x50;

/// Largest block of fields that an answer may have.
const LARGEST_BLOCK: u64 = 16 * 1024;

/// A HEADERS frame that asks for `path` by GET (RFC 9204, appendix A); `None` if a name is longer than 126 bytes.
pub(super) fn request(authority: &str, path: &str) -> Option<Vec<u8>> {
    // No dynamic table; then the lines 17 and 23 of the static one: `:method: GET`, `:scheme: https`.
    let mut block = vec![0, 0, INDEXED + 17, INDEXED + 23];
    // Literals whose names are in the static table: `:authority` is 0, `:path` is 1. Pseudo-fields come first.
    for (name, value) in [(0_u8, authority), (1, path)] {
        let length = u8::try_from(value.len()).ok().filter(|length| *length < 127)?;
        block.extend([LITERAL + name, length]);
        block.extend(value.as_bytes());
    }
    // `accept: */*`.
    block.push(INDEXED + 29);
    let mut frame = vec![0x01];
    // A length of two bytes (RFC 9000, section 16).
    let length = u16::try_from(block.len()).ok().filter(|length| *length < 1 << 14)?;
    frame.extend((0x4000 | length).to_be_bytes());
    frame.extend(block);
    Some(frame)
}

/// An answer that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Whether its status was 200.
    pub(crate) is_ok: bool,
    /// Bytes of the body.
    pub(crate) body: u64,
}

/// Reads a response stream piece by piece.
#[derive(Debug, Default)]
pub(super) struct Reader {
    state: State,
    is_ok: Option<bool>,
    body: u64,
}

#[derive(Debug)]
enum State {
    /// Type and length of a frame, as far as they have come.
    Frame {
        bytes: [u8; 16],
        filled: usize,
    },
    Fields {
        block: Vec<u8>,
        left: u64,
    },
    Body {
        left: u64,
    },
    /// A frame that means nothing here.
    Other {
        left: u64,
    },
}

impl Default for State {
    fn default() -> Self {
        State::Frame { bytes: [0; 16], filled: 0 }
    }
}

impl Reader {
    /// Bytes of the body that have come.
    pub(super) fn body(&self) -> u64 {
        self.body
    }

    /// Takes what comes next on the stream.
    pub(super) fn take(&mut self, mut piece: &[u8]) -> Result<()> {
        while !piece.is_empty() {
            piece = match &mut self.state {
                State::Frame { bytes, filled } => {
                    bytes[*filled] = piece[0];
                    *filled += 1;
                    if let Some((kind, length)) = frame(&bytes[..*filled]) {
                        self.begin(kind, length)?;
                    }
                    &piece[1..]
                }
                State::Fields { block, left } => {
                    let (now, rest) = split(piece, left);
                    block.extend_from_slice(now);
                    if *left == 0 {
                        // Those after the first are trailers.
                        self.is_ok = self.is_ok.or(Some(is_ok(block)?));
                        self.state = State::default();
                    }
                    rest
                }
                State::Body { left } => {
                    let (now, rest) = split(piece, left);
                    self.body += now.len() as u64;
                    self.next_if(|state| matches!(state, State::Body { left: 0 }));
                    rest
                }
                State::Other { left } => {
                    let (_, rest) = split(piece, left);
                    self.next_if(|state| matches!(state, State::Other { left: 0 }));
                    rest
                }
            };
        }
        Ok(())
    }

    /// What it was, at the end of the stream.
    pub(super) fn end(self) -> Result<Answer> {
        ensure!(
            matches!(self.state, State::Frame { filled: 0, .. }),
            "an answer ends in the middle of a frame"
        );
        let is_ok = self.is_ok.context("an answer without fields")?;
        Ok(Answer { is_ok, body: self.body })
    }

    fn begin(&mut self, kind: u64, length: u64) -> Result<()> {
        self.state = match kind {
            HEADERS => {
                ensure!(length <= LARGEST_BLOCK, "an answer's fields are {length} bytes long");
                ensure!(length > 0, "an answer's fields are empty");
                State::Fields { block: Vec::new(), left: length }
            }
            _ if length == 0 => State::default(),
            DATA => {
                ensure!(self.is_ok.is_some(), "a body before the fields");
                State::Body { left: length }
            }
            _ => State::Other { left: length },
        };
        Ok(())
    }

    fn next_if(&mut self, is_over: impl Fn(&State) -> bool) {
        if is_over(&self.state) {
            self.state = State::default();
        }
    }
}

/// What belongs to a frame with so many bytes left, and what comes after it.
fn split<'a>(piece: &'a [u8], left: &mut u64) -> (&'a [u8], &'a [u8]) {
    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(piece.len());
    *left -= length as u64;
    piece.split_at(length)
}

/// Type and length of a frame, once they are whole.
fn frame(bytes: &[u8]) -> Option<(u64, u64)> {
    let (kind, rest) = integer(bytes)?;
    let (length, _) = integer(rest)?;
    Some((kind, length))
}

/// A variable-length integer (RFC 9000, section 16) and what comes after it.
fn integer(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let first = *bytes.first()?;
    let (now, rest) = bytes.split_at_checked(1 << (first >> 6))?;
    let value = now[1..].iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte));
    Some((value, rest))
}

/// Whether a block of fields begins with `:status: 200`, in one of the forms that servers write (RFC 9204, section 4.5).
fn is_ok(block: &[u8]) -> Result<bool> {
    let Some(([0, 0], line)) = block.split_at_checked(2) else {
        bail!("an answer's fields refer to a table that is not there: {block:02x?}");
    };
    Ok(match line {
        // Indexed, static table: 25 is `:status: 200`.
        [0xd9, ..] => true,
        // Literal with the name of an entry for another status, which are 24 to 28; as it is, or in Huffman's code.
        [name, 3, b'2', b'0', b'0', ..] | [name, 0x82, 0x10, 0x01, ..] => {
            matches!(name & 0xdf, 0x58..=0x5c)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Answer> {
        let mut reader = Reader::default();
        pieces.iter().try_for_each(|piece| reader.take(piece))?;
        reader.end()
    }

    /// Fields (200, one more), a body of 3 and of 70 bytes with a frame of no meaning between, trailers.
    fn answer() -> Vec<u8> {
        let mut bytes = vec![0x01, 0x04, 0, 0, 0xd9, 0xdd];
        bytes.extend([0x00, 0x03, 1, 2, 3, 0x40, 0x21, 0x02, 9, 9, 0x00, 0x00]);
        bytes.extend([0x00, 0x40, 70]);
        bytes.extend([7; 70]);
        bytes.extend([0x01, 0x03, 0, 0, 0xdd]);
        bytes
    }

    #[test]
    fn an_answer_is_read_however_it_is_cut() {
        let bytes = answer();
        let whole = Answer { is_ok: true, body: 73 };
        assert_eq!(read(&[&bytes]).unwrap(), whole);
        for at in 0..bytes.len() {
            assert_eq!(read(&[&bytes[..at], &bytes[at..]]).unwrap(), whole, "cut at {at}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&single).unwrap(), whole);
    }

    #[test]
    fn an_answer_that_is_not_whole_is_an_error() {
        let bytes = answer();
        // The ends of frames, where more may come or not.
        let ends = [6, 11, 16, 18, 91, 96];
        for at in 0..=bytes.len() {
            assert_eq!(read(&[&bytes[..at]]).is_ok(), ends.contains(&at), "cut at {at}");
        }
        assert!(read(&[&[0x00, 0x01, 7]]).is_err(), "a body before the fields");
        assert!(read(&[&[0x01, 0x80, 0xff, 0xff, 0xff]]).is_err(), "fields without a bound");
    }

    #[test]
    fn a_status_of_200_is_told_from_others() {
        let status = |line: &[u8]| is_ok(&[&[0, 0], line].concat());
        for line in [&[0xd9_u8][..], b"\x58\x03200"] {
            assert!(status(line).unwrap(), "{line:02x?}");
        }
        assert!(status(&[0x5c, 0x82, 0x10, 0x01, 0xdd]).unwrap(), "in Huffman's code");
        assert!(status(b"\x78\x03200").unwrap(), "never to be indexed");
        for line in [&[0xdb_u8][..], b"\x58\x03404", b"\x51\x03200", &[0xff, 0x02]] {
            assert!(!status(line).unwrap(), "{line:02x?}");
        }
        assert!(is_ok(&[2, 0, 0xd9]).is_err(), "a dynamic table");
        assert!(is_ok(&[0]).is_err());
    }

    #[test]
    fn a_request_is_one_frame() {
        let bytes = request("a.example", "/object/1/a").unwrap();
        assert_eq!(frame(&bytes), Some((HEADERS, bytes.len() as u64 - 3)));
        assert_eq!(&bytes[3..7], [0, 0, 0xd1, 0xd7]);
        assert!(bytes.ends_with(&[b"\x51\x0b/object/1/a".as_slice(), &[0xdd]].concat()), "{bytes:02x?}");
        assert!(request("a", &"x".repeat(127)).is_none());
    }

    #[test]
    fn integers_have_four_lengths() {
        // The examples of RFC 9000, appendix A.1.
        assert_eq!(integer(&[0x25, 1]), Some((37, &[1][..])));
        assert_eq!(integer(&[0x7b, 0xbd]), Some((15_293, &[][..])));
        assert_eq!(integer(&[0x9d, 0x7f, 0x3e, 0x7d]).unwrap().0, 494_878_333);
        let eight = [0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c];
        assert_eq!(integer(&eight).unwrap().0, 151_288_809_941_952_652);
        assert_eq!(integer(&eight[..7]), None);
        assert_eq!(integer(&[]), None);
    }
}
