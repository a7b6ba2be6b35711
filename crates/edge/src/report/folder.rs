//! A folder as the place where reports go: a file each, which is there whole or not at all, and once however often it
//! is written.
//!
//! Deliberately absent: making the folder. One that is not there may be a disk that is not mounted.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use telemetry::bucket::Bucket;
use telemetry::delivery::Verdict;
use telemetry::spool::Key;

use super::outlet::Outcome;

/// What a report is called there. Names sort by time.
pub(super) fn name(bucket: Bucket, key: Key) -> String {
    format!("{}-{key}.json", bucket.to_string().replace(':', "-"))
}

/// Writes a report into `folder`, off the threads that serve.
pub(super) async fn deliver(folder: &Path, name: String, report: Arc<[u8]>) -> Outcome {
    let folder = folder.to_owned();
    let written = tokio::task::spawn_blocking(move || write(&folder, &name, &report)).await;
    match written.unwrap_or_else(|ended| Err(io::Error::other(ended))) {
        Ok(()) => Outcome { verdict: Verdict::Delivered, said: "written".into() },
        Err(error) => {
            // A kind names no path.
            let said = error.kind().to_string();
            let verdict = match error.kind() {
                ErrorKind::NotFound
                | ErrorKind::NotADirectory
                | ErrorKind::PermissionDenied
                | ErrorKind::ReadOnlyFilesystem => Verdict::Misdirected,
                _ => Verdict::Later(None),
            };
            Outcome { verdict, said }
        }
    }
}

fn write(folder: &Path, name: &str, report: &[u8]) -> io::Result<()> {
    let open_folder = File::open(folder)?;
    let under_way = folder.join(format!(".{name}.part"));
    // What an earlier try left.
    match fs::remove_file(&under_way) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_whole(&under_way, report).and_then(|()| fs::rename(&under_way, folder.join(name)));
    if written.is_err() {
        // What is told is why it could not be written.
        let _gone = fs::remove_file(&under_way);
    }
    written?;
    open_folder.sync_all()
}

fn write_whole(path: &PathBuf, report: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(report)?;
    file.sync_all()
}
