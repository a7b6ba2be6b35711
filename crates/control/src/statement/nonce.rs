//! What ties a statement to the question.

use std::fmt;
use std::str::FromStr;

/// A word that the portal made up for one question: 16 to 64 characters of base64url.
///
/// Both bounds come from elsewhere: fewer characters could be guessed, and the claim that carries it has at most 64 bytes
/// (RFC 9711 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(Box<str>);

/// A text that is no [`Nonce`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a nonce has 16 to 64 of the letters A to Z and a to z, digits, `-` and `_`")]
pub struct NotANonce;

impl Nonce {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Nonce {
    type Err = NotANonce;

    fn from_str(text: &str) -> Result<Self, NotANonce> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (16..=64).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.into()))
        } else {
            Err(NotANonce)
        }
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
