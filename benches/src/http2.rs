//! As much of HTTP/2 (RFC 9113) as counting instructions needs: one request at a time, in the clear by prior knowledge or
//! inside of TLS.
//!
//! Deliberately absent: flow control beyond windows that are never used up, and the compression's tables (ours is
//! announced empty).

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use rustls::ClientConfig;

use crate::identity::NAME;
use crate::wire::Wire;

/// What a client says first: the preface; settings (no table of fields, no pushes, streams' windows of 1 GiB); a window
/// of as much for the connection.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
    \x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x04\x40\x00\x00\x00\
    \x00\x00\x04\x08\x00\x00\x00\x00\x00\x40\x00\x00\x00";

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const PING: u8 = 0x6;
const GOAWAY: u8 = 0x7;

/// Flags. The first has two meanings: of SETTINGS and PING, that it is an acknowledgement.
const END_STREAM: u8 = 0x1;
const ACK: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

const FRAME_HEAD: usize = 9;
/// Largest frame that a server may send, as long as nobody says otherwise.
const LARGEST_FRAME: usize = 16 * 1024;

/// A connection that asks one question after the other and waits for each answer.
pub(crate) struct Connection {
    wire: Wire,
    scheme: Scheme,
    next_stream: u32,
    buffer: Vec<u8>,
    /// What has been read and not looked at, as a part of the buffer.
    unread: std::ops::Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// An answer that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Whether its status was 200.
    pub(crate) is_ok: bool,
    /// Bytes of the body.
    pub(crate) body: u64,
}

impl Connection {
    /// Opens one, in the clear unless there is a configuration for TLS, which has to name `h2`.
    pub(crate) fn open(server: SocketAddr, tls: Option<&Arc<ClientConfig>>) -> Result<Self> {
        let mut wire = Wire::open(server, tls)?;
        wire.write_all(HELLO)?;
        let scheme = if tls.is_some() { Scheme::Https } else { Scheme::Http };
        let buffer = vec![0; 4 * (FRAME_HEAD + LARGEST_FRAME)];
        Ok(Self { wire, scheme, next_stream: 1, buffer, unread: 0..0 })
    }

    /// Asks for `path`, reads the answer and drops its body.
    pub(crate) fn ask(&mut self, path: &str) -> Result<Answer> {
        let stream = self.next_stream;
        self.next_stream += 2;
        let request = request(self.scheme, stream, path).context("the path is too long")?;
        self.wire.write_all(&request)?;
        let mut answer = Answer { is_ok: false, body: 0 };
        loop {
            let head = Head::of(self.bytes(FRAME_HEAD)?);
            self.unread.start += FRAME_HEAD;
            ensure!(head.length <= LARGEST_FRAME, "a frame of {} bytes", head.length);
            let payload = self.bytes(head.length)?;
            let is_ours = head.stream == stream;
            match head.kind {
                HEADERS if is_ours => {
                    ensure!(head.flags & END_HEADERS != 0, "fields in more than one frame");
                    answer.is_ok = is_ok(head.flags, payload);
                }
                DATA if is_ours && head.flags & PADDED == 0 => answer.body += payload.len() as u64,
                DATA if is_ours => bail!("padding is not understood"),
                RST_STREAM if is_ours => bail!("the server has reset the stream: {payload:02x?}"),
                GOAWAY => bail!("the server has said goodbye: {payload:02x?}"),
                SETTINGS | PING if head.flags & ACK == 0 => {
                    let echo = if head.kind == PING { payload.to_vec() } else { Vec::new() };
                    self.wire.write_all(&frame(head.kind, ACK, 0, &echo))?;
                }
                _ => {}
            }
            self.unread.start += head.length;
            if is_ours && matches!(head.kind, HEADERS | DATA) && head.flags & END_STREAM != 0 {
                return Ok(answer);
            }
        }
    }

    /// The next so many bytes, which stay unread.
    fn bytes(&mut self, count: usize) -> Result<&[u8]> {
        if self.unread.start + count > self.buffer.len() {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        while self.unread.len() < count {
            let read = self.wire.read(&mut self.buffer[self.unread.end..])?;
            ensure!(read > 0, "the server closed the connection before its answer");
            self.unread.end += read;
        }
        Ok(&self.buffer[self.unread.start..self.unread.start + count])
    }
}

/// The head of a frame (RFC 9113, section 4.1).
struct Head {
    length: usize,
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Head {
    /// Of nine bytes.
    fn of(bytes: &[u8]) -> Self {
        let number = |bytes: &[u8]| bytes.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        Self {
            length: number(&bytes[..3]) as usize,
            kind: bytes[3],
            flags: bytes[4],
            stream: number(&bytes[5..9]) & 0x7fff_ffff,
        }
    }
}

/// A frame of less than 16 KiB.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head = [0, length[0], length[1], kind, flags];
    [&head[..], &stream.to_be_bytes(), payload].concat()
}

/// A GET, in fields of the static table and literals that are not indexed (RFC 7541); `None` if a value is longer than 126
/// bytes.
fn request(scheme: Scheme, stream: u32, path: &str) -> Option<Vec<u8>> {
    // `:method: GET` is 2, `:scheme: http` is 6 and `https` 7; names: `:path` is 4, `:authority` is 1, `accept` is 19.
    let mut block = vec![0x82, if scheme == Scheme::Https { 0x87 } else { 0x86 }];
    for (name, value) in [(&[0x04][..], path), (&[0x01], NAME), (&[0x0f, 0x04], "*/*")] {
        let length = u8::try_from(value.len()).ok().filter(|length| *length < 127)?;
        block.extend(name);
        block.push(length);
        block.extend(value.as_bytes());
    }
    Some(frame(HEADERS, END_STREAM | END_HEADERS, stream, &block))
}

/// Whether a block of fields begins with `:status: 200`, the eighth of the static table.
fn is_ok(flags: u8, payload: &[u8]) -> bool {
    let padding = usize::from(flags & PADDED != 0);
    let priority = if flags & PRIORITY == 0 { 0 } else { 5 };
    let block = payload.get(padding + priority..).unwrap_or_default();
    // Before it the server may say how large its table is.
    let status = block.iter().find(|byte| *byte & 0xe0 != 0x20);
    status == Some(&0x88)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    fn the_hello_is_a_preface_and_two_frames() {
        let settings = &HELLO[24..];
        let head = Head::of(settings);
        assert_eq!((head.length, head.kind, head.flags, head.stream), (18, SETTINGS, 0, 0));
        let window = &settings[FRAME_HEAD + 18..];
        assert_eq!((Head::of(window).length, Head::of(window).kind, window.len()), (4, 8, FRAME_HEAD + 4));
    }

    #[test]
    fn a_request_ends_its_stream() {
        let bytes = request(Scheme::Https, 5, "/a").unwrap();
        let head = Head::of(&bytes);
        assert_eq!((head.length, head.kind, head.stream), (bytes.len() - FRAME_HEAD, HEADERS, 5));
        assert_eq!(head.flags, END_STREAM | END_HEADERS);
        assert_eq!(&bytes[FRAME_HEAD..FRAME_HEAD + 6], b"\x82\x87\x04\x02/a");
        assert!(request(Scheme::Http, 1, &"x".repeat(127)).is_none());
    }

    #[test]
    fn a_status_of_200_is_told_from_others() {
        assert!(is_ok(END_HEADERS, &[0x88, 0xbe]));
        assert!(is_ok(END_HEADERS, &[0x20, 0x88]), "after the size of a table");
        assert!(is_ok(END_HEADERS | PADDED | PRIORITY, &[1, 0, 0, 0, 0, 16, 0x88, 0]));
        assert!(!is_ok(END_HEADERS, &[0x8d]));
        assert!(!is_ok(END_HEADERS, &[]));
    }

    #[test]
    fn an_answer_is_read_between_other_frames() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut hello = vec![0; HELLO.len()];
            stream.read_exact(&mut hello).unwrap();
            assert_eq!(hello, HELLO);
            let mut head = [0; FRAME_HEAD];
            stream.read_exact(&mut head).unwrap();
            let mut block = vec![0; Head::of(&head).length];
            stream.read_exact(&mut block).unwrap();
            let frames = [
                frame(SETTINGS, 0, 0, &[]),
                frame(HEADERS, END_HEADERS, 1, &[0x88]),
                frame(PING, 0, 0, b"12345678"),
                frame(DATA, 0, 1, &[7; 16_000]),
                frame(DATA, 0, 1, &[7; 16_000]),
                frame(DATA, 0, 1, &[7; 16_000]),
                frame(DATA, 0, 1, &[7; 16_000]),
                frame(DATA, 0, 1, &[7; 16_000]),
                frame(DATA, END_STREAM, 1, &[]),
            ];
            stream.write_all(&frames.concat()).unwrap();
            let mut acknowledged = vec![0; 2 * FRAME_HEAD + 8];
            stream.read_exact(&mut acknowledged).unwrap();
            acknowledged
        });
        let mut connection = Connection::open(address, None).unwrap();
        assert_eq!(connection.ask("/a").unwrap(), Answer { is_ok: true, body: 80_000 });
        let acknowledged = server.join().unwrap();
        assert_eq!(acknowledged, [frame(SETTINGS, ACK, 0, &[]), frame(PING, ACK, 0, b"12345678")].concat());
    }
}
