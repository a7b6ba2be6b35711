//! The spool on a disk that refuses: nothing is lost within the bound, and beyond it the counts are exact.

use std::sync::Arc;

use super::faults::{Fault, FaultyDisk, HOWS, scrambled};
use super::memory_disk::MemoryDisk;
use super::site::{Arrived, ROOM, Site, Step};
use crate::spool::{Key, Limits, Sealed};
use Step::{Commit, Deliver, Settle};

const STEPS: [Step; 16] = [
    Commit(1, &[2, 2, 1]),
    Deliver(0),
    Deliver(0),
    Commit(2, &[5]),
    Settle,
    Deliver(3),
    Commit(3, &[1, 1]),
    Deliver(0),
    Deliver(0),
    Deliver(0),
    Settle,
    Commit(4, &[4, 2]),
    Deliver(0),
    Deliver(2),
    Deliver(2),
    Commit(5, &[3]),
];

/// One process that lives on after the fault: all that was ever given to the spool arrives once.
fn all_arrives(fault: Fault) -> usize {
    let disk = Arc::new(MemoryDisk::default());
    let faulty = Arc::new(FaultyDisk::new(Arc::clone(&disk), fault));
    let mut site = Site::default();
    let spool = site.run(Arc::clone(&faulty) as _, ROOM, &STEPS);
    let operations = faulty.operations();
    // Where opening failed, it is tried again.
    let spool = spool.or_else(|| site.run(Arc::clone(&disk) as _, ROOM, &STEPS));
    let mut spool = spool.unwrap_or_else(|| panic!("{fault:?}"));
    while faulty.operations() < operations + 100 && spool.settle().is_err() {}
    site.drain(&mut spool);
    assert_eq!(spool.totals().dropped, 0);
    drop(spool);
    site.check(&disk);
    for (window, arrived) in site.arrived(&disk) {
        assert_eq!(arrived, Arrived::All, "{fault:?}, window {window}");
    }
    operations
}

#[test]
fn nothing_is_lost_whatever_operation_fails() {
    let operations = all_arrives(Fault::None);
    assert!(operations > 50, "{operations}");
    for at in 0..operations {
        for how in HOWS {
            all_arrives(Fault::Fail(at, how));
        }
    }
}

#[test]
fn nothing_is_lost_while_the_disk_is_full() {
    let operations = all_arrives(Fault::None);
    for from in 0..operations {
        for count in [1, 3, 10, 40] {
            all_arrives(Fault::Full(from, count));
        }
    }
}

#[test]
fn what_waits_is_bounded_on_disk_and_in_memory_and_what_goes_is_counted() {
    const WINDOW: u64 = 4096;
    for fault in [Fault::None, Fault::Full(0, usize::MAX), Fault::Full(14, usize::MAX), Fault::Full(0, 20)] {
        let disk = Arc::new(MemoryDisk::default());
        let faulty = Arc::new(FaultyDisk::new(Arc::clone(&disk), fault));
        let mut site = Site::default();
        let limits = Limits { max_bytes: 3 * WINDOW };
        let mut spool = super::site::open(faulty, limits).unwrap();
        let mut dropped = 0;
        for window in 1..=15 {
            dropped += site.commit(&mut spool, window, &[1, 1]);
            assert!(spool.bytes() <= limits.max_bytes, "{fault:?}");
            assert_eq!(spool.totals().dropped, dropped);
            assert_eq!(spool.reports() as u64 + dropped, u64::from(window) * 2, "{fault:?}");
            assert!(spool.held() <= spool.reports());
            let kept: Vec<u8> = spool.waiting().map(|waiting| waiting.key.as_bytes()[3]).collect();
            let newest: Vec<u8> = (1..=window * 2).rev().take(6).rev().collect();
            assert_eq!(kept, newest, "the oldest went");
        }
        assert_eq!(dropped, 24);
        if fault == Fault::Full(0, usize::MAX) {
            assert_eq!(spool.held(), 6, "all are in memory");
            for _ in 0..6 {
                site.deliver(&mut spool, 0);
            }
            assert_eq!(spool.reports(), 0, "they can be delivered from there");
        } else if fault != Fault::Full(14, usize::MAX) {
            spool.settle().unwrap();
            site.drain(&mut spool);
        }
        drop(spool);
    }
}

#[test]
fn nothing_is_put_on_top_of_what_cannot_be_removed() {
    let disk = Arc::new(MemoryDisk::default());
    let mut site = Site::default();
    let limits = Limits { max_bytes: 3 * 4096 };
    let (mut spool, opened) = {
        let faulty = Arc::new(FaultyDisk::new(Arc::clone(&disk), Fault::Lasting));
        crate::spool::Spool::open(faulty, std::path::Path::new(super::site::FOLDER), limits).unwrap()
    };
    assert_eq!(opened.reports, 0);
    let mut dropped = 0;
    for window in 1..=15 {
        dropped += site.commit(&mut spool, window, &[1]);
        assert!(disk.files(super::site::FOLDER).len() <= 4, "window {window}");
        assert_eq!(u64::from(window), spool.reports() as u64 + dropped);
    }
    assert!(spool.bytes() <= limits.max_bytes + 4096);
    let (reports, bytes) = (spool.reports(), spool.bytes());
    site.deliver(&mut spool, 0);
    assert_eq!((spool.reports(), spool.bytes()), (reports - 1, bytes), "the file is there still");
    assert!(spool.settle().is_err());
}

/// Whatever the disk does: each report was acknowledged, set aside, given up or lost, and is counted as that once.
#[test]
fn the_books_balance_on_a_disk_that_fails_often() {
    const WINDOW: u64 = 4096;
    for seed in 0..300 {
        let disk = Arc::new(MemoryDisk::default());
        let faulty = FaultyDisk::new(Arc::clone(&disk), Fault::Often(seed, 30 + seed));
        let limits = Limits { max_bytes: 4 * WINDOW };
        let Some(mut spool) = super::site::open(Arc::new(faulty), limits) else { continue };
        let (mut given, mut gone) = (0, 0);
        for step in 0..200 {
            let choose = |what: u64, bound| scrambled(seed << 32 | what << 16 | step, bound);
            let before = (spool.reports() as u64, spool.totals());
            let waiting: Vec<Key> = spool.waiting().map(|waiting| waiting.key).collect();
            let key = waiting.get(choose(1, waiting.len().max(1))).copied();
            match choose(2, 4) {
                0 | 1 => {
                    let sealed = |key: u64| Sealed {
                        key: u128::from(step * 10 + key).to_be_bytes().into(),
                        bytes: vec![b' '; choose(3, 100)].into(),
                    };
                    let reports: Vec<Sealed> = (0..=choose(4, 3) as u64).map(sealed).collect();
                    given += reports.len() as u64;
                    let committed = spool.commit(&reports).unwrap();
                    assert_eq!(before.1.dropped + committed.dropped, spool.totals().dropped);
                }
                2 => {
                    if let Some(key) = key {
                        let _later = spool.acknowledge(&key);
                        assert_eq!(spool.reports() as u64, before.0 - 1);
                        gone += 1;
                    }
                }
                _ => {
                    if let Some(key) = key {
                        let done = spool.set_aside(&key).is_ok();
                        assert_eq!(u64::from(done), spool.totals().refused - before.1.refused);
                    }
                    let _later = spool.settle();
                }
            }
            let totals = spool.totals();
            let known = spool.reports() as u64 + gone + totals.dropped + totals.refused + totals.lost;
            assert_eq!(given, known, "seed {seed}, step {step}: {totals:?}");
            assert!(spool.bytes() <= limits.max_bytes + WINDOW, "seed {seed}, step {step}");
        }
        assert!(spool.totals().dropped > 0 && spool.totals().refused > 0, "seed {seed}");
    }
}
