//! What carries a viewer's connection: TCP, or TLS over it.
//!
//! Bytes that were accepted may still be on their way through TLS: whoever has nothing more to write flushes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::tls::{CHALLENGE_PROTOCOL, peers};

/// Bytes of encrypted answers that wait for the socket, at most, and one record more.
const MOST_ENCRYPTED: usize = 128 << 10;

/// A connection's bytes.
#[derive(Debug)]
pub(super) enum Transport {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Transport {
    /// Makes the handshake over `stream`, of which `unread` has been read already.
    pub(super) async fn accept(
        stream: TcpStream,
        unread: Bytes,
        config: &Arc<ServerConfig>,
    ) -> io::Result<Self> {
        let begin = |session: &mut rustls::ServerConnection| {
            session.set_buffer_limit(Some(MOST_ENCRYPTED));
            let mut rest = &unread[..];
            while !rest.is_empty() {
                // What is wrong with it is said again when the handshake goes on.
                if session.read_tls(&mut rest).is_err() || session.process_new_packets().is_err() {
                    break;
                }
            }
        };
        let accepted = TlsAcceptor::from(Arc::clone(config)).accept_with(stream, begin).await?;
        Ok(Self::Tls(Box::new(accepted)))
    }

    /// Whether the handshake was all that somebody wanted: the answer to an authority's challenge.
    pub(super) fn is_challenge(&self) -> bool {
        match self {
            Self::Clear(_) => false,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(CHALLENGE_PROTOCOL),
        }
    }

    /// The name of the edge at the other end, by its certificate; `None` where that is a viewer.
    #[expect(dead_code, reason = "edges that ask each other come later")]
    pub(super) fn edge_name(&self) -> Option<String> {
        match self {
            Self::Clear(_) => None,
            Self::Tls(stream) => peers::edge_name(stream.get_ref().1),
        }
    }

    /// Whether HTTP/2 was chosen in the handshake.
    pub(super) fn has_chosen_http2(&self) -> bool {
        match self {
            Self::Clear(_) => false,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(_) => Poll::Ready(Ok(())),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
