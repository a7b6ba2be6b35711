//! Instructions of the hot path: how many the server executes, outside of the kernel, for one request.
//!
//! A busy machine changes times, not instructions; so this is the figure that a change is held against. The real
//! binary runs under callgrind and is asked for its count after each part of many requests. The server has one core,
//! hence one worker, and one connection asks one question after the other, so that as little as possible depends on
//! chance.
//!
//! Deliberately absent: the kernel, where most of the time goes. `peers` measures that.

mod callgrind;
mod stored;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

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
    /// Whether the server counts what is watched, as it does where nobody says otherwise.
    is_counted: bool,
    path: &'static str,
    fields: &'static str,
    status: u16,
}

/// Segments, as a rule recognises them: each answer is counted.
const SMALL: &str = "/object/4096/vod/1_abcd1234/seg-7.ts";
const LARGE: &str = "/object/1048576/vod/1_abcd1234/seg-7.ts";

const CASES: [Case; 5] = [
    Case { name: "hit, 4 KiB", is_counted: true, path: SMALL, fields: "", status: 200 },
    Case { name: "hit, 4 KiB, telemetry off", is_counted: false, path: SMALL, fields: "", status: 200 },
    Case { name: "hit, 1 MiB", is_counted: true, path: LARGE, fields: "", status: 200 },
    Case {
        name: "not modified",
        is_counted: true,
        path: SMALL,
        fields: "If-None-Match: \"4096\"\r\n",
        status: 304,
    },
    Case {
        name: "range, 64 KiB of 1 MiB",
        is_counted: true,
        path: LARGE,
        fields: "Range: bytes=65536-131071\r\n",
        status: 206,
    },
];

/// Requests before what counts: everything has been used once.
const WARM_UP: u32 = 100;
/// Parts that are counted each for itself, and requests of a part.
const PARTS: usize = 9;
const PART: u32 = 200;

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
        // One for each: what one case has left behind must not be in another.
        let folder = tempfile::Builder::new().prefix("server-").tempdir_in(scratch.path())?;
        let start = || Server::start(&arguments.spokecast, origin.address, folder.path(), case.is_counted);
        let figure = start()
            .and_then(|mut server| per_request(&mut server, case))
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

/// The median of several parts: it has in it neither what is done once in a while nor what others made it wait for.
fn per_request(server: &mut Server, case: &Case) -> Result<u64> {
    let mut connection = Connection::open(server.address)?;
    // The object is stored whole before a condition or a range is asked of it.
    connection.ask(&request(case.path, ""))?;
    let question = request(case.path, case.fields);
    let mut ask = |count: u32| {
        (0..count).try_for_each(|_| {
            let status = connection.ask(&question)?.status;
            ensure!(status == case.status, "{status} instead of {}", case.status);
            Ok(())
        })
    };
    ask(WARM_UP)?;
    server.instructions()?;
    let mut parts = Vec::with_capacity(PARTS);
    for _ in 0..PARTS {
        ask(PART)?;
        parts.push(server.instructions()? / u64::from(PART));
    }
    parts.sort_unstable();
    Ok(parts[PARTS / 2])
}

/// A share of a whole, in per cent.
fn per_cent(part: u64, whole: u64) -> f64 {
    real(part) / real(whole) * 100.0
}
