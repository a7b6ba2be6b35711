//! Where a viewer is, said by an edge that saw where their connection comes from.
//!
//! A portal outside cannot tell which office a viewer sits in, and an edge inside can: the portal sends the browser to
//! it with a [`Nonce`], and the edge sends it back with a statement. It names a site, or says that there is none; it
//! holds no address. `STATEMENT.md` beside this crate gives the exact bytes for portals of others.
//!
//! It is a CWT (RFC 8392) in a `COSE_Sign1` (RFC 9052) with deterministic CBOR (RFC 8949 section 4.2), as base64url
//! without padding, and there is exactly one text for a statement and a key: what [`verify`] accepts is what
//! [`Statement::sign`] writes, byte for byte. That leaves an attacker nothing to vary, and us one shape to think about.
//!
//! # Invariants
//! - A statement that leaves [`Statement::new`] expires within [`LIFETIME`], and [`verify`] refuses one that expires later.
//! - The signature covers a text that names this use of the key: no other signature of it is a statement.
//! - Nothing in a statement is read as true before its signature is.
//!
//! Deliberately absent: whether the nonce is the one that was sent, and sent to this browser. Only the portal knows; it
//! compares [`Statement::nonce`] and accepts each once. Nor does a statement name its portal: the nonce is the portal's.

mod cose;
mod nonce;
mod verify;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mapper::Id;

use crate::key::SigningKey;

pub use nonce::{Nonce, NotANonce};
pub use verify::{MOST_CHARACTERS, Refusal, verify};

/// How long a statement holds: a redirect or two, and clocks that differ a little.
pub const LIFETIME: Duration = Duration::from_mins(1);

/// At which site a viewer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    site: Option<Id>,
    nonce: Nonce,
    /// Seconds since 1970.
    expires_s: u64,
}

impl Statement {
    /// That the viewer with this nonce is at `site`, or at none of ours; it holds for [`LIFETIME`] from the second of
    /// `now`.
    pub fn new(site: Option<Id>, nonce: Nonce, now: SystemTime) -> Self {
        let expires_s = since_1970(now).saturating_add(LIFETIME).as_secs();
        Self { site, nonce, expires_s }
    }

    /// The site; none when the viewer is at no known one.
    pub fn site(&self) -> Option<&str> {
        self.site.as_ref().map(Id::as_str)
    }

    /// The nonce that the question came with.
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// The statement's text, for a query parameter.
    pub fn sign(&self, key: &SigningKey) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(cose::sign(self, key))
    }
}

/// A clock before 1970 is one that was never set: nothing holds then.
fn since_1970(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests;
