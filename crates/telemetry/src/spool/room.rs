//! The spool's bound: who goes when there is no room.

use super::window::{Window, Written};
use super::{Committed, Spool, count};
use crate::disk::DiskError;

impl Spool {
    /// Takes a window in: on disk if that has room, else in memory. The oldest go for it.
    pub(super) fn admit(&mut self, window: Window) -> Committed {
        let reports = count(window.reports.len());
        if window.charge() > self.limits.max_bytes {
            self.totals.dropped += reports;
            return Committed { dropped: reports, fault: None };
        }
        let number = window.number;
        self.windows.insert(number, window);
        // What could not be removed before is in the way still: nothing is put on top of it.
        let blocked = self.bytes_on_disk() > self.limits.max_bytes;
        let mut fault = None;
        if let Some(window) = self.windows.get_mut(&number).filter(|_| !blocked) {
            fault = window.write(&self.folder).err();
        }
        let (mut dropped, trimmed) = self.trim();
        fault = fault.or(trimmed);
        if fault.is_none() {
            // The disk is well: perhaps what it refused before is taken now.
            fault = self.settle().err();
            dropped += self.trim().0;
        }
        Committed { dropped, fault }
    }

    /// Gives up the oldest windows while there are too many bytes. A file that cannot be removed waits on, and others
    /// go in its place.
    pub(super) fn trim(&mut self) -> (u64, Option<DiskError>) {
        let (mut dropped, mut fault) = (0, None);
        let mut bytes = self.bytes();
        let numbers: Vec<u64> = self.windows.keys().copied().collect();
        for number in numbers {
            if bytes <= self.limits.max_bytes {
                break;
            }
            let (charge, reports) =
                self.windows.get(&number).map_or((0, 0), |window| (window.charge(), window.reports.len()));
            match self.remove(number) {
                Ok(()) => {
                    bytes -= charge;
                    dropped += count(reports);
                }
                Err(error) => fault = Some(error),
            }
        }
        self.totals.dropped += dropped;
        if self.unsynced {
            fault = self.sync().err().or(fault);
        }
        (dropped, fault)
    }

    /// Removes a window, and its file if there may be one.
    pub(super) fn remove(&mut self, number: u64) -> Result<(), DiskError> {
        if let Some(window) = self.windows.get(&number)
            && window.written != Written::No
        {
            self.folder.remove(&window.name())?;
            self.unsynced = true;
        }
        self.windows.remove(&number);
        Ok(())
    }

    pub(super) fn sync(&mut self) -> Result<(), DiskError> {
        self.unsynced = true;
        self.folder.sync()?;
        self.unsynced = false;
        Ok(())
    }

    fn bytes_on_disk(&self) -> u64 {
        let written = self.windows.values().filter(|window| window.written != Written::No);
        written.map(Window::charge).sum()
    }
}
