//! The servers that are compared: for each, how it is found and how it is started.
//!
//! All keep their cache in memory, log no requests, use one worker and keep connections open as long as they may. With an
//! [`Identity`] they listen for TLS 1.3 too, by one cipher suite and one P-256 certificate, and speak HTTP/2 and HTTP/3
//! in it where they can.

mod caddy;
mod hitch;
mod nginx;
pub(crate) mod spokecast;
mod varnish;
mod write_loop;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::clock;
use crate::http::{self, Connection, request};
use crate::identity::Identity;
use crate::process::Process;

/// A server to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Contender {
    Nginx,
    /// With TLS it is hitch that stands before it.
    Varnish,
    /// No cache, but files in memory; only for HTTP/3.
    Caddy,
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
    /// Where to listen for TLS, and who to be there.
    secure: Option<(SocketAddr, &'a Identity)>,
    /// For those who are two programs: where the one reaches the other.
    between: SocketAddr,
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
    /// One, or the one that keeps and the one that does TLS.
    processes: Vec<Process>,
    pub(crate) address: SocketAddr,
    /// Where it listens for TLS and QUIC, if it was given an identity.
    pub(crate) secure: SocketAddr,
    admin: SocketAddr,
    /// From the start of the process to the first byte of the first 200.
    pub(crate) first_answer: Duration,
    /// Where it keeps objects outside its own memory.
    stored: Option<PathBuf>,
    _folder: tempfile::TempDir,
}

/// How long a server may take to give its first answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is asked for first, and its size.
const FIRST: &str = "/object/4096/first.mp4";
const FIRST_SIZE: usize = 4096;

impl Contender {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Contender::Nginx => "nginx",
            Contender::Varnish => "Varnish",
            Contender::Caddy => "Caddy",
            Contender::Spokecast => "Spokecast",
            Contender::Counting(true) => "Spokecast, telemetry on",
            Contender::Counting(false) => "Spokecast, telemetry off",
            Contender::Write => "write()",
        }
    }

    /// Whether it asks an origin and stores what it gets.
    pub(crate) fn is_cache(self) -> bool {
        !matches!(self, Contender::Write | Contender::Caddy)
    }

    /// Whether it speaks HTTP/3.
    pub(crate) fn has_http3(self) -> bool {
        matches!(self, Contender::Caddy | Contender::Spokecast)
    }

    /// Name and version; fails if the program is not there.
    pub(crate) fn version(self, programs: &Programs) -> Result<String> {
        match self {
            Contender::Nginx => nginx::version(),
            Contender::Varnish => varnish::version(),
            Contender::Caddy => caddy::version(),
            Contender::Spokecast | Contender::Counting(_) => spokecast::version(&programs.spokecast),
            Contender::Write => Ok("write() loop".to_owned()),
        }
    }

    /// What to start, in order.
    fn commands(self, programs: &Programs, place: &Place<'_>) -> Result<Vec<Command>> {
        let command = match self {
            Contender::Nginx => nginx::command(place)?,
            Contender::Varnish => {
                let hitch = place.secure.map(|(address, identity)| hitch::command(place, address, identity));
                return Ok([varnish::command(place)?].into_iter().chain(hitch).collect());
            }
            Contender::Caddy => caddy::command(place)?,
            Contender::Spokecast => spokecast::command(&programs.spokecast, place)?,
            Contender::Counting(is_on) => spokecast::counting(&programs.spokecast, place, is_on)?,
            Contender::Write => write_loop::command(place)?,
        };
        Ok(vec![command])
    }

    /// Starts it before `origin` and waits for its first answer. `scratch` is a folder in memory.
    pub(crate) fn start(
        self,
        programs: &Programs,
        scratch: &Path,
        origin: SocketAddr,
        memory_mib: u32,
        identity: Option<&Identity>,
    ) -> Result<Running> {
        let folder = tempfile::Builder::new().prefix("server-").tempdir_in(scratch)?;
        let [address, admin, secure, between] = free_addresses()?;
        let place = Place {
            folder: folder.path(),
            origin,
            listen: address,
            admin,
            secure: identity.map(|identity| (secure, identity)),
            between,
            memory_mib,
        };
        let output = |number: usize| folder.path().join(format!("output-{number}"));
        let commands = self.commands(programs, &place)?;
        let began = clock::now();
        let mut processes = Vec::with_capacity(commands.len());
        for (number, command) in commands.iter().enumerate() {
            processes.push(Process::start(command, &output(number))?);
        }
        let ready = first_answer(&mut processes, address, began).and_then(|time| {
            if identity.is_some() {
                first_connection(&mut processes, secure)?;
            }
            Ok(time)
        });
        let first_answer = ready.map_err(|error| {
            let printed = (0..processes.len()).map(|number| std::fs::read_to_string(output(number)));
            let printed: String = printed.flatten().collect();
            error.context(format!("{} did not start; it printed:\n{printed}", self.name()))
        })?;
        let stored = (self == Contender::Nginx).then(|| nginx::stored(folder.path()));
        Ok(Running { processes, address, secure, admin, first_answer, stored, _folder: folder })
    }
}

impl Running {
    /// Processor time that it has used, user and system.
    pub(crate) fn cpu(&self) -> Duration {
        self.processes.iter().map(Process::cpu).sum()
    }

    /// Bytes of its processes' memory.
    pub(crate) fn process_memory(&self) -> Result<u64> {
        self.processes.iter().map(Process::memory).sum()
    }

    /// Bytes that it holds: its processes' memory, and files that it keeps in memory.
    pub(crate) fn memory(&self) -> Result<u64> {
        Ok(self.process_memory()? + self.stored.as_deref().map_or(0, bytes_below))
    }

    /// An error if it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.processes.iter_mut().try_for_each(Process::check)
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

/// Addresses that nobody listens on. Nobody else takes them: the benchmark has the network to itself, or is the only
/// one that asks for ports of this kind in the next few milliseconds.
pub(crate) fn free_addresses<const COUNT: usize>() -> Result<[SocketAddr; COUNT]> {
    // All are held before one is let go, so that they differ.
    let bound = [(); COUNT].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); COUNT];
    for (address, bound) in addresses.iter_mut().zip(bound) {
        *address = bound?.local_addr()?;
    }
    Ok(addresses)
}

/// Asks for a small object again and again until it comes; how long that took since `began`.
fn first_answer(processes: &mut [Process], address: SocketAddr, began: Instant) -> Result<Duration> {
    let question = request(FIRST, "");
    loop {
        processes.iter_mut().try_for_each(Process::check)?;
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

/// Waits until it lets somebody in where it speaks TLS.
fn first_connection(processes: &mut [Process], address: SocketAddr) -> Result<()> {
    let began = clock::now();
    loop {
        processes.iter_mut().try_for_each(Process::check)?;
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(_) if clock::now() - began < PATIENCE => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => return Err(error).context("nobody listens for TLS"),
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
