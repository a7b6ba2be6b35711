//! The files of the log: which there are, and how one follows the other.

use super::Limits;
use crate::disk::{DiskError, Folder};

/// The file that is written.
const CURRENT: &str = "audit.jsonl";

/// What is in the folder, oldest file first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Files {
    /// The numbers of those that are finished.
    pub(super) finished: Vec<Finished>,
    /// How long the one is that is written; none where there is none yet.
    pub(super) current: Option<u64>,
    /// Whether it ends within a line.
    torn: bool,
}

/// A file that is not written any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Finished {
    pub(super) number: u64,
    pub(super) bytes: u64,
}

impl Files {
    /// Looks at the folder; changes nothing.
    pub(super) fn list(folder: &Folder) -> Result<Self, DiskError> {
        let mut files = Self { finished: Vec::new(), current: None, torn: false };
        for listed in folder.list()?.into_iter().filter(|listed| listed.is_file) {
            if listed.name == CURRENT {
                files.current = Some(listed.bytes);
            } else if let Some(number) = parse(&listed.name) {
                files.finished.push(Finished { number, bytes: listed.bytes });
            }
        }
        files.finished.sort_unstable_by_key(|file| file.number);
        Ok(files)
    }

    /// Looks at the folder, and makes all names in it durable: an earlier error may have left them otherwise.
    pub(super) fn open(folder: &Folder) -> Result<Self, DiskError> {
        let mut files = Self::list(folder)?;
        if let Some(last) = files.current.and_then(|bytes| bytes.checked_sub(1)) {
            files.torn = folder.read(CURRENT, last, 1)? != b"\n";
        }
        if files.torn {
            files.write(folder, b"")?;
        }
        folder.sync()?;
        Ok(files)
    }

    /// Writes a line, with its end. What was torn is ended first.
    pub(super) fn append(&mut self, folder: &Folder, limits: Limits, line: &[u8]) -> Result<(), DiskError> {
        let more = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.current.is_some_and(|bytes| bytes > 0 && bytes.saturating_add(more) > limits.max_file_bytes) {
            self.finish(folder)?;
        }
        while self.finished.len() > usize::try_from(limits.files.max(1)).unwrap_or(usize::MAX) {
            folder.remove(&name(self.finished[0].number))?;
            self.finished.remove(0);
        }
        let is_new = self.current.is_none();
        self.write(folder, line)?;
        if is_new { folder.sync() } else { Ok(()) }
    }

    /// The number of the file that is written: the one it will have when it is finished.
    pub(super) fn current_number(&self) -> u64 {
        self.finished.last().map_or(1, |file| file.number + 1)
    }

    /// The name, number and length of each, oldest first.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = (String, u64, u64)> {
        let finished = self.finished.iter().map(|file| (name(file.number), file.number, file.bytes));
        let current = self.current.map(|bytes| (CURRENT.to_owned(), self.current_number(), bytes));
        finished.chain(current)
    }

    fn write(&mut self, folder: &Folder, line: &[u8]) -> Result<(), DiskError> {
        let ended = if self.torn { [b"\n", line].concat() } else { line.to_vec() };
        folder.append(CURRENT, &ended)?;
        self.torn = false;
        let written = u64::try_from(ended.len()).unwrap_or(u64::MAX);
        self.current = Some(self.current.unwrap_or_default().saturating_add(written));
        Ok(())
    }

    fn finish(&mut self, folder: &Folder) -> Result<(), DiskError> {
        let number = self.current_number();
        folder.rename(CURRENT, &name(number))?;
        folder.sync()?;
        let bytes = self.current.take().unwrap_or_default();
        self.finished.push(Finished { number, bytes });
        Ok(())
    }
}

fn name(number: u64) -> String {
    format!("audit-{number}.jsonl")
}

/// The number in the name of a finished file.
fn parse(file: &str) -> Option<u64> {
    let number = file.strip_prefix("audit-")?.strip_suffix(".jsonl")?.parse().ok()?;
    // Half of all numbers is more than there will ever be; one more always fits.
    (name(number) == file && number < u64::MAX / 2).then_some(number)
}
