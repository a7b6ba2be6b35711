//! Cached segments of three sizes over HTTP/2 inside of TLS, asked for by h2load.

use std::time::Duration;

use anyhow::{Context, Result};

use super::cost::{Cost, METRICS, PER_CORE, PER_GIGABYTE, SIZES};
use super::hits::CONNECTIONS;
use super::{Setting, announce};
use crate::contender::Running;
use crate::h2load;
use crate::identity::CIPHER_SUITE;
use crate::origin::{Distance, Origin, segment};
use crate::report::{Goal, Results};

/// Requests that are under way at a time on each connection.
const STREAMS: usize = 8;

/// Requests of each stream before what counts. Their rate says how many are asked for then.
const FIRST: u64 = 4;

const GOALS: &[Goal] = &[
    Goal::at_least("4 KiB", PER_CORE, 2.5),
    Goal::at_least("64 KiB", PER_CORE, 2.2),
    Goal::at_most("1 MiB", PER_GIGABYTE, 0.44),
];

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let title = format!(
        "HTTP/2: cached hits, {CONNECTIONS} connections of {STREAMS} streams in TLS 1.3 ({CIPHER_SUITE}), server on one core"
    );
    let mut results = Results::new("http2", title, &METRICS).with_goals(GOALS);
    let origin = Origin::start(Distance::Near)?;
    for round in 0..setting.arguments.rounds {
        for server in setting.caches() {
            announce("http2", server, round);
            let mut running = setting.start_secure(server, origin.address)?;
            for (name, size) in SIZES {
                let cost = measure(&mut running, size, setting.time())
                    .with_context(|| format!("{}, {name}", server.name()))?;
                results.add(name, server.name(), &cost.figures(size));
            }
        }
    }
    Ok(results)
}

/// h2load asks for a number of requests that takes about so long and waits for all, so that nothing is left over that
/// the server has worked on. Its handshakes are in it, one for each connection.
fn measure(running: &mut Running, size: usize, time: Duration) -> Result<Cost> {
    let ask = |requests: u64| -> Result<h2load::Outcome> {
        h2load::Load {
            server: running.secure,
            path: &segment(size),
            connections: CONNECTIONS,
            streams: STREAMS,
            requests,
        }
        .run()
    };
    let least = (CONNECTIONS * STREAMS) as u64 * FIRST;
    ask(least)?;
    // The first run has filled the cache; this one tells the rate.
    let rate = ask(least)?.per_second();
    let requests = whole(rate * time.as_secs_f64()).clamp(least, MOST);
    let before = running.cpu();
    let outcome = ask(requests)?;
    let cpu = running.cpu().saturating_sub(before);
    running.check()?;
    let bytes = outcome.succeeded * size as u64;
    Ok(Cost { bytes, took: outcome.took, cpu, errors: outcome.failed })
}

/// A server that is faster than that has been measured long enough.
const MOST: u64 = 100_000_000;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of requests, then bounded")]
fn whole(count: f64) -> u64 {
    count as u64
}
