//! Files that hold a secret: for their owner alone, and with no copy left behind in memory.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// What others than the owner may do.
const OTHERS: u32 = 0o077;

/// A file that was read.
pub(crate) struct SecretFile {
    /// What it holds, up to one byte more than was asked for.
    pub(crate) content: Zeroizing<Vec<u8>>,
    mode: u32,
}

/// A new file for its owner alone, which appears whole or not at all, and never in the place of another: under another
/// name until all of it is on the disk.
///
/// # Errors
/// One is there already, or the system does not take it.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let open_folder = File::open(folder)?;
    // For its owner alone, as every temporary file.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    open_folder.sync_all()
}

impl SecretFile {
    /// Reads a file of at most `most_bytes`. Content and mode are both of the file that was opened, whatever takes its
    /// name meanwhile.
    pub(crate) fn read(path: &Path, most_bytes: usize) -> io::Result<Self> {
        let file = File::open(path)?;
        let mode = file.metadata()?.permissions().mode();
        // Large enough for all of it: a buffer that grows leaves copies behind.
        let mut content = Zeroizing::new(Vec::with_capacity(most_bytes + 1));
        file.take(most_bytes as u64 + 1).read_to_end(&mut content)?;
        Ok(Self { content, mode })
    }

    /// The file's mode, where group or others have a right to it.
    pub(crate) fn exposed(&self) -> Option<u32> {
        (self.mode & OTHERS != 0).then_some(self.mode & 0o7777)
    }
}
