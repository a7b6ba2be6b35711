//! Cached hits with and without counting what is watched: the same binary twice, by one word of its configuration.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::hits::{CONNECTIONS, Hits, measure, warm_up};
use super::{Setting, announce};
use crate::contender::{Contender, Running};
use crate::load::Viewers;
use crate::origin::{Distance, Origin};
use crate::report::{Metric, Results};
use crate::statistics::real;

const SIZES: [(&str, u32); 2] = [("4 KiB", 4 << 10), ("64 KiB", 64 << 10)];
const ENTRIES: u32 = 8;
const SEGMENTS: u32 = 8;
/// Pairs of measurements of each size in a round; what comes first alternates.
const PAIRS: u32 = 4;

const METRICS: &[Metric] = &[
    Metric { name: "requests/s off", digits: 0, is_compared: false },
    Metric { name: "on", digits: 0, is_compared: false },
    Metric { name: "on/off", digits: 3, is_compared: false },
    Metric { name: "CPU µs/request off", digits: 2, is_compared: false },
    Metric { name: "CPU on", digits: 2, is_compared: false },
    Metric { name: "CPU on/off", digits: 3, is_compared: false },
    Metric { name: "p99 ms off", digits: 2, is_compared: false },
    Metric { name: "p99 on", digits: 2, is_compared: false },
    Metric::CORE_USED,
    Metric { name: "counted/answer", digits: 3, is_compared: false },
    Metric { name: "errors", digits: 0, is_compared: false },
];

/// Both servers run all the time; each is measured while the other waits.
pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let title = format!(
        "Telemetry: cached hits of {} segments by {CONNECTIONS} viewers at as many addresses, counted and not",
        ENTRIES * SEGMENTS
    );
    let mut results = Results::new("telemetry", title, METRICS);
    let origin = Origin::start(Distance::Near)?;
    let time = setting.time();
    for round in 0..setting.arguments.rounds {
        announce("telemetry", Contender::Spokecast, round);
        let start = |is_counting: bool| setting.start(Contender::Counting(is_counting), origin.address);
        let (mut off, mut on) = (start(false)?, start(true)?);
        for (name, size) in SIZES {
            let paths = paths(size);
            let measure = |running: &mut Running| counted(running, &paths, size, time);
            for pair in 0..PAIRS {
                let (without, with);
                if pair % 2 == 0 {
                    (without, with) = (measure(&mut off)?, measure(&mut on)?);
                } else {
                    let first = measure(&mut on)?;
                    (without, with) = (measure(&mut off)?, first);
                }
                results.add(name, "on and off", &figures(&without, &with).context(name)?);
            }
        }
    }
    Ok(results)
}

fn paths(size: u32) -> Vec<String> {
    let entries = (0..ENTRIES).map(|entry| format!("/object/{size}/vod/1_{entry:08x}"));
    entries.flat_map(|entry| (1..=SEGMENTS).map(move |number| format!("{entry}/seg-{number}.ts"))).collect()
}

/// What was seen, and how many answers the server says it counted meanwhile.
fn counted(running: &mut Running, paths: &[String], size: u32, time: Duration) -> Result<(Hits, f64)> {
    warm_up(running, paths, Viewers::Apart)?;
    let before = running.counted()?;
    let hits = measure(running, paths, size, Viewers::Apart, time)?;
    Ok((hits, real(running.counted()? - before)))
}

fn figures((off, counted_off): &(Hits, f64), (on, counted_on): &(Hits, f64)) -> Result<[f64; METRICS.len()]> {
    let share = counted_on / real(on.answers);
    ensure!(*counted_off == 0.0, "{counted_off} answers were counted with telemetry off");
    ensure!(share > 0.99, "of {} answers {counted_on} were counted", on.answers);
    Ok([
        off.per_second,
        on.per_second,
        on.per_second / off.per_second,
        off.cpu_per_request,
        on.cpu_per_request,
        on.cpu_per_request / off.cpu_per_request,
        off.p99,
        on.p99,
        off.core_used.min(on.core_used),
        share,
        real(off.errors + on.errors),
    ])
}
