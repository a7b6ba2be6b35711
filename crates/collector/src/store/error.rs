//! What goes wrong with the file.

use std::path::PathBuf;

use crate::private_file::FileError;

/// Why the file is not used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is not there, or others have rights to it.
    #[error(transparent)]
    File(#[from] FileError),
    /// SQLite refuses it.
    #[error("{file}: {1}", file = .0.display())]
    Database(PathBuf, sqlx::Error),
    /// It belongs to another program.
    #[error("{file}: is no database of reports", file = .0.display())]
    Foreign(PathBuf),
    /// It has a form that is not known here.
    #[error("{file}: was made by a newer version of Spokecast (form {1})", file = .0.display())]
    Newer(PathBuf, i64),
}

/// Why nothing was stored, or no answer found.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The question costs more work than it may.
    #[error("the question goes through too much; narrow it with from, to, site or entry")]
    TooMuch,
    /// SQLite says so: another process writes, the disk is full, or it fails.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
}
