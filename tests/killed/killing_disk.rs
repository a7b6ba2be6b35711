//! The disk of this machine, until the process is killed at one operation on it.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Signal, getpid, kill_process};
use telemetry::disk::{Disk, Listed, Lock, RealDisk};

/// Counts operations from 0; a write counts as two: nothing is written at the first, half of it at the second.
#[derive(Debug)]
pub(super) struct KillingDisk {
    at: usize,
    operations: AtomicUsize,
}

impl KillingDisk {
    pub(super) fn new(at: usize) -> Self {
        Self { at, operations: AtomicUsize::new(0) }
    }

    fn next(&self) -> &RealDisk {
        if self.is_due() {
            kill();
        }
        &RealDisk
    }

    fn is_due(&self) -> bool {
        self.operations.fetch_add(1, Ordering::Relaxed) == self.at
    }

    fn half_of<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.is_due().then(|| &bytes[..bytes.len() / 2])
    }
}

/// SIGKILL, which nothing can answer.
fn kill() -> ! {
    kill_process(getpid(), Signal::KILL).expect("a process may kill itself");
    loop {
        std::thread::park();
    }
}

impl Disk for KillingDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.next().create_folder(folder)
    }

    fn others_may_write(&self, folder: &Path) -> io::Result<bool> {
        RealDisk.others_may_write(folder)
    }

    fn lock(&self, file: &Path) -> io::Result<Option<Lock>> {
        self.next().lock(file)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealDisk.list(folder)
    }

    fn read(&self, file: &Path, from: u64, most: usize) -> io::Result<Vec<u8>> {
        self.next().read(file, from, most)
    }

    fn write(&self, file: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let disk = self.next();
        if let Some(half) = self.half_of(&parts.concat()) {
            disk.write(file, &[half])?;
            kill();
        }
        disk.write(file, parts)
    }

    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let disk = self.next();
        if let Some(half) = self.half_of(bytes) {
            disk.append(file, half)?;
            kill();
        }
        disk.append(file, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.next().rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.next().remove(file)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.next().sync_folder(folder)
    }
}
