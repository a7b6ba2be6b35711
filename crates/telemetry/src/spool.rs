//! Reports that wait until the upstream has acknowledged them: on disk, so that a crash neither loses nor doubles one.
//!
//! One file per window holds all its reports. It is written under another name, made durable, and renamed; so the
//! reports of a window are all there or none is. Bodies are read when they are asked for. A report keeps its [`Key`]
//! from the commit on; a collector that meets it again counts nothing again.
//!
//! ```text
//! lock                          who has it open
//! window-0000000000000017.spool a window whose reports wait; oldest first by number
//! refused/                      reports that the collector will never take, for people to look at
//! damaged/                      files that are not what was written
//! ```
//!
//! # Invariants
//! - After a kill at any point a report waits under the same key, or was acknowledged, set aside, or replaced. No
//!   crash yields a part of a window, nor what a report was replaced by beside it.
//! - What comes in place of a report is offered only when the disk cannot bring the report back.
//! - At most [`Limits::max_bytes`] wait, on disk and in memory together; the oldest windows go first and are counted.
//!   A window that the disk does not take waits in memory, and is written when there is room.
//! - A file is sent only if every byte is what was written. Any other is moved to `damaged/` and counted; one whose
//!   name is none of ours is left alone.
//!
//! Deliberately absent: time, what a report says, and whoever is behind its counts; the order in which reports are
//! tried, which is for whoever sends them. That some reports of a window are acknowledged is known in memory alone until all of
//! them are: after a crash they are sent again, with their keys.

mod error;
mod file;
mod key;
mod opening;
mod room;
mod shelf;
mod window;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use error::SpoolError;
pub use key::{Key, NoRandomness, NotAKey};
pub use opening::Opened;

use crate::disk::{DiskError, Folder, Lock};
use crate::report::MAX_BYTES;
use shelf::Shelf;
use window::{Report, Window, Written};

/// A report that is ready to be sent: it never changes any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
    /// What it is called.
    pub key: Key,
    /// Its canonical bytes; at most [`MAX_BYTES`].
    pub bytes: Arc<[u8]>,
}

/// How much may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of files, each in whole blocks of 4 KiB; what waits in memory counts as if it were written. While a
    /// window is written it is there besides. `refused/` and `damaged/` have a quarter of it each.
    pub max_bytes: u64,
}

/// A report that waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// What it is called.
    pub key: Key,
    /// How long it is, in bytes.
    pub length: usize,
}

/// What became of a window that was given to the spool.
#[derive(Debug)]
#[must_use]
pub struct Committed {
    /// So many reports were given up because there was no room: of the oldest windows, or this one if it is too large.
    pub dropped: u64,
    /// What the disk refused, if it did. Nothing is lost by that: reports wait in memory, and [`Spool::settle`] tries
    /// again. Without it all reports are durable.
    pub fault: Option<DiskError>,
}

/// What has happened since the spool was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Reports that were given up because there was no room.
    pub dropped: u64,
    /// Reports that were set aside.
    pub refused: u64,
    /// Files that were damaged.
    pub damaged: u64,
    /// Reports that waited in files of which it was seen later that they are damaged.
    pub lost: u64,
}

/// Reports that wait. One process has it; every call may wait for the disk.
#[derive(Debug)]
pub struct Spool {
    folder: Folder,
    refused: Shelf,
    damaged: Shelf,
    limits: Limits,
    windows: BTreeMap<u64, Window>,
    /// The number of the next window.
    next: u64,
    totals: Totals,
    /// Names were changed since the folder was last made durable.
    unsynced: bool,
    _lock: Lock,
}

impl Spool {
    /// Takes all reports of one window, or refuses them all.
    ///
    /// # Errors
    /// What is wrong with the reports; then none is taken. A fault of the disk is none: see [`Committed::fault`].
    pub fn commit(&mut self, reports: &[Sealed]) -> Result<Committed, SpoolError> {
        self.check(reports, 0)?;
        if reports.is_empty() {
            return Ok(Committed { dropped: 0, fault: None });
        }
        let window = Window::new(self.next, reports.iter().map(Report::new).collect());
        self.next += 1;
        Ok(self.admit(window))
    }

    /// All reports that may be sent, oldest window first. Their bodies are had with [`Self::read`].
    pub fn waiting(&self) -> impl Iterator<Item = Waiting> {
        let offered = self.windows.values().filter(|window| window.offered);
        offered
            .flat_map(|window| &window.reports)
            .map(|Report { key, length, .. }| Waiting { key: *key, length: *length })
    }

    /// The bytes of a report that waits.
    ///
    /// # Errors
    /// [`SpoolError::Damaged`] where the file is not what was written: all its reports are gone then.
    pub fn read(&mut self, key: &Key) -> Result<Sealed, SpoolError> {
        let window = self.window_of(key)?;
        let report = window.reports.iter().find(|report| report.key == *key);
        let report = report.ok_or(SpoolError::Unknown { key: *key })?;
        match window.body(&self.folder, report) {
            Ok(bytes) => Ok(Sealed { key: *key, bytes }),
            Err(error) => Err(self.judged(key, error)),
        }
    }

    /// Forgets a report that the upstream has. One that does not wait is forgotten already.
    ///
    /// # Errors
    /// The disk did not remove the file; the report is not offered again all the same, unless a crash comes before
    /// [`Self::settle`] could do it.
    pub fn acknowledge(&mut self, key: &Key) -> Result<(), SpoolError> {
        let Some(window) = self.windows.values_mut().find(|window| window.has(key)) else {
            return Ok(());
        };
        window.reports.retain(|report| report.key != *key);
        let number = window.number;
        if window.reports.is_empty() {
            self.remove(number)?;
            if self.unsynced {
                self.sync()?;
            }
        }
        Ok(())
    }

    /// Puts several reports, with keys of their own, in place of one that the collector found too large: all of them,
    /// or none.
    ///
    /// # Errors
    /// The disk's fault, and nothing is replaced; or, where it cannot be known, the window is not offered until
    /// [`Self::settle`] has written it. [`SpoolError::Unknown`] where the report does not wait any more.
    pub fn replace(&mut self, key: &Key, by: &[Sealed]) -> Result<(), SpoolError> {
        let window = self.window_of(key)?;
        self.check(by, window.reports.len())?;
        if by.is_empty() {
            return Err(SpoolError::Nothing { key: *key });
        }
        let (number, written) = (window.number, window.written);
        let mut changed = match window.with(&self.folder, key, by) {
            Ok(changed) => changed,
            Err(error) => return Err(self.judged(key, error)),
        };
        let result = if written == Written::No { Ok(()) } else { changed.write(&self.folder) };
        if result.is_err() && changed.written == Written::No {
            return Ok(result?);
        }
        changed.offered = result.is_ok();
        self.windows.insert(number, changed);
        self.trim();
        Ok(result?)
    }

    /// Takes a report out of what waits, and keeps it in `refused/`: the collector will never take it.
    ///
    /// # Errors
    /// The disk's fault, and the report waits as before; [`SpoolError::Unknown`] where it does not wait any more.
    pub fn set_aside(&mut self, key: &Key) -> Result<(), SpoolError> {
        let Sealed { bytes, .. } = self.read(key)?;
        self.refused.keep(&opening::refused_name(key), &bytes)?;
        self.totals.refused += 1;
        // A file that stays is removed by `settle`, and when the spool is opened next.
        let _later = self.acknowledge(key);
        Ok(())
    }

    /// Does what the disk has refused so far: writes what waits in memory, removes what is done.
    ///
    /// # Errors
    /// It refuses still.
    pub fn settle(&mut self) -> Result<(), DiskError> {
        let unsettled = |window: &&Window| window.written != Written::Yes || window.reports.is_empty();
        let numbers: Vec<u64> = self.windows.values().filter(unsettled).map(|window| window.number).collect();
        for number in numbers {
            match self.windows.get_mut(&number) {
                Some(window) if !window.reports.is_empty() => window.write(&self.folder)?,
                _ => self.remove(number)?,
            }
        }
        if self.unsynced {
            self.sync()?;
        }
        Ok(())
    }

    /// How many reports wait.
    pub fn reports(&self) -> usize {
        self.windows.values().map(|window| window.reports.len()).sum()
    }

    /// How many of them are in memory alone, for the disk did not take them.
    pub fn held(&self) -> usize {
        let held = self.windows.values().filter(|window| window.written != Written::Yes);
        held.map(|window| window.reports.len()).sum()
    }

    /// What they take, as [`Limits::max_bytes`] counts it.
    pub fn bytes(&self) -> u64 {
        self.windows.values().map(Window::charge).sum()
    }

    /// What has happened since it was opened.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    fn window_of(&self, key: &Key) -> Result<&Window, SpoolError> {
        self.windows.values().find(|window| window.has(key)).ok_or(SpoolError::Unknown { key: *key })
    }

    /// Whether these may wait, in a window with `others`.
    fn check(&self, reports: &[Sealed], others: usize) -> Result<(), SpoolError> {
        if reports.len() + others > file::MOST_REPORTS {
            return Err(SpoolError::TooMany { reports: reports.len() + others });
        }
        for (index, Sealed { key, bytes }) in reports.iter().enumerate() {
            if bytes.len() > MAX_BYTES {
                return Err(SpoolError::TooLarge { key: *key, bytes: bytes.len() });
            }
            let is_twice = reports[..index].iter().any(|other| other.key == *key);
            if is_twice || self.windows.values().any(|window| window.has(key)) {
                return Err(SpoolError::Known { key: *key });
            }
        }
        Ok(())
    }

    /// What an error of reading means: a damaged file is moved away, with all reports in it.
    fn judged(&mut self, key: &Key, error: SpoolError) -> SpoolError {
        let SpoolError::Damaged { reports, .. } = &error else {
            return error;
        };
        let Some(window) = self.windows.values().find(|window| window.has(key)) else {
            return error;
        };
        let number = window.number;
        if let Err(error) = self.damaged.take(&self.folder, &window.name()) {
            return error.into();
        }
        self.totals.damaged += 1;
        self.totals.lost += count(*reports);
        self.windows.remove(&number);
        error
    }
}

/// A usize is at most 64 bits wide.
fn count(reports: usize) -> u64 {
    u64::try_from(reports).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
