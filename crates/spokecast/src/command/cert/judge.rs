//! What is to be said of a certificate: whether it holds now, and who vouches for it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use edge::tls::facts::Facts;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// Those who may vouch for a certificate.
pub(super) struct Authorities {
    roots: Arc<RootCertStore>,
    /// What they are called.
    whose: String,
}

/// Who vouches for a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// It leads to an authority that is trusted.
    Trusted,
    /// It leads to an authority of its own, which is there.
    OwnRoot,
    /// The issuer is neither there nor trusted.
    Incomplete {
        /// Who is missing.
        missing: String,
    },
    /// A certificate was not made by the one behind it.
    Broken {
        /// Which, from 1.
        at: usize,
    },
}

impl Authorities {
    /// Those in `file`, or those that the system trusts, of which there may be none.
    pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = file {
            for certificate in edge::tls::read_chain(file)? {
                roots.add(certificate).with_context(|| file.display().to_string())?;
            }
        } else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        let whose = file.map_or_else(|| "this system".into(), |file| file.display().to_string());
        Ok(Self { roots: Arc::new(roots), whose })
    }

    /// Who trusts them.
    pub(super) fn whose(&self) -> &str {
        &self.whose
    }

    /// Who vouches for the first of these certificates. Whether it holds now is no question here.
    pub(super) fn judge(&self, chain: &[CertificateDer<'static>], facts: &[Facts], now: SystemTime) -> Chain {
        if self.vouch(chain, facts, now) {
            return Chain::Trusted;
        }
        let made_by_next = |pair: &[Facts]| pair[0].names_as_issuer(&pair[1]);
        if let Some(index) = facts.windows(2).position(|pair| !made_by_next(pair)) {
            return Chain::Broken { at: index + 1 };
        }
        match facts.last() {
            Some(last) if last.is_self_issued() => Chain::OwnRoot,
            last => Chain::Incomplete { missing: last.map_or_else(String::new, |last| last.issuer.clone()) },
        }
    }

    fn vouch(&self, chain: &[CertificateDer<'static>], facts: &[Facts], now: SystemTime) -> bool {
        let (Some((leaf, between)), Some(first)) = (chain.split_first(), facts.first()) else { return false };
        let Some(name) = first.names.iter().find_map(|name| server_name(name)) else { return false };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::clone(&self.roots), provider);
        // Without any root there is nobody to vouch.
        let Ok(verifier) = builder.build() else { return false };
        let moment = now.clamp(first.not_before, first.not_after.max(first.not_before));
        let moment = UnixTime::since_unix_epoch(moment.duration_since(UNIX_EPOCH).unwrap_or_default());
        verifier.verify_server_cert(leaf, between, &name, &[], moment).is_ok()
    }
}

/// A name that a server can be asked for under what a certificate is for.
fn server_name(name: &str) -> Option<ServerName<'static>> {
    let asked = name.strip_prefix("*.").map_or_else(|| name.to_owned(), |rest| format!("any.{rest}"));
    ServerName::try_from(asked).ok()
}

/// What is wrong with the times of a certificate.
pub(super) fn time_fault(facts: &Facts, warn_before: Duration, now: SystemTime) -> Option<&'static str> {
    if now < facts.not_before {
        Some("does not hold yet")
    } else if now > facts.not_after {
        Some("has ended")
    } else if facts.not_after.duration_since(now).is_ok_and(|left| left <= warn_before) {
        Some("is about to end")
    } else {
        None
    }
}

impl Chain {
    /// Whether whoever trusts its root needs no other certificate.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self, Self::Trusted | Self::OwnRoot)
    }

    /// What people read.
    pub(super) fn describe(&self, whose: &str) -> String {
        match self {
            Self::Trusted => format!("complete, and trusted by {whose}"),
            Self::OwnRoot => format!("complete, with a root that is not trusted by {whose}"),
            Self::Incomplete { missing } => {
                format!("incomplete: `{missing}` is neither here nor trusted by {whose}")
            }
            Self::Broken { at } => format!("broken: certificate {at} was not made by certificate {}", at + 1),
        }
    }
}

#[cfg(test)]
mod tests;
