//! Who the servers under test are in TLS: one certificate for each run, on a P-256 key, and clients that trust it alone.
//!
//! Every client offers TLS 1.3 with one cipher suite, so that all servers encrypt alike.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CipherSuite, ClientConfig, RootCertStore};

/// The name in the certificate, and the one that requests ask for.
pub(crate) const NAME: &str = "origin.example";

/// The only cipher suite that is offered, by the name that other clients take.
pub(crate) const CIPHER_SUITE: &str = "TLS_AES_128_GCM_SHA256";

/// A certificate and its key in files.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    /// Readable by its owner alone.
    pub(crate) key: PathBuf,
    /// Key and certificate in one file, as hitch wants them; readable by its owner alone.
    pub(crate) both: PathBuf,
}

/// What is spoken inside of TLS (ALPN).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    Http1,
    Http2,
    Http3,
}

impl Identity {
    /// Makes one in `folder`.
    pub(crate) fn make(folder: &Path) -> Result<Self> {
        // rcgen's own choice of key is P-256.
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let identity = Self {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
            both: folder.join("both.pem"),
        };
        fs::write(&identity.certificate, &certificate)
            .with_context(|| format!("cannot write {}", identity.certificate.display()))?;
        secret(&identity.key, &key)?;
        secret(&identity.both, &[key, certificate].concat())?;
        Ok(identity)
    }

    /// How a client that speaks this, and trusts nothing but this certificate, makes its handshakes.
    pub(crate) fn client(&self, spoken: Spoken) -> Result<Arc<ClientConfig>> {
        client(&self.certificate, spoken).map(Arc::new)
    }
}

/// A client that trusts nothing but the certificate in this file.
pub(crate) fn client(certificate: &Path, spoken: Spoken) -> Result<ClientConfig> {
    let file = || format!("cannot use {}", certificate.display());
    let mut trusted = RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_file(certificate).with_context(file)?).with_context(file)?;
    let mut provider: CryptoProvider = aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| suite.suite() == CipherSuite::TLS13_AES_128_GCM_SHA256);
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let spoken: &[u8] = match spoken {
        Spoken::Http1 => b"http/1.1",
        Spoken::Http2 => b"h2",
        Spoken::Http3 => b"h3",
    };
    config.alpn_protocols = vec![spoken.to_vec()];
    // Every handshake is a whole one, whatever came before it.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

/// The name that clients ask for.
pub(crate) fn name() -> Result<ServerName<'static>> {
    Ok(ServerName::try_from(NAME)?)
}

fn secret(file: &Path, text: &str) -> Result<()> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use rustls::SupportedCipherSuite;

    use super::*;

    #[test]
    fn keys_are_for_their_owner_alone_and_the_certificate_can_be_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::make(folder.path()).unwrap();
        for file in [&identity.key, &identity.both] {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let config = identity.client(Spoken::Http2).unwrap();
        assert_eq!(config.alpn_protocols, [b"h2"]);
        let suites: Vec<_> =
            config.crypto_provider().cipher_suites.iter().map(SupportedCipherSuite::suite).collect();
        assert_eq!(suites, [CipherSuite::TLS13_AES_128_GCM_SHA256]);
        assert!(Identity::make(folder.path()).is_err(), "never over another's key");
    }
}
