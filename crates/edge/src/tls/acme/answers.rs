//! What is shown to the authority while an order is under way, each of the three ways, and that it goes afterwards.

use std::sync::{Arc, Mutex, PoisonError};

use instant_acme::KeyAuthorization;
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::hook::{self, HookError, Verb};
use super::tokens::Tokens;
use crate::clock::Clock;
use crate::config::{Acme, Challenge};
use crate::tls::Certificates;

/// What is shown, until [`Answers::clear`].
#[derive(Debug)]
pub(super) struct Answers {
    tokens: Arc<Tokens>,
    certificates: Arc<Certificates>,
    hook: Vec<String>,
    clock: Clock,
    shown: Mutex<Vec<Shown>>,
}

#[derive(Clone, Debug)]
enum Shown {
    Token(String),
    Certificate(String),
    Record { name: String, value: String },
}

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("the order has too many challenges")]
    TooMany,
    #[error("no certificate can be made to answer with: {0}")]
    Certificate(String),
    #[error(transparent)]
    Hook(#[from] HookError),
}

impl Answers {
    pub(super) fn new(
        config: &Acme,
        tokens: &Arc<Tokens>,
        certificates: &Arc<Certificates>,
        clock: &Clock,
    ) -> Self {
        Self {
            tokens: Arc::clone(tokens),
            certificates: Arc::clone(certificates),
            hook: config.hook.clone(),
            clock: clock.clone(),
            shown: Mutex::default(),
        }
    }

    /// Shows that `name` is ours, in the way of `challenge`. What was begun when this is dropped is noted too.
    pub(super) async fn show(
        &self,
        challenge: Challenge,
        name: &str,
        token: &str,
        authorization: &KeyAuthorization,
    ) -> Result<(), AnswerError> {
        match challenge {
            Challenge::Http01 => {
                self.note(Shown::Token(token.into()));
                if !self.tokens.set(token, authorization.as_str()) {
                    return Err(AnswerError::TooMany);
                }
            }
            Challenge::TlsAlpn01 => {
                let certificate = certificate(name, authorization.digest().as_ref())?;
                self.note(Shown::Certificate(name.into()));
                self.certificates.set_challenge(name, Some(Arc::new(certificate)));
            }
            Challenge::Dns01 => {
                let (record, value) = (format!("_acme-challenge.{name}"), authorization.dns_value());
                self.note(Shown::Record { name: record.clone(), value: value.clone() });
                hook::run(&self.hook, Verb::Set, &record, &value, &self.clock).await?;
            }
        }
        Ok(())
    }

    /// Shows nothing any more. A record that the hook does not remove stays, and the log says so.
    pub(super) async fn clear(&self) {
        while let Some(shown) = self.last() {
            match shown {
                Shown::Token(token) => self.tokens.remove(&token),
                Shown::Certificate(name) => self.certificates.set_challenge(&name, None),
                Shown::Record { name, value } => {
                    let removed = hook::run(&self.hook, Verb::Remove, &name, &value, &self.clock).await;
                    if let Err(error) = removed {
                        tracing::warn!(record = name, %error, "a DNS record stays: the hook did not remove it");
                    }
                }
            }
        }
    }

    fn note(&self, shown: Shown) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).push(shown);
    }

    fn last(&self) -> Option<Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// What an authority wants to see over TLS: a certificate for the name that nobody vouches for, with a digest in it (RFC 8737
/// section 3).
fn certificate(name: &str, digest: &[u8]) -> Result<CertifiedKey, AnswerError> {
    let fault = |error: &dyn std::fmt::Display| AnswerError::Certificate(error.to_string());
    let key = KeyPair::generate().map_err(|error| fault(&error))?;
    let mut parameters = CertificateParams::new([name.to_owned()]).map_err(|error| fault(&error))?;
    parameters.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = parameters.self_signed(&key).map_err(|error| fault(&error))?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = aws_lc_rs::sign::any_supported_type(&key).map_err(|error| fault(&error))?;
    Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
}
