//! The certificate that was acquired, as it is kept: one file with its key, the chain, and where it is from.
//!
//! Key and chain stand in one file, so that no crash leaves a pair that does not fit. PEM lets text stand before the first
//! block: a line of it names the directory, so that a certificate of a test authority is not taken for the real one's.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::folder::{Folder, FolderError};
use crate::tls::identity::{Identity, Mismatch};

const FILE: &str = "certificate.pem";

/// What stands before the name of the directory.
const FROM: &str = "Directory: ";

/// A certificate with its key, from an authority.
#[derive(Debug)]
pub(super) struct Acquired {
    identity: Identity,
    directory: String,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CertificateError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{FILE}: {0}")]
    Mismatch(#[from] Mismatch),
    #[error("the certificate is for other names than those that were asked for")]
    Names,
}

impl Acquired {
    /// The certificate that is kept, if there is one. Blocks.
    pub(super) fn load(folder: &Folder) -> Result<Option<Self>, CertificateError> {
        let Some(content) = folder.read(FILE)? else { return Ok(None) };
        let first = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let directory = std::str::from_utf8(first).ok().and_then(|line| line.strip_prefix(FROM));
        let directory = directory.unwrap_or_default().to_owned();
        Ok(Some(Self { identity: Identity::from_pem(&content, &content)?, directory }))
    }

    /// What an authority sent for `key`, if it is what was asked for. It is kept when this returns. Blocks.
    pub(super) fn keep(
        folder: &Folder,
        directory: &str,
        names: &[String],
        key: &str,
        chain: &str,
    ) -> Result<Self, CertificateError> {
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes())?;
        let acquired = Self { identity, directory: directory.into() };
        if !acquired.is_for(names) {
            return Err(CertificateError::Names);
        }
        let content = Zeroizing::new(format!("{FROM}{directory}\n{key}{chain}"));
        folder.write(FILE, content.as_bytes())?;
        Ok(acquired)
    }

    /// For handshakes.
    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.identity.certified)
    }

    /// Whether it is from this authority, for these names and no others.
    pub(super) fn is_what_is_wanted(&self, directory: &str, names: &[String]) -> bool {
        self.directory == directory && self.is_for(names)
    }

    fn is_for(&self, names: &[String]) -> bool {
        let has = &self.identity.facts.names;
        names.iter().all(|name| has.contains(name)) && has.iter().all(|name| names.contains(name))
    }

    /// Since when it holds, and until when.
    pub(super) fn life(&self) -> (SystemTime, SystemTime) {
        (self.identity.facts.not_before, self.identity.facts.not_after)
    }

    /// How long it holds in all.
    pub(super) fn length(&self) -> Duration {
        let (begin, end) = self.life();
        end.duration_since(begin).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn made(names: &[&str]) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        (key.serialize_pem(), certificate.pem())
    }

    #[test]
    fn what_is_kept_is_one_file_that_fits() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temporary.path().join("acme")).unwrap();
        assert!(Acquired::load(&folder).unwrap().is_none());
        let names = ["a.example".to_owned(), "b.example".to_owned()];
        let (key, chain) = made(&["b.example", "a.example"]);
        Acquired::keep(&folder, "https://one", &names, &key, &chain).unwrap();
        let acquired = Acquired::load(&folder).unwrap().unwrap();
        assert!(acquired.is_what_is_wanted("https://one", &names));
        assert!(!acquired.is_what_is_wanted("https://two", &names));
        assert!(!acquired.is_what_is_wanted("https://one", &names[..1]));
        assert!(acquired.length() > Duration::from_hours(24));
        let names = [&names[..], &["c.example".to_owned()]].concat();
        assert!(!acquired.is_what_is_wanted("https://one", &names));
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temporary.path().join("acme")).unwrap();
        let names = ["a.example".to_owned()];
        let ((key, chain), (other, _)) = (made(&["a.example"]), made(&["a.example"]));
        let keep = |names: &[String], key: &str, chain: &str| {
            Acquired::keep(&folder, "https://one", names, key, chain).map(|_| ())
        };
        assert!(matches!(keep(&names, &other, &chain), Err(CertificateError::Mismatch(_))));
        assert!(matches!(keep(&names, &key, "x"), Err(CertificateError::Mismatch(_))));
        assert!(matches!(keep(&["b.example".to_owned()], &key, &chain), Err(CertificateError::Names)));
        assert!(Acquired::load(&folder).unwrap().is_none());
        folder.write(FILE, b"Directory: https://one\nnothing").unwrap();
        assert!(Acquired::load(&folder).is_err());
    }
}
