//! What a client that waits for each answer talks over: TCP, in the clear or inside of TLS.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::identity;

/// Longest silence of a server under test in the middle of an answer.
const SILENCE: Duration = Duration::from_secs(20);

/// An open connection. Reading and writing block, and fail after a long silence.
#[derive(Debug)]
pub(crate) enum Wire {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    /// Opens one, with a handshake if there is a configuration for one. The handshake is made with the first bytes.
    pub(crate) fn open(server: SocketAddr, tls: Option<&Arc<ClientConfig>>) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&server, SILENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        Ok(match tls {
            None => Wire::Clear(stream),
            Some(config) => {
                let session = ClientConnection::new(Arc::clone(config), identity::name()?)?;
                Wire::Tls(Box::new(StreamOwned::new(session, stream)))
            }
        })
    }

    /// The socket alone: what an idle connection holds at this end. The other end is told nothing.
    pub(crate) fn into_stream(self) -> TcpStream {
        match self {
            Wire::Clear(stream) => stream,
            Wire::Tls(tls) => tls.into_parts().1,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Clear(stream) => stream.read(buffer),
            Wire::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Clear(stream) => stream.write(bytes),
            Wire::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Clear(stream) => stream.flush(),
            Wire::Tls(tls) => tls.flush(),
        }
    }
}
