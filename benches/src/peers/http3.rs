//! Cached segments of three sizes over HTTP/3. Beside it Caddy, which has the same as files in memory.

use anyhow::{Context, Result};

use super::cost::{Cost, PER_CORE, PER_GIGABYTE, SIZES, WITH_LATENCY};
use super::hits::{CONNECTIONS, WARM_UP};
use super::{Phase, Setting, announce};
use crate::contender::{Contender, Running};
use crate::http3::Load;
use crate::identity::CIPHER_SUITE;
use crate::origin::{Distance, Origin, segment};
use crate::report::{Goal, Results};

const GOALS: &[Goal] = &[
    Goal::at_least("4 KiB", PER_CORE, 4.6),
    Goal::at_least("64 KiB", PER_CORE, 7.5),
    Goal::at_most("1 MiB", PER_GIGABYTE, 0.12),
];

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let title = format!(
        "HTTP/3: hits, {CONNECTIONS} connections of one stream ({CIPHER_SUITE}), server on one core; Caddy serves files"
    );
    let results = Results::new("http3", title, WITH_LATENCY);
    let mut results = results.beside(Contender::Caddy.name()).with_goals(GOALS);
    let origin = Origin::start(Distance::Near)?;
    for round in 0..setting.arguments.rounds {
        for server in setting.servers(Phase::Http3) {
            announce("http3", server, round);
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
    let path = segment(size);
    let load = Load::open(running.secure, &setting.identity.certificate, CONNECTIONS)?;
    load.run(&path, WARM_UP)?;
    let before = running.cpu();
    let outcome = load.run(&path, setting.time())?;
    let cpu = running.cpu().saturating_sub(before);
    running.check()?;
    let cost = Cost { bytes: outcome.bytes, took: outcome.took, cpu, errors: outcome.errors };
    Ok(cost.with_latency(size, outcome.last_byte(99)))
}
