//! What is kept for people to look at: a folder with the newest files of a kind. Nothing in it is ever sent.

use crate::disk::{DiskError, Folder};

/// So many files are kept, the newest.
const MOST_FILES: usize = 64;

/// Digits of the number that a file's name begins with.
const DIGITS: usize = 16;

/// No shelf comes to this number.
const LAST: u64 = 1_000_000_000_000;

/// What a file is called while it is being written.
const UNFINISHED: &str = "unfinished.tmp";

/// Such a folder, bounded in files and bytes; the newest file is kept however large it is.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: Folder,
    max_bytes: u64,
}

/// A file of the shelf.
struct Kept {
    number: u64,
    name: String,
    bytes: u64,
}

impl Shelf {
    pub(super) fn open(folder: Folder, max_bytes: u64) -> Result<Self, DiskError> {
        let shelf = Self { folder, max_bytes };
        shelf.folder.remove(UNFINISHED)?;
        // What stands here is counted on from now on; the last process may not have come to making it durable.
        shelf.folder.sync()?;
        Ok(shelf)
    }

    /// Writes a file, in place of one that was given the same name.
    pub(super) fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let name = match self.kept()?.into_iter().find(|kept| &kept.name[DIGITS + 1..] == name) {
            Some(kept) => kept.name,
            None => self.next_name(name)?,
        };
        self.folder.write(UNFINISHED, &[bytes]).inspect_err(|_| {
            // It takes room; if it stays, the next one is written in its place.
            let _left = self.folder.remove(UNFINISHED);
        })?;
        self.folder.rename(UNFINISHED, &name)?;
        self.folder.sync()?;
        // It is kept; what is too much goes with the next one at the latest.
        let _later = self.shorten();
        Ok(())
    }

    /// Takes a file from another folder.
    pub(super) fn take(&self, from: &Folder, name: &str) -> Result<(), DiskError> {
        from.hand_over(name, &self.folder, &self.next_name(name)?)?;
        let _later = self.shorten();
        Ok(())
    }

    /// The names of what is kept, as they were given.
    pub(super) fn names(&self) -> Result<Vec<String>, DiskError> {
        let names = self.kept()?.into_iter();
        Ok(names.map(|kept| kept.name[DIGITS + 1..].to_owned()).collect())
    }

    fn next_name(&self, name: &str) -> Result<String, DiskError> {
        let last = self.kept()?.last().map_or(0, |kept| kept.number);
        Ok(format!("{:0DIGITS$}-{name}", last.saturating_add(1)))
    }

    fn shorten(&self) -> Result<(), DiskError> {
        let kept = self.kept()?;
        let mut bytes = kept.iter().fold(0_u64, |sum, kept| sum.saturating_add(kept.bytes));
        let mut files = kept.len();
        for oldest in &kept {
            if files <= 1 || (files <= MOST_FILES && bytes <= self.max_bytes) {
                break;
            }
            self.folder.remove(&oldest.name)?;
            (files, bytes) = (files - 1, bytes.saturating_sub(oldest.bytes));
        }
        Ok(())
    }

    /// Oldest first.
    fn kept(&self) -> Result<Vec<Kept>, DiskError> {
        let files = self.folder.list()?.into_iter().filter(|listed| listed.is_file);
        let mut kept: Vec<Kept> = files
            .filter_map(|listed| {
                let number = parse(&listed.name)?;
                Some(Kept { number, name: listed.name, bytes: listed.bytes })
            })
            .collect();
        kept.sort_by_key(|kept| kept.number);
        Ok(kept)
    }
}

/// The number in the name of a file of the shelf.
fn parse(name: &str) -> Option<u64> {
    let (digits, _) = name.split_once('-')?;
    let is_number = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?.filter(|number| *number <= LAST)
}
