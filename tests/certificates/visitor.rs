//! Somebody who comes over TLS, and sees what the edge shows.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use edge::tls::facts::Facts;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, HandshakeKind, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
};

use super::authority::{Authority, Made};
use crate::world::within;

pub(crate) const OLD: &[&SupportedProtocolVersion] = &[&TLS12];
pub(crate) const NEW: &[&SupportedProtocolVersion] = &[&TLS13];
pub(crate) const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// A client with sessions of its own.
#[derive(Clone)]
pub(crate) struct Visitor(Arc<ClientConfig>);

/// A connection whose handshake is over, as far as the client knows.
pub(crate) struct Visit(TlsStream<TcpStream>);

impl Visitor {
    /// Trusts one authority.
    pub(crate) fn trusting(authority: &Authority) -> Self {
        Self::with(authority, BOTH, &["http/1.1"], None)
    }

    /// Trusts the authority in a file.
    pub(crate) fn trusting_pem(pem: &[u8]) -> Self {
        let authority = CertificateDer::from_pem_slice(pem).expect("a certificate");
        Self::of(authority, BOTH, &["http/1.1"], None)
    }

    /// The same with these versions and protocols, and a certificate of its own.
    pub(crate) fn with(
        authority: &Authority,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&str],
        own: Option<&Made>,
    ) -> Self {
        Self::of(authority.der(), versions, protocols, own)
    }

    fn of(
        authority: CertificateDer<'static>,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&str],
        own: Option<&Made>,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(authority).expect("a root");
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(roots);
        let mut config = match own {
            Some(made) => builder
                .with_client_auth_cert(vec![made.der().clone()], made.key())
                .expect("a certificate and its key"),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Self(Arc::new(config))
    }

    /// Asks for the server `name` at `address`.
    pub(crate) async fn come(&self, address: SocketAddr, name: &str) -> io::Result<Visit> {
        let stream = TcpStream::connect(address).await?;
        self.come_over(stream, name).await
    }

    /// The same over a connection on which something was said already.
    pub(crate) async fn come_over(&self, stream: TcpStream, name: &str) -> io::Result<Visit> {
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let connector = TlsConnector::from(Arc::clone(&self.0));
        within("a handshake", connector.connect(name, stream)).await.map(Visit)
    }

    /// A visit with one answer.
    pub(crate) async fn ask(&self, address: SocketAddr, name: &str, path: &str) -> io::Result<Visit> {
        let mut visit = self.come(address, name).await?;
        visit.get(path).await?;
        Ok(visit)
    }
}

impl Visit {
    /// Asks over HTTP/1.1, and gives status and body.
    pub(crate) async fn get(&mut self, path: &str) -> io::Result<(u16, String)> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", "edge.example");
        self.0.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        let (end, length) = loop {
            let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
            if let Some(end) = text.find("\r\n\r\n") {
                let length =
                    text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                break (end + 4, length.unwrap_or(0));
            }
            self.more(&mut bytes).await?;
        };
        while bytes.len() < end + length {
            self.more(&mut bytes).await?;
        }
        let text = String::from_utf8_lossy(&bytes);
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
        Ok((status, text[end..].into()))
    }

    async fn more(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        match within("more of an answer", self.0.read_buf(bytes)).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// What stands in the certificate that was shown.
    pub(crate) fn shown(&self) -> Facts {
        let chain = self.0.get_ref().1.peer_certificates().expect("a certificate");
        Facts::read(&chain[0]).expect("it is one")
    }

    pub(crate) fn kind(&self) -> HandshakeKind {
        self.0.get_ref().1.handshake_kind().expect("it is over")
    }

    pub(crate) fn version(&self) -> ProtocolVersion {
        self.0.get_ref().1.protocol_version().expect("it is over")
    }

    pub(crate) fn protocol(&self) -> Option<&[u8]> {
        self.0.get_ref().1.alpn_protocol()
    }

    /// Tickets of TLS 1.3 that came.
    pub(crate) fn tickets(&self) -> u32 {
        self.0.get_ref().1.tls13_tickets_received()
    }
}
