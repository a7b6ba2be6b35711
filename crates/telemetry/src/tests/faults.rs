//! A disk on which something goes wrong at one operation, or from one on.

use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::memory_disk::MemoryDisk;
use crate::disk::{Disk, Listed, Lock};

/// What goes wrong. Operations are counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// The process is killed at this operation.
    Kill(usize, How),
    /// This operation fails.
    Fail(usize, How),
    /// The first of these operations fails; at the second the process is killed.
    FailAndKill(usize, How, usize),
    /// Of so many operations in a thousand each fails in one way or another, as the seed says.
    Often(u64, u64),
    /// No file of a window can be removed.
    Lasting,
    /// No byte can be written from this operation on, for so many.
    Full(usize, usize),
}

/// How far an operation comes that goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum How {
    /// Nothing is done.
    Before,
    /// Half of the bytes is written, if it is a write.
    Within,
    /// All is done, and nobody is told.
    After,
}

pub(super) const HOWS: [How; 3] = [How::Before, How::Within, How::After];

/// What a killed process leaves of its stack.
pub(super) struct Killed;

#[derive(Debug)]
pub(super) struct FaultyDisk {
    disk: Arc<MemoryDisk>,
    fault: Fault,
    operations: AtomicUsize,
}

impl FaultyDisk {
    pub(super) fn new(disk: Arc<MemoryDisk>, fault: Fault) -> Self {
        Self { disk, fault, operations: AtomicUsize::new(0) }
    }

    /// How many operations there were.
    pub(super) fn operations(&self) -> usize {
        self.operations.load(Ordering::Relaxed)
    }

    fn doing<T>(&self, whole: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.writing(whole, None)
    }

    fn writing<T>(&self, whole: impl FnOnce() -> io::Result<T>, part: Option<&dyn Fn()>) -> io::Result<T> {
        let operation = self.operations.fetch_add(1, Ordering::Relaxed);
        let (how, kills, kind) = match self.fault {
            Fault::Kill(at, how) if at == operation => (how, true, ErrorKind::Other),
            Fault::Fail(at, how) | Fault::FailAndKill(at, how, _) if at == operation => {
                (how, false, ErrorKind::Other)
            }
            Fault::FailAndKill(_, _, at) if at == operation => (How::Before, true, ErrorKind::Other),
            Fault::Full(from, count)
                if part.is_some() && (from..from.saturating_add(count)).contains(&operation) =>
            {
                (How::Within, false, ErrorKind::StorageFull)
            }
            Fault::Often(seed, in_a_thousand) => {
                let number = scrambled(seed << 20 | operation as u64, 1000);
                if number as u64 >= in_a_thousand {
                    return whole();
                }
                (HOWS[operation % 3], false, ErrorKind::Other)
            }
            _ => return whole(),
        };
        match (how, part) {
            (How::Before, _) | (How::Within, None) => {}
            (How::Within, Some(part)) => part(),
            (How::After, _) => drop(whole()),
        }
        if kills {
            std::panic::resume_unwind(Box::new(Killed));
        }
        Err(kind.into())
    }
}

impl Disk for FaultyDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.doing(|| self.disk.create_folder(folder))
    }

    fn others_may_write(&self, folder: &Path) -> io::Result<bool> {
        self.doing(|| self.disk.others_may_write(folder))
    }

    fn lock(&self, file: &Path) -> io::Result<Option<Lock>> {
        self.doing(|| self.disk.lock(file))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        self.doing(|| self.disk.list(folder))
    }

    fn read(&self, file: &Path, from: u64, most: usize) -> io::Result<Vec<u8>> {
        self.doing(|| self.disk.read(file, from, most))
    }

    fn write(&self, file: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let all = parts.concat();
        let part = || drop(self.disk.change(file, &all[..all.len() / 2], true));
        self.writing(|| self.disk.write(file, parts), Some(&part))
    }

    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let part = || drop(self.disk.change(file, &bytes[..bytes.len() / 2], false));
        self.writing(|| self.disk.append(file, bytes), Some(&part))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.doing(|| self.disk.rename(from, to))
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        if self.fault == Fault::Lasting && file.extension().is_some_and(|kind| kind == "spool") {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.doing(|| self.disk.remove(file))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.doing(|| self.disk.sync_folder(folder))
    }
}

/// A number below a bound that looks random (the mixing step of `SplitMix64`).
pub(super) fn scrambled(number: u64, bound: usize) -> usize {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
}
