//! As much of HTTP/1.1 as the two ends of a measurement need (RFC 9112): heads, lengths, one question at a time.
//!
//! Deliberately absent: chunked coding. The origin states every length, and a server under test that loses it is
//! reported as an error.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustls::ClientConfig;

use crate::wire::Wire;

/// Largest head of a request or a response.
pub(crate) const LARGEST_HEAD: usize = 8 * 1024;

/// Longest silence of a server under test that is asked for a text.
const SILENCE: Duration = Duration::from_secs(20);

/// What a response's head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Bytes of the head, the empty line included.
    pub(crate) length: usize,
    /// Bytes of the body; `None` if the head does not tell.
    pub(crate) body: Option<u64>,
    /// Whether the server closes the connection after it.
    pub(crate) closes: bool,
}

impl Head {
    /// Reads the head at the start of `bytes`; `None` while it is not whole.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = end_of_head(bytes) else {
            ensure!(bytes.len() < LARGEST_HEAD, "a response's head is larger than {LARGEST_HEAD} bytes");
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes[..end]).context("a response's head is not text")?;
        let status = text.get(9..12).and_then(|status| status.parse().ok());
        let status = status.with_context(|| format!("no status in {:?}", text.lines().next()))?;
        let length = field(text, "content-length").map(str::parse).transpose();
        let body = if status == 304 { Some(0) } else { length.context("Content-Length is no number")? };
        let closes = field(text, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        Ok(Some(Self { status, length: end, body, closes }))
    }
}

/// Bytes up to and with the empty line; `None` while it has not come.
pub(crate) fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// The value of the first field of this name, in any case.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A request as the load sends it. `fields` are whole lines, each with its CRLF.
pub(crate) fn request(path: &str, fields: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: origin.example\r\nAccept: */*\r\n{fields}\r\n").into_bytes()
}

/// What stands at `path`, for operators: head and body of the answer.
pub(crate) fn text(server: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&server, SILENCE)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200 "), "{server}{path}: {:?}", answer.lines().next());
    Ok(answer)
}

/// A keep-alive connection that asks one question after the other and waits for each answer.
pub(crate) struct Connection {
    wire: Wire,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens one in the clear.
    pub(crate) fn open(server: SocketAddr) -> Result<Self> {
        Ok(Self::over(Wire::open(server, None)?))
    }

    /// Opens one inside of TLS.
    pub(crate) fn secure(server: SocketAddr, tls: &Arc<ClientConfig>) -> Result<Self> {
        Ok(Self::over(Wire::open(server, Some(tls))?))
    }

    fn over(wire: Wire) -> Self {
        Self { wire, buffer: vec![0; 256 * 1024] }
    }

    /// Sends `request`, reads the answer and drops its body.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<Head> {
        self.wire.write_all(request)?;
        let mut filled = 0;
        let head = loop {
            let read = self.wire.read(&mut self.buffer[filled..])?;
            ensure!(read > 0, "the server closed the connection before its answer");
            filled += read;
            if let Some(head) = Head::parse(&self.buffer[..filled])? {
                break head;
            }
        };
        let Some(body) = head.body else { bail!("an answer without Content-Length") };
        let mut left = body.saturating_sub((filled - head.length) as u64);
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            let read = self.wire.read(&mut self.buffer[..most])?;
            ensure!(read > 0, "the server closed the connection {left} bytes before the end");
            left -= read as u64;
        }
        Ok(head)
    }

    /// The socket alone, without the buffer: what an idle connection holds at this end.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.wire.into_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let text = b"HTTP/1.1 206 Partial Content\r\ncontent-LENGTH: 12\r\nConnection: close\r\n\r\nbody";
        let head = Head::parse(text).unwrap().unwrap();
        assert_eq!(head, Head { status: 206, length: text.len() - 4, body: Some(12), closes: true });
        assert_eq!(Head::parse(&text[..40]).unwrap(), None);
    }

    #[test]
    fn not_modified_has_no_body_whatever_length_it_states() {
        let head =
            Head::parse(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4096\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.status, head.body), (304, Some(0)));
    }

    #[test]
    fn an_answer_that_tells_no_length_is_told_from_an_empty_one() {
        let head = |text: &[u8]| Head::parse(text).unwrap().unwrap().body;
        assert_eq!(head(b"HTTP/1.1 200 OK\r\n\r\n"), None);
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Some(0));
    }

    #[test]
    fn nonsense_is_an_error() {
        assert!(Head::parse(b"hello world, hello\r\n\r\n").is_err());
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
        assert!(Head::parse(&[b'a'; LARGEST_HEAD]).is_err());
    }
}
