//! Instructions of the hot path: how many the server executes, outside of the kernel, for one request.
//!
//! A busy machine changes times, not instructions; so this is the figure that a change is held against. The real
//! binary runs under callgrind, once for some requests and once for three times as many: the difference has neither
//! start nor end in it. The server has one core, hence one worker, and one connection asks one question after the
//! other, so that as little as possible depends on chance.
//!
//! Deliberately absent: the kernel, where most of the time goes. `peers` measures that.

mod callgrind;
mod stored;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::clock;
use crate::http::{Connection, request};
use crate::origin::{Distance, Origin};
use crate::process;
use crate::report::Table;
use crate::statistics::real;
use callgrind::Server;
use stored::{Comparison, Stored};

/// Which binary, and what to hold it against.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The `spokecast` binary to measure, built for release with line tables.
    #[arg(long, value_name = "FILE")]
    spokecast: PathBuf,
    /// The stored figures.
    #[arg(long, value_name = "FILE")]
    stored: PathBuf,
    /// Store what is measured instead of failing where it is more.
    #[arg(long)]
    save: bool,
}

/// One kind of request.
struct Case {
    name: &'static str,
    path: &'static str,
    fields: &'static str,
    status: u16,
    /// Requests of the short run.
    count: u32,
}

const CASES: [Case; 4] = [
    Case { name: "hit, 4 KiB", path: "/object/4096/a.mp4", fields: "", status: 200, count: 500 },
    Case { name: "hit, 1 MiB", path: "/object/1048576/a.mp4", fields: "", status: 200, count: 200 },
    Case {
        name: "not modified",
        path: "/object/4096/a.mp4",
        fields: "If-None-Match: \"4096\"\r\n",
        status: 304,
        count: 500,
    },
    Case {
        name: "range, 64 KiB of 1 MiB",
        path: "/object/1048576/a.mp4",
        fields: "Range: bytes=65536-131071\r\n",
        status: 206,
        count: 500,
    },
];

/// Before what counts: the object is stored, and everything has been used once.
const WARM_UP: u32 = 50;

/// Measures each case, prints it beside what is stored, and fails if one is more than the margin above it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let scratch = tempfile::Builder::new().prefix("spokecast-bench-").tempdir()?;
    process::pin_clients()?;
    process::watch_signals(scratch.path())?;
    let stored = Stored::read(&arguments.stored, arguments.save)?;
    let origin = Origin::start(Distance::Near)?;

    let mut measured = Stored::default();
    let mut table = Table::new(["request", "", "instructions", "stored", "change"]);
    let mut above = Vec::new();
    for case in &CASES {
        let began = clock::now();
        let figure = per_request(&arguments.spokecast, &origin, scratch.path(), case)
            .with_context(|| format!("cannot measure `{}`", case.name))?;
        eprintln!("{}: {figure} instructions, measured in {:.0?}", case.name, clock::now() - began);
        let comparison = Comparison::of(figure, stored.figure(case.name));
        let [now, before, change] = comparison.cells();
        table.row([case.name.to_owned(), String::new(), now, before, change]);
        if comparison.is_fault() {
            above.push(case.name);
        }
        measured.set(case.name, figure);
    }
    println!("{table}");
    if arguments.save {
        return measured.write(&arguments.stored);
    }
    if !above.is_empty() {
        bail!(
            "more than {} % above what is stored, or not stored: {}; if that is meant, add --save",
            stored::MARGIN_PER_CENT,
            above.join("; ")
        );
    }
    Ok(())
}

fn per_request(spokecast: &Path, origin: &Origin, scratch: &Path, case: &Case) -> Result<u64> {
    let short = instructions(spokecast, origin, scratch, case, case.count)?;
    let long = instructions(spokecast, origin, scratch, case, 3 * case.count)?;
    let between = long.checked_sub(short).context("three times the requests took fewer instructions")?;
    Ok(between / u64::from(2 * case.count))
}

/// Of the whole life of a server that answers `count` requests of this kind.
fn instructions(spokecast: &Path, origin: &Origin, scratch: &Path, case: &Case, count: u32) -> Result<u64> {
    let mut server = Server::start(spokecast, origin.address, scratch)?;
    let mut connection = Connection::open(server.address)?;
    // The object is stored whole before a condition or a range is asked of it.
    connection.ask(&request(case.path, ""))?;
    let question = request(case.path, case.fields);
    for _ in 0..WARM_UP + count {
        let head = connection.ask(&question)?;
        anyhow::ensure!(head.status == case.status, "{} instead of {}", head.status, case.status);
    }
    drop(connection);
    server.end()
}

/// A share of a whole, in per cent.
fn per_cent(part: u64, whole: u64) -> f64 {
    real(part) / real(whole) * 100.0
}
