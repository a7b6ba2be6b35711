//! The disk of this machine.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::{Disk, Listed, Lock};

/// The bits of a mode that let group or others write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
        if let Some(above) = above {
            self.create_folder(above)?;
        }
        DirBuilder::new().mode(0o700).create(folder)?;
        above.map_or(Ok(()), |above| self.sync_folder(above))
    }

    fn others_may_write(&self, folder: &Path) -> io::Result<bool> {
        let metadata = folder.metadata()?;
        let own = [rustix::process::geteuid().as_raw(), 0];
        Ok(metadata.mode() & WRITABLE_BY_OTHERS != 0 || !own.contains(&metadata.uid()))
    }

    fn lock(&self, file: &Path) -> io::Result<Option<Lock>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for entry in folder.read_dir()? {
            let entry = entry?;
            let metadata = match entry.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                metadata => metadata?,
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            listed.push(Listed { name, bytes: metadata.len(), is_file: metadata.is_file() });
        }
        Ok(listed)
    }

    fn read(&self, file: &Path, from: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(file)?;
        let rest = file.metadata()?.len().saturating_sub(from);
        let length = usize::try_from(rest).map_or(most, |rest| rest.min(most));
        let mut bytes = Vec::with_capacity(length);
        file.seek(SeekFrom::Start(from))?;
        // A usize is at most 64 bits wide.
        file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, file: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()
    }

    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        std::fs::remove_file(file)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}
