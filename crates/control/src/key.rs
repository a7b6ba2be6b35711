//! The keys that sign, and those that check: Ed25519 (RFC 8032).
//!
//! A private key comes and goes as PKCS#8 in PEM, a public one as SPKI in PEM (RFC 8410) or as the 32 bytes in
//! base64url. What a key is called, its [`KeyId`], follows from the public key, so that both sides compute it.
//!
//! # Invariants
//! - Nothing here shows a private key but [`SigningKey::to_pem`]: no `Debug`, no error text.
//! - Copies of it that this crate makes are overwritten when they are dropped.
//! - A file holds one key: with two of them nobody could say which is meant.

mod pem;

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustls_pki_types::pem::SectionKind;
use zeroize::Zeroizing;

/// An Ed25519 public key as SPKI is these bytes and then its own 32 (RFC 8410 section 4); DER knows no other way.
const SPKI_START: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private key.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    bytes: [u8; 32],
    id: KeyId,
}

/// What a key is called: the first 8 bytes of the SHA-256 of the public key's 32 bytes. Shown as 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 8]);

/// Why there is no key. No text of these says anything of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// PEM was expected.
    #[error("is not PEM: it has no whole section between BEGIN and END")]
    NotPem,
    /// Another kind of thing, or more than one.
    #[error("holds something else than one `{0}`")]
    NotOne(&'static str),
    /// Another kind of key, or a damaged one.
    #[error("holds no Ed25519 private key in PKCS#8")]
    Private,
    /// Another kind of key, or a damaged one.
    #[error("holds no Ed25519 public key in SPKI")]
    Public,
    /// Not the 32 bytes of a public key in base64url.
    #[error("is not an Ed25519 public key: 43 characters of base64url without padding")]
    Base64,
    /// The system gave no randomness, or the library refused.
    #[error("no key could be made")]
    Unmade,
}

impl SigningKey {
    /// A new one.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self::of(Ed25519KeyPair::generate().map_err(|_| KeyError::Unmade)?))
    }

    /// The one section `PRIVATE KEY` of a PEM text: unencrypted PKCS#8, version 1 or 2.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let der = pem::only(text, SectionKind::PrivateKey, pem::PRIVATE)?;
        Ok(Self::of(Ed25519KeyPair::from_pkcs8(&der).map_err(|_| KeyError::Private)?))
    }

    /// PKCS#8 version 1 in PEM, which other programs read too.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der = self.pair.to_pkcs8v1().map_err(|_| KeyError::Unmade)?;
        Ok(Zeroizing::new(pem::write(der.as_ref(), pem::PRIVATE)))
    }

    /// What checks this one's signatures.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    fn of(pair: Ed25519KeyPair) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(pair.public_key().as_ref());
        Self { pair, public: VerifyingKey::of(bytes) }
    }
}

impl VerifyingKey {
    /// The one section `PUBLIC KEY` of a PEM text: SPKI.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let der = pem::only(text, SectionKind::PublicKey, pem::PUBLIC)?;
        let bytes = der.strip_prefix(&SPKI_START).and_then(|bytes| bytes.try_into().ok());
        Ok(Self::of(bytes.ok_or(KeyError::Public)?))
    }

    /// The 32 bytes, as base64url without padding.
    pub fn from_base64url(text: &str) -> Result<Self, KeyError> {
        let mut bytes = [0; 32];
        match BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self::of(bytes)),
            _ => Err(KeyError::Base64),
        }
    }

    /// SPKI in PEM.
    pub fn to_pem(&self) -> String {
        pem::write(&[&SPKI_START[..], &self.bytes].concat(), pem::PUBLIC)
    }

    /// The 32 bytes, as base64url without padding.
    pub fn to_base64url(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.bytes)
    }

    /// What this key is called.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.bytes).verify(message, signature).is_ok()
    }

    fn of(bytes: [u8; 32]) -> Self {
        let mut id = [0; 8];
        id.copy_from_slice(&digest(&SHA256, &bytes).as_ref()[..8]);
        Self { bytes, id: KeyId(id) }
    }
}

impl KeyId {
    /// As it stands in a signed message.
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
pub(crate) mod tests;
