//! The folder in which account, key and certificate are kept: for its owner alone, and for one edge at a time.
//!
//! # Invariants
//! - A file is there as it was before or as it shall be, whenever the power goes: it is written beside, made durable, and
//!   takes the name at once.
//! - No file can be read by others than the owner, and nothing is read from or written into a folder that others can look
//!   into: what stands there may be theirs, or known to them.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::secret_file::SecretFile;

/// What others than the owner may do.
const OTHERS: u32 = 0o077;

/// Larger files are not ours.
const LARGEST: usize = 1 << 20;

/// The file that whoever has the folder holds locked.
const LOCK: &str = "lock";

/// The folder, as long as this edge has it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Locked as long as it is open; `None` when somebody else may have the folder.
    lock: Mutex<Option<File>>,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system says so.
    #[error("tls.acme.folder: cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others can look into it, or have it.
    #[error(
        "tls.acme.folder: {} with mode {mode:04o} is open to others than its owner: it has to belong to whom this program \
         runs as, with mode 0700",
        .path.display()
    )]
    Exposed {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It belongs to somebody else.
    #[error("tls.acme.folder: {} belongs to user {owner}, and not to whom this program runs as", .path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The number of the user who has it.
        owner: u32,
    },
    /// Another process has it.
    #[error("tls.acme.folder: another edge uses {}", .0.display())]
    InUse(PathBuf),
    /// This edge has left it.
    #[error("tls.acme.folder: the edge does not use {} any more", .0.display())]
    Left(PathBuf),
}

impl Folder {
    /// Takes the folder, which is made if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, FolderError> {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(io("make", path)(error)),
            _ => {}
        }
        examine(path)?;
        let file = path.join(LOCK);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&file);
        let lock = lock.map_err(io("open", &file))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.into(), lock: Mutex::new(Some(lock)) }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path.into())),
            Err(TryLockError::Error(error)) => Err(io("lock", &file)(error)),
        }
    }

    /// Looks whether it could be taken, and touches nothing. One that is not there would be made.
    pub(super) fn rehearse(path: &Path) -> Result<(), FolderError> {
        match examine(path) {
            Err(FolderError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                let above = path.parent().filter(|above| !above.as_os_str().is_empty());
                let above = above.unwrap_or(Path::new("."));
                fs::metadata(above).map(drop).map_err(io("make a folder in", above))
            }
            examined => examined,
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it to others. What is being written ends first.
    pub(super) fn leave(&self) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What a file holds; `None` where there is none. Blocks.
    pub(super) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, FolderError> {
        let path = self.path.join(name);
        let secret = match SecretFile::read(&path, LARGEST) {
            Ok(secret) => secret,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io("read", &path)(error)),
        };
        if let Some(mode) = secret.exposed() {
            return Err(FolderError::Exposed { path, mode });
        }
        if secret.content.len() > LARGEST {
            return Err(io("read", &path)(ErrorKind::FileTooLarge.into()));
        }
        Ok(Some(secret.content))
    }

    /// Puts a file in the place of any that has the name. Blocks until it is durable.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<(), FolderError> {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if lock.is_none() {
            return Err(FolderError::Left(self.path.clone()));
        }
        let path = self.path.join(name);
        let beside = self.path.join(format!(".{name}.part"));
        // What an earlier try left.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io("remove", &beside)(error)),
            _ => {}
        }
        let written = write_whole(&beside, content).and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            // What is told is why it could not be written.
            let _gone = fs::remove_file(&beside);
        }
        written.map_err(io("write", &path))?;
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(io("write into", &self.path))
    }
}

fn examine(path: &Path) -> Result<(), FolderError> {
    let metadata = fs::metadata(path).map_err(io("use", path))?;
    if !metadata.is_dir() {
        return Err(io("use", path)(ErrorKind::NotADirectory.into()));
    }
    if metadata.mode() & OTHERS != 0 {
        return Err(FolderError::Exposed { path: path.into(), mode: metadata.mode() & 0o7777 });
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(FolderError::Foreign { path: path.into(), owner: metadata.uid() });
    }
    Ok(())
}

fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io { doing, path, source }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("acme");
        (temporary, path)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_file_is_for_its_owner_and_takes_the_place_of_the_one_before() {
        let (_temporary, path) = folder();
        let folder = Folder::open(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert!(folder.read("a").unwrap().is_none());
        folder.write("a", b"one").unwrap();
        // What a crash leaves is in nobody's way.
        fs::write(path.join(".a.part"), "half").unwrap();
        folder.write("a", b"two").unwrap();
        assert_eq!(*folder.read("a").unwrap().unwrap(), b"two");
        assert_eq!(mode(&path.join("a")), 0o600);
        let mut names: Vec<_> =
            fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a", LOCK]);
    }

    #[test]
    fn a_folder_or_file_that_others_can_read_is_refused() {
        let (_temporary, path) = folder();
        drop(Folder::open(&path).unwrap());
        for exposed in [0o750, 0o705, 0o701, 0o720] {
            fs::set_permissions(&path, Permissions::from_mode(exposed)).unwrap();
            for refused in [Folder::open(&path).map(drop), Folder::rehearse(&path)] {
                let error = refused.unwrap_err();
                assert!(matches!(&error, FolderError::Exposed { mode, .. } if *mode == exposed), "{error}");
            }
        }
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        let folder = Folder::open(&path).unwrap();
        folder.write("a", b"one").unwrap();
        fs::set_permissions(path.join("a"), Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(folder.read("a"), Err(FolderError::Exposed { mode: 0o640, .. })));
    }

    #[test]
    fn one_edge_has_it_at_a_time() {
        let (_temporary, path) = folder();
        Folder::rehearse(&path).unwrap();
        assert!(!path.exists(), "a rehearsal makes nothing");
        let folder = Folder::open(&path).unwrap();
        assert!(matches!(Folder::open(&path), Err(FolderError::InUse(_))));
        Folder::rehearse(&path).unwrap();
        folder.leave();
        let next = Folder::open(&path).unwrap();
        assert!(matches!(folder.write("a", b""), Err(FolderError::Left(_))));
        next.write("a", b"").unwrap();
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let (temporary, _) = folder();
        let file = temporary.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(Folder::open(&file), Err(FolderError::Io { .. })));
        assert!(matches!(Folder::rehearse(&file.join("below")), Err(FolderError::Io { .. })));
        assert!(matches!(Folder::rehearse(&temporary.path().join("a/b")), Err(FolderError::Io { .. })));
    }
}
