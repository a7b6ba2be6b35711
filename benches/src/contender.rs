//! The servers that are compared: for each, how it is found and how it is started.
//!
//! All keep their cache in memory, log no requests, use one worker and keep connections open as long as they may.

mod nginx;
pub(crate) mod spokecast;
mod varnish;
mod write_loop;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::clock;
use crate::http::{self, Connection, request};
use crate::process::Process;

/// A server to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Contender {
    Nginx,
    Varnish,
    Spokecast,
    /// Spokecast with a configuration that says whether it counts what is watched. It is compared with itself alone.
    #[value(skip)]
    Counting(bool),
    /// No server but the limit: one thread that parses nothing and writes from memory.
    Write,
}

/// Where a server runs, and what it stands before.
pub(crate) struct Place<'a> {
    /// A folder of its own, in memory.
    folder: &'a Path,
    origin: SocketAddr,
    listen: SocketAddr,
    /// For the operators of servers that listen for them apart.
    admin: SocketAddr,
    memory_mib: u32,
}

/// Which programs are run.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// The `spokecast` binary.
    pub(crate) spokecast: PathBuf,
}

/// A server under test that has given its first answer.
pub(crate) struct Running {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    admin: SocketAddr,
    /// From the start of the process to the first byte of the first 200.
    pub(crate) first_answer: Duration,
    /// Where it keeps objects outside its own memory.
    stored: Option<PathBuf>,
    _folder: tempfile::TempDir,
}

/// How long a server may take to give its first answer.
const PATIENCE: Duration = Duration::from_secs(20);

impl Contender {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Contender::Nginx => "nginx",
            Contender::Varnish => "Varnish",
            Contender::Spokecast => "Spokecast",
            Contender::Counting(true) => "Spokecast, telemetry on",
            Contender::Counting(false) => "Spokecast, telemetry off",
            Contender::Write => "write()",
        }
    }

    /// Whether it asks an origin and stores what it gets.
    pub(crate) fn is_cache(self) -> bool {
        self != Contender::Write
    }

    /// Name and version; fails if the program is not there.
    pub(crate) fn version(self, programs: &Programs) -> Result<String> {
        match self {
            Contender::Nginx => nginx::version(),
            Contender::Varnish => varnish::version(),
            Contender::Spokecast | Contender::Counting(_) => spokecast::version(&programs.spokecast),
            Contender::Write => Ok("write() loop".to_owned()),
        }
    }

    fn command(self, programs: &Programs, place: &Place<'_>) -> Result<Command> {
        match self {
            Contender::Nginx => nginx::command(place),
            Contender::Varnish => varnish::command(place),
            Contender::Spokecast => Ok(spokecast::command(&programs.spokecast, place)),
            Contender::Counting(is_on) => spokecast::counting(&programs.spokecast, place, is_on),
            Contender::Write => write_loop::command(place),
        }
    }

    /// Starts it before `origin` and waits for its first answer. `scratch` is a folder in memory.
    pub(crate) fn start(
        self,
        programs: &Programs,
        scratch: &Path,
        origin: SocketAddr,
        memory_mib: u32,
    ) -> Result<Running> {
        let folder = tempfile::Builder::new().prefix("server-").tempdir_in(scratch)?;
        let [address, admin] = free_addresses()?;
        let place = Place { folder: folder.path(), origin, listen: address, admin, memory_mib };
        let command = self.command(programs, &place)?;
        let output = folder.path().join("output");
        let began = clock::now();
        let mut process = Process::start(&command, &output)?;
        let first_answer = match first_answer(&mut process, address, began) {
            Ok(time) => time,
            Err(error) => {
                let printed = std::fs::read_to_string(&output).unwrap_or_default();
                let name = self.name();
                return Err(error.context(format!("{name} did not start; it printed:\n{printed}")));
            }
        };
        let stored = (self == Contender::Nginx).then(|| nginx::stored(folder.path()));
        Ok(Running { process, address, admin, first_answer, stored, _folder: folder })
    }
}

impl Running {
    /// Bytes that it holds: its processes' memory, and files that it keeps in memory.
    pub(crate) fn memory(&self) -> Result<u64> {
        Ok(self.process.memory()? + self.stored.as_deref().map_or(0, bytes_below))
    }

    /// Answers that Spokecast has counted for reports.
    pub(crate) fn counted(&self) -> Result<u64> {
        spokecast::counted(&http::text(self.admin, "/metrics")?)
    }
}

/// Runs a program for what it says about itself.
fn printed(program: &str, argument: &str) -> Result<String> {
    let output = Command::new(program)
        .arg(argument)
        .output()
        .with_context(|| format!("cannot start {program}; install it, or leave it out with --peers"))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Two addresses that nobody listens on. Nobody else takes them: the benchmark has the network to itself, or is the only
/// one that asks for ports of this kind in the next few milliseconds.
fn free_addresses() -> Result<[SocketAddr; 2]> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    // Both are held before one is let go, so that they differ.
    let (one, other) = (bind()?, bind()?);
    Ok([one.local_addr()?, other.local_addr()?])
}

/// Asks for a small object again and again until it comes; how long that took since `began`.
fn first_answer(process: &mut Process, address: SocketAddr, began: Instant) -> Result<Duration> {
    let question = request("/object/4096/first.mp4", "");
    loop {
        process.check()?;
        let answer = Connection::open(address).and_then(|mut connection| connection.ask(&question));
        let elapsed = clock::now() - began;
        match answer {
            Ok(head) if head.status == 200 => return Ok(elapsed),
            Ok(_) | Err(_) if elapsed < PATIENCE => std::thread::sleep(Duration::from_micros(300)),
            Ok(head) => bail!("after {} s it still answers with {}", PATIENCE.as_secs(), head.status),
            Err(error) => return Err(error.context("no answer")),
        }
    }
}

/// Bytes of all files below `folder`; those that vanish meanwhile count nothing.
fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => std::os::unix::fs::MetadataExt::blocks(&metadata) * 512,
        Err(_) => 0,
    });
    sizes.sum()
}
