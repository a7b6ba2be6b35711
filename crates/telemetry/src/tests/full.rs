//! The spool on a disk that refuses: nothing is lost within the bound, and beyond it the counts are exact.

use std::sync::Arc;

use super::faults::{Fault, FaultyDisk, HOWS};
use super::memory_disk::MemoryDisk;
use super::site::{Arrived, ROOM, Site, Step};
use crate::spool::Limits;
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
