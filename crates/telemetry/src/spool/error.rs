//! Why the spool did not do what it was asked.

use super::key::Key;
use crate::disk::DiskError;
use crate::report::MAX_BYTES;

/// Why the spool did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The disk refused, or the folder cannot be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Two reports have one key.
    #[error("a report with the key {key} waits already")]
    Known {
        /// Which.
        key: Key,
    },
    /// It was acknowledged, set aside, replaced, or given up.
    #[error("no report with the key {key} waits")]
    Unknown {
        /// Which.
        key: Key,
    },
    /// Nothing cannot come in place of a report.
    #[error("nothing was given in place of the report with the key {key}")]
    Nothing {
        /// Which.
        key: Key,
    },
    /// A report is too long.
    #[error("the report with the key {key} has {bytes} bytes, at most {MAX_BYTES}")]
    TooLarge {
        /// Which.
        key: Key,
        /// How long it is.
        bytes: usize,
    },
    /// A window has too many reports.
    #[error("a window with {reports} reports, at most {}", super::file::MOST_REPORTS)]
    TooMany {
        /// How many.
        reports: usize,
    },
    /// A file is not what was written. It was moved to `damaged/`.
    #[error("{file} was damaged, and {reports} reports in it are lost")]
    Damaged {
        /// What it was called.
        file: String,
        /// So many waited in it.
        reports: usize,
    },
}
