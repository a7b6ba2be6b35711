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
