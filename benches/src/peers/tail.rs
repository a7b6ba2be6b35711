//! How long cached segments of 1 MiB take while a thousand connections ask for them.

use anyhow::{Context, Result};

use super::{Phase, Setting, announce};
use crate::contender::Running;
use crate::identity::Spoken;
use crate::load::{Load, Pattern, Viewers};
use crate::origin::{Distance, Origin, segment};
use crate::report::{Goal, Metric, Results};
use crate::statistics::real;

const SIZE: usize = 1 << 20;

/// Each connection asks only some six times in a second: so many times as long as `hits`.
const FACTOR: u32 = 2;

const CLEAR: &str = "in the clear";
const TLS: &str = "TLS";

const METRICS: &[Metric] = &[
    Metric { name: "p50 ms", digits: 0, is_compared: true },
    Metric { name: "p99 ms", digits: 0, is_compared: true },
    Metric { name: "requests/s", digits: 0, is_compared: true },
    Metric { name: "answers", digits: 0, is_compared: false },
    Metric::CORE_USED,
    Metric { name: "errors", digits: 0, is_compared: false },
];

const GOALS: &[Goal] = &[Goal::at_most(CLEAR, "p99 ms", 1.5), Goal::at_most(TLS, "p99 ms", 1.5)];

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let connections = setting.arguments.tail;
    let title = format!(
        "Tail: cached hits of 1 MiB by {connections} connections that always ask, HTTP/1.1, server on one core"
    );
    let mut results = Results::new("tail", title, METRICS).with_goals(GOALS);
    let origin = Origin::start(Distance::Near)?;
    for round in 0..setting.arguments.rounds {
        for server in setting.servers(Phase::Tail) {
            announce("tail", server, round);
            let mut running = setting.start_secure(server, origin.address)?;
            for case in [CLEAR, TLS] {
                let figures = measure(setting, &mut running, case == TLS)
                    .with_context(|| format!("{}, {case}", server.name()))?;
                results.add(case, server.name(), &figures);
            }
        }
    }
    Ok(results)
}

fn measure(setting: &Setting<'_>, running: &mut Running, is_secure: bool) -> Result<[f64; METRICS.len()]> {
    let paths = [segment(SIZE)];
    let tls = is_secure.then(|| setting.identity.client(Spoken::Http1)).transpose()?;
    let load = |connections: u32, pattern: Pattern| Load {
        server: if is_secure { running.secure } else { running.address },
        tls: tls.clone(),
        viewers: Viewers::Together,
        paths: &paths,
        connections: connections as usize,
        pattern,
    };
    // So that it is stored.
    load(1, Pattern::EachPath).run()?;
    let load = load(setting.arguments.tail, Pattern::Loop(FACTOR * setting.time()));
    let open = load.open()?;
    let before = running.cpu();
    let outcome = open.run()?;
    let cpu = running.cpu().saturating_sub(before).as_secs_f64();
    running.check()?;
    let took = outcome.took.as_secs_f64();
    Ok([
        outcome.last_byte(50),
        outcome.last_byte(99),
        real(outcome.bytes) / real(SIZE as u64) / took,
        real(outcome.answers),
        cpu / took,
        real(outcome.errors),
    ])
}
