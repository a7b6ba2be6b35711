//! Whether a statement may be believed.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use coset::{Algorithm, iana};

use super::{LIFETIME, Statement, cose, since_1970};
use crate::key::VerifyingKey;

/// No statement is longer than this; more is not looked at.
pub const MOST_CHARACTERS: usize = 1024;

/// Why a statement is not believed. Each is final: the same text never becomes good, except that
/// [`Refusal::TooFarAhead`] may be a clock that is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has more than [`MOST_CHARACTERS`].
    #[error("the statement is longer than {MOST_CHARACTERS} characters")]
    TooLong,
    /// Another alphabet, padding, or bits after the last byte.
    #[error("the statement is not base64url without padding")]
    NotBase64,
    /// No CBOR, not a tagged `COSE_Sign1`, a header that cannot be, no payload, or something behind it.
    #[error("the statement is not one tagged COSE_Sign1 message")]
    NotCose,
    /// There is a header that the signature does not cover.
    #[error("the statement has an unprotected header")]
    Unprotected,
    /// It names no algorithm, or another than `EdDSA`.
    #[error("the statement's algorithm is not EdDSA")]
    Algorithm,
    /// It names none of the keys.
    #[error("the statement is signed by an unknown key")]
    UnknownKey,
    /// Another content type, or headers beside algorithm, content type and key.
    #[error("the statement has other headers than it should")]
    Header,
    /// The key that it names did not sign it, or signed it as something else.
    #[error("the statement's signature is wrong")]
    Signature,
    /// One is missing, unknown, there twice, or not what it should be.
    #[error("the statement's claims are not expiry, nonce and site")]
    Claims,
    /// Deterministic CBOR has one way to write it, and this is another.
    #[error("the statement is not written in deterministic CBOR")]
    Encoding,
    /// Its time is over.
    #[error("the statement has expired")]
    Expired,
    /// It would hold for longer than a statement may.
    #[error("the statement expires later than {} seconds from now", LIFETIME.as_secs())]
    TooFarAhead,
}

/// Reads a statement that one of `keys` signed and that holds at `now`, with clocks that differ by up to `skew`.
///
/// Whether it answers the question that was asked is for the caller to see, by its nonce.
pub fn verify(
    text: &str,
    keys: &[VerifyingKey],
    now: SystemTime,
    skew: Duration,
) -> Result<Statement, Refusal> {
    if text.len() > MOST_CHARACTERS {
        return Err(Refusal::TooLong);
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::NotBase64)?;
    let statement = authentic(&bytes, keys)?;
    let (now, expires) = (since_1970(now), Duration::from_secs(statement.expires_s));
    if now >= expires.saturating_add(skew) {
        return Err(Refusal::Expired);
    }
    if expires > now.saturating_add(LIFETIME).saturating_add(skew) {
        return Err(Refusal::TooFarAhead);
    }
    Ok(statement)
}

/// What one of the keys said, whenever that was.
fn authentic(bytes: &[u8], keys: &[VerifyingKey]) -> Result<Statement, Refusal> {
    let message = cose::read(bytes)?;
    let payload = message.payload.as_deref().ok_or(Refusal::NotCose)?;
    if !message.unprotected.is_empty() {
        return Err(Refusal::Unprotected);
    }
    let header = &message.protected.header;
    if header.alg != Some(Algorithm::Assigned(iana::Algorithm::EdDSA)) {
        return Err(Refusal::Algorithm);
    }
    let named = keys.iter().find(|key| key.id().as_bytes()[..] == header.key_id);
    let key = named.ok_or(Refusal::UnknownKey)?;
    if *header != cose::header(key.id()) {
        return Err(Refusal::Header);
    }
    if !key.has_signed(&message.tbs_data(cose::CONTEXT), &message.signature) {
        return Err(Refusal::Signature);
    }
    let statement = cose::read_claims(payload)?;
    if cose::rewrite(&statement, key.id(), &message.signature) != bytes {
        return Err(Refusal::Encoding);
    }
    Ok(statement)
}
