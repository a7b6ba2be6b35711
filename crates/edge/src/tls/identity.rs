//! A certificate with its key: one face of the edge.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::facts::{Facts, NotACertificate};
use crate::secret_file::SecretFile;

/// Larger files hold no private key.
const LARGEST_KEY: usize = 64 << 10;
/// Larger files hold no chain that anybody would send.
const LARGEST_CHAIN: usize = 1 << 20;

/// A certificate, those that vouch for it, its key, and what stands in it.
#[derive(Debug)]
pub(crate) struct Identity {
    /// What handshakes are made with.
    pub(crate) certified: Arc<CertifiedKey>,
    /// What stands in the certificate.
    pub(crate) facts: Facts,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}", file = .file.display())]
pub struct TlsError {
    /// Which.
    pub file: PathBuf,
    /// What is wrong; no part of a key.
    pub reason: String,
}

/// Why a certificate and a key are no identity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Mismatch {
    /// About the certificate.
    #[error("{0}")]
    Certificate(String),
    /// About the key. What a reader says of a key could hold a part of it, so these words are our own.
    #[error("{0}")]
    Key(&'static str),
}

impl Identity {
    /// Reads both files.
    ///
    /// # Errors
    /// One of them cannot be read or holds something else, others than its owner may read the key, or it is the key of
    /// another certificate.
    pub(crate) fn load(file: &Path, key_file: &Path) -> Result<Self, TlsError> {
        let chain = read(file)?;
        let key = secret(key_file)?;
        Self::from_pem(&chain, &key.content).map_err(|mismatch| match mismatch {
            Mismatch::Certificate(reason) => fault(file, reason),
            Mismatch::Key(KEY_OF_ANOTHER) => {
                fault(key_file, format_args!("{KEY_OF_ANOTHER} than {}", file.display()))
            }
            Mismatch::Key(reason) => fault(key_file, reason),
        })
    }

    /// From PEM: the certificate and behind it those that vouch for it; the private key.
    ///
    /// # Errors
    /// One of them is something else, or they do not belong together.
    pub(crate) fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, Mismatch> {
        let chain = certificates(chain).map_err(Mismatch::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| Mismatch::Key("there is no private key in it (PEM: PKCS#8, PKCS#1 or SEC1)"))?;
        let key = aws_lc_rs::sign::any_supported_type(&key).map_err(|_| {
            Mismatch::Key("its key is none of ECDSA P-256 and P-384, Ed25519 and RSA of 2048 bits and more")
        })?;
        Self::of(Arc::new(CertifiedKey::new(chain, key)))
    }

    /// What is parsed already.
    ///
    /// # Errors
    /// The first certificate cannot be read, or the key is another one's.
    pub(crate) fn of(certified: Arc<CertifiedKey>) -> Result<Self, Mismatch> {
        let leaf = certified.cert.first().map_or(&[][..], |leaf| leaf.as_ref());
        let facts = Facts::read(leaf).map_err(|error| Mismatch::Certificate(error.to_string()))?;
        match certified.keys_match() {
            Ok(()) => Ok(Self { certified, facts }),
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Err(another(&certified)),
            Err(error) => Err(Mismatch::Certificate(error.to_string())),
        }
    }
}

const KEY_OF_ANOTHER: &str = "holds the key of another certificate";

/// What is wrong where the key is not that of the first certificate.
fn another(certified: &CertifiedKey) -> Mismatch {
    let fits = |certificate: &CertificateDer<'static>| {
        CertifiedKey::new(vec![certificate.clone()], Arc::clone(&certified.key)).keys_match().is_ok()
    };
    match certified.cert.iter().position(fits) {
        Some(index) => Mismatch::Certificate(format!(
            "the key belongs to certificate {} of {} in it; the edge's own has to stand first",
            index + 1,
            certified.cert.len()
        )),
        None => Mismatch::Key(KEY_OF_ANOTHER),
    }
}

/// The certificates in a file, of which there is at least one.
pub(super) fn load_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates = certificates(&read(file)?).map_err(|reason| fault(file, reason))?;
    for certificate in &certificates {
        Facts::read(certificate).map_err(|NotACertificate| fault(file, NotACertificate))?;
    }
    Ok(certificates)
}

/// The certificates in PEM, of which there is at least one.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    if pem.trim_ascii().is_empty() {
        return Err("is empty".into());
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|_| "is no sound PEM".to_owned())?;
    if !found.is_empty() {
        return Ok(found);
    }
    let has_key = PrivateKeyDer::from_pem_slice(pem).is_ok();
    Err(if has_key { "holds a key and no certificate" } else { "holds no certificate (PEM)" }.into())
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    let mut content = Vec::new();
    File::open(file)
        .and_then(|open| open.take(LARGEST_CHAIN as u64 + 1).read_to_end(&mut content))
        .map_err(|error| fault(file, error))?;
    if content.len() > LARGEST_CHAIN {
        return Err(fault(file, format_args!("is larger than {LARGEST_CHAIN} bytes")));
    }
    Ok(content)
}

fn secret(file: &Path) -> Result<SecretFile, TlsError> {
    let secret = SecretFile::read(file, LARGEST_KEY).map_err(|error| fault(file, error))?;
    if let Some(mode) = secret.exposed() {
        let what_to_do = format!("`chmod 600 {}` keeps it secret", file.display());
        return Err(fault(
            file,
            format_args!("its mode {mode:04o} lets others than its owner read or change it; {what_to_do}"),
        ));
    }
    if secret.content.len() > LARGEST_KEY {
        return Err(fault(file, format_args!("is larger than {LARGEST_KEY} bytes")));
    }
    if secret.content.trim_ascii().is_empty() {
        return Err(fault(file, "is empty"));
    }
    Ok(secret)
}

fn fault(file: &Path, reason: impl std::fmt::Display) -> TlsError {
    TlsError { file: file.into(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
