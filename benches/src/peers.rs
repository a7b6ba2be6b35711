//! The comparison: phases, and the servers that take turns in each.

mod cost;
mod crowd;
mod hits;
mod http2;
mod http3;
mod https;
mod idle;
mod live;
mod memory;
mod start;
mod tail;
mod telemetry;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use crate::contender::{Contender, Programs, Running};
use crate::identity::Identity;
use crate::origin::Distance;
use crate::report::Results;
use crate::{h2load, machine, namespace, process};

/// What to measure, and how long.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The `spokecast` binary to measure.
    #[arg(long, value_name = "FILE")]
    spokecast: PathBuf,
    /// Only these phases [default: all that compare servers].
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PHASES")]
    only: Vec<Phase>,
    /// Only these servers. Ratios need nginx among them.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SERVERS")]
    peers: Vec<Contender>,
    /// Rounds in which the servers take turns; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "N")]
    rounds: u32,
    /// Time of each measurement of hits; `tail` takes two times as long, `live` ten times.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=600), value_name = "SECONDS")]
    seconds: u32,
    /// Viewers who ask at once in `crowd`.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5_000), value_name = "N")]
    crowd: u32,
    /// Viewers in `live`.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=5_000), value_name = "N")]
    viewers: u32,
    /// Connections in `idle`, in the clear.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=18_000), value_name = "N")]
    idle: u32,
    /// Connections in `idle` inside of TLS.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=9_000), value_name = "N")]
    idle_tls: u32,
    /// Connections that ask in `tail`.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=9_000), value_name = "N")]
    tail: u32,
    /// Objects of 1 MiB in `memory`.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=65_536), value_name = "MIB")]
    fill: u32,
    /// Write every round of every figure to this file too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Phase {
    /// Cached objects of five sizes over 64 connections.
    Hits,
    /// Cached objects of three sizes over 64 connections inside of TLS.
    Https,
    /// The same over HTTP/2, eight streams at a time on each.
    Http2,
    /// The same over HTTP/3.
    Http3,
    /// Times of cached objects of 1 MiB while 1,000 connections ask for them.
    Tail,
    /// Many connections ask at once for one object that is not cached; the origin is far away.
    Crowd,
    /// Viewers of a live channel; the origin is far away.
    Live,
    /// Memory of idle connections.
    Idle,
    /// Memory of stored bytes.
    Memory,
    /// From the start of the process to the first answer.
    Start,
    /// Cached hits with and without counting what is watched; only when it is named.
    Telemetry,
}

/// What every phase is given.
struct Setting<'a> {
    arguments: &'a Arguments,
    programs: Programs,
    /// A folder in memory.
    scratch: &'a Path,
    identity: Identity,
    servers: Vec<Contender>,
}

/// Memory that each server may use for its cache, unless the phase says otherwise.
const MEMORY_MIB: u32 = 2048;

/// An origin on the other side of an ocean, behind an office's link.
const FAR: Distance = Distance::Far { round_trip: Duration::from_millis(40), megabits_per_second: 100 };

/// Runs the phases and prints what they found.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let network = namespace::enter()?;
    // Before anything is pinned: afterwards this process sees one core.
    let machine = machine::line();
    let scratch = scratch()?;
    process::pin_clients()?;
    process::watch_signals(scratch.path())?;
    raise_open_files()?;

    let programs = Programs { spokecast: arguments.spokecast.clone() };
    let phases = phases(&arguments.only);
    let mut servers = chosen(&arguments.peers);
    servers.retain(|server| phases.iter().any(|phase| phase.compares(*server)));
    let versions: Vec<String> =
        servers.iter().map(|server| server.version(&programs)).collect::<Result<_>>()?;
    println!("machine: {machine}\nnetwork: {network}\nservers: {}", versions.join("; "));
    let identity = Identity::make(scratch.path())?;
    let setting = Setting { arguments, programs, scratch: scratch.path(), identity, servers };
    if phases.contains(&Phase::Http2) {
        // Before everything else is measured for nothing.
        h2load::check()?;
    }
    let mut all = Vec::new();
    for phase in phases {
        let results = phase.run(&setting)?;
        println!("\n{}\n\n{}", results.title, results.table());
        all.push(results.json());
    }
    if let Some(file) = &arguments.json {
        let report = json!({ "machine": machine, "network": network, "servers": versions, "phases": all });
        std::fs::write(file, format!("{report:#}\n"))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

impl Phase {
    /// Whether this server takes part in it.
    fn compares(self, server: Contender) -> bool {
        match self {
            Phase::Hits => server.is_cache() || server == Contender::Write,
            Phase::Http3 => server.has_http3(),
            // With itself alone.
            Phase::Telemetry => server == Contender::Spokecast,
            _ => server.is_cache(),
        }
    }

    fn run(self, setting: &Setting<'_>) -> Result<Results> {
        match self {
            Phase::Hits => hits::run(setting),
            Phase::Https => https::run(setting),
            Phase::Http2 => http2::run(setting),
            Phase::Http3 => http3::run(setting),
            Phase::Tail => tail::run(setting),
            Phase::Crowd => crowd::run(setting),
            Phase::Live => live::run(setting),
            Phase::Idle => idle::run(setting),
            Phase::Memory => memory::run(setting),
            Phase::Start => start::run(setting),
            Phase::Telemetry => telemetry::run(setting),
        }
    }
}

impl Setting<'_> {
    /// Those of the servers that take part in this phase.
    fn servers(&self, phase: Phase) -> impl Iterator<Item = Contender> {
        self.servers.iter().copied().filter(move |server| phase.compares(*server))
    }

    /// How long to measure hits.
    fn time(&self) -> Duration {
        Duration::from_secs(u64::from(self.arguments.seconds))
    }

    /// Starts a server in the clear alone.
    fn start(&self, server: Contender, origin: SocketAddr) -> Result<Running> {
        server.start(&self.programs, self.scratch, origin, MEMORY_MIB, None)
    }

    /// Starts a server that listens for TLS too.
    fn start_secure(&self, server: Contender, origin: SocketAddr) -> Result<Running> {
        server.start(&self.programs, self.scratch, origin, MEMORY_MIB, Some(&self.identity))
    }
}

/// Tells on standard error what is being measured. Rounds count from 0.
fn announce(phase: &str, server: Contender, round: u32) {
    eprintln!("{phase}: {}, round {}", server.name(), round + 1);
}

/// Those that were named; else those that compare servers with each other.
fn phases(named: &[Phase]) -> Vec<Phase> {
    chosen(named).into_iter().filter(|phase| !named.is_empty() || *phase != Phase::Telemetry).collect()
}

/// What was named, in the order of the list and without repeats; everything if nothing was.
fn chosen<T: ValueEnum + PartialEq + Copy>(named: &[T]) -> Vec<T> {
    T::value_variants().iter().copied().filter(|one| named.is_empty() || named.contains(one)).collect()
}

/// A folder in memory, if the system has one, so that no server waits for a disk.
fn scratch() -> Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let mut builder = tempfile::Builder::new();
    builder.prefix("spokecast-bench-");
    builder.tempdir_in(&folder).with_context(|| format!("cannot make a folder in {}", folder.display()))
}

/// As many open files as the system allows, for us and, by inheritance, for every server alike.
fn raise_open_files() -> Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .context("cannot raise the limit of open files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_keeps_the_order_and_drops_repeats() {
        assert_eq!(chosen(&[Phase::Idle, Phase::Hits, Phase::Idle]), [Phase::Hits, Phase::Idle]);
        assert_eq!(chosen::<Phase>(&[]), Phase::value_variants());
        assert_eq!(phases(&[Phase::Telemetry]), [Phase::Telemetry]);
        assert!(phases(&[]).contains(&Phase::Hits) && !phases(&[]).contains(&Phase::Telemetry));
    }

    #[test]
    fn a_server_takes_part_where_it_means_something() {
        let of = |phase: Phase| {
            Contender::value_variants()
                .iter()
                .filter(|one| phase.compares(**one))
                .copied()
                .collect::<Vec<_>>()
        };
        let caches = [Contender::Nginx, Contender::Varnish, Contender::Spokecast];
        assert_eq!(of(Phase::Hits), [&caches[..], &[Contender::Write]].concat());
        assert_eq!(of(Phase::Https), caches);
        assert_eq!(of(Phase::Live), caches);
        assert_eq!(of(Phase::Http3), [Contender::Caddy, Contender::Spokecast]);
        assert_eq!(of(Phase::Telemetry), [Contender::Spokecast]);
    }
}
