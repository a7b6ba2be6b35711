//! What a network is for, and what becomes of the viewers in it.

use std::fmt;
use std::str::FromStr;

/// What kind of network a row describes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Wired.
    #[default]
    Lan,
    /// Wireless.
    Wifi,
    /// Viewers who are elsewhere: their video would cross the office's link twice.
    Vpn,
    /// Guests.
    Guest,
}

/// What becomes of the viewers in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// They are served by the edges of the site.
    Site,
    /// They go to the CDN directly.
    Bypass,
    /// They are not served.
    Deny,
}

impl Kind {
    /// All kinds, in the order in which they are documented.
    pub const ALL: [Self; 4] = [Self::Lan, Self::Wifi, Self::Vpn, Self::Guest];

    /// As it is written in a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lan => "lan",
            Self::Wifi => "wifi",
            Self::Vpn => "vpn",
            Self::Guest => "guest",
        }
    }

    /// The policy of a network whose row states none: viewers in the office are served there, others are not sent
    /// through it.
    pub fn usual_policy(self) -> Policy {
        match self {
            Self::Lan | Self::Wifi => Policy::Site,
            Self::Vpn | Self::Guest => Policy::Bypass,
        }
    }
}

impl Policy {
    /// All policies, in the order in which they are documented.
    pub const ALL: [Self; 3] = [Self::Site, Self::Bypass, Self::Deny];

    /// As it is written in a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Bypass => "bypass",
            Self::Deny => "deny",
        }
    }
}

/// A word that is none of those that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("known are {0}")]
pub struct UnknownWord(&'static str);

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text));
        known.ok_or(UnknownWord("lan, wifi, vpn and guest"))
    }
}

impl FromStr for Policy {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let known = Self::ALL.into_iter().find(|policy| policy.as_str().eq_ignore_ascii_case(text));
        known.ok_or(UnknownWord("site, bypass and deny"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().to_uppercase().parse(), Ok(kind));
        }
        for policy in Policy::ALL {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
        assert_eq!("wan".parse::<Kind>().unwrap_err().to_string(), "known are lan, wifi, vpn and guest");
        assert!("".parse::<Policy>().is_err());
    }
}
