//! The secret that senders share with the collector. Only its SHA-256 stays in memory; two are compared without a hint,
//! in time, of where they differ.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::digest::Digest;
use crate::private_file::{self, FileError};

/// The longest token, in bytes.
const LONGEST: usize = 1024;

/// A secret that has to be shown.
#[derive(Clone, Copy)]
pub struct Token(Digest);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file is not used.
    #[error(transparent)]
    File(#[from] FileError),
    /// It holds something else.
    #[error("{file}: a token is one line of 1 to {LONGEST} visible characters of ASCII", file = .0.display())]
    NotAToken(PathBuf),
}

impl Token {
    /// The token in a file that only its owner may read.
    pub fn load(path: &Path) -> Result<Self, TokenError> {
        let content = private_file::read(path, LONGEST + 2)?;
        let line = content.strip_suffix(b"\n").unwrap_or(&content);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Self::new(line).ok_or_else(|| TokenError::NotAToken(path.into()))
    }

    fn new(text: &[u8]) -> Option<Self> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        fits.then(|| Self(Digest::of(text)))
    }

    /// Whether the value of an Authorization field shows it (RFC 6750 section 2.1).
    pub(crate) fn is_shown_by(&self, authorization: &[u8]) -> bool {
        let Some((scheme, shown)) = authorization.split_at_checked(7) else { return false };
        let shown = Digest::of(shown.trim_ascii());
        let is_same = verify_slices_are_equal(self.0.as_bytes(), shown.as_bytes()).is_ok();
        scheme.eq_ignore_ascii_case(b"bearer ") && is_same
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(secret)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn load(content: &str) -> Result<Token, TokenError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Token::load(&path)
    }

    #[test]
    fn a_token_is_one_line() {
        for good in ["a", "secret-token\n", "secret-token\r\n", &"a".repeat(LONGEST)] {
            let token = load(good).unwrap();
            assert!(token.is_shown_by(format!("Bearer {}", good.trim_end()).as_bytes()), "{good}");
        }
        for bad in ["", "\n", "a b", "a\nb\n", "\u{e4}", "a\n\n", &"a".repeat(LONGEST + 1)] {
            let error = load(bad).unwrap_err();
            assert!(matches!(error, TokenError::NotAToken(_)), "{bad:?}: {error}");
        }
    }

    #[test]
    fn only_the_whole_token_is_one() {
        let token = load("secret-token").unwrap();
        assert!(token.is_shown_by(b"bearer  secret-token "));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer secret-toke",
            "Bearer secret-tokens",
            "Basic secret-token",
            "secret-token",
        ] {
            assert!(!token.is_shown_by(bad.as_bytes()), "{bad:?}");
        }
        assert_eq!(format!("{token:?}"), "Token(secret)");
    }
}
