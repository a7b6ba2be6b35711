//! One window that waits: which of its reports, and where they are.

use std::sync::Arc;

use super::file::{self, Checksum, Damaged, LONGEST_HEADER, Line, checksum};
use super::key::Key;
use super::{Sealed, SpoolError};
use crate::disk::{DiskError, Folder};

/// File systems keep whole blocks; a file counts as many. So the number of files has a bound as well.
const BLOCK: u64 = 4096;

/// How names of files begin and end; between is the number of the window, 16 digits.
const PREFIX: &str = "window-";
const SUFFIX: &str = ".spool";
const DIGITS: usize = 16;
/// No spool comes to this number; a file with a larger one would leave no room for the next.
const LAST: u64 = 1_000_000_000_000;
/// What a file is called while it is being written.
const UNFINISHED: &str = "window.tmp";

/// What a name in the folder stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Name {
    /// A window.
    Window(u64),
    /// What was being written when the process was killed.
    Unfinished,
    /// Nothing of ours.
    Foreign,
}

/// A window with at least one report that waits, or a file that is still to be removed.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// They are in this order.
    pub(super) number: u64,
    pub(super) reports: Vec<Report>,
    /// How long its file is or would be.
    pub(super) file_bytes: u64,
    pub(super) written: Written,
    /// Whether its reports may be sent: not while the disk may hold what they came in place of.
    pub(super) offered: bool,
}

/// Whether a window is on the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Written {
    /// Durably. Bodies are read when they are asked for.
    Yes,
    /// Not under its name; the bodies are in memory.
    No,
    /// It was given its name, or was about to: after a crash it may be there. The bodies are in memory too.
    Perhaps,
}

/// One report that waits.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) key: Key,
    pub(super) length: usize,
    checksum: Checksum,
    /// Where it begins in the file, if that is there.
    from: u64,
    /// In memory, while the file is not certain.
    body: Option<Arc<[u8]>>,
}

impl Name {
    pub(super) fn of(name: &str) -> Self {
        if name == UNFINISHED {
            return Self::Unfinished;
        }
        let digits = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
        let is_digits = |digits: &&str| digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.filter(is_digits).and_then(|digits| digits.parse().ok());
        number.filter(|number| *number <= LAST).map_or(Self::Foreign, Self::Window)
    }
}

impl Window {
    /// One that is in memory alone.
    pub(super) fn new(number: u64, reports: Vec<Report>) -> Self {
        let mut window = Self { number, reports, file_bytes: 0, written: Written::No, offered: true };
        let lengths: usize = window.reports.iter().map(|report| report.length).sum();
        window.file_bytes = length(window.header().len() + lengths);
        window
    }

    /// Reads a file, all of it, one body at a time.
    pub(super) fn load(
        folder: &Folder,
        number: u64,
        file_bytes: u64,
    ) -> Result<Result<Self, Damaged>, DiskError> {
        let name = name(number);
        let start = folder.read(&name, 0, LONGEST_HEADER)?;
        let (lines, header_bytes) = match file::parse(&start, file_bytes) {
            Ok(parsed) => parsed,
            Err(damaged) => return Ok(Err(damaged)),
        };
        let mut from = length(header_bytes);
        let mut reports = Vec::with_capacity(lines.len());
        for Line { key, length: bytes, checksum } in lines {
            let report = Report { key, length: bytes, checksum, from, body: None };
            if report.read(folder, &name)?.is_err() {
                return Ok(Err(Damaged));
            }
            from += length(bytes);
            reports.push(report);
        }
        Ok(Ok(Self { number, reports, file_bytes, written: Written::Yes, offered: true }))
    }

    /// Writes it under its name, in place of what stands there: whole or not at all. When that is durable the bodies
    /// are let go.
    pub(super) fn write(&mut self, folder: &Folder) -> Result<(), DiskError> {
        let (name, header) = (self.name(), self.header());
        let mut parts = vec![header.as_bytes()];
        parts.extend(self.reports.iter().filter_map(|report| report.body.as_deref()));
        folder.write(UNFINISHED, &parts).inspect_err(|_| {
            // What of it is there takes room that others need; if it stays, the next one is written in its place.
            let _left = folder.remove(UNFINISHED);
        })?;
        self.written = Written::Perhaps;
        folder.rename(UNFINISHED, &name)?;
        folder.sync()?;
        let mut from = length(header.len());
        for report in &mut self.reports {
            report.from = from;
            report.body = None;
            from += length(report.length);
        }
        self.file_bytes = from;
        (self.written, self.offered) = (Written::Yes, true);
        Ok(())
    }

    /// The same with all bodies in memory, and `by` in place of one report.
    pub(super) fn with(&self, folder: &Folder, key: &Key, by: &[Sealed]) -> Result<Self, SpoolError> {
        let mut reports = Vec::with_capacity(self.reports.len() + by.len());
        for report in &self.reports {
            if report.key == *key {
                reports.extend(by.iter().map(Report::new));
            } else {
                let body = self.body(folder, report)?;
                reports.push(Report { body: Some(body), ..report.clone() });
            }
        }
        Ok(Self::new(self.number, reports))
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        self.reports.iter().any(|report| report.key == *key)
    }

    /// The bytes of one of its reports.
    pub(super) fn body(&self, folder: &Folder, report: &Report) -> Result<Arc<[u8]>, SpoolError> {
        let read = match &report.body {
            Some(body) => return Ok(Arc::clone(body)),
            None => report.read(folder, &self.name())?,
        };
        read.map_err(|Damaged| SpoolError::Damaged { file: self.name(), reports: self.reports.len() })
    }

    pub(super) fn name(&self) -> String {
        name(self.number)
    }

    /// What it takes of the spool's bytes.
    pub(super) fn charge(&self) -> u64 {
        self.file_bytes.div_ceil(BLOCK).saturating_mul(BLOCK)
    }

    fn header(&self) -> String {
        let line =
            |report: &Report| Line { key: report.key, length: report.length, checksum: report.checksum };
        file::header(&self.reports.iter().map(line).collect::<Vec<_>>())
    }
}

impl Report {
    pub(super) fn new(sealed: &Sealed) -> Self {
        let Sealed { key, bytes } = sealed;
        let body = Some(Arc::clone(bytes));
        Self { key: *key, length: bytes.len(), checksum: checksum(bytes), from: 0, body }
    }

    fn read(&self, folder: &Folder, name: &str) -> Result<Result<Arc<[u8]>, Damaged>, DiskError> {
        let bytes = match folder.read(name, self.from, self.length) {
            // Somebody removed it.
            Err(error) if error.is_missing() => return Ok(Err(Damaged)),
            read => read?,
        };
        let is_whole = bytes.len() == self.length && checksum(&bytes) == self.checksum;
        Ok(if is_whole { Ok(bytes.into()) } else { Err(Damaged) })
    }
}

fn name(number: u64) -> String {
    format!("{PREFIX}{number:0DIGITS$}{SUFFIX}")
}

/// A usize is at most 64 bits wide.
fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
