//! The log's promise, at every operation on the disk: what may be sent is in it, whole, in order, and stays.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::faults::{Fault, FaultyDisk, HOWS, Killed};
use super::memory_disk::{After, MemoryDisk};
use crate::audit::{Audit, Event, Limits};
use crate::disk::Disk;
use crate::spool::Key;

const FOLDER: &str = "/site/audit";
/// Three lines or so in each file.
const LIMITS: Limits = Limits { max_file_bytes: 500, files: 100 };

fn open(disk: Arc<dyn Disk>, limits: Limits) -> Option<Audit> {
    Audit::open(disk, Path::new(FOLDER), limits).ok()
}

/// Logs reports of these numbers; those that may be sent go into `allowed`.
fn log(audit: &mut Audit, numbers: std::ops::Range<u8>, allowed: &mut Vec<u8>) {
    for number in numbers {
        let key = Key::from([number; 16]);
        let fields = [("content-type", "application/json")];
        let report = format!("{{\"report\":{number}}}");
        if audit.sending(SystemTime::UNIX_EPOCH, "to", &key, &fields, report.as_bytes()).is_ok() {
            allowed.push(number);
        }
    }
}

/// The numbers of the reports in the log, oldest first, and how many lines are not whole.
fn logged(audit: &Audit) -> (Vec<u8>, u64) {
    let page = audit.newest(1000, None).or_else(|_| audit.newest(1000, None)).unwrap();
    let mut numbers = Vec::new();
    for (_, entry) in page.entries.iter().rev() {
        let number = entry.key.as_bytes()[0];
        let Event::Sent { report, .. } = &entry.event else { panic!("{entry:?}") };
        assert_eq!(*report, format!("{{\"report\":{number}}}"));
        numbers.push(number);
    }
    (numbers, page.unreadable)
}

fn raw(audit: &Audit) -> Vec<u8> {
    let (mut bytes, mut from) = (Vec::new(), None);
    loop {
        let chunk = audit.chunk(from, 77).unwrap();
        bytes.extend(chunk.bytes);
        match chunk.next {
            Some(next) => from = Some(next),
            None => return bytes,
        }
    }
}

/// Whether `few` are in `all`, in their order, and at most `more` besides.
fn holds(all: &[u8], few: &[u8], more: usize) -> bool {
    let mut rest = all.iter();
    few.iter().all(|number| rest.any(|other| other == number)) && all.len() <= few.len() + more
}

#[test]
fn what_may_be_sent_is_in_the_log_wherever_it_is_killed() {
    let mut points = 0;
    for how in HOWS {
        for at in 0.. {
            let disk = Arc::new(MemoryDisk::default());
            let mut allowed = Vec::new();
            let ended = catch_unwind(AssertUnwindSafe(|| {
                let disk = FaultyDisk::new(Arc::clone(&disk), Fault::Kill(at, how));
                log(&mut open(Arc::new(disk), LIMITS).unwrap(), 0..20, &mut allowed);
            }));
            let killed = ended.is_err_and(|reason| reason.is::<Killed>());
            let in_part = After::PowerFailureInPart(at as u64 * 0x9e37_79b9);
            let afters = [After::Kill, After::PowerFailure, in_part];
            for (after, lines) in afters.into_iter().flat_map(|after| [(after, 0), (after, 9)]) {
                let what = format!("killed {how:?} {at}, {after:?}");
                let disk = Arc::new(disk.after(after));
                let mut audit = open(Arc::clone(&disk) as _, LIMITS).unwrap();
                let (found, torn) = logged(&audit);
                assert!(holds(&found, &allowed, 1) && torn <= 1, "{what}: {allowed:?} {found:?} {torn}");
                let before = raw(&audit);
                let mut allowed = found;
                log(&mut audit, 100..101 + lines, &mut allowed);
                drop(audit);
                let audit = open(Arc::new(disk.after(After::PowerFailure)), LIMITS).unwrap();
                assert_eq!(logged(&audit), (allowed, torn), "{what}");
                assert!(raw(&audit).starts_with(&before), "{what}: what was written is never changed");
            }
            points += 1;
            if !killed {
                assert_eq!(allowed.len(), 20);
                break;
            }
        }
    }
    assert!(points > 100, "{points}");
}

#[test]
fn what_is_not_in_the_log_may_not_be_sent() {
    let limits = Limits { files: 2, ..LIMITS };
    for fault in (0..60).flat_map(|at| {
        HOWS.map(|how| Fault::Fail(at, how)).into_iter().chain([Fault::Full(at, 1), Fault::Full(at, 9)])
    }) {
        let disk = Arc::new(MemoryDisk::default());
        let faulty = Arc::new(FaultyDisk::new(Arc::clone(&disk), fault));
        let Some(mut audit) =
            open(Arc::clone(&faulty) as _, limits).or_else(|| open(Arc::clone(&disk) as _, limits))
        else {
            panic!("{fault:?}");
        };
        let (mut allowed, mut tried) = (Vec::new(), 0);
        for number in 0..20 {
            let before = allowed.len();
            log(&mut audit, number..number + 1, &mut allowed);
            tried += usize::from(allowed.len() == before);
            let (found, torn) = logged(&audit);
            let kept = &allowed[allowed.len().saturating_sub(found.len() - tried.min(found.len()))..];
            assert!(holds(&found, kept, tried) && torn <= tried as u64, "{fault:?}: {allowed:?} {found:?}");
            assert!(found.ends_with(&allowed[before..]), "{fault:?}: {number} was allowed, and is not there");
        }
        let (found, _) = logged(&audit);
        assert!(disk.files(FOLDER).len() <= 3, "{:?}", disk.files(FOLDER).keys());
        drop(audit);
        let left = Arc::new(disk.after(After::PowerFailure));
        assert_eq!(logged(&open(left, limits).unwrap()).0, found, "{fault:?}");
    }
}
