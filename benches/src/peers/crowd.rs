//! A flash crowd: connections that are open already ask at the same moment for one object that nobody has yet.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::{FAR, Phase, Setting, announce};
use crate::contender::Contender;
use crate::load::{Load, Pattern, Viewers};
use crate::origin::Origin;
use crate::report::{Metric, Results};
use crate::statistics::real;

const METRICS: &[Metric] = &[
    Metric { name: "origin requests", digits: 0, is_compared: false },
    Metric { name: "first byte p50 ms", digits: 0, is_compared: true },
    Metric { name: "p99 ms", digits: 0, is_compared: true },
    Metric { name: "done p50 ms", digits: 0, is_compared: true },
    Metric { name: "done p99 ms", digits: 0, is_compared: true },
    Metric { name: "CPU s", digits: 2, is_compared: true },
    Metric { name: "errors", digits: 0, is_compared: false },
];

const PATH: &str = "/object/1048576/crowd.mp4";

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let crowd = setting.arguments.crowd;
    let title = format!(
        "Crowd: {crowd} connections ask at once for one uncached 1 MiB; origin 40 ms away at 100 Mbit/s"
    );
    let mut results = Results::new("crowd", title, METRICS);
    for round in 0..setting.arguments.rounds {
        for server in setting.servers(Phase::Crowd) {
            announce("crowd", server, round);
            results.add("1 MiB", server.name(), &measure(setting, server)?);
        }
    }
    Ok(results)
}

fn measure(setting: &Setting<'_>, server: Contender) -> Result<[f64; 7]> {
    let origin = Origin::start(FAR)?;
    let mut running = setting.start(server, origin.address)?;
    let connections = usize::try_from(setting.arguments.crowd)?;
    // The segment before: the connection to the origin is open, with a window that has grown.
    let before = ["/object/1048576/before.mp4".to_owned()];
    let load = Load {
        server: running.address,
        tls: None,
        viewers: Viewers::Together,
        paths: &before,
        connections: 1,
        pattern: Pattern::EachPath,
    };
    ensure!(load.run()?.answers == 1, "one viewer alone got no answer");
    std::thread::sleep(Duration::from_millis(500));
    let before = running.cpu();
    let paths = [PATH.to_owned()];
    let load = Load {
        server: running.address,
        tls: None,
        viewers: Viewers::Together,
        paths: &paths,
        connections,
        pattern: Pattern::AtOnce,
    };
    let outcome = load.run()?;
    let cpu = running.cpu().saturating_sub(before);
    running.check()?;
    let missing = connections as u64 - outcome.answers;
    Ok([
        real(origin.asked(PATH).requests),
        outcome.first_byte(50),
        outcome.first_byte(99),
        outcome.last_byte(50),
        outcome.last_byte(99),
        cpu.as_secs_f64(),
        real(missing),
    ])
}
