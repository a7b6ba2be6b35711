//! Cached segments of five sizes over 64 keep-alive connections.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{Phase, Setting, announce};
use crate::contender::Running;
use crate::load::{Load, Pattern, Viewers};
use crate::origin::{Distance, Origin, segment};
use crate::report::{Metric, Results};
use crate::statistics::real;

const SIZES: [(&str, u32); 5] = [
    ("4 KiB", 4 << 10),
    ("64 KiB", 64 << 10),
    ("256 KiB", 256 << 10),
    ("1 MiB", 1 << 20),
    ("4 MiB", 4 << 20),
];

pub(super) const CONNECTIONS: usize = 64;
pub(super) const WARM_UP: Duration = Duration::from_millis(300);

const METRICS: &[Metric] = &[
    Metric { name: "requests/s", digits: 0, is_compared: true },
    Metric { name: "Gbit/s", digits: 2, is_compared: false },
    Metric { name: "p50 ms", digits: 2, is_compared: false },
    Metric { name: "p99 ms", digits: 2, is_compared: true },
    Metric { name: "CPU µs/request", digits: 1, is_compared: true },
    Metric::CORE_USED,
    Metric { name: "errors", digits: 0, is_compared: false },
];

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let title = format!("Cached hits: {CONNECTIONS} connections, HTTP/1.1 in the clear, server on one core");
    let mut results = Results::new("hits", title, METRICS);
    let origin = Origin::start(Distance::Near)?;
    let time = setting.time();
    for round in 0..setting.arguments.rounds {
        for server in setting.servers(Phase::Hits) {
            announce("hits", server, round);
            let mut running = setting.start(server, origin.address)?;
            for (name, size) in SIZES {
                let paths = [segment(usize::try_from(size)?)];
                warm_up(&running, &paths, Viewers::Together)?;
                let hits = measure(&mut running, &paths, size, Viewers::Together, time)
                    .with_context(|| format!("{}, {name}", server.name()))?;
                results.add(name, server.name(), &hits.figures());
            }
        }
    }
    Ok(results)
}

/// What was seen of one server.
pub(super) struct Hits {
    pub(super) per_second: f64,
    gigabits_per_second: f64,
    p50: f64,
    pub(super) p99: f64,
    /// In microseconds.
    pub(super) cpu_per_request: f64,
    pub(super) core_used: f64,
    pub(super) errors: u64,
    /// Whole ones.
    pub(super) answers: u64,
}

impl Hits {
    /// In the order of the metrics.
    fn figures(&self) -> [f64; METRICS.len()] {
        [
            self.per_second,
            self.gigabits_per_second,
            self.p50,
            self.p99,
            self.cpu_per_request,
            self.core_used,
            real(self.errors),
        ]
    }
}

/// Asks until every worker has what it needs for these objects.
pub(super) fn warm_up(running: &Running, paths: &[String], viewers: Viewers) -> Result<()> {
    load(running, paths, viewers, WARM_UP).run()?;
    // What this left unfinished is sent into closed connections first.
    std::thread::sleep(Duration::from_millis(100));
    Ok(())
}

fn load<'l>(running: &Running, paths: &'l [String], viewers: Viewers, time: Duration) -> Load<'l> {
    let pattern = Pattern::Loop(time);
    Load { server: running.address, tls: None, viewers, paths, connections: CONNECTIONS, pattern }
}

/// Asks for objects of one `size` again and again, for so long.
pub(super) fn measure(
    running: &mut Running,
    paths: &[String],
    size: u32,
    viewers: Viewers,
    time: Duration,
) -> Result<Hits> {
    let load = load(running, paths, viewers, time);
    let open = load.open()?;
    let before = running.cpu();
    let outcome = open.run()?;
    let cpu = running.cpu().saturating_sub(before).as_secs_f64();
    running.check()?;
    // Bytes count the unfinished too: at 4 MiB they are many of the requests.
    let requests = real(outcome.bytes) / f64::from(size);
    Ok(Hits {
        per_second: requests / outcome.took.as_secs_f64(),
        gigabits_per_second: outcome.gigabits_per_second(),
        p50: outcome.last_byte(50),
        p99: outcome.last_byte(99),
        cpu_per_request: cpu * 1e6 / requests,
        core_used: cpu / outcome.took.as_secs_f64(),
        errors: outcome.errors,
        answers: outcome.answers,
    })
}
