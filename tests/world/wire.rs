//! One connection byte by byte: for what no client library would send, and for what it would hide.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::within;

/// A peer that takes nothing for so long has stopped reading.
const STOPPED: Duration = Duration::from_millis(300);

/// A connection to the edge, spoken by hand.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// One answer over HTTP/1.1, as it came.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    /// Status line and fields, in lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::of(TcpStream::connect(address).await.expect("connects"))
    }

    /// A connection that is there.
    pub(crate) fn of(stream: TcpStream) -> Self {
        Self { stream, unread: Vec::new() }
    }

    /// Connects with a receive buffer that holds little.
    pub(crate) async fn connect_narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(16 * 1024).expect("a socket option");
        Self { stream: socket.connect(address).await.expect("connects"), unread: Vec::new() }
    }

    /// Connects from an address of one's own on loopback.
    pub(crate) async fn connect_from(own: [u8; 4], address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((own, 0))).expect("an address on loopback");
        Self { stream: socket.connect(address).await.expect("connects"), unread: Vec::new() }
    }

    /// Sends bytes; a peer that has closed already is no fault here.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _closed = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Sends as far as the peer takes it without a longer pause; says whether that is all.
    pub(crate) async fn send_in_time(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        send_in_time(&mut self.stream, bytes.as_ref()).await
    }

    /// Sends no more; what the edge still says can be read.
    pub(crate) async fn finish(&mut self) {
        let _closed = self.stream.shutdown().await;
    }

    /// The connection itself; nothing of it was read ahead.
    pub(crate) fn into_stream(self) -> TcpStream {
        assert!(self.unread.is_empty(), "{:?}", self.unread);
        self.stream
    }

    /// Reads one answer that states its length, or has no body.
    pub(crate) async fn answer(&mut self) -> RawAnswer {
        let head = self.head().await;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
            .unwrap_or_default();
        while self.unread.len() < length {
            assert!(self.read_some().await, "closed inside a body after {head}");
        }
        RawAnswer { head, body: self.unread.drain(..length).collect() }
    }

    /// Reads a head, in lower case.
    pub(crate) async fn head(&mut self) -> String {
        let end = loop {
            if let Some(end) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.read_some().await, "closed before a head: {:?}", self.unread);
        };
        String::from_utf8_lossy(&self.unread.drain(..end).collect::<Vec<_>>()).to_ascii_lowercase()
    }

    /// Reads exactly so many bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.unread.len() < count {
            assert!(self.read_some().await, "closed after {} of {count} bytes", self.unread.len());
        }
        self.unread.drain(..count).collect()
    }

    /// Reads what is still to come until the edge closes the connection. A reset is as good an end as a close.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.read_some().await {}
        std::mem::take(&mut self.unread)
    }

    async fn read_some(&mut self) -> bool {
        let read = within("more bytes or a close", self.stream.read_buf(&mut self.unread)).await;
        matches!(read, Ok(1..))
    }
}

impl RawAnswer {
    /// The status code.
    pub(crate) fn status(&self) -> u16 {
        status_of(&self.head)
    }
}

/// The status code of a raw answer; 0 when it is none.
pub(crate) fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
}

/// Sends as far as the peer takes it without a longer pause; says whether that is all.
pub(crate) async fn send_in_time(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> bool {
    let mut sent = 0;
    while sent < bytes.len() {
        match tokio::time::timeout(STOPPED, stream.write(&bytes[sent..])).await {
            Ok(Ok(count @ 1..)) => sent += count,
            _ => return false,
        }
    }
    true
}

/// Sends raw bytes and reads until the edge closes the connection.
pub(crate) async fn raw(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut wire = Wire::connect(address).await;
    wire.send(bytes).await;
    String::from_utf8_lossy(&wire.rest().await).into_owned()
}
