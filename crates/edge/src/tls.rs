//! How the edge shows viewers who it is: certificates, and what is made of them for TLS over TCP and for QUIC.
//!
//! # Invariants
//! - A private key is read from a file that nobody but its owner can read, and stands in no message.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{self, TlsVersion};
use crate::secret_file::SecretFile;

/// Larger files hold no private key.
const LARGEST_KEY: usize = 64 << 10;

/// What handshakes are made with.
#[derive(Debug)]
pub(crate) struct Tls {
    tcp: Arc<ServerConfig>,
    quic: Arc<ServerConfig>,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}", file = .file.display())]
pub struct TlsError {
    /// Which.
    pub file: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl Tls {
    /// What the configuration says; `None` where it says nothing.
    ///
    /// # Errors
    /// A file cannot be read, or does not hold what it should.
    pub(crate) fn load(config: &config::Tls) -> Result<Option<Arc<Self>>, TlsError> {
        let Some(certificate) = config.certificate.first() else { return Ok(None) };
        let versions: &[&rustls::SupportedProtocolVersion] = match config.minimum_version {
            TlsVersion::V1_2 => &[&rustls::version::TLS12, &rustls::version::TLS13],
            TlsVersion::V1_3 => &[&rustls::version::TLS13],
        };
        let mut tcp = server(certificate, versions)?;
        tcp.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut quic = server(certificate, &[&rustls::version::TLS13])?;
        quic.alpn_protocols = vec![b"h3".to_vec()];
        Ok(Some(Arc::new(Self { tcp: Arc::new(tcp), quic: Arc::new(quic) })))
    }

    /// For TLS over TCP.
    pub(crate) fn for_tcp(&self) -> &Arc<ServerConfig> {
        &self.tcp
    }

    /// For QUIC.
    pub(crate) fn for_quic(&self) -> &Arc<ServerConfig> {
        &self.quic
    }
}

fn server(
    certificate: &config::Certificate,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Result<ServerConfig, TlsError> {
    let config::Certificate { file, key_file } = certificate;
    let chain: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| fault(file, error))?;
    let secret = SecretFile::read(key_file, LARGEST_KEY).map_err(|error| fault(key_file, error))?;
    if let Some(mode) = secret.exposed() {
        return Err(fault(key_file, format_args!("its mode {mode:04o} lets others than its owner read it")));
    }
    // What the reader says of a key could hold a part of it.
    let key = PrivateKeyDer::from_pem_slice(&secret.content)
        .map_err(|_| fault(key_file, "there is no private key in it"))?;
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| fault(file, error))
}

fn fault(file: &Path, reason: impl std::fmt::Display) -> TlsError {
    TlsError { file: file.into(), reason: reason.to_string() }
}
