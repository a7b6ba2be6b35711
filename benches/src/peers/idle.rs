//! What an idle keep-alive connection costs in memory, after one small request.

use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{MEMORY_MIB, Setting, announce};
use crate::contender::{Contender, Running};
use crate::http::{Connection, request};
use crate::origin::{Distance, Origin};
use crate::report::{Metric, Results};
use crate::statistics::real;

const METRICS: &[Metric] = &[
    Metric { name: "bytes/connection", digits: 0, is_compared: true },
    Metric { name: "memory before MB", digits: 1, is_compared: false },
    Metric { name: "memory after MB", digits: 1, is_compared: false },
];

/// Connections before the count begins: what a server allocates once is not the price of one more.
const FIRST: u32 = 100;
/// Until what a request needed has been given back.
const SETTLE: Duration = Duration::from_secs(1);

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let count = setting.arguments.idle;
    let title = format!(
        "Idle: user memory of {count} keep-alive connections that have asked once (the kernel's not counted)"
    );
    let mut results = Results::new("idle", title, METRICS);
    let origin = Origin::start(Distance::Near)?;
    for round in 0..setting.arguments.rounds {
        for server in setting.caches() {
            announce("idle", server, round);
            let mut running = server.start(&setting.programs, setting.scratch, origin.address, MEMORY_MIB)?;
            let figures = measure(&mut running, count).with_context(|| Contender::name(server))?;
            results.add("", server.name(), &figures);
        }
    }
    Ok(results)
}

fn measure(running: &mut Running, count: u32) -> Result<[f64; 3]> {
    let mut open = connections(running, FIRST)?;
    std::thread::sleep(SETTLE);
    let before = real(running.process.memory()?);
    open.extend(connections(running, count)?);
    std::thread::sleep(SETTLE);
    running.process.check()?;
    let after = real(running.process.memory()?);
    let closed = open.iter().filter(|stream| is_closed(stream)).count();
    anyhow::ensure!(closed == 0, "the server closed {closed} of the idle connections");
    Ok([(after - before) / f64::from(count), before / 1e6, after / 1e6])
}

fn connections(running: &Running, count: u32) -> Result<Vec<TcpStream>> {
    let question = request("/object/4096/idle.mp4", "");
    let open = (0..count).map(|number| {
        let mut connection =
            Connection::open(running.address).with_context(|| format!("at connection {number}"))?;
        connection.ask(&question).with_context(|| format!("at connection {number}"))?;
        Ok(connection.into_stream())
    });
    open.collect()
}

/// Whether the other end has closed it: then it is readable, without data.
fn is_closed(stream: &TcpStream) -> bool {
    let mut byte = [0];
    stream.set_nonblocking(true).is_err() || matches!(stream.peek(&mut byte), Ok(0))
}
