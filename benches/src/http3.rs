//! A client of HTTP/3 (RFC 9114) that costs little: quinn below, and of HTTP no more than a measurement needs.
//!
//! Requests are the same bytes each time. Of an answer the status is read and the bytes of its body are counted; they are
//! never copied. Each connection has a socket of its own, as viewers have, with segmentation offload both ways.
//!
//! Deliberately absent: pushes, the dynamic table (ours is announced empty by saying nothing), trailers' meaning.

mod framing;
mod load;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{Endpoint, EndpointConfig, SendStream, TransportConfig, VarInt};

use crate::identity::{self, NAME, Spoken};
pub(crate) use framing::Answer;
use framing::Reader;
pub(crate) use load::{Alone, Load, by_hand};

/// Bytes of a body that may be under way: a server never waits for the window of a stream.
const STREAM_WINDOW: u32 = 8 << 20;
const CONNECTION_WINDOW: u32 = 64 << 20;

/// What the system keeps of one socket until it is read. The usual 208 KiB lose packets of a quick server.
const SOCKET_BUFFER: usize = 4 << 20;

/// Pieces of a body that are taken at a time.
const PIECES: usize = 32;

/// Why connections are closed: no error (RFC 9114, section 8.1).
const NO_ERROR: VarInt = VarInt::from_u32(0x100);

/// How connections to a server with this certificate are made.
pub(crate) fn configuration(certificate: &Path) -> Result<quinn::ClientConfig> {
    let tls = identity::client(certificate, Spoken::Http3)?;
    let mut configuration = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
    let mut transport = TransportConfig::default();
    transport.stream_receive_window(STREAM_WINDOW.into());
    transport.receive_window(CONNECTION_WINDOW.into());
    configuration.transport_config(Arc::new(transport));
    Ok(configuration)
}

/// An open connection.
struct Connection {
    quic: quinn::Connection,
    endpoint: Endpoint,
    /// Ends with the connection (RFC 9114, section 6.2.1).
    _control: SendStream,
}

impl Connection {
    async fn open(server: SocketAddr, configuration: quinn::ClientConfig) -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        // Beyond the system's own bound only with its leave.
        if rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, SOCKET_BUFFER).is_err() {
            rustix::net::sockopt::set_socket_recv_buffer_size(&socket, SOCKET_BUFFER)?;
        }
        let runtime = quinn::default_runtime().context("QUIC needs tokio")?;
        let endpoint = Endpoint::new(EndpointConfig::default(), None, socket, runtime)?;
        let connecting = endpoint.connect_with(configuration, server, NAME)?;
        let quic = connecting.await.with_context(|| format!("no handshake with {server} over QUIC"))?;
        let mut control = quic.open_uni().await?;
        control.write_all(&framing::CONTROL).await?;
        Ok(Self { quic, endpoint, _control: control })
    }

    /// Asks, and waits for the whole answer; `seen` is told of bytes of the body as they come.
    async fn ask(&self, request: &Bytes, mut seen: impl FnMut(u64)) -> Result<Answer> {
        let (mut send, mut receive) = self.quic.open_bi().await?;
        send.write_chunk(request.clone()).await?;
        send.finish()?;
        let mut reader = Reader::default();
        let mut pieces: [Bytes; PIECES] = std::array::from_fn(|_| Bytes::new());
        while let Some(count) = receive.read_chunks(&mut pieces).await? {
            let before = reader.body();
            for piece in &mut pieces[..count] {
                reader.take(&std::mem::take(piece))?;
            }
            seen(reader.body() - before);
        }
        reader.end()
    }

    fn is_closed(&self) -> bool {
        self.quic.close_reason().is_some()
    }

    /// Tells the other end, and waits until that has gone out.
    async fn close(&self) {
        self.quic.close(NO_ERROR, b"");
        self.endpoint.wait_idle().await;
    }
}

/// A request for `path`, and an error where it cannot be one.
fn request(path: &str) -> Result<Bytes> {
    match framing::request(NAME, path) {
        Some(request) => Ok(request.into()),
        None => bail!("`{path}` is too long"),
    }
}
