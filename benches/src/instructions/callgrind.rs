//! An edge under callgrind, which is asked for its count while it runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::clock;
use crate::contender::{self, free_addresses};
use crate::http::{Connection, request};
use crate::identity::Identity;
use crate::process::Process;

/// Callgrind is some fifty times slower than the processor.
const PATIENCE: Duration = Duration::from_mins(1);

/// Ends when it is dropped.
pub(super) struct Server {
    process: Process,
    pub(super) address: SocketAddr,
    /// Where it listens for TLS and QUIC, if it was given an identity.
    pub(super) secure: SocketAddr,
    scratch: PathBuf,
    /// How often it was asked; each time it writes a file of its own.
    asked: u32,
}

impl Server {
    /// Starts it and waits until it answers.
    pub(super) fn start(
        spokecast: &Path,
        origin: SocketAddr,
        scratch: &Path,
        is_counting: bool,
        identity: Option<&Identity>,
    ) -> Result<Self> {
        let [address, secure] = free_addresses()?;
        let log = scratch.join("valgrind.log");
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", &control(scratch)]);
        command.arg(format!("--callgrind-out-file={}", counts(scratch).display()));
        command.arg(format!("--log-file={}", log.display()));
        let configuration = scratch.join("edge.toml");
        let doors = identity.map(|identity| (secure, identity));
        let text = contender::spokecast::configuration(&origin.to_string(), is_counting, doors);
        std::fs::write(&configuration, text)?;
        command.arg(spokecast).args(["edge", "--config"]).arg(configuration);
        command.args(["--listen", &address.to_string(), "--admin", "127.0.0.1:0", "--memory", "64MiB"]);
        let mut process = Process::start(&command, &scratch.join("output"))?;
        let deadline = clock::now() + PATIENCE;
        let question = request("/object/4096/first.mp4", "");
        loop {
            let answer = Connection::open(address).and_then(|mut connection| connection.ask(&question));
            if answer.as_ref().is_ok_and(|head| head.status == 200) {
                return Ok(Self { process, address, secure, scratch: scratch.to_owned(), asked: 0 });
            }
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            process.check().with_context(said)?;
            ensure!(clock::now() < deadline, "the server under valgrind did not answer: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Instructions of all its threads since it was last asked, or since its start.
    pub(super) fn instructions(&mut self) -> Result<u64> {
        let mut ask = Command::new("vgdb");
        ask.arg(control(&self.scratch)).arg(format!("--pid={}", self.process.id())).arg("dump");
        let said = ask.output().context("cannot start vgdb, which comes with valgrind")?;
        ensure!(said.status.success(), "vgdb: {}", String::from_utf8_lossy(&said.stderr));
        self.asked += 1;
        let file = counts(&self.scratch).with_added_extension(self.asked.to_string());
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("callgrind wrote no {}", file.display()))?;
        totals(&text).with_context(|| format!("no totals in {}", file.display()))
    }
}

/// Where the two programs meet, for both of them.
fn control(scratch: &Path) -> String {
    format!("--vgdb-prefix={}", scratch.join("control").display())
}

fn counts(scratch: &Path) -> PathBuf {
    scratch.join("counts")
}

/// The line `totals: <instructions>` of callgrind's format.
fn totals(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

#[test]
fn the_sum_of_a_dump_is_found() {
    let dump = "version: 1\nevents: Ir\nsummary: 7\n\nfn=(1) main\n16 400\n\ntotals: 1234567\n";
    assert_eq!(totals(dump), Some(1_234_567));
    assert_eq!(totals("version: 1\n"), None);
}
