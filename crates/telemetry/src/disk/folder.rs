//! One folder on a disk: names in, errors that say which file out.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Disk, DiskError, Listed, Lock};

/// The file that is locked while the folder is in use.
const LOCK: &str = "lock";

/// A folder that is there and that nobody else can write into.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

impl Folder {
    /// Makes the folder if it is not there.
    pub(crate) fn open(disk: Arc<dyn Disk>, path: &Path) -> Result<Self, DiskError> {
        let folder = Self { disk, path: path.to_owned() };
        folder.said("cannot make the folder", "", folder.disk.create_folder(path))?;
        if folder.said("cannot look at the folder", "", folder.disk.others_may_write(path))? {
            return Err(DiskError::Exposed(folder.path));
        }
        Ok(folder)
    }

    /// A folder in this one.
    pub(crate) fn inner(&self, name: &str) -> Result<Self, DiskError> {
        Self::open(Arc::clone(&self.disk), &self.path.join(name))
    }

    /// Keeps other processes out.
    pub(crate) fn lock(&self) -> Result<Lock, DiskError> {
        let lock = self.said("cannot lock", LOCK, self.disk.lock(&self.path.join(LOCK)))?;
        lock.ok_or_else(|| DiskError::InUse(self.path.clone()))
    }

    /// What is in it besides the lock.
    pub(crate) fn list(&self) -> Result<Vec<Listed>, DiskError> {
        let mut listed = self.said("cannot list", "", self.disk.list(&self.path))?;
        listed.retain(|listed| listed.name != LOCK);
        Ok(listed)
    }

    pub(crate) fn read(&self, name: &str, from: u64, most: usize) -> Result<Vec<u8>, DiskError> {
        self.said("cannot read", name, self.disk.read(&self.path.join(name), from, most))
    }

    pub(crate) fn write(&self, name: &str, parts: &[&[u8]]) -> Result<(), DiskError> {
        self.said("cannot write", name, self.disk.write(&self.path.join(name), parts))
    }

    pub(crate) fn append(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.said("cannot write to", name, self.disk.append(&self.path.join(name), bytes))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.said("cannot rename", from, self.disk.rename(&self.path.join(from), &self.path.join(to)))
    }

    /// Moves a file into another folder, under another name; one that is gone already has been.
    pub(crate) fn hand_over(&self, from: &str, into: &Self, to: &str) -> Result<(), DiskError> {
        let moved = match self.disk.rename(&self.path.join(from), &into.path.join(to)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved,
        };
        self.said("cannot move", from, moved)?;
        into.sync()?;
        self.sync()
    }

    /// Removes a file; one that is gone already is as well.
    pub(crate) fn remove(&self, name: &str) -> Result<(), DiskError> {
        let removed = match self.disk.remove(&self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        };
        self.said("cannot remove", name, removed)
    }

    pub(crate) fn sync(&self) -> Result<(), DiskError> {
        self.said("cannot make durable", "", self.disk.sync_folder(&self.path))
    }

    fn said<T>(&self, doing: &'static str, name: &str, result: io::Result<T>) -> Result<T, DiskError> {
        let path = || if name.is_empty() { self.path.clone() } else { self.path.join(name) };
        result.map_err(|source| DiskError::Failed { doing, path: path(), source })
    }
}
