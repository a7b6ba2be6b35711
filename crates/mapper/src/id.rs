//! What sites, realms and edges are called.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest identifier, in bytes.
const LONGEST: usize = 64;

/// What a site, a realm or an edge is called: 1 to 64 letters and digits of ASCII, `-`, `_` and `.`. It stands in
/// reports, metrics and URLs as it is. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Arc<str>);

/// A text that is no [`Id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 1 to 64 of the letters A to Z and a to z, digits, `-`, `_` and `.`")]
pub struct NotAnId;

impl Id {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An identifier made of a name that people use: letters and digits stay, everything else becomes single
    /// hyphens. `None` when nothing is left.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut id = String::new();
        for letter in name.chars() {
            if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.') {
                id.push(letter);
            } else if !id.is_empty() && !id.ends_with('-') {
                id.push('-');
            }
            if id.len() >= LONGEST {
                break;
            }
        }
        id.trim_end_matches('-').parse().ok()
    }
}

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(NotAnId)
        }
    }
}

impl std::borrow::Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_plain() {
        for good in ["a", "munich-2", "DE.MUC_1", &"x".repeat(64)] {
            assert_eq!(good.parse::<Id>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "münchen", "a/b", "a,b", &"x".repeat(65)] {
            assert_eq!(bad.parse::<Id>(), Err(NotAnId), "{bad}");
        }
    }

    #[test]
    fn a_name_becomes_an_identifier() {
        let id = |name| Id::from_name(name).map(|id| id.to_string());
        assert_eq!(id("Munich, Building 2").as_deref(), Some("Munich-Building-2"));
        assert_eq!(id("  (HQ) ").as_deref(), Some("HQ"));
        assert_eq!(id("東京"), None);
        assert_eq!(id(&"x ".repeat(64)).map(|id| id.len() <= LONGEST), Some(true));
    }
}
