//! What left this site, byte for byte: a line is durable before the first byte leaves.
//!
//! JSON Lines, in files that only grow. One is written, `audit.jsonl`; when it is long enough it becomes
//! `audit-<n>.jsonl`, with n counting on, and the oldest go.
//!
//! ```json
//! {"time":"2026-11-21T10:15:07Z","event":"sent","to":"https://collector.example.com/v1/reports","key":"00…","fields":[["content-type","application/json"]],"report":"{…}"}
//! {"time":"2026-11-21T10:16:01Z","event":"sent-again","key":"00…"}
//! {"time":"2026-11-21T10:16:02Z","event":"answered","key":"00…","outcome":"201"}
//! ```
//!
//! # Invariants
//! - When [`Audit::sending`] or [`Audit::again`] returns without an error, the line is on disk, whole. After an error
//!   nothing may be sent: so nothing leaves that is not in the log. The log may say of a report that was not sent
//!   after all that it was: a crash can come between.
//! - The text under `report` is exactly the bytes that were given.
//! - A line that was torn by a crash or a full disk is ended by the next one, and counted by who reads; no line is
//!   ever changed.
//! - A [`Position`] means the same line before and after files were renamed.
//!
//! Deliberately absent: secrets (the caller writes `(secret)` in their place), and reading the clock.

mod error;
mod files;
mod line;
mod pages;
mod position;
mod sent;

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

pub use error::AuditError;
pub use line::{Entry, Event};
pub use pages::{Chunk, Page};
pub use position::{NotAPosition, Position};
pub use sent::{Sent, SentPage};

use crate::disk::{Disk, DiskError, Folder, Lock};
use crate::report::MAX_BYTES;
use crate::spool::Key;
use files::Files;

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// A file that would become longer is finished and a new one begun. A line that is longer by itself has a file of
    /// its own.
    pub max_file_bytes: u64,
    /// So many finished files are kept, at least one.
    pub files: u32,
}

/// The longest destination and fields of a report, in bytes of text together.
const MOST_BESIDES: usize = 64 << 10;

/// The log of what was sent. One process has it; every call may wait for the disk.
#[derive(Debug)]
pub struct Audit {
    folder: Folder,
    limits: Limits,
    /// What is in the folder; none after an error, until it is looked at again.
    files: Option<Files>,
    _lock: Lock,
}

impl Audit {
    /// Opens a folder, which is made if it is not there. A last line that was torn is ended.
    ///
    /// # Errors
    /// Another process has it, others can write into it, or the disk refused something.
    pub fn open(disk: Arc<dyn Disk>, folder: &Path, limits: Limits) -> Result<Self, AuditError> {
        let folder = Folder::open(disk, folder)?;
        let lock = folder.lock()?;
        let mut audit = Self { folder, limits, files: None, _lock: lock };
        audit.changing(|_, _| Ok(()))?;
        Ok(audit)
    }

    /// Writes down what is about to be sent, before a byte of it leaves.
    ///
    /// # Errors
    /// It is not in the log: nothing may be sent.
    pub fn sending(
        &mut self,
        now: SystemTime,
        to: &str,
        key: &Key,
        fields: &[(&str, &str)],
        report: &[u8],
    ) -> Result<(), AuditError> {
        let report = std::str::from_utf8(report).map_err(|_| AuditError::NotText { key: *key })?;
        let besides = fields.iter().fold(to.len(), |sum, (name, value)| sum + name.len() + value.len());
        if report.len() > MAX_BYTES || besides > MOST_BESIDES {
            return Err(AuditError::TooLong { key: *key });
        }
        self.append(&line::sent(now, to, key, fields, report))
    }

    /// Writes down that a report is about to be sent once more, to the same place, with the same fields and bytes.
    ///
    /// # Errors
    /// It is not in the log: nothing may be sent.
    pub fn again(&mut self, now: SystemTime, key: &Key) -> Result<(), AuditError> {
        self.append(&line::again(now, key))
    }

    /// Writes down what became of it, such as the status of the answer.
    ///
    /// # Errors
    /// It is not in the log.
    pub fn answered(&mut self, now: SystemTime, key: &Key, outcome: &str) -> Result<(), AuditError> {
        if outcome.len() > MOST_BESIDES {
            return Err(AuditError::TooLong { key: *key });
        }
        self.append(&line::answered(now, key, outcome))
    }

    /// The newest `limit` lines, newest first; those before a position, if there is one. A page ends earlier where it
    /// would become very long.
    ///
    /// # Errors
    /// The disk's. A line that cannot be read is none: it is counted.
    pub fn newest(&self, limit: usize, before: Option<Position>) -> Result<Page, AuditError> {
        pages::newest(&self.folder, limit, before)
    }

    /// The newest `limit` reports that were sent, newest first, each with what became of it; those before a position,
    /// if there is one. A page ends earlier where it would become very long.
    ///
    /// # Errors
    /// The disk's.
    pub fn sent(&self, limit: usize, before: Option<Position>) -> Result<SentPage, AuditError> {
        sent::sent(&self.folder, limit, before)
    }

    /// The bytes of all files as they are, oldest first: at most `most` of them, from a position on.
    ///
    /// # Errors
    /// The disk's.
    pub fn chunk(&self, from: Option<Position>, most: usize) -> Result<Chunk, AuditError> {
        pages::chunk(&self.folder, from, most)
    }

    fn append(&mut self, line: &str) -> Result<(), AuditError> {
        let limits = self.limits;
        self.changing(|files, folder| files.append(folder, limits, line.as_bytes()))
    }

    /// Does something to the files. After an error they are looked at again before the next time: the disk may have
    /// done any part of it.
    fn changing(
        &mut self,
        change: impl FnOnce(&mut Files, &Folder) -> Result<(), DiskError>,
    ) -> Result<(), AuditError> {
        let mut files = match self.files.take() {
            Some(files) => files,
            None => Files::open(&self.folder)?,
        };
        change(&mut files, &self.folder)?;
        self.files = Some(files);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
