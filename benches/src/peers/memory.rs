//! What a server needs in memory for what it has stored.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{Phase, Setting, announce};
use crate::contender::Contender;
use crate::load::{Load, Pattern, Viewers};
use crate::origin::{Distance, Origin};
use crate::report::{Metric, Results};
use crate::statistics::real;

const METRICS: &[Metric] = &[
    Metric { name: "memory/content", digits: 3, is_compared: true },
    Metric { name: "memory empty MB", digits: 1, is_compared: false },
    Metric { name: "memory full MB", digits: 1, is_compared: false },
    Metric { name: "asked again", digits: 0, is_compared: false },
];

const SETTLE: Duration = Duration::from_secs(1);

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let fill = setting.arguments.fill;
    let title = format!("Memory: {fill} objects of 1 MiB stored, processes and files in memory together");
    let mut results = Results::new("memory", title, METRICS);
    for round in 0..setting.arguments.rounds {
        for server in setting.servers(Phase::Memory) {
            announce("memory", server, round);
            let figures = measure(setting, server).with_context(|| server.name())?;
            results.add("", server.name(), &figures);
        }
    }
    Ok(results)
}

fn measure(setting: &Setting<'_>, server: Contender) -> Result<[f64; 4]> {
    let fill = setting.arguments.fill;
    let origin = Origin::start(Distance::Near)?;
    // Room for half as much again, so that nothing is evicted.
    let room = fill + fill / 2 + 64;
    let mut running = server.start(&setting.programs, setting.scratch, origin.address, room, None)?;
    std::thread::sleep(SETTLE);
    let empty = real(running.memory()?);
    let paths: Vec<String> = (0..fill).map(|number| format!("/object/1048576/{number}.mp4")).collect();
    let load = Load {
        server: running.address,
        tls: None,
        viewers: Viewers::Together,
        paths: &paths,
        connections: 8,
        pattern: Pattern::EachPath,
    };
    let outcome = load.run()?;
    ensure!(outcome.answers == u64::from(fill), "{} of {fill} objects came", outcome.answers);
    std::thread::sleep(SETTLE);
    running.check()?;
    let after = real(running.memory()?);
    // Whether all of it was stored: then the origin is not asked again.
    let before = origin.asked("/object/1048576/").requests;
    load.run()?;
    let again = origin.asked("/object/1048576/").requests - before;
    Ok([after / (f64::from(fill) * 1_048_576.0), empty / 1e6, after / 1e6, real(again)])
}
