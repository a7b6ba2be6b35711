//! A collector as small as it can be: a set of reports by key, which outlives the processes that send.
//!
//! Each line is a word and what belongs to it, each answer a line: `committing WINDOW COUNT COUNT…`,
//! `committed WINDOW`, `report KEY COUNT COUNT…`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::{counts, is_refused};

pub(super) struct Collector {
    address: SocketAddr,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    reports: BTreeMap<String, String>,
    /// The counts of each window.
    given: BTreeMap<String, BTreeSet<String>>,
    /// Windows that were durable.
    committed: BTreeSet<String>,
}

impl Collector {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let known = Arc::new(Mutex::new(Known::default()));
        let collecting = Arc::clone(&known);
        // Ends with the test's process; one sender after the other, so that all lines of one are read before the next.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(&stream, &collecting);
            }
        });
        Self { address, known }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds up what was collected and what was set aside.
    pub(super) fn assert_each_counted_once(&self, refused: &BTreeSet<String>, what: &str) {
        let known = self.known.lock().expect("no panic");
        let mut all = refused.clone();
        for count in known.reports.values().flat_map(|report| counts(report)) {
            assert!(all.insert(count.clone()), "{what}: {count} is there twice: {known:?}");
        }
        for (window, given) in &known.given {
            let found = given.intersection(&all).count();
            let is_committed = known.committed.contains(window);
            assert!(
                found == given.len() || (found == 0 && !is_committed),
                "{what}: of window {window} (committed: {is_committed}) {found} arrived: {known:?}"
            );
        }
        assert!(known.committed.len() >= 3, "{what}: the last process committed its windows");
    }
}

fn serve(stream: &TcpStream, known: &Mutex<Known>) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut line = String::new();
    // A line that is not whole was never sent: its sender was killed.
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
        let answer = known.lock().expect("no panic").answer(line.trim_end());
        let _gone = writeln!(writer, "{answer}");
        line.clear();
    }
}

impl Known {
    fn answer(&mut self, line: &str) -> u16 {
        let (word, rest) = line.split_once(' ').expect("a word and more");
        match (word, rest.split_once(' ')) {
            ("committing", Some((window, given))) => {
                self.given.insert(window.to_owned(), counts(given).into_iter().collect());
                200
            }
            ("committed", None) => {
                self.committed.insert(rest.to_owned());
                200
            }
            ("report", Some((key, report))) => match counts(report) {
                counts if counts.len() > 2 => 413,
                counts if counts.iter().any(|count| is_refused(count)) => match counts.len() {
                    1 => 422,
                    _ => 413,
                },
                _ => match self.reports.insert(key.to_owned(), report.to_owned()) {
                    None => 201,
                    Some(known) if known == report => 200,
                    Some(known) => panic!("{key} came with {known} and with {report}"),
                },
            },
            _ => panic!("what is `{line}`?"),
        }
    }
}
