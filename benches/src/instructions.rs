//! Instructions of the hot path: how many the server executes, outside of the kernel, for one request.
//!
//! A busy machine changes times, not instructions; so this is the figure that a change is held against. The real
//! binary runs under callgrind and is asked for its count after each part of many requests. The server has one core,
//! hence one worker, and one connection asks one question after the other, so that as little as possible depends on
//! chance.
//!
//! Deliberately absent: the kernel, where most of the time goes. `peers` measures that.

mod callgrind;
mod client;
mod stored;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::clock;
use crate::identity::Identity;
use crate::origin::{Distance, Origin};
use crate::process;
use crate::report::Table;
use crate::statistics::real;
use callgrind::Server;
use client::{Client, Over};
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
    over: Over,
    /// Whether the server counts what is watched, as it does where nobody says otherwise.
    is_counted: bool,
    path: &'static str,
    fields: &'static str,
    status: u16,
    /// What chance may add; a figure that is more above is a fault.
    margin_per_cent: u64,
}

/// Segments, as a rule recognises them: each answer is counted.
const SMALL: &str = "/object/4096/vod/1_abcd1234/seg-7.ts";
const MIDDLE: &str = "/object/65536/vod/1_abcd1234/seg-7.ts";
const LARGE: &str = "/object/1048576/vod/1_abcd1234/seg-7.ts";

/// What most cases have.
const HIT: Case = Case {
    name: "hit, 4 KiB",
    over: Over::Clear,
    is_counted: true,
    path: SMALL,
    fields: "",
    status: 200,
    margin_per_cent: 3,
};

/// How packets and acknowledgements meet depends on time, and under callgrind time is long.
const QUIC: Case = Case { over: Over::Http3, margin_per_cent: 15, ..HIT };

const CASES: [Case; 10] = [
    HIT,
    Case { name: "hit, 4 KiB, telemetry off", is_counted: false, ..HIT },
    Case { name: "hit, 1 MiB", path: LARGE, ..HIT },
    Case { name: "not modified", fields: "If-None-Match: \"4096\"\r\n", status: 304, ..HIT },
    Case {
        name: "range, 64 KiB of 1 MiB",
        path: LARGE,
        fields: "Range: bytes=65536-131071\r\n",
        status: 206,
        ..HIT
    },
    Case { name: "HTTPS, hit, 4 KiB", over: Over::Https, ..HIT },
    Case { name: "HTTP/2 in the clear, hit, 4 KiB", over: Over::ClearHttp2, ..HIT },
    Case { name: "HTTP/2, hit, 4 KiB", over: Over::Http2, ..HIT },
    Case { name: "HTTP/3, hit, 4 KiB", ..QUIC },
    Case { name: "HTTP/3, hit, 64 KiB", path: MIDDLE, ..QUIC },
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
    let identity = Identity::make(scratch.path())?;

    let mut measured = Stored::default();
    let mut table = Table::new(["request", "", "instructions", "stored", "change"]);
    let mut above = Vec::new();
    for case in &CASES {
        let began = clock::now();
        // One for each: what one case has left behind must not be in another.
        let folder = tempfile::Builder::new().prefix("server-").tempdir_in(scratch.path())?;
        let secure = case.over.is_secure().then_some(&identity);
        let start =
            || Server::start(&arguments.spokecast, origin.address, folder.path(), case.is_counted, secure);
        let figure = start()
            .and_then(|mut server| per_request(&mut server, case, &identity))
            .with_context(|| format!("cannot measure `{}`", case.name))?;
        eprintln!("{}: {figure} instructions, measured in {:.0?}", case.name, clock::now() - began);
        let comparison = Comparison::of(figure, stored.figure(case.name), case.margin_per_cent);
        let [now, before, change] = comparison.cells();
        table.row([case.name.to_owned(), String::new(), now, before, change]);
        if comparison.is_fault() {
            above.push(format!("{} (by {} %)", case.name, case.margin_per_cent));
        }
        measured.set(case.name, figure);
    }
    println!("{table}");
    if arguments.save {
        return measured.write(&arguments.stored);
    }
    if !above.is_empty() {
        bail!(
            "more than chance may add above what is stored, or not stored: {}; if that is meant, add --save",
            above.join("; ")
        );
    }
    Ok(())
}

/// The median of several parts: it has in it neither what is done once in a while nor what others made it wait for.
fn per_request(server: &mut Server, case: &Case, identity: &Identity) -> Result<u64> {
    let mut client = Client::open(server, case.over, identity)?;
    // The object is stored whole before a condition or a range is asked of it.
    client.ask(case.path, "", 200)?;
    let mut ask = |count: u32| (0..count).try_for_each(|_| client.ask(case.path, case.fields, case.status));
    ask(WARM_UP)?;
    server.instructions()?;
    let mut parts = Vec::with_capacity(PARTS);
    for _ in 0..PARTS {
        ask(PART)?;
        parts.push(server.instructions()? / u64::from(PART));
    }
    parts.sort_unstable();
    eprintln!("{}: {parts:?}", case.name);
    Ok(parts[PARTS / 2])
}

/// A share of a whole, in per cent.
fn per_cent(part: u64, whole: u64) -> f64 {
    real(part) / real(whole) * 100.0
}
