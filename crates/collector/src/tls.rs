//! The server's side of TLS 1.2 and 1.3, from a certificate and its key in PEM.
//!
//! They are read once, at the start: after a renewal the collector is started again, which costs senders one more try.

use std::fmt::Display;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// What others than owner and group may do.
const WORLD: u32 = 0o007;

/// The files of a server's identity.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate, then those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}", file = .file.display())]
pub struct TlsError {
    /// In which file.
    pub file: PathBuf,
    /// What is wrong.
    pub reason: String,
}

/// Takes the server's part in handshakes; offers HTTP/2 and HTTP/1.1.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let TlsFiles { certificate, key } = files;
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| fault(certificate, error))?;
    if chain.is_empty() {
        return Err(fault(certificate, "there is no certificate in it"));
    }
    let metadata = key.metadata().map_err(|error| fault(key, error))?;
    let mode = metadata.permissions().mode();
    if mode & WORLD != 0 {
        return Err(fault(
            key,
            format_args!("its mode {:04o} lets everybody read or change it", mode & 0o7777),
        ));
    }
    // What the reader says of a key could hold a part of it.
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|_| fault(key, "there is no private key in it"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let mut config = config.map_err(|error| fault(certificate, error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn fault(file: &Path, reason: impl Display) -> TlsError {
    TlsError { file: file.into(), reason: reason.to_string() }
}
