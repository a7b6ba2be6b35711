//! Files that are not what was written: none of them is sent, each is counted, and the others wait on.

use std::path::Path;
use std::sync::Arc;

use super::memory_disk::MemoryDisk;
use super::site::{FOLDER, ROOM};
use crate::disk::{Disk as _, RealDisk};
use crate::report::MAX_BYTES;
use crate::spool::{Key, Limits, Opened, Sealed, Spool, SpoolError, Totals};

const FIRST: &str = "window-0000000000000001.spool";
const SECOND: &str = "window-0000000000000002.spool";

fn sealed(number: u8, bytes: &[u8]) -> Sealed {
    Sealed { key: Key::from([number; 16]), bytes: bytes.into() }
}

fn open(disk: &Arc<MemoryDisk>) -> (Spool, Opened) {
    Spool::open(Arc::clone(disk) as _, Path::new(FOLDER), ROOM).unwrap()
}

/// A spool with two windows, of two reports and one.
fn two_windows() -> (Arc<MemoryDisk>, Spool) {
    let disk = Arc::new(MemoryDisk::default());
    let (mut spool, _) = open(&disk);
    let _committed = spool.commit(&[sealed(1, b"first"), sealed(2, b"second")]).unwrap();
    let _committed = spool.commit(&[sealed(3, b"third")]).unwrap();
    (disk, spool)
}

fn waiting(spool: &Spool) -> Vec<u8> {
    spool.waiting().map(|waiting| waiting.key.as_bytes()[0]).collect()
}

fn path(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

/// Opens with something else in place of the first file; what waits then, and what became of that file.
fn opened_with(bytes: &[u8]) -> (Vec<u8>, Opened) {
    let (disk, spool) = two_windows();
    drop(spool);
    disk.put(&path(FIRST), bytes);
    let (spool, opened) = open(&disk);
    let moved = disk.files(&path("damaged"));
    if opened.damaged == 1 {
        assert_eq!(moved.into_iter().collect::<Vec<_>>(), [(format!("{:016}-{FIRST}", 1), bytes.to_vec())]);
        assert!(!disk.files(FOLDER).contains_key(FIRST));
        assert_eq!(spool.totals().damaged, 1);
    } else {
        assert!(moved.is_empty());
    }
    (waiting(&spool), opened)
}

#[test]
fn every_torn_or_flipped_file_is_put_away() {
    let good = two_windows().0.files(FOLDER)[FIRST].clone();
    assert_eq!(opened_with(&good).0, [1, 2, 3]);
    let damaged = Opened { reports: 1, damaged: 1, ..Opened::default() };
    for length in 0..good.len() {
        assert_eq!(opened_with(&good[..length]), (vec![3], damaged), "torn at {length}");
    }
    for byte in 0..good.len() {
        for bit in 0..8 {
            let mut flipped = good.clone();
            flipped[byte] ^= 1 << bit;
            assert_eq!(opened_with(&flipped), (vec![3], damaged), "byte {byte}, bit {bit}");
        }
    }
    for more in [&b"\n"[..], b"x", &good] {
        assert_eq!(opened_with(&[&good, more].concat()), (vec![3], damaged), "longer");
    }
}

/// What is well formed and none of ours all the same.
#[test]
fn foreign_files_are_put_away() {
    let (disk, spool) = two_windows();
    drop(spool);
    let files = disk.files(FOLDER);
    let good = String::from_utf8(files[FIRST].clone()).unwrap();
    let sum = |text: &str| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        let digits: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    };
    let with_header = |lines: &str, bodies: &str| format!("{lines}end {}\n{bodies}", sum(lines));
    let (head, _) = good.split_once("end ").unwrap();
    assert_eq!(with_header(head, "firstsecond"), good, "the test writes files as the spool does");
    let line = head.lines().nth(1).unwrap();
    let huge = line.replacen(" 5 ", &format!(" {} ", MAX_BYTES + 1), 1);
    let upper = line.replacen(|c: char| c.is_ascii_lowercase(), "F", 1);
    for (what, text) in [
        ("another version", with_header(&head.replace("spool 1", "spool 2"), "firstsecond")),
        ("no report", with_header("spokecast spool 1\n", "")),
        ("a key twice", with_header(&format!("spokecast spool 1\n{line}\n{line}\n"), "firstfirst")),
        ("a zero in front", with_header(&head.replace(" 5 ", " 05 "), "firstsecond")),
        ("a sign", with_header(&head.replace(" 5 ", " +5 "), "firstsecond")),
        ("carriage returns", with_header(&head.replace('\n', "\r\n"), "firstsecond")),
        ("one field more", with_header(&head.replace(line, &format!("{line} x")), "firstsecond")),
        ("capital digits", with_header(&format!("spokecast spool 1\n{upper}\n"), "first")),
        (
            "longer than any report",
            with_header(&format!("spokecast spool 1\n{huge}\n"), &"x".repeat(MAX_BYTES + 1)),
        ),
        ("a number beyond all", with_header(&head.replace(" 5 ", " 99999999999999999999 "), "firstsecond")),
        ("other bodies", with_header(head, "second first")),
        ("lines without end", format!("spokecast spool 1\n{}", format!("{line}\n").repeat(9000))),
        ("no line end", "x".repeat(1 << 20)),
        ("zeros", "\0".repeat(good.len())),
    ] {
        let (waiting, opened) = opened_with(text.as_bytes());
        assert_eq!((opened.damaged, waiting.len()), (1, 1), "{what}");
    }
    // A copy of another window: what it holds waits once.
    disk.put(&path(FIRST), &files[SECOND]);
    let (spool, opened) = open(&disk);
    assert_eq!((opened.damaged, waiting(&spool)), (1, vec![3]));
}

#[test]
fn names_that_are_none_of_ours_are_left_alone() {
    let (disk, spool) = two_windows();
    drop(spool);
    let good = disk.files(FOLDER)[FIRST].clone();
    let names = [
        "notes.txt",
        "window-1.spool",
        "window-0000000000000003.spool.bak",
        "window-9000000000000000.spool",
        "window-+000000000000003.spool",
        ".window-0000000000000003.spool",
    ];
    for name in names {
        disk.put(&path(name), &good);
    }
    disk.put(&path("window.tmp"), &good);
    let (spool, opened) = open(&disk);
    assert_eq!(opened, Opened { reports: 3, foreign: names.len(), unfinished: 1, ..Opened::default() });
    assert_eq!(waiting(&spool), [1, 2, 3]);
    let left = disk.files(FOLDER);
    assert!(names.iter().all(|name| left.contains_key(*name)) && !left.contains_key("window.tmp"));
}

#[test]
fn damage_that_comes_later_is_found_when_the_report_is_read() {
    let (disk, mut spool) = two_windows();
    let mut flipped = disk.files(FOLDER)[FIRST].clone();
    *flipped.last_mut().unwrap() ^= 1;
    disk.put(&path(FIRST), &flipped);
    assert_eq!(spool.read(&Key::from([1; 16])).unwrap(), sealed(1, b"first"), "its own bytes are right");
    let error = spool.read(&Key::from([2; 16])).unwrap_err();
    assert!(matches!(error, SpoolError::Damaged { reports: 2, .. }), "{error}");
    assert_eq!(error.to_string(), format!("{FIRST} was damaged, and 2 reports in it are lost"));
    assert_eq!(waiting(&spool), [3]);
    assert_eq!(spool.totals(), Totals { damaged: 1, lost: 2, ..Totals::default() });
    assert_eq!(disk.files(&path("damaged")).len(), 1);
    // One that somebody removed.
    disk.remove(Path::new(&path(SECOND))).unwrap();
    assert!(matches!(spool.set_aside(&Key::from([3; 16])), Err(SpoolError::Damaged { .. })));
    assert_eq!((spool.reports(), spool.bytes()), (0, 0));
    assert_eq!(spool.totals(), Totals { damaged: 2, lost: 3, ..Totals::default() });
}

#[test]
fn what_is_put_away_is_bounded() {
    let disk = Arc::new(MemoryDisk::default());
    let limits = Limits { max_bytes: 64 << 10 };
    let open = || Spool::open(Arc::clone(&disk) as _, Path::new(FOLDER), limits).unwrap();
    drop(open());
    for number in 1..=100 {
        disk.put(&path(&format!("window-{number:016}.spool")), b"x");
    }
    let (spool, opened) = open();
    assert_eq!((opened.damaged, disk.files(&path("damaged")).len()), (100, 64));
    drop(spool);
    // Each is larger than a third of the bound, and then larger than the bound.
    for (number, bytes) in (101..).zip([6000, 6000, 6000, 6000, 100_000]) {
        disk.put(&path(&format!("window-{number:016}.spool")), &vec![b'x'; bytes]);
    }
    let (mut spool, _) = open();
    let left: Vec<_> = disk.files(&path("damaged")).into_iter().collect();
    assert_eq!(left.len(), 1);
    assert!(left[0].0.ends_with("-window-0000000000000105.spool"), "the newest is kept: {}", left[0].0);
    // As many as are refused for ever.
    for number in 0..100 {
        let _committed = spool.commit(&[sealed(number, &[number; 100])]).unwrap();
        spool.set_aside(&Key::from([number; 16])).unwrap();
    }
    let kept = disk.files(&path("refused"));
    assert_eq!(kept.len(), 64);
    assert!(kept.values().all(|bytes| bytes[0] >= 36), "the newest are kept");
}

#[test]
fn what_is_no_file_is_put_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool");
    let open = || Spool::open(Arc::new(RealDisk), &path, ROOM).unwrap();
    let (mut spool, _) = open();
    let _committed = spool.commit(&[sealed(1, b"first")]).unwrap();
    drop(spool);
    std::fs::create_dir(path.join("window-0000000000000007.spool")).unwrap();
    std::os::unix::fs::symlink(path.join(FIRST), path.join("window-0000000000000008.spool")).unwrap();
    std::os::unix::fs::symlink("/nowhere", path.join("window-0000000000000009.spool")).unwrap();
    std::fs::File::create(path.join("window-0000000000000010.spool")).unwrap().set_len(1 << 40).unwrap();
    let (spool, opened) = open();
    assert_eq!(opened, Opened { reports: 1, damaged: 4, ..Opened::default() });
    assert_eq!(waiting(&spool), [1]);
}

#[test]
fn what_cannot_wait_is_refused_whole() {
    let (_, mut spool) = two_windows();
    let known = |result: Result<_, SpoolError>| matches!(result, Err(SpoolError::Known { key }) if key == Key::from([3; 16]));
    assert!(known(spool.commit(&[sealed(9, b""), sealed(3, b"")]).map(drop)));
    assert!(known(spool.replace(&Key::from([1; 16]), &[sealed(3, b"")])));
    assert!(matches!(spool.commit(&[sealed(9, b""), sealed(9, b"")]), Err(SpoolError::Known { .. })));
    let long = sealed(9, &vec![b' '; MAX_BYTES + 1]);
    assert!(matches!(spool.commit(&[sealed(8, b""), long]), Err(SpoolError::TooLarge { .. })));
    let many: Vec<_> =
        (0..5000_u128).map(|key| Sealed { key: key.to_be_bytes().into(), bytes: [][..].into() }).collect();
    assert!(matches!(spool.commit(&many), Err(SpoolError::TooMany { reports: 5000 })));
    assert!(matches!(spool.replace(&Key::from([1; 16]), &[]), Err(SpoolError::Nothing { .. })));
    assert!(matches!(spool.replace(&Key::from([7; 16]), &[sealed(9, b"")]), Err(SpoolError::Unknown { .. })));
    assert!(matches!(spool.set_aside(&Key::from([7; 16])), Err(SpoolError::Unknown { .. })));
    spool.acknowledge(&Key::from([7; 16])).unwrap();
    assert_eq!(waiting(&spool), [1, 2, 3]);
    let _committed = spool.commit(&[]).unwrap();
    assert_eq!(spool.reports(), 3);
    let most: Vec<_> = many[..4096].to_vec();
    assert!(spool.commit(&most).unwrap().fault.is_none());
    assert_eq!(spool.reports(), 4099);
}

#[test]
fn a_window_that_is_larger_than_the_bound_is_dropped_and_no_other() {
    let disk = Arc::new(MemoryDisk::default());
    let limits = Limits { max_bytes: 8192 };
    let (mut spool, _) = Spool::open(Arc::clone(&disk) as _, Path::new(FOLDER), limits).unwrap();
    let _committed = spool.commit(&[sealed(1, b"first")]).unwrap();
    let committed = spool.commit(&[sealed(2, &[0; 9000]), sealed(3, b"")]).unwrap();
    assert_eq!((committed.dropped, waiting(&spool)), (2, vec![1]));
    drop(spool);
    // Opened with less room than before.
    let _committed = {
        let (mut spool, _) = open(&disk);
        spool.commit(&[sealed(4, b"x")]).unwrap()
    };
    let (spool, opened) = Spool::open(disk as _, Path::new(FOLDER), Limits { max_bytes: 4096 }).unwrap();
    assert_eq!((opened.dropped, waiting(&spool)), (1, vec![4]));
}
