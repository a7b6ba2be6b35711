//! A certificate that the edge gets and renews itself, from an authority that speaks ACME (RFC 8555).
//!
//! `renewing` is the task that decides when; `pace` says when, of times alone. `order` is one order from account to
//! certificate, over `client`; `answers` shows the authority meanwhile that the names are ours: by `tokens` over HTTP, by a
//! certificate over TLS, or by the `hook` in the DNS. `folder` keeps what has to be there after the next start: account and
//! tries (`store`), key and chain (`certificate`). `said` makes what others say fit for the log.
//!
//! # Invariants
//! - Whatever the authority does, the edge starts and serves with the certificate that it has.
//! - No order is begun that could not be kept: the folder is written to first.
//! - Nothing about a viewer goes to the authority: names, contact and keys are all that it learns.
//!
//! Deliberately absent: accounts bound to others (external account binding), and the authority's own suggestion of when to
//! renew (RFC 9773): a third of the life is left in good time whatever it says.

mod answers;
mod certificate;
mod client;
mod folder;
mod hook;
mod order;
mod pace;
mod renewing;
mod said;
mod store;
mod tokens;

use std::sync::Arc;

use rustls::sign::CertifiedKey;

use crate::clock::Clock;
use crate::config;
use crate::upstream::StartError;
use certificate::{Acquired, CertificateError};
use client::Client;
use folder::{Folder, FolderError};
use store::{Account, StoreError};

pub(crate) use renewing::Renewing;
pub(crate) use tokens::Tokens;

/// What is needed to get a certificate as one configuration says.
#[derive(Debug)]
pub(crate) struct Acme {
    config: config::Acme,
    directory: String,
    /// In lower case.
    names: Vec<String>,
    client: Client,
    folder: Arc<Folder>,
    /// What was there when this was opened.
    kept: Option<Arc<Acquired>>,
}

/// Why no certificate can be had as the configuration says.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// Where it is kept.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What is kept there.
    #[error("{0}")]
    Kept(String),
    /// The authority's own certificate.
    #[error(transparent)]
    Tls(#[from] StartError),
}

impl Acme {
    /// Makes ready what the configuration says; `None` where it wants no ACME. The folder is `before`'s where it is the same.
    ///
    /// # Errors
    /// The folder or the certificate authorities cannot be used.
    pub(crate) fn open(
        before: Option<&Self>,
        config: &config::Acme,
        clock: &Clock,
    ) -> Result<Option<Self>, AcmeError> {
        // The configuration was checked: a directory has a folder.
        let (Some(directory), Some(path)) = (&config.directory, &config.folder) else { return Ok(None) };
        let client = Client::new(config.ca_file.as_deref(), clock)?;
        let folder = match before.filter(|before| before.folder.path() == path) {
            Some(before) => Arc::clone(&before.folder),
            None => Arc::new(Folder::open(path)?),
        };
        // An account that cannot be used is told now, and not in the night when the certificate is due.
        Account::load(&folder).map_err(|error| match error {
            StoreError::Folder(error) => AcmeError::Folder(error),
            error => AcmeError::Kept(error.to_string()),
        })?;
        let kept = match Acquired::load(&folder) {
            Ok(kept) => kept.map(Arc::new),
            Err(CertificateError::Folder(error)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(folder = %path.display(), %error, "the certificate that is kept cannot be used: another is got");
                None
            }
        };
        let names = config.names.iter().map(|name| name.to_ascii_lowercase()).collect();
        Ok(Some(Self { config: config.clone(), directory: directory.clone(), names, client, folder, kept }))
    }

    /// Looks whether a certificate could be got as the configuration says, as far as that can be seen without touching
    /// anything or asking anybody.
    ///
    /// # Errors
    /// The folder or the certificate authorities cannot be used.
    pub(crate) fn rehearse(config: &config::Acme, clock: &Clock) -> Result<(), AcmeError> {
        let (Some(_), Some(path)) = (&config.directory, &config.folder) else { return Ok(()) };
        Client::new(config.ca_file.as_deref(), clock)?;
        Ok(Folder::rehearse(path)?)
    }

    /// The certificate that was kept from before.
    pub(crate) fn kept(&self) -> Option<Arc<CertifiedKey>> {
        self.kept.as_ref().map(|kept| kept.certified())
    }

    /// This is not needed any more: the edge ends, or another comes `after` it.
    pub(crate) fn close(&self, after: Option<&Self>) {
        if after.is_none_or(|after| !Arc::ptr_eq(&self.folder, &after.folder)) {
            self.folder.leave();
        }
    }

    /// Whether what is done for the one is done for the other.
    fn is_like(&self, other: &Self) -> bool {
        self.config == other.config && Arc::ptr_eq(&self.folder, &other.folder)
    }
}
