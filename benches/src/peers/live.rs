//! Viewers of one live channel, as players behave: the playlist again and again, and each new segment once.

mod viewer;

use std::time::Duration;

use anyhow::{Result, ensure};

use super::{FAR, Phase, Setting, announce};
use crate::clock;
use crate::contender::Contender;
use crate::origin::{Origin, RENDITIONS};
use crate::report::{Metric, Results};
use crate::statistics::{percentile, real};
use viewer::{Seen, Viewer};

const METRICS: &[Metric] = &[
    Metric { name: "origin requests/segment", digits: 2, is_compared: false },
    Metric { name: "origin playlists/s and rendition", digits: 2, is_compared: false },
    Metric { name: "behind publication p50 s", digits: 2, is_compared: true },
    Metric { name: "p99 s", digits: 2, is_compared: true },
    Metric { name: "CPU s", digits: 2, is_compared: true },
    Metric { name: "segments", digits: 0, is_compared: false },
    Metric { name: "errors", digits: 0, is_compared: false },
];

pub(super) fn run(setting: &Setting<'_>) -> Result<Results> {
    let (viewers, seconds) = (setting.arguments.viewers, time(setting).as_secs());
    let title = format!(
        "Live: {viewers} viewers for {seconds} s, segments of 2 s in {} renditions; origin 40 ms away at 100 Mbit/s",
        RENDITIONS.len()
    );
    let mut results = Results::new("live", title, METRICS);
    // Once: it is long already, and its figures hang on times that all servers have alike.
    for server in setting.servers(Phase::Live) {
        announce("live", server, 0);
        results.add("", server.name(), &measure(setting, server)?);
    }
    Ok(results)
}

fn time(setting: &Setting<'_>) -> Duration {
    Duration::from_secs(10 * u64::from(setting.arguments.seconds))
}

fn measure(setting: &Setting<'_>, server: Contender) -> Result<[f64; 7]> {
    let origin = Origin::start(FAR)?;
    let mut running = setting.start(server, origin.address)?;
    let before = running.cpu();
    let until = clock::now() + time(setting);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seen = runtime.block_on(async {
        let viewers: Vec<_> = (0..setting.arguments.viewers)
            .map(|number| {
                let viewer = Viewer::new(number, running.address, origin.channel(), until);
                tokio::spawn(viewer.watch())
            })
            .collect();
        let mut all = Seen::default();
        for viewer in viewers {
            all.add(viewer.await?);
        }
        anyhow::Ok(all)
    })?;
    let cpu = running.cpu().saturating_sub(before);
    running.check()?;
    ensure!(!seen.behind.is_empty(), "no viewer of {} saw a segment", server.name());

    let (mut segments, mut playlists) = ((0, 0), 0);
    for rendition in 0..RENDITIONS.len() {
        let of_rendition = origin.asked(&format!("/live/{rendition}/segment-"));
        segments = (segments.0 + of_rendition.requests, segments.1 + of_rendition.paths);
        playlists += origin.asked(&format!("/live/{rendition}/index")).requests;
    }
    Ok([
        real(segments.0) / real(segments.1),
        real(playlists) / time(setting).as_secs_f64() / real(RENDITIONS.len() as u64),
        percentile(&seen.behind, 50).unwrap_or(f64::NAN),
        percentile(&seen.behind, 99).unwrap_or(f64::NAN),
        cpu.as_secs_f64(),
        real(seen.behind.len() as u64),
        real(seen.errors),
    ])
}
