//! The spool's promise about crashes, at every operation on the disk: what was promised arrives once, what was under
//! way arrives once or never, and nothing arrives in part or twice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::faults::{Fault, FaultyDisk, HOWS, How, Killed};
use super::memory_disk::{After, MemoryDisk};
use super::site::{ROOM, Site, Step, open};
use Step::{Commit, Deliver, Settle};

const STEPS: [Step; 17] = [
    Commit(1, &[2, 2, 1]),
    Commit(2, &[1]),
    // Acknowledged; in two parts; set aside.
    Deliver(0),
    Deliver(0),
    Commit(3, &[5, 2]),
    Deliver(0),
    Deliver(0),
    Deliver(2),
    Settle,
    Deliver(2),
    Deliver(2),
    Commit(4, &[2, 2]),
    Deliver(0),
    Deliver(0),
    Deliver(0),
    Commit(5, &[4]),
    Deliver(1),
];

/// Replaced, and the parts sent at once.
const REPLACING: [Step; 11] = [
    Commit(1, &[4, 1]),
    Deliver(0),
    Deliver(0),
    Deliver(0),
    Deliver(0),
    Commit(2, &[3]),
    Deliver(0),
    Settle,
    Deliver(0),
    Deliver(0),
    Deliver(0),
];

const AFTERWARDS: [Step; 9] = [
    Deliver(0),
    Deliver(0),
    Commit(6, &[1, 3]),
    Deliver(3),
    Deliver(0),
    Deliver(0),
    Settle,
    Deliver(0),
    Deliver(0),
];

/// Runs steps until the disk kills the process; says whether it did.
fn run(site: &mut Site, disk: &Arc<MemoryDisk>, fault: Fault, steps: &[Step]) -> bool {
    let disk = Arc::new(FaultyDisk::new(Arc::clone(disk), fault));
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let spool = site.run(Arc::clone(&disk) as _, ROOM, steps);
        drop(spool);
    }));
    match ended {
        Ok(()) => false,
        Err(reason) if reason.is::<Killed>() => true,
        Err(reason) => std::panic::resume_unwind(reason),
    }
}

/// Opens what is left once more, delivers all of it, and adds up.
fn settle_accounts(mut site: Site, disk: &Arc<MemoryDisk>, what: &str) {
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let mut spool = open(Arc::clone(disk) as _, ROOM).unwrap();
        site.drain(&mut spool);
        assert_eq!(spool.totals().dropped, 0);
        drop(spool);
        site.check(disk);
        let left = disk.files(super::site::FOLDER);
        assert!(left.is_empty(), "{:?}", left.keys());
    }));
    assert!(ended.is_ok(), "{what}");
}

#[test]
fn nothing_is_lost_or_doubled_wherever_it_is_killed() {
    let mut points = 0;
    for how in HOWS {
        for at in 0.. {
            let disk = Arc::new(MemoryDisk::default());
            let mut site = Site::default();
            let killed = run(&mut site, &disk, Fault::Kill(at, how), &STEPS);
            let seeds = (0..4).map(|seed| After::PowerFailureInPart(seed * 0x9e37_79b9 + at as u64));
            for after in [After::Kill, After::PowerFailure].into_iter().chain(seeds) {
                let left = Arc::new(disk.after(after));
                settle_accounts(site.clone(), &left, &format!("killed {how:?} {at}, {after:?}"));
            }
            points += 1;
            if !killed {
                assert_eq!(site.done, [7, 3, 1], "acknowledged, replaced, set aside");
                break;
            }
        }
    }
    assert!(points > 120, "{points}");
}

#[test]
fn nothing_is_lost_or_doubled_when_it_is_killed_again_while_it_recovers() {
    for at in 0.. {
        let disk = Arc::new(MemoryDisk::default());
        let mut site = Site::default();
        let killed = run(&mut site, &disk, Fault::Kill(at, HOWS[at % 3]), &REPLACING);
        for again in 0.. {
            let mut killed_again = false;
            for (first, second) in [(0, 1), (1, 0), (0, 0), (2 + 3 * again, 0), (0, 2 + 3 * again)] {
                let (site, disk) = (&mut site.clone(), Arc::new(disk.after(after(first))));
                let how = [How::Before, How::After][again % 2];
                killed_again = run(site, &disk, Fault::Kill(again, how), &AFTERWARDS);
                let left = Arc::new(disk.after(after(second)));
                let what = format!("killed {at}, {again}; {:?}, {:?}", after(first), after(second));
                settle_accounts(site.clone(), &left, &what);
            }
            if !killed_again {
                break;
            }
        }
        if !killed {
            break;
        }
    }
}

/// What the disk refused may be on it nevertheless, and come back when the power fails.
#[test]
fn nothing_is_lost_or_doubled_when_it_is_killed_after_the_disk_refused_something() {
    let lives_on =
        |at: &usize| !run(&mut Site::default(), &Arc::default(), Fault::Kill(*at, How::Before), &REPLACING);
    let operations = (0..1000).find(lives_on);
    for (at, how) in (0..operations.unwrap()).flat_map(|at| HOWS.map(|how| (at, how))) {
        for kill in at + 1.. {
            let disk = Arc::new(MemoryDisk::default());
            let mut site = Site::default();
            let killed = run(&mut site, &disk, Fault::FailAndKill(at, how, kill), &REPLACING);
            for after in [After::Kill, After::PowerFailure, after(3 * kill + 2)] {
                let left = Arc::new(disk.after(after));
                let what = format!("refused {how:?} {at}, killed {kill}, {after:?}");
                settle_accounts(site.clone(), &left, &what);
            }
            if !killed {
                break;
            }
        }
    }
}

fn after(number: usize) -> After {
    match number % 3 {
        0 => After::Kill,
        1 => After::PowerFailure,
        _ => After::PowerFailureInPart(number as u64 * 0x9e37_79b9),
    }
}
