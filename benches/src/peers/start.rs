//! From the start of the process to the first answer through an empty cache.

use anyhow::Result;

use super::{Phase, Setting};
use crate::origin::{Distance, Origin};
use crate::report::{Metric, Results};
use crate::statistics::milliseconds;

const METRICS: &[Metric] = &[Metric { name: "first answer ms", digits: 1, is_compared: true }];

/// Starts in all, whatever the number of rounds: each is short.
const STARTS: u32 = 20;

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let title = format!("Start: process start to the first 200 through it, median of {STARTS}");
    let mut results = Results::new("start", title, METRICS);
    let origin = Origin::start(Distance::Near)?;
    for _ in 0..STARTS {
        for server in setting.servers(Phase::Start) {
            let running = setting.start(server, origin.address)?;
            results.add("", server.name(), &[milliseconds(running.first_answer)]);
        }
    }
    Ok(results)
}
