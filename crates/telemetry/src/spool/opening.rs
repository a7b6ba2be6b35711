//! Opening a spool: what the last process left.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::key::Key;
use super::shelf::Shelf;
use super::window::{Name, Window};
use super::{Limits, Spool, SpoolError, Totals};
use crate::disk::{Disk, Folder};

/// What stood in the folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Opened {
    /// So many reports wait.
    pub reports: usize,
    /// Files that were not what was written, and moved to `damaged/`.
    pub damaged: usize,
    /// Files that were being written when the last process ended, and removed.
    pub unfinished: usize,
    /// Reports that were given up because there are too many bytes.
    pub dropped: u64,
    /// Files and folders whose names are none of ours; they are left alone.
    pub foreign: usize,
}

const REFUSED: &str = "refused";
const DAMAGED: &str = "damaged";

/// What a report is called in `refused/`, behind a number.
pub(super) fn refused_name(key: &Key) -> String {
    format!("{key}.json")
}

impl Spool {
    /// Opens a folder, which is made if it is not there, and looks at every byte in it.
    ///
    /// # Errors
    /// Another process has it, others can write into it, or the disk refused something.
    pub fn open(disk: Arc<dyn Disk>, folder: &Path, limits: Limits) -> Result<(Self, Opened), SpoolError> {
        let folder = Folder::open(disk, folder)?;
        let lock = folder.lock()?;
        let quarter = limits.max_bytes / 4;
        let refused = Shelf::open(folder.inner(REFUSED)?, quarter)?;
        let damaged = Shelf::open(folder.inner(DAMAGED)?, quarter)?;
        let mut spool = Self {
            folder,
            refused,
            damaged,
            limits,
            windows: BTreeMap::new(),
            next: 1,
            totals: Totals::default(),
            // What the last process did last may not be durable; `trim` makes it so.
            unsynced: true,
            _lock: lock,
        };
        let mut opened = spool.load()?;
        spool.finish()?;
        let (dropped, fault) = spool.trim();
        fault.map_or(Ok(()), Err)?;
        (opened.reports, opened.dropped) = (spool.reports(), dropped);
        Ok((spool, opened))
    }

    /// Reads all windows, oldest first, and clears away what is none.
    fn load(&mut self) -> Result<Opened, SpoolError> {
        let mut opened = Opened::default();
        let mut found = BTreeMap::new();
        for listed in self.folder.list()? {
            match Name::of(&listed.name) {
                Name::Window(number) => {
                    found.insert(number, listed);
                }
                Name::Unfinished => {
                    self.folder.remove(&listed.name)?;
                    opened.unfinished += 1;
                }
                Name::Foreign if listed.name == REFUSED || listed.name == DAMAGED => {}
                Name::Foreign => opened.foreign += 1,
            }
        }
        let mut keys = HashSet::new();
        for (number, listed) in found {
            let loaded =
                if listed.is_file { Window::load(&self.folder, number, listed.bytes)?.ok() } else { None };
            // A key that waits already was copied by somebody: it would be counted as it should, but not removed.
            let is_new = |window: &Window| window.reports.iter().all(|report| !keys.contains(&report.key));
            if let Some(window) = loaded.filter(is_new) {
                keys.extend(window.reports.iter().map(|report| report.key));
                self.windows.insert(number, window);
            } else {
                self.damaged.take(&self.folder, &listed.name)?;
                self.totals.damaged += 1;
                opened.damaged += 1;
            }
            self.next = self.next.max(number + 1);
        }
        Ok(opened)
    }

    /// Reports that are in `refused/` and wait as well were being set aside.
    fn finish(&mut self) -> Result<(), SpoolError> {
        for name in self.refused.names()? {
            if let Some(key) = name.strip_suffix(".json").and_then(|key| key.parse().ok()) {
                self.acknowledge(&key)?;
            }
        }
        Ok(())
    }
}
