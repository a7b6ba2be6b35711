//! The file of a window is whole, in the one way in which it is written, or it is put away.
//!
//! A fuzzer cannot guess checksums. So the input is also read with checksums that fit, as far as it has the lines for
//! them.
#![no_main]

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use libfuzzer_sys::fuzz_target;
use telemetry::disk::{Disk, Listed, Lock};
use telemetry::report::MAX_BYTES;
use telemetry::spool::{Limits, Sealed, Spool};

const LIMITS: Limits = Limits { max_bytes: 1 << 30 };
const FILE: &str = "/spool/window-0000000000000001.spool";

fuzz_target!(|input: &[u8]| {
    judge(input);
    if let Some(fitting) = with_fitting_checksums(input) {
        judge(&fitting);
    }
});

fn judge(bytes: &[u8]) {
    let disk = Arc::new(Files::default());
    disk.files.lock().expect("no panic").insert(FILE.into(), bytes.to_vec());
    let (mut spool, opened) = open(&disk);
    let put_away = disk.file("/spool/damaged/0000000000000001-window-0000000000000001.spool");
    if opened.reports == 0 {
        assert_eq!((opened.damaged, put_away.as_deref(), disk.file(FILE)), (1, Some(bytes), None));
        return;
    }
    assert_eq!((opened.damaged, put_away), (0, None));
    let keys: Vec<_> = spool.waiting().map(|waiting| waiting.key).collect();
    let reports: Vec<Sealed> = keys.iter().map(|key| spool.read(key).expect("it was whole")).collect();
    assert!(reports.iter().all(|report| report.bytes.len() <= MAX_BYTES));
    // Written again it is the same.
    let again = Arc::new(Files::default());
    let committed = open(&again).0.commit(&reports).expect("they can wait");
    assert!(committed.fault.is_none() && committed.dropped == 0);
    assert_eq!(again.file(FILE).as_deref(), Some(bytes));
}

fn open(disk: &Arc<Files>) -> (Spool, telemetry::spool::Opened) {
    Spool::open(Arc::clone(disk) as _, Path::new("/spool"), LIMITS).expect("the disk is well")
}

/// The same lines and bodies, with the checksums that they should have.
fn with_fitting_checksums(input: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(input);
    let (lines, rest) = text.split_once("end ")?;
    let mut bodies = rest.split_once('\n')?.1.as_bytes();
    let all = bodies;
    let mut head = String::new();
    for line in lines.split_inclusive('\n') {
        let fields: Vec<&str> = line.trim_end_matches('\n').split(' ').collect();
        let length =
            fields.get(1).and_then(|length| length.parse().ok()).filter(|length| *length <= bodies.len());
        match (&fields[..], length) {
            ([key, digits, _], Some(length)) => {
                let (body, others) = bodies.split_at(length);
                head.push_str(&format!("{key} {digits} {}\n", sum(body)));
                bodies = others;
            }
            _ => head.push_str(line),
        }
    }
    let end = format!("end {}\n", sum(head.as_bytes()));
    Some([head.as_bytes(), end.as_bytes(), all].concat())
}

fn sum(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Files in memory.
#[derive(Debug, Default)]
struct Files {
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
}

impl Files {
    fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.files.lock().expect("no panic").get(Path::new(path)).cloned()
    }
}

impl Disk for Files {
    fn create_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn others_may_write(&self, _: &Path) -> io::Result<bool> {
        Ok(false)
    }

    fn lock(&self, _: &Path) -> io::Result<Option<Lock>> {
        Ok(Some(Box::new(())))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let files = self.files.lock().expect("no panic");
        let inside = files.iter().filter(|(path, _)| path.parent() == Some(folder));
        let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
        Ok(inside
            .map(|(path, bytes)| Listed { name: name(path), bytes: bytes.len() as u64, is_file: true })
            .collect())
    }

    fn read(&self, file: &Path, from: u64, most: usize) -> io::Result<Vec<u8>> {
        let files = self.files.lock().expect("no panic");
        let bytes = files.get(file).ok_or(ErrorKind::NotFound)?;
        let rest = bytes.get(usize::try_from(from).expect("64 bits")..).unwrap_or_default();
        Ok(rest[..rest.len().min(most)].to_vec())
    }

    fn write(&self, file: &Path, parts: &[&[u8]]) -> io::Result<()> {
        self.files.lock().expect("no panic").insert(file.to_owned(), parts.concat());
        Ok(())
    }

    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        self.files.lock().expect("no panic").entry(file.to_owned()).or_default().extend(bytes);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = self.files.lock().expect("no panic");
        let bytes = files.remove(from).ok_or(ErrorKind::NotFound)?;
        files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.files.lock().expect("no panic").remove(file).map(drop).ok_or(ErrorKind::NotFound.into())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}
