//! Why something is not in the log.

use crate::disk::DiskError;
use crate::spool::Key;

/// Why something is not in the log, or cannot be read from it.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The disk refused, or the folder cannot be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The report is no text.
    #[error("the report with the key {key} is no UTF-8, and cannot be logged as it is")]
    NotText {
        /// Which.
        key: Key,
    },
    /// Too much for a line.
    #[error("what is to be logged of the report with the key {key} is too long")]
    TooLong {
        /// Which.
        key: Key,
    },
}
