//! Amounts with a unit: sizes in bytes and periods of time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number of bytes, written with its unit: `512 MiB`, `1 GiB`, `64 KiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ByteSize(u64);

/// A period of time, written with its unit: `500ms`, `10s`, `5m`, `24h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Period(Duration);

impl ByteSize {
    /// So many bytes.
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// So many KiB.
    pub const fn kib(kib: u64) -> Self {
        Self(kib << 10)
    }

    /// So many MiB.
    pub const fn mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// The number of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number of bytes, for something that is held in memory.
    pub fn in_memory(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Period {
    /// A period of `duration`.
    pub const fn of(duration: Duration) -> Self {
        Self(duration)
    }

    /// The duration.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size: bytesize::ByteSize = text.parse().map_err(|_| {
            format!("`{text}` is not a size; write a number and a unit, such as `512 MiB` or `1 GiB`")
        })?;
        Ok(Self(size.as_u64()))
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let duration = humantime::parse_duration(text).map_err(|_| {
            format!("`{text}` is not a period; write a number and a unit, such as `500ms`, `10s` or `24h`")
        })?;
        Ok(Self(duration))
    }
}

impl TryFrom<String> for ByteSize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ByteSize> for String {
    fn from(size: ByteSize) -> Self {
        size.to_string()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            bytes if bytes >= 1 << 30 && bytes.trailing_zeros() >= 30 => (30, "GiB"),
            bytes if bytes >= 1 << 20 && bytes.trailing_zeros() >= 20 => (20, "MiB"),
            bytes if bytes >= 1 << 10 && bytes.trailing_zeros() >= 10 => (10, "KiB"),
            _ => (0, "B"),
        };
        write!(f, "{} {name}", self.0 >> unit)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_unit_and_shown_the_same() {
        for (text, bytes) in [("1 GiB", 1 << 30), ("512MiB", 512 << 20), ("64 KiB", 64 << 10), ("100", 100)] {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!(size.get(), bytes, "{text}");
            assert_eq!(size.to_string().parse(), Ok(size));
        }
        for bad in ["", "much", "-1 MiB", "1 MiBs"] {
            assert!(bad.parse::<ByteSize>().unwrap_err().contains("is not a size"), "{bad}");
        }
    }

    #[test]
    fn periods_are_read_with_their_unit_and_shown_the_same() {
        for (text, ms) in [("500ms", 500), ("10s", 10_000), ("24h", 86_400_000)] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.get().as_millis(), ms, "{text}");
            assert_eq!(period.to_string().parse(), Ok(period));
        }
        for bad in ["", "10", "soon", "-1s"] {
            assert!(bad.parse::<Period>().unwrap_err().contains("is not a period"), "{bad}");
        }
    }
}
