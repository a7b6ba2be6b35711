//! How the edge shows viewers who it is: certificates, and what is made of them for TLS over TCP and for QUIC.
//!
//! `identity` reads a certificate and its key, `facts` what stands in it; `certificates` holds all and chooses; `resumption`
//! is how sessions go on, `peers` how other edges are known, `expiry` what is said about certificates that end.
//!
//! # Invariants
//! - A private key is read from a file that nobody but its owner can read, and stands in no message.
//! - The name that somebody asks for stands in no log line, metric or message.
//! - Nothing is kept of a session when its connection has ended.
//!
//! Deliberately absent: 0-RTT (what it carries can be sent again by others), OCSP (lifetimes are short), TLS before 1.2.

pub(crate) mod acme;
mod certificates;
pub(crate) mod expiry;
pub mod facts;
mod identity;
pub mod names;
pub(crate) mod peers;
mod resumption;

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::server::NoClientAuth;
use rustls::server::danger::ClientCertVerifier;
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::clock::Clock;
use crate::config::{self, TlsVersion};
use facts::Facts;
use resumption::Resumption;

pub(crate) use certificates::{CHALLENGE_PROTOCOL, Certificates};
pub(crate) use identity::Identity;
pub use identity::TlsError;

/// What handshakes are made with under one configuration. Both parts are those of the configuration before where nothing
/// differs that they are made of; certificates are no such thing, for they are asked of [`Certificates`] each time.
#[derive(Debug)]
pub(crate) struct Tls {
    tcp: Arc<ServerConfig>,
    quic: Arc<ServerConfig>,
    /// The certificates in files.
    files: Vec<Arc<Identity>>,
    made_of: MadeOf,
    resumption: Resumption,
}

/// What the parts are made of.
#[derive(Debug, PartialEq, Eq)]
struct MadeOf {
    minimum_version: TlsVersion,
    /// What tells other edges from viewers.
    authorities: Option<Vec<CertificateDer<'static>>>,
}

/// Reads the certificates in a file, of which there is at least one.
///
/// # Errors
/// It cannot be read, or holds something else.
pub fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    identity::load_certificates(file)
}

/// Reads a certificate and its key as an edge does, and says what stands in the certificate.
///
/// # Errors
/// What an edge would say: one of the files cannot be read or holds something else, others than its owner may read the
/// key, or it is the key of another certificate.
pub fn read_pair(file: &Path, key_file: &Path) -> Result<Facts, TlsError> {
    Identity::load(file, key_file).map(|identity| identity.facts)
}

impl Tls {
    /// What the configuration says; `None` where it names no certificate and no way to get one. `before` is what held so
    /// far. Nothing is shown to anybody yet: [`Self::files`] is for [`Certificates::set_files`].
    ///
    /// # Errors
    /// A file cannot be read, or does not hold what it should.
    pub(crate) fn load(
        config: &config::Tls,
        certificates: &Arc<Certificates>,
        before: Option<&Self>,
        clock: &Clock,
    ) -> Result<Option<Arc<Self>>, TlsError> {
        if config.certificate.is_empty() && config.acme.directory.is_none() {
            return Ok(None);
        }
        let load = |files: &config::Certificate| Identity::load(&files.file, &files.key_file).map(Arc::new);
        let each = config.certificate.iter().map(load);
        let files = each.collect::<Result<Vec<_>, _>>()?;
        let authorities = config.client_ca_file.as_deref().map(identity::load_certificates).transpose()?;
        let made_of = MadeOf { minimum_version: config.minimum_version, authorities };
        if let Some(before) = before.filter(|before| before.made_of == made_of) {
            let (tcp, quic) = (Arc::clone(&before.tcp), Arc::clone(&before.quic));
            return Ok(Some(Arc::new(Self {
                tcp,
                quic,
                files,
                made_of,
                resumption: before.resumption.clone(),
            })));
        }
        let file = config.client_ca_file.as_deref().unwrap_or(Path::new("tls"));
        let fault = |reason: String| TlsError { file: file.into(), reason };
        let same_clients = |before: &&Self| before.made_of.authorities == made_of.authorities;
        let resumption = match before.filter(same_clients) {
            Some(before) => before.resumption.clone(),
            None => Resumption::new().map_err(|error| fault(error.to_string()))?,
        };
        let [mut tcp, mut quic] = servers(&made_of, certificates, clock).map_err(fault)?;
        tcp.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), CHALLENGE_PROTOCOL.to_vec()];
        quic.alpn_protocols = vec![b"h3".to_vec()];
        resumption.of_tcp(&mut tcp);
        resumption.of_quic(&mut quic);
        Ok(Some(Arc::new(Self { tcp: Arc::new(tcp), quic: Arc::new(quic), files, made_of, resumption })))
    }

    /// For TLS over TCP. A connection that has [`CHALLENGE_PROTOCOL`] is over with its handshake.
    pub(crate) fn for_tcp(&self) -> &Arc<ServerConfig> {
        &self.tcp
    }

    /// For QUIC.
    pub(crate) fn for_quic(&self) -> &Arc<ServerConfig> {
        &self.quic
    }

    /// The certificates in files.
    pub(crate) fn files(&self) -> &[Arc<Identity>] {
        &self.files
    }
}

/// For TCP, and for QUIC.
fn servers(
    made_of: &MadeOf,
    certificates: &Arc<Certificates>,
    clock: &Clock,
) -> Result<[ServerConfig; 2], String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ClientCertVerifier> = match &made_of.authorities {
        Some(authorities) => peers::verifier(authorities, &provider)?,
        None => Arc::new(NoClientAuth),
    };
    let over_tcp: &[&SupportedProtocolVersion] = match made_of.minimum_version {
        TlsVersion::V1_2 => &[&TLS12, &TLS13],
        TlsVersion::V1_3 => &[&TLS13],
    };
    let server = |versions| {
        let time = Arc::new(Wall(clock.clone()));
        let resolver = Arc::clone(certificates);
        ServerConfig::builder_with_details(Arc::clone(&provider), time)
            .with_protocol_versions(versions)
            .map(|builder| {
                builder.with_client_cert_verifier(Arc::clone(&verifier)).with_cert_resolver(resolver)
            })
            .map_err(|error| error.to_string())
    };
    Ok([server(over_tcp)?, server(&[&TLS13])?])
}

/// The time, for tickets and for certificates of other edges.
#[derive(Debug)]
struct Wall(Clock);

impl TimeProvider for Wall {
    fn current_time(&self) -> Option<UnixTime> {
        let since = self.0.wall().duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(UnixTime::since_unix_epoch(since))
    }
}

#[cfg(test)]
mod tests;
