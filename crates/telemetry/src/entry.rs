//! What a video or live channel is called in counts and reports.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest identifier, in bytes.
const LONGEST: usize = 64;

/// What an entry is called: 1 to 64 of the letters A to Z and a to z, digits, `-`, `.`, `_`, `~` and `:`. It stands in
/// reports as it is, with nothing to escape; what a rule takes for an entry and is none of these is not reported.
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(Arc<str>);

/// A text that is no [`EntryId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry has 1 to 64 of the letters A to Z and a to z, digits, `-`, `.`, `_`, `~` and `:`")]
pub struct NotAnEntry;

impl EntryId {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` is an identifier.
    pub fn is_valid(text: &str) -> bool {
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':');
        (1..=LONGEST).contains(&text.len()) && text.bytes().all(allowed)
    }
}

impl TryFrom<Arc<str>> for EntryId {
    type Error = NotAnEntry;

    fn try_from(text: Arc<str>) -> Result<Self, NotAnEntry> {
        if Self::is_valid(&text) { Ok(Self(text)) } else { Err(NotAnEntry) }
    }
}

impl FromStr for EntryId {
    type Err = NotAnEntry;

    fn from_str(text: &str) -> Result<Self, NotAnEntry> {
        if Self::is_valid(text) { Ok(Self(text.into())) } else { Err(NotAnEntry) }
    }
}

impl std::borrow::Borrow<str> for EntryId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_needs_no_escape_and_has_a_bound() {
        for good in ["1_abcd1234", "a", "urn:x:y", "_KMCLOGO1", &"a".repeat(64)] {
            assert_eq!(good.parse::<EntryId>().unwrap().as_str(), good);
            assert_eq!(EntryId::try_from(Arc::from(good)).unwrap().to_string(), good);
        }
        for bad in ["", "a b", "a/b", "a\"b", "a\\", "a@example.com", "%20", "\u{e4}", "a\n", &"a".repeat(65)]
        {
            assert_eq!(bad.parse::<EntryId>(), Err(NotAnEntry), "{bad:?}");
            assert_eq!(EntryId::try_from(Arc::from(bad)), Err(NotAnEntry), "{bad:?}");
        }
    }
}
