//! Files that only their owner may read or change: the token, the database.
//!
//! Errors name the file and what is wrong, and nothing of its content.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// What others than the owner may do.
const OTHERS: u32 = 0o077;

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is none of this name.
    #[error("{file}: there is no such file", file = .0.display())]
    Missing(PathBuf),
    /// The system does not give it.
    #[error("{file}: cannot be opened: {1}", file = .0.display())]
    Unreadable(PathBuf, io::Error),
    /// Group or others have a right to it.
    #[error("{file}: its mode {1:04o} lets others read or change it; `chmod 600 {file}` keeps them out", file = .0.display())]
    Exposed(PathBuf, u32),
    /// It is a folder or a device.
    #[error("{file}: is no file", file = .0.display())]
    NoFile(PathBuf),
    /// More than there may be.
    #[error("{file}: is larger than {1} bytes", file = .0.display())]
    TooLarge(PathBuf, usize),
}

impl FileError {
    pub(crate) fn of(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(path.into()),
            _ => Self::Unreadable(path.into(), error),
        }
    }
}

/// The content of a file with at most `most` bytes.
pub(crate) fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let file = File::open(path).map_err(|error| FileError::of(path, error))?;
    check(path, &file)?;
    // Large enough for all of it: a buffer that grows leaves copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(most + 1));
    let read = file.take(most as u64 + 1).read_to_end(&mut content);
    read.map_err(|error| FileError::Unreadable(path.into(), error))?;
    if content.len() > most { Err(FileError::TooLarge(path.into(), most)) } else { Ok(content) }
}

/// Makes an empty file for its owner alone, and puts its name on the disk. One that is there is left as it is, if it is
/// its owner's alone.
pub(crate) fn provide(path: &Path) -> Result<(), FileError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(_) => {
            let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|error| FileError::Unreadable(folder.into(), error))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => inspect(path),
        Err(error) => Err(FileError::of(path, error)),
    }
}

/// Whether a file is there, and its owner's alone.
pub(crate) fn inspect(path: &Path) -> Result<(), FileError> {
    let file = File::open(path).map_err(|error| FileError::of(path, error))?;
    check(path, &file)
}

fn check(path: &Path, file: &File) -> Result<(), FileError> {
    let metadata = file.metadata().map_err(|error| FileError::of(path, error))?;
    let mode = metadata.permissions().mode();
    if !metadata.is_file() {
        return Err(FileError::NoFile(path.into()));
    }
    if mode & OTHERS != 0 { Err(FileError::Exposed(path.into(), mode & 0o7777)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_others_can_read_is_refused_and_what_is_made_they_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert!(matches!(inspect(&path), Err(FileError::Missing(_))));
        provide(&path).unwrap();
        provide(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        fs::write(&path, "content").unwrap();
        assert_eq!(&read(&path, 7).unwrap()[..], b"content");
        assert!(matches!(read(&path, 6), Err(FileError::TooLarge(_, 6))));
        for mode in [0o640, 0o604, 0o620, 0o602] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(provide(&path), Err(FileError::Exposed(_, found)) if found == mode), "{mode:o}");
            assert!(matches!(read(&path, 7), Err(FileError::Exposed(..))), "{mode:o}");
        }
        assert!(matches!(read(folder.path(), 7), Err(FileError::NoFile(_))));
    }
}
