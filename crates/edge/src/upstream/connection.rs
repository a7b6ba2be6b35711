//! Connections to origins that remember whether they have carried an answer before.
//!
//! A pooled connection may be closing on the origin's side just when the next request is written to it. Such a
//! request has met no fault of the origin and may be sent once more (RFC 9112 section 9.3.1); one that
//! fails on a new connection has, and may not.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http::{Extensions, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

/// Whether a connection has carried an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Proven(Arc<AtomicBool>);

/// Connects over TCP.
#[derive(Clone, Debug)]
pub(super) struct Connector(pub(super) HttpConnector);

/// A connection over TCP.
#[derive(Debug)]
pub(super) struct ProvenStream {
    tcp: TokioIo<TcpStream>,
    proven: Proven,
}

impl Proven {
    /// Notes an answer over the connection that `extensions` came with.
    pub(super) fn note(extensions: &Extensions) {
        if let Some(proven) = extensions.get::<Self>() {
            proven.0.store(true, Ordering::Relaxed);
        }
    }

    /// Whether `connected` had carried an answer before.
    pub(super) fn is(connected: Option<&Connected>) -> bool {
        let mut extensions = Extensions::new();
        if let Some(connected) = connected {
            connected.get_extras(&mut extensions);
        }
        extensions.get::<Self>().is_some_and(|proven| proven.0.load(Ordering::Relaxed))
    }
}

type Connecting = Pin<Box<dyn Future<Output = Result<ProvenStream, BoxError>> + Send>>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Service<Uri> for Connector {
    type Response = ProvenStream;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, origin: Uri) -> Connecting {
        let connecting = self.0.call(origin);
        Box::pin(async move { Ok(ProvenStream { tcp: connecting.await?, proven: Proven::default() }) })
    }
}

impl Connection for ProvenStream {
    fn connected(&self) -> Connected {
        self.tcp.connected().extra(self.proven.clone())
    }
}

impl Read for ProvenStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl Write for ProvenStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, slices)
    }
}
