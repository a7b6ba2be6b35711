//! A place in the log, which stays what it is when files are renamed.

use std::fmt;
use std::str::FromStr;

/// The place of a byte in the log. Its text means nothing but to this program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// The number of the file. The one that is written has the number that it will get when it is finished.
    pub(super) file: u64,
    pub(super) offset: u64,
}

/// A text that is no [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no position in the log of what was sent: take the one that came with a page")]
pub struct NotAPosition;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.file, self.offset)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| is_number).ok_or(NotAPosition)
        };
        let (file, offset) = text.split_once('-').ok_or(NotAPosition)?;
        Ok(Self { file: number(file)?, offset: number(offset)? })
    }
}
