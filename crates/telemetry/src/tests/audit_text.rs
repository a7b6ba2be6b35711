//! What is read from the log is what was given.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use proptest::collection::vec;
use proptest::prelude::*;

use super::memory_disk::MemoryDisk;
use crate::audit::{Audit, Event, Limits};
use crate::spool::Key;

proptest! {
    /// Any text there is comes back as it was, and is one line whatever it holds.
    #[test]
    fn every_text_comes_back_byte_for_byte(
        reports in vec(any::<String>(), 1..20),
        to: String,
        field: (String, String),
        limit in 1_usize..5,
        max_file_bytes in 1_u64..2000,
    ) {
        let disk = Arc::new(MemoryDisk::default());
        let folder = Path::new("/audit");
        let mut audit = Audit::open(disk.clone(), folder, Limits { max_file_bytes, files: 100 }).unwrap();
        let key = Key::from([7; 16]);
        for report in &reports {
            let fields = [(field.0.as_str(), field.1.as_str())];
            audit.sending(SystemTime::UNIX_EPOCH, &to, &key, &fields, report.as_bytes()).unwrap();
        }
        let lines: usize = disk.files("/audit").values().map(|file| file.split(|byte| *byte == b'\n').count() - 1).sum();
        prop_assert_eq!(lines, reports.len());
        let (mut read, mut before) = (Vec::new(), None);
        loop {
            let page = audit.newest(limit, before).unwrap();
            prop_assert_eq!(page.unreadable, 0);
            read.extend(page.entries.into_iter().map(|(_, entry)| entry.event));
            before = page.more;
            if before.is_none() {
                break;
            }
        }
        let sent = |report: &String| Event::Sent {
            to: to.clone(),
            fields: vec![field.clone()],
            report: report.clone(),
        };
        let expected: Vec<Event> = reports.iter().rev().map(sent).collect();
        prop_assert_eq!(read, expected);
    }
}
