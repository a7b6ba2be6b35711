//! What an idle keep-alive connection costs in memory, after one small request, in the clear and inside of TLS.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use rustls::ClientConfig;

use super::{Phase, Setting, announce};
use crate::contender::Running;
use crate::http::{Connection, request};
use crate::identity::Spoken;
use crate::origin::{Distance, Origin};
use crate::report::{Goal, Metric, Results};
use crate::statistics::real;

const METRICS: &[Metric] = &[
    Metric { name: "bytes/connection", digits: 0, is_compared: true },
    Metric { name: "memory before MB", digits: 1, is_compared: false },
    Metric { name: "memory after MB", digits: 1, is_compared: false },
];

const CLEAR: &str = "in the clear";
const TLS: &str = "TLS";

const GOALS: &[Goal] = &[
    Goal::no_more_than(CLEAR, "bytes/connection", 8_000.0),
    Goal::no_more_than(TLS, "bytes/connection", 18_000.0),
];

/// Connections before the count begins: what a server allocates once is not the price of one more.
const FIRST: u32 = 100;
/// Until what a request needed has been given back.
const SETTLE: Duration = Duration::from_secs(1);

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let (clear, secure) = (setting.arguments.idle, setting.arguments.idle_tls);
    let title = format!(
        "Idle: user memory of keep-alive connections that have asked once, {clear} in the clear, {secure} in TLS \
         (the kernel's not counted)"
    );
    let mut results = Results::new("idle", title, METRICS).with_goals(GOALS);
    let origin = Origin::start(Distance::Near)?;
    for round in 0..setting.arguments.rounds {
        for server in setting.servers(Phase::Idle) {
            announce("idle", server, round);
            // Each in a server of its own, so that the one finds nothing that the other has given back.
            let mut running = setting.start(server, origin.address)?;
            let figures = measure(&mut running, clear, None).with_context(|| server.name())?;
            results.add(CLEAR, server.name(), &figures);
            drop(running);
            let mut running = setting.start_secure(server, origin.address)?;
            let tls = setting.identity.client(Spoken::Http1)?;
            let figures = measure(&mut running, secure, Some(&tls))
                .with_context(|| format!("{}, TLS", server.name()))?;
            results.add(TLS, server.name(), &figures);
        }
    }
    Ok(results)
}

fn measure(running: &mut Running, count: u32, tls: Option<&Arc<ClientConfig>>) -> Result<[f64; 3]> {
    let mut open = connections(running, FIRST, tls)?;
    std::thread::sleep(SETTLE);
    let before = real(running.process_memory()?);
    open.extend(connections(running, count, tls)?);
    std::thread::sleep(SETTLE);
    running.check()?;
    let after = real(running.process_memory()?);
    let closed = open.iter().filter(|stream| is_closed(stream)).count();
    anyhow::ensure!(closed == 0, "the server closed {closed} of the idle connections");
    Ok([(after - before) / f64::from(count), before / 1e6, after / 1e6])
}

fn connections(running: &Running, count: u32, tls: Option<&Arc<ClientConfig>>) -> Result<Vec<TcpStream>> {
    let question = request("/object/4096/idle.mp4", "");
    let open = (0..count).map(|number| {
        let connection = match tls {
            None => Connection::open(running.address),
            Some(tls) => Connection::secure(running.secure, tls),
        };
        let mut connection = connection.with_context(|| format!("at connection {number}"))?;
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
