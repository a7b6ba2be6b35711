//! Cached objects of five sizes over 64 keep-alive connections.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{MEMORY_MIB, Setting, announce};
use crate::contender::{Contender, Running};
use crate::load::{Load, Pattern};
use crate::origin::{Distance, Origin};
use crate::report::{Metric, Results};
use crate::statistics::real;

const SIZES: [(&str, u32); 5] = [
    ("4 KiB", 4 << 10),
    ("64 KiB", 64 << 10),
    ("256 KiB", 256 << 10),
    ("1 MiB", 1 << 20),
    ("4 MiB", 4 << 20),
];

const CONNECTIONS: usize = 64;
/// Until every worker has what it needs for this object.
const WARM_UP: Duration = Duration::from_millis(300);

const METRICS: &[Metric] = &[
    Metric { name: "requests/s", digits: 0, is_compared: true },
    Metric { name: "Gbit/s", digits: 2, is_compared: false },
    Metric { name: "p50 ms", digits: 2, is_compared: false },
    Metric { name: "p99 ms", digits: 2, is_compared: true },
    Metric { name: "CPU µs/request", digits: 1, is_compared: true },
    Metric { name: "core used", digits: 2, is_compared: false },
    Metric { name: "errors", digits: 0, is_compared: false },
];

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let title = format!("Cached hits: {CONNECTIONS} connections, HTTP/1.1 in the clear, server on one core");
    let mut results = Results::new("hits", title, METRICS);
    let origin = Origin::start(Distance::Near)?;
    let time = Duration::from_secs(u64::from(setting.arguments.seconds));
    for round in 0..setting.arguments.rounds {
        for server in &setting.servers {
            announce("hits", *server, round);
            let mut running = server.start(&setting.programs, setting.scratch, origin.address, MEMORY_MIB)?;
            for (name, size) in SIZES {
                let figures = measure(&mut running, size, time)
                    .with_context(|| format!("{}, {name}", Contender::name(*server)))?;
                results.add(name, server.name(), &figures);
            }
        }
    }
    Ok(results)
}

fn measure(running: &mut Running, size: u32, time: Duration) -> Result<[f64; 7]> {
    let paths = [format!("/object/{size}/hit.mp4")];
    let load =
        |pattern| Load { server: running.address, paths: &paths, connections: CONNECTIONS, pattern }.run();
    load(Pattern::Loop(WARM_UP))?;
    // What the warm-up left unfinished is sent into closed connections first.
    std::thread::sleep(Duration::from_millis(100));
    let before = running.process.cpu();
    let outcome = load(Pattern::Loop(time))?;
    let cpu = running.process.cpu().saturating_sub(before).as_secs_f64();
    running.process.check()?;
    // Bytes count the unfinished too: at 4 MiB they are many of the requests.
    let requests = real(outcome.bytes) / f64::from(size);
    Ok([
        requests / outcome.took.as_secs_f64(),
        outcome.gigabits_per_second(),
        outcome.last_byte(50),
        outcome.last_byte(99),
        cpu * 1e6 / requests,
        cpu / outcome.took.as_secs_f64(),
        real(outcome.errors),
    ])
}
