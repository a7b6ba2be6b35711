//! A site whose counts are told apart one by one: each is a byte, and whoever adds up sees at once which one is
//! missing, and which one is there twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::memory_disk::MemoryDisk;
use crate::disk::Disk;
use crate::spool::{Key, Limits, Sealed, Spool};

pub(super) const FOLDER: &str = "/site/spool";
pub(super) const ROOM: Limits = Limits { max_bytes: 1 << 20 };

/// What the site does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// The window of this number ends, with reports of so many counts.
    Commit(u8, &'static [usize]),
    /// One of the reports that wait is sent.
    Deliver(usize),
    Settle,
}

/// All that is known outside of the spool, also when its process is killed.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    collector: BTreeMap<Key, Vec<u8>>,
    next_key: u32,
    /// Every count of every window that was ever given to the spool.
    given: BTreeMap<u8, BTreeSet<u8>>,
    /// Windows of which the spool said that they are durable.
    promised: BTreeSet<u8>,
    /// Windows that the spool has taken and the disk has not.
    held: BTreeSet<u8>,
    /// Reports that are never to be sent again.
    aside: BTreeSet<Key>,
    /// How often a report was acknowledged, replaced, and set aside.
    pub(super) done: [usize; 3],
}

/// How much of a window has arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrived {
    All,
    Nothing,
    Part,
}

pub(super) fn open(disk: Arc<dyn Disk>, limits: Limits) -> Option<Spool> {
    let (spool, opened) = Spool::open(disk, Path::new(FOLDER), limits).ok()?;
    assert_eq!((opened.damaged, opened.foreign), (0, 0), "a crash never damages a file");
    Some(spool)
}

/// The collector never takes this count.
fn is_refused(count: u8) -> bool {
    count & 15 == 3
}

impl Site {
    /// Opens the spool and goes through all steps, whatever goes wrong.
    pub(super) fn run(&mut self, disk: Arc<dyn Disk>, limits: Limits, steps: &[Step]) -> Option<Spool> {
        let mut spool = open(disk, limits)?;
        for step in steps {
            self.step(&mut spool, *step);
        }
        Some(spool)
    }

    pub(super) fn step(&mut self, spool: &mut Spool, step: Step) {
        match step {
            Step::Commit(window, sizes) => {
                let _dropped = self.commit(spool, window, sizes);
            }
            Step::Deliver(place) => self.deliver(spool, place),
            Step::Settle => {
                if spool.settle().is_ok() {
                    self.promised.append(&mut self.held);
                }
            }
        }
    }

    /// Says how many reports were dropped.
    pub(super) fn commit(&mut self, spool: &mut Spool, window: u8, sizes: &[usize]) -> u64 {
        let mut counts = (window << 4)..=(window << 4 | 15);
        let mut reports = Vec::new();
        for size in sizes {
            let report: Vec<u8> = counts.by_ref().take(*size).collect();
            reports.push(self.sealed(&report));
        }
        let given = reports.iter().flat_map(|report| report.bytes.to_vec()).collect();
        self.given.insert(window, given);
        let committed = spool.commit(&reports).unwrap();
        let set = if committed.fault.is_none() { &mut self.promised } else { &mut self.held };
        set.insert(window);
        committed.dropped
    }

    /// Sends one of the reports that wait: the collector takes at most two counts in one.
    pub(super) fn deliver(&mut self, spool: &mut Spool, place: usize) {
        let waiting: Vec<Key> = spool.waiting().map(|waiting| waiting.key).collect();
        let Some(key) = waiting.get(place % waiting.len().max(1)) else { return };
        assert!(!self.aside.contains(key), "{key} was set aside");
        let Ok(report) = spool.read(key) else { return };
        let counts = &report.bytes[..];
        if counts.len() > 2 || (counts.len() == 2 && counts.iter().any(|count| is_refused(*count))) {
            let (left, right) = counts.split_at(counts.len() / 2);
            let by = [self.sealed(left), self.sealed(right)];
            self.done[1] += usize::from(spool.replace(key, &by).is_ok());
        } else if counts.iter().any(|count| is_refused(*count)) {
            if spool.set_aside(key).is_ok() {
                self.aside.insert(*key);
                self.done[2] += 1;
            }
        } else {
            let known = self.collector.insert(*key, counts.to_vec());
            assert!(known.is_none_or(|known| known == counts), "two reports under one key");
            self.done[0] += usize::from(spool.acknowledge(key).is_ok());
        }
    }

    /// Sends until nothing waits, on a disk that is well.
    pub(super) fn drain(&mut self, spool: &mut Spool) {
        for _ in 0..1000 {
            spool.settle().unwrap();
            if spool.reports() == 0 {
                assert_eq!((spool.bytes(), spool.held()), (0, 0));
                return;
            }
            self.deliver(spool, 0);
        }
        panic!("reports wait for ever: {spool:?}");
    }

    /// Adds up what arrived and what was set aside: no count is there twice, and of each window that is on the disk
    /// all or nothing.
    pub(super) fn check(&self, disk: &MemoryDisk) {
        for (window, arrived) in self.arrived(disk) {
            if self.promised.contains(&window) {
                assert_eq!(arrived, Arrived::All, "window {window}, which was promised");
            } else if !self.held.contains(&window) {
                assert_ne!(arrived, Arrived::Part, "window {window}");
            }
        }
    }

    pub(super) fn arrived(&self, disk: &MemoryDisk) -> BTreeMap<u8, Arrived> {
        let refused = disk.files(&format!("{FOLDER}/refused"));
        let mut all = BTreeSet::new();
        for count in self.collector.values().chain(refused.values()).flatten() {
            assert!(all.insert(*count), "count {count:#x} is there twice");
        }
        let arrived = |given: &BTreeSet<u8>| match given.intersection(&all).count() {
            0 => Arrived::Nothing,
            count if count == given.len() => Arrived::All,
            _ => Arrived::Part,
        };
        self.given.iter().map(|(window, given)| (*window, arrived(given))).collect()
    }

    fn sealed(&mut self, counts: &[u8]) -> Sealed {
        self.next_key += 1;
        let mut key = [0; 16];
        key[..4].copy_from_slice(&self.next_key.to_be_bytes());
        Sealed { key: Key::from(key), bytes: counts.into() }
    }
}
