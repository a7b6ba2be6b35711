//! Reports and kill -9: a process that commits and delivers is killed at every operation on the disk, is started
//! again, is killed again, and in the end the collector has each count once.
//!
//! The process is this test binary once more, with [`child`] as its one test; whatever it is told stands in its
//! environment.

mod child;
mod collector;
mod killing_disk;

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use collector::Collector;
use tempfile::TempDir;

/// Where the spool is.
const FOLDER: &str = "SPOKECAST_KILLED_FOLDER";
/// Where the collector listens.
const COLLECTOR: &str = "SPOKECAST_KILLED_COLLECTOR";
/// At which operation on the disk the process kills itself; at none without it.
const AT: &str = "SPOKECAST_KILLED_AT";
/// Which of the processes it is: 0, 1, 2.
const RUN: &str = "SPOKECAST_KILLED_RUN";

const SIGKILL: i32 = 9;

#[test]
fn the_collector_has_each_count_once_wherever_the_process_is_killed() {
    let mut kills = 0;
    for at in 0.. {
        let folder = folder();
        let (collector, spool) = (Collector::start(), folder.path().join("spool"));
        let first = start(&spool, &collector, 0, Some(at));
        // The second one is killed at other points than the first, and each at others.
        let second = start(&spool, &collector, 1, Some((at * 7 + 3) % 60));
        let last = start(&spool, &collector, 2, None);
        assert!(last.success(), "killed at {at}, then: {last}");
        kills += [first, second].iter().filter(|ended| ended.signal() == Some(SIGKILL)).count();
        collector.assert_each_counted_once(&refused(&spool), &format!("killed at {at}"));
        if first.success() {
            break;
        }
    }
    assert!(kills > 60, "killed {kills} times only");
}

/// In memory if the system has that: a kill leaves what the system holds, whether or not a disk has it too.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}

/// Runs a process to its end.
fn start(spool: &Path, collector: &Collector, run: usize, at: Option<usize>) -> ExitStatus {
    let mut command = Command::new(std::env::current_exe().expect("this test has a path"));
    command.args(["killed::child::commits_and_delivers", "--exact", "--ignored", "--test-threads=1"]);
    command.env(FOLDER, spool).env(COLLECTOR, collector.address().to_string()).env(RUN, run.to_string());
    if let Some(at) = at {
        command.env(AT, at.to_string());
    }
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    let ended = output.status;
    let is_killed = ended.signal() == Some(SIGKILL) && at.is_some();
    assert!(ended.success() || is_killed, "{ended}\n{}", String::from_utf8_lossy(&output.stdout));
    ended
}

/// The counts of the reports that were set aside.
fn refused(spool: &Path) -> BTreeSet<String> {
    let files = spool.join("refused").read_dir().expect("a folder").map(|file| file.expect("a file").path());
    files.flat_map(|file| counts(&std::fs::read_to_string(file).expect("text"))).collect()
}

/// A report of this test is a list of counts, each with a name of its own: `<window>.<number>`.
fn counts(report: &str) -> Vec<String> {
    report.split(' ').map(str::to_owned).collect()
}

/// The collector never takes this count.
fn is_refused(count: &str) -> bool {
    count.ends_with(".3")
}
