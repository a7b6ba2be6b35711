//! Cached segments of three sizes inside of TLS, HTTP/1.1.

use std::time::Duration;

use anyhow::{Context, Result};

use super::cost::{Cost, PER_CORE, PER_GIGABYTE, SIZES, WITH_LATENCY};
use super::hits::{CONNECTIONS, WARM_UP};
use super::{Phase, Setting, announce};
use crate::contender::Running;
use crate::identity::{CIPHER_SUITE, Spoken};
use crate::load::{Load, Pattern, Viewers};
use crate::origin::{Distance, Origin, segment};
use crate::report::{Goal, Results};

const GOALS: &[Goal] = &[
    Goal::at_least("4 KiB", PER_CORE, 1.4),
    Goal::at_least("64 KiB", PER_CORE, 2.0),
    Goal::at_most("1 MiB", PER_GIGABYTE, 0.25),
];

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let title = format!(
        "HTTPS: cached hits, {CONNECTIONS} connections, HTTP/1.1 in TLS 1.3 ({CIPHER_SUITE}), server on one core"
    );
    let mut results = Results::new("https", title, WITH_LATENCY).with_goals(GOALS);
    let origin = Origin::start(Distance::Near)?;
    for round in 0..setting.arguments.rounds {
        for server in setting.servers(Phase::Https) {
            announce("https", server, round);
            let mut running = setting.start_secure(server, origin.address)?;
            for (name, size) in SIZES {
                let figures = measure(setting, &mut running, size)
                    .with_context(|| format!("{}, {name}", server.name()))?;
                results.add(name, server.name(), &figures);
            }
        }
    }
    Ok(results)
}

fn measure(setting: &Setting<'_>, running: &mut Running, size: usize) -> Result<[f64; WITH_LATENCY.len()]> {
    let paths = [segment(size)];
    let load = |time: Duration| -> Result<Load<'_>> {
        Ok(Load {
            server: running.secure,
            tls: Some(setting.identity.client(Spoken::Http1)?),
            viewers: Viewers::Together,
            paths: &paths,
            connections: CONNECTIONS,
            pattern: Pattern::Loop(time),
        })
    };
    load(WARM_UP)?.run()?;
    // What this left unfinished is sent into closed connections first.
    std::thread::sleep(Duration::from_millis(100));
    let load = load(setting.time())?;
    let open = load.open()?;
    let before = running.cpu();
    let outcome = open.run()?;
    let cpu = running.cpu().saturating_sub(before);
    running.check()?;
    let cost = Cost { bytes: outcome.bytes, took: outcome.took, cpu, errors: outcome.errors };
    Ok(cost.with_latency(size, outcome.last_byte(99)))
}
