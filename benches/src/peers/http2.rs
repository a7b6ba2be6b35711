//! Cached segments of three sizes over HTTP/2 inside of TLS, asked for by h2load.

use anyhow::{Context, Result};

use super::cost::{Cost, METRICS, PER_CORE, PER_GIGABYTE, SIZES};
use super::hits::CONNECTIONS;
use super::{Phase, Setting, announce};
use crate::contender::Running;
use crate::h2load;
use crate::identity::CIPHER_SUITE;
use crate::origin::{Distance, Origin, segment};
use crate::report::{Goal, Results};

/// Requests that are under way at a time on each connection.
const STREAMS: usize = 8;

/// From this size on bytes are counted and not answers: 512 answers are under way at a time, and of large ones few end
/// in the time that is measured. Of those bytes less than one in 200 is none of a body.
const COUNTED_BY_BYTES: usize = 64 << 10;

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
        for server in setting.servers(Phase::Http2) {
            announce("http2", server, round);
            let mut running = setting.start_secure(server, origin.address)?;
            for (name, size) in SIZES {
                let cost = measure(&mut running, size, setting.arguments.seconds)
                    .with_context(|| format!("{}, {name}", server.name()))?;
                results.add(name, server.name(), &cost.figures(size));
            }
        }
    }
    Ok(results)
}

fn measure(running: &mut Running, size: usize, seconds: u32) -> Result<Cost> {
    let load = h2load::Load {
        server: running.secure,
        path: &segment(size),
        connections: CONNECTIONS,
        streams: STREAMS,
        seconds,
    };
    let outcome = load.run(|| running.cpu())?;
    running.check()?;
    let counted = outcome.counted;
    let bytes = if size < COUNTED_BY_BYTES { counted.answers * size as u64 } else { counted.traffic };
    Ok(Cost { bytes, took: outcome.took, cpu: outcome.cpu, errors: counted.failed })
}
