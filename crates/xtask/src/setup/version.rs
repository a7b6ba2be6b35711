//! Versions as tools print them.

/// Major, minor and patch; what a tool leaves out counts as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32, pub(super) u32);

impl Version {
    /// The first word that starts with a number, with or without a `v` before it: `v20.20.2`, `cargo-deny 0.20.2`,
    /// `8.0.0-rc.1 (2026-01-01)`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse_word)
    }

    fn parse_word(word: &str) -> Option<Self> {
        let word = word.strip_prefix('v').unwrap_or(word);
        let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
        let mut numbers =
            word[..end].split('.').filter(|part| !part.is_empty()).map(|part| part.parse().ok());
        let major = numbers.next()??;
        let minor = numbers.next().unwrap_or(Some(0))?;
        let patch = numbers.next().unwrap_or(Some(0))?;
        Some(Self(major, minor, patch))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_tools_print_them() {
        assert_eq!(Version::parse("v20.20.2"), Some(Version(20, 20, 2)));
        assert_eq!(Version::parse("cargo-deny 0.20.2"), Some(Version(0, 20, 2)));
        assert_eq!(Version::parse("8.0-rc.1 (2026-01-01)"), Some(Version(8, 0, 0)));
        assert_eq!(Version::parse("tool 7"), Some(Version(7, 0, 0)));
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in ["", "version unknown", "v", "99999999999.0"] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn versions_compare_by_number_and_not_by_letter() {
        assert!(Version::parse("v9.9.9") < Version::parse("v10.0.0"));
        assert_eq!(Version(0, 20, 2).to_string(), "0.20.2");
    }
}
