//! The few operations on files that [spool](crate::spool) and [audit](crate::audit) stand on, so that a test can
//! fail or stop any single one of them.
//!
//! # Invariants
//! - What [`Disk::write`] and [`Disk::append`] returned from is durable as to its bytes; a name is durable after
//!   [`Disk::sync_folder`]. Everything above this module counts on no more than that.
//! - Files are this program's alone (mode 0600), folders too (0700). A folder into which others can write is
//!   refused and never mended in silence: what stands in it may be theirs.
//!
//! Deliberately absent: asynchronous files (each call blocks, so that the order of operations is the program's), and
//! advice on what is in a file.

mod folder;
mod real;

use std::any::Any;
use std::path::{Path, PathBuf};
use std::{fmt, io};

pub(crate) use folder::Folder;
pub use real::RealDisk;

/// Keeps a folder for this process until it is dropped.
pub type Lock = Box<dyn Any + Send + Sync>;

/// Files, as far as they are needed here. A call blocks until the disk has answered.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes a folder, and those above it, if they are not there (mode 0700). They are durable afterwards.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// Whether somebody else than this process (and the system's administrator) can write into the folder.
    fn others_may_write(&self, folder: &Path) -> io::Result<bool>;

    /// Locks a file, which is made if it is not there; none while another has it.
    fn lock(&self, file: &Path) -> io::Result<Option<Lock>>;

    /// What is in a folder, in any order.
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>>;

    /// The bytes of a file from `from` on, at most `most`; fewer only at its end.
    fn read(&self, file: &Path, from: u64, most: usize) -> io::Result<Vec<u8>>;

    /// Writes a file (mode 0600) in place of any that has the name, as all `parts` one after the other. Its bytes are
    /// durable afterwards; after an error any part of them may be there.
    fn write(&self, file: &Path, parts: &[&[u8]]) -> io::Result<()>;

    /// Writes behind the end of a file, which is made (mode 0600) if it is not there. As durable as with
    /// [`Self::write`].
    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file another name, in place of any that has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, file: &Path) -> io::Result<()>;

    /// Makes durable which names are in a folder.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// Something in a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// What it is called; what is no UTF-8 is replaced.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// Whether it is a file: no folder, link or pipe.
    pub is_file: bool,
}

impl DiskError {
    /// Whether the file or folder is not there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Failed { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Why a folder cannot be used, or what went wrong in it.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// An operation failed.
    #[error("{doing} {}: {source}", path.display())]
    Failed {
        /// What was tried, such as `cannot write`.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has it.
    #[error("another process uses the folder {}", .0.display())]
    InUse(PathBuf),
    /// Others can write into it.
    #[error(
        "others can write into the folder {}: it has to belong to whom this program runs as, without write \
         permission for group and others (chmod go-w)",
        .0.display()
    )]
    Exposed(PathBuf),
}
