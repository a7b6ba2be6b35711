use std::time::{Duration, SystemTime};

use super::*;
use crate::disk::RealDisk;

const LIMITS: Limits = Limits { max_file_bytes: 1000, files: 3 };

fn open(folder: &Path) -> Audit {
    Audit::open(Arc::new(RealDisk), folder, LIMITS).unwrap()
}

#[test]
fn what_is_sent_stands_in_the_log_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("audit");
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_256_107);
    let key = Key::from([1; 16]);
    let mut audit = open(&folder);
    let fields = [("content-type", "application/json"), ("authorization", "(secret)")];
    audit.sending(now, "https://collector.example.com/", &key, &fields, br#"{"v":1}"#).unwrap();
    drop(audit);
    let mut audit = open(&folder);
    audit.again(now, &key).unwrap();
    audit.answered(now, &key, "201").unwrap();
    let text = std::fs::read_to_string(folder.join("audit.jsonl")).unwrap();
    let key = "01".repeat(16);
    let expected = [
        r#"{"time":"2026-11-21T10:15:07Z","event":"sent","to":"https://collector.example.com/","key":"KEY","fields":[["content-type","application/json"],["authorization","(secret)"]],"report":"{\"v\":1}"}"#,
        r#"{"time":"2026-11-21T10:15:07Z","event":"sent-again","key":"KEY"}"#,
        r#"{"time":"2026-11-21T10:15:07Z","event":"answered","key":"KEY","outcome":"201"}"#,
    ];
    assert_eq!(text, expected.map(|line| line.replace("KEY", &key) + "\n").concat());
    let page = audit.newest(2, None).unwrap();
    let events: Vec<_> = page.entries.iter().map(|(_, entry)| entry.event.name()).collect();
    assert_eq!(events, ["answered", "sent-again"]);
    let page = audit.newest(2, page.more).unwrap();
    assert!(
        matches!(&page.entries[..], [(_, Entry { event: Event::Sent { report, .. }, .. })] if report == r#"{"v":1}"#)
    );
    assert_eq!(page.more, None);
}

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

/// Lines of the newest page that are no longer whole; all others.
fn pages(audit: &Audit, limit: usize) -> (Vec<(Position, Entry)>, u64) {
    let (mut entries, mut unreadable, mut before) = (Vec::new(), 0, None);
    loop {
        let page = audit.newest(limit, before).unwrap();
        assert!(page.entries.len() <= limit);
        entries.extend(page.entries);
        unreadable += page.unreadable;
        match page.more {
            Some(more) => before = Some(more.to_string().parse().unwrap()),
            None => return (entries, unreadable),
        }
    }
}

fn numbers(entries: &[(Position, Entry)]) -> Vec<u8> {
    entries.iter().map(|(_, entry)| entry.key.as_bytes()[0]).collect()
}

#[test]
fn files_follow_each_other_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("audit");
    let mut audit = open(&folder);
    let mut more = None;
    for number in 0..=99 {
        audit.answered(NOW, &Key::from([number; 16]), &"x".repeat(usize::from(number) * 3)).unwrap();
        let length = folder.join("audit.jsonl").metadata().unwrap().len();
        assert!(length <= LIMITS.max_file_bytes, "{length}");
        if number == 97 {
            more = audit.newest(2, None).unwrap().more;
        }
        if number % 7 == 0 {
            drop(audit);
            audit = open(&folder);
        }
    }
    let mut names: Vec<_> =
        folder.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(names.contains(&"audit.jsonl".to_owned()) && !names.contains(&"audit-1.jsonl".to_owned()));
    let (entries, _) = pages(&audit, 1000);
    let newest_first: Vec<u8> = (0..=99).rev().take(entries.len()).collect();
    assert_eq!(numbers(&entries), newest_first);
    for limit in [1, 2, 3, 7] {
        assert_eq!(pages(&audit, limit).0, entries, "pages of {limit}");
    }
    // A position that was given before files were renamed.
    assert_eq!(numbers(&audit.newest(3, more).unwrap().entries), [95, 94, 93]);
    let gone = Position { file: 1, offset: 5 };
    assert_eq!(audit.newest(3, Some(gone)).unwrap(), Page::default());
    // A line that is longer than a file may be.
    audit.answered(NOW, &Key::from([100; 16]), &"x".repeat(5000)).unwrap();
    audit.answered(NOW, &Key::from([101; 16]), "x").unwrap();
    assert_eq!(numbers(&audit.newest(3, None).unwrap().entries), [101, 100, 99]);
}

#[test]
fn a_torn_line_is_ended_and_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("audit");
    let mut audit = open(&folder);
    audit.again(NOW, &Key::from([1; 16])).unwrap();
    drop(audit);
    let file = folder.join("audit.jsonl");
    let whole = std::fs::read(&file).unwrap();
    for torn in [&b"{\"time\":"[..], &whole[..whole.len() - 2], b"\xff\xfe", &[0; 100], b"\n\n{}\nnull"] {
        std::fs::write(&file, [&whole, torn].concat()).unwrap();
        let mut audit = open(&folder);
        let ended = std::fs::read(&file).unwrap();
        assert_eq!(ended, [&whole, torn, b"\n"].concat());
        audit.again(NOW, &Key::from([2; 16])).unwrap();
        for limit in [1, 10] {
            let (entries, unreadable) = pages(&audit, limit);
            assert_eq!(numbers(&entries), [2, 1]);
            assert_eq!(unreadable, if torn.starts_with(b"\n") { 2 } else { 1 });
        }
    }
    // Whole but for its end: it was about to be sent, and perhaps was.
    std::fs::write(&file, [&whole[..], &whole[..whole.len() - 1]].concat()).unwrap();
    assert_eq!(pages(&open(&folder), 10).0.len(), 2);
}

#[test]
fn a_line_that_no_report_can_make_is_skipped_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("audit");
    let mut audit = open(&folder);
    audit.again(NOW, &Key::from([1; 16])).unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(folder.join("audit.jsonl")).unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b'x'), 40 << 20), &mut file).unwrap();
    drop(audit);
    let mut audit = open(&folder);
    audit.again(NOW, &Key::from([2; 16])).unwrap();
    let (entries, unreadable) = pages(&audit, 10);
    assert_eq!((numbers(&entries), unreadable), (vec![2, 1], 1));
}

#[test]
fn the_longest_report_goes_through() {
    let folder = tempfile::tempdir().unwrap();
    let mut audit = open(&folder.path().join("audit"));
    let report = "\u{1}".repeat(MAX_BYTES);
    audit.sending(NOW, "to", &Key::from([1; 16]), &[("a", "b")], report.as_bytes()).unwrap();
    let page = audit.newest(1, None).unwrap();
    assert!(matches!(&page.entries[0].1.event, Event::Sent { report: read, .. } if *read == report));
    let result = audit.sending(NOW, "to", &Key::from([1; 16]), &[], &vec![b' '; MAX_BYTES + 1]);
    assert!(matches!(result, Err(AuditError::TooLong { .. })));
    let long = "x".repeat(70_000);
    assert!(audit.sending(NOW, &long, &Key::from([1; 16]), &[], b"").is_err());
    assert!(audit.sending(NOW, "to", &Key::from([1; 16]), &[("a", &long)], b"").is_err());
    assert!(audit.answered(NOW, &Key::from([1; 16]), &long).is_err());
    assert_eq!(audit.newest(10, None).unwrap().entries.len(), 1);
}

#[test]
fn every_time_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut audit = open(&folder.path().join("audit"));
    let second = Duration::from_secs(1);
    // The clock jumps.
    let times = [
        (NOW, "1970-01-01T00:00:00Z"),
        (NOW + second * 1_795_256_107, "2026-11-21T10:15:07Z"),
        (NOW - second / 2, "1969-12-31T23:59:59Z"),
        (NOW - second * 86_400, "1969-12-31T00:00:00Z"),
        (NOW - second * u32::MAX * 20, "0000-01-01T00:00:00Z"),
        (NOW + second * u32::MAX * 100, "9999-12-31T23:59:59Z"),
        (NOW + Duration::from_secs(i64::MAX as u64), "9999-12-31T23:59:59Z"),
        (NOW - Duration::from_secs(i64::MAX as u64), "0000-01-01T00:00:00Z"),
    ];
    for (now, expected) in times {
        audit.again(now, &Key::from([1; 16])).unwrap();
        assert_eq!(audit.newest(1, None).unwrap().entries[0].1.time, expected);
    }
}

#[test]
fn what_is_no_text_is_not_logged_and_may_not_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut audit = open(&folder.path().join("audit"));
    for bytes in [&b"\xff"[..], b"{\"a\":\"\xc3\"}", b"\xed\xa0\x80"] {
        let result = audit.sending(NOW, "to", &Key::from([1; 16]), &[], bytes);
        assert!(matches!(result, Err(AuditError::NotText { .. })));
    }
    assert_eq!(audit.newest(10, None).unwrap(), Page::default());
}

#[test]
fn what_is_no_position_is_refused() {
    for bad in ["", "1", "-", "1-", "-1", "1-2-3", "+1-2", "1- 2", "99999999999999999999-1", "a-b"] {
        assert_eq!(bad.parse::<Position>(), Err(NotAPosition), "{bad}");
    }
}

#[test]
fn what_was_sent_comes_with_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut audit = open(folder.path());
    audit.limits.files = 100;
    let key = |number: u8| Key::from([number; 16]);
    let mut late = Vec::new();
    for number in 0..20 {
        audit.sending(NOW, "to", &key(number), &[], &[b'0' + number]).unwrap();
        if number % 3 == 0 {
            audit.answered(NOW, &key(number), "503").unwrap();
            audit.again(NOW, &key(number)).unwrap();
            late.push(number);
        } else {
            audit.answered(NOW, &key(number), "201").unwrap();
        }
    }
    for number in late {
        audit.answered(NOW, &key(number), "201").unwrap();
    }
    // Sent anew after a restart: what follows belongs to that.
    audit.sending(NOW, "to", &key(4), &[], b"4").unwrap();
    audit.answered(NOW, &key(4), "200").unwrap();
    for limit in [1, 3, 7, 100] {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = audit.sent(limit, before).unwrap();
            assert!(page.sent.len() <= limit);
            all.extend(page.sent);
            before = page.more;
            if before.is_none() {
                break;
            }
        }
        let all: Vec<(u8, Vec<String>)> = all
            .into_iter()
            .map(|sent| {
                let after = sent.after.iter().map(|entry| match &entry.event {
                    Event::Answered { outcome } => outcome.clone(),
                    event => event.name().to_owned(),
                });
                (sent.entry.key.as_bytes()[0], after.collect())
            })
            .collect();
        let expected = |number: u8| match number {
            20 => (4, vec!["200".to_owned()]),
            number if number % 3 == 0 => (number, ["503", "sent-again", "201"].map(str::to_owned).to_vec()),
            number => (number, vec!["201".to_owned()]),
        };
        assert_eq!(all, (0..=20).rev().map(expected).collect::<Vec<_>>(), "pages of {limit}");
    }
}
