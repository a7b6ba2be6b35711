//! The counts of one window, each with whether it may leave.

use mapper::Id;

use crate::bucket::{Bucket, Width};
use crate::report::{Cell, Report, Segments};
use crate::threshold::EntryCounts;

/// Cells of one report: some 150 KB of text at most, which every collector takes.
const CELLS_PER_REPORT: usize = 1_000;

/// The counts of one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// When it begins.
    pub bucket: Bucket,
    /// How long it is.
    pub width: Width,
    /// Whether it is not over yet.
    pub is_running: bool,
    /// Requests in all.
    pub count: u64,
    /// The entries, in the order of names.
    pub entries: Vec<EntryCounts>,
}

impl Settled {
    pub(crate) fn of(bucket: Bucket, width: Width, is_running: bool, entries: Vec<EntryCounts>) -> Self {
        let count = entries.iter().map(|entry| entry.count).sum();
        Self { bucket, width, is_running, count, entries }
    }

    /// What may leave of it, as reports of `site`. None when nothing may.
    pub fn reports(&self, site: &Id) -> Vec<Report> {
        let cells: Vec<_> = self.entries.iter().flat_map(|entry| entry.cells.iter().cloned()).collect();
        let report = |cells: &[_]| Report {
            site: site.clone(),
            bucket: self.bucket,
            width: self.width,
            cells: cells.to_vec(),
        };
        cells.chunks(CELLS_PER_REPORT).map(report).collect()
    }

    /// How many numbers it holds.
    pub(crate) fn rows(&self) -> usize {
        self.entries.iter().map(|entry| 1 + entry.segments.len() + entry.cells.len()).sum()
    }

    /// The same with nothing but what may leave.
    pub(crate) fn published(mut self) -> Self {
        for entry in &mut self.entries {
            entry.count = entry.cells.iter().map(|cell| cell.count).sum();
            entry.unnumbered = 0;
            entry.segments = Vec::new();
        }
        self.entries.retain(|entry| !entry.cells.is_empty());
        Self::of(self.bucket, self.width, self.is_running, self.entries)
    }

    /// The same without single segments: of what leaves, the sum for each entry.
    pub(crate) fn without_segments(mut self) -> Self {
        for EntryCounts { entry, segments, cells, .. } in &mut self.entries {
            let count = cells.iter().map(|cell| cell.count).sum();
            let sum = Cell { entry: entry.clone(), segments: Segments::Entry, count };
            (*segments, *cells) = (Vec::new(), if count > 0 { vec![sum] } else { Vec::new() });
        }
        self
    }
}
