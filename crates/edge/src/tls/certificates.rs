//! The certificates that the edge shows, and which of them to whom.
//!
//! One store for TLS over TCP and for QUIC, for the life of the process: another configuration puts its files' certificates
//! in the place of those before, and what was acquired meanwhile stays. A handshake takes no lock.
//!
//! # Invariants
//! - The name that somebody asks for chooses a certificate, and is kept nowhere.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::SignatureScheme;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;

use super::identity::{Identity, Mismatch};
use super::names::with_open_label;

/// The protocol whose handshake alone is asked for, by an authority that wants to see that a name is ours (RFC 8737).
pub(crate) const CHALLENGE_PROTOCOL: &[u8] = b"acme-tls/1";

/// What the edge shows of itself, to whoever asks under which name.
#[derive(Debug)]
pub(crate) struct Certificates {
    shown: ArcSwap<Shown>,
    changes: watch::Sender<()>,
}

/// What holds at one moment.
#[derive(Clone, Debug, Default)]
struct Shown {
    /// In the order of the configuration.
    files: Vec<Arc<Identity>>,
    /// What ACME got.
    acquired: Option<Arc<Identity>>,
    /// Answers to an authority, by the name that it asks about.
    challenges: HashMap<String, Arc<CertifiedKey>>,
    /// Those above by each of their names: files before what was acquired. `*.` stands before the names of which one
    /// label is left open.
    by_name: HashMap<String, Vec<Arc<Identity>>>,
}

impl Default for Certificates {
    fn default() -> Self {
        Self { shown: ArcSwap::default(), changes: watch::Sender::new(()) }
    }
}

impl Certificates {
    /// From now on these are those in files; the first answers for names that no certificate has.
    pub(crate) fn set_files(&self, files: &[Arc<Identity>]) {
        self.change(|shown| shown.files = files.to_vec());
    }

    /// From now on this is what was acquired beside those in files, or nothing is.
    ///
    /// # Errors
    /// The certificate cannot be read, or the key is another one's. Nothing changes then.
    pub(crate) fn set_acquired(&self, certified: Option<Arc<CertifiedKey>>) -> Result<(), Mismatch> {
        let acquired = certified.map(Identity::of).transpose()?.map(Arc::new);
        self.change(|shown| shown.acquired.clone_from(&acquired));
        Ok(())
    }

    /// From now on an authority that asks about `name` gets this certificate ([`CHALLENGE_PROTOCOL`]), or none.
    pub(crate) fn set_challenge(&self, name: &str, answer: Option<Arc<CertifiedKey>>) {
        let name = name.to_ascii_lowercase();
        self.change(move |shown| match &answer {
            Some(answer) => drop(shown.challenges.insert(name.clone(), Arc::clone(answer))),
            None => drop(shown.challenges.remove(&name)),
        });
    }

    /// Every certificate that viewers get: those in files, then what was acquired.
    pub(crate) fn all(&self) -> Vec<Arc<Identity>> {
        self.shown.load().all().cloned().collect()
    }

    /// The first certificate for who asks for `name`.
    pub(crate) fn named(&self, name: Option<&str>) -> Option<Arc<Identity>> {
        let shown = self.shown.load();
        let named = name.and_then(|name| shown.named(name)?.first());
        named.or_else(|| shown.all().next()).cloned()
    }

    /// Tells each time that others are shown.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn change(&self, change: impl Fn(&mut Shown)) {
        self.shown.rcu(|before| {
            let mut shown = Shown::clone(before);
            change(&mut shown);
            shown.by_name = shown.names();
            shown
        });
        self.changes.send_replace(());
    }
}

impl Shown {
    fn all(&self) -> impl Iterator<Item = &Arc<Identity>> {
        self.files.iter().chain(&self.acquired)
    }

    fn names(&self) -> HashMap<String, Vec<Arc<Identity>>> {
        let mut by_name: HashMap<String, Vec<_>> = HashMap::new();
        for identity in self.all() {
            for name in &identity.facts.names {
                by_name.entry(name.clone()).or_default().push(Arc::clone(identity));
            }
        }
        by_name
    }

    /// The certificate for who asks for `name` and can verify signatures of these kinds.
    fn choose(&self, name: Option<&str>, schemes: &[SignatureScheme]) -> Option<&Arc<Identity>> {
        let named = name.and_then(|name| self.named(name));
        let suits = |identity: &&Arc<Identity>| identity.certified.key.choose_scheme(schemes).is_some();
        match named {
            // Where none suits, the handshake says so.
            Some(several) => several.iter().find(suits).or_else(|| several.first()),
            None => self.all().next(),
        }
    }

    /// Those for a name: a certificate with the name itself comes before one that leaves its first label open.
    fn named(&self, name: &str) -> Option<&Vec<Arc<Identity>>> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.by_name.get(&name).or_else(|| self.by_name.get(&with_open_label(&name)?))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.shown.load();
        if is_challenge(&hello) {
            return shown.challenges.get(hello.server_name()?).cloned();
        }
        let identity = shown.choose(hello.server_name(), hello.signature_schemes())?;
        Some(Arc::clone(&identity.certified))
    }
}

/// Whether somebody wants to see an answer to a challenge and nothing else.
fn is_challenge(hello: &ClientHello<'_>) -> bool {
    hello.alpn().is_some_and(|mut protocols| {
        protocols.next() == Some(CHALLENGE_PROTOCOL) && protocols.next().is_none()
    })
}

#[cfg(test)]
mod tests;
