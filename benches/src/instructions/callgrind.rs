//! An edge under callgrind.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::clock;
use crate::http::{Connection, request};
use crate::process::Process;

/// Callgrind is some fifty times slower than the processor.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Server {
    process: Process,
    pub(super) address: SocketAddr,
    log: PathBuf,
}

impl Server {
    /// Starts it and waits until it answers.
    pub(super) fn start(spokecast: &Path, origin: SocketAddr, scratch: &Path) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let (log, output) = (scratch.join("callgrind.log"), scratch.join("output"));
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(format!("--log-file={}", log.display()));
        command.arg(spokecast).args(["edge", "--origin", &format!("http://{origin}")]);
        command.args(["--listen", &address.to_string(), "--admin", "127.0.0.1:0", "--memory", "64MiB"]);
        let mut process = Process::start(&command, &output)?;
        let deadline = clock::now() + PATIENCE;
        let question = request("/object/4096/first.mp4", "");
        loop {
            let answer = Connection::open(address).and_then(|mut connection| connection.ask(&question));
            if answer.as_ref().is_ok_and(|head| head.status == 200) {
                return Ok(Self { process, address, log });
            }
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            process.check().with_context(said)?;
            ensure!(clock::now() < deadline, "the server under valgrind did not answer: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it; all the instructions that it executed.
    pub(super) fn end(&mut self) -> Result<u64> {
        self.process.stop();
        let log = std::fs::read_to_string(&self.log).context("valgrind wrote no log")?;
        collected(&log).with_context(|| format!("valgrind counted nothing:\n{log}"))
    }
}

/// The line `==<process>== Collected : <instructions>`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[test]
fn the_sum_is_found_in_the_log() {
    let log = "==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n==7== I   refs:      1,234,567\n";
    assert_eq!(collected(log), Some(1_234_567));
    assert_eq!(collected("==7== killed\n"), None);
}
