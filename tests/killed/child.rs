//! The process that is killed: it commits windows and delivers what waits, as an edge does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use telemetry::disk::{Disk, RealDisk};
use telemetry::spool::{Key, Limits, Sealed, Spool};

use super::killing_disk::KillingDisk;
use super::{AT, COLLECTOR, FOLDER, RUN, counts};

const LIMITS: Limits = Limits { max_bytes: 4 << 20 };

/// The counts of each report of the windows that a process commits.
const WINDOWS: [&[&[u8]]; 3] = [&[&[0, 1], &[2, 3]], &[&[0, 1, 2, 4]], &[&[3], &[0]]];

#[test]
#[ignore = "a part of the test above, which starts it as a process"]
fn commits_and_delivers() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let variable = |name| std::env::var(name).ok();
    let disk: Arc<dyn Disk> = match variable(AT).map(|at| at.parse().expect("a number")) {
        Some(at) => Arc::new(KillingDisk::new(at)),
        None => Arc::new(RealDisk),
    };
    let run = variable(RUN).expect("a number");
    let mut collector = Line::to(&variable(COLLECTOR).expect("an address"));

    let (mut spool, opened) = Spool::open(disk, &folder, LIMITS).expect("no other process has it");
    assert_eq!((opened.damaged, opened.foreign, opened.dropped), (0, 0, 0));
    for (number, reports) in WINDOWS.iter().enumerate() {
        let window = format!("{run}-{number}");
        let named =
            |report: &&[u8]| report.iter().map(|count| format!("{window}.{count}")).collect::<Vec<_>>();
        let reports: Vec<_> = reports.iter().map(named).collect();
        collector.says(&format!("committing {window} {}", reports.concat().join(" ")));
        let reports: Vec<_> = reports.iter().map(|counts| sealed(counts)).collect();
        let committed = spool.commit(&reports).expect("nothing is wrong with them");
        assert!(committed.fault.is_none() && committed.dropped == 0, "{committed:?}");
        collector.says(&format!("committed {window}"));
        deliver(&mut spool, &mut collector, number + 1);
    }
    deliver(&mut spool, &mut collector, usize::MAX);
    assert_eq!((spool.reports(), spool.bytes()), (0, 0));
}

/// Sends so many reports, or all that wait.
fn deliver(spool: &mut Spool, collector: &mut Line, most: usize) {
    for _ in 0..most {
        let Some(next) = spool.waiting().next() else { return };
        let report = spool.read(&next.key).expect("whole");
        let text = std::str::from_utf8(&report.bytes).expect("text");
        match collector.says(&format!("report {} {text}", report.key)).as_str() {
            "200" | "201" => spool.acknowledge(&next.key),
            "413" => {
                let counts = counts(text);
                let (left, right) = counts.split_at(counts.len() / 2);
                spool.replace(&next.key, &[sealed(left), sealed(right)])
            }
            "422" => spool.set_aside(&next.key),
            other => panic!("the collector said {other}"),
        }
        .expect("the disk is well");
    }
}

fn sealed(counts: &[String]) -> Sealed {
    let bytes = counts.join(" ").into_bytes().into();
    Sealed { key: Key::random().expect("randomness"), bytes }
}

/// The connection to the collector.
struct Line {
    stream: BufReader<TcpStream>,
}

impl Line {
    fn to(address: &str) -> Self {
        Self { stream: BufReader::new(TcpStream::connect(address).expect("it listens")) }
    }

    /// Says something and waits for the answer.
    fn says(&mut self, line: &str) -> String {
        // One write, so that a kill leaves a line whole or without its end.
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).expect("it listens");
        let mut answer = String::new();
        self.stream.read_line(&mut answer).expect("it answers");
        answer.trim_end().to_owned()
    }
}
