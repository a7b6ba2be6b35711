//! That what is said about counts and reports fits together.

use super::{Config, KeyFault};
use crate::config::Destination;

/// Fewer would not hide one among others; more are never needed, and take memory per segment.
const THRESHOLDS: std::ops::RangeInclusive<u32> = 3..=64;

/// The fewest segments that a window tells apart, and the most.
const CELLS: std::ops::RangeInclusive<usize> = 1_000..=10_000_000;

pub(super) fn faults(config: &Config, faults: &mut Vec<KeyFault>) {
    let telemetry = &config.telemetry;
    let mut fault = |key, message: &str| faults.push(KeyFault::new(["telemetry", key], message.into()));
    if telemetry.width().is_none() {
        fault("window", "must be whole minutes that divide a day, such as 5m, 15m or 1h");
    }
    if !THRESHOLDS.contains(&telemetry.threshold) {
        fault("threshold", "must be 3 to 64: below 3, one of two viewers would learn what the other watched");
    }
    if !CELLS.contains(&telemetry.max_cells) {
        fault("max-cells", "must be 1000 to 10000000");
    }
    if telemetry.max_spool.get() < 4 << 20 {
        fault("max-spool", "must be at least 4 MiB");
    }
    if telemetry.max_audit_file.get() < 4 << 20 {
        fault("max-audit-file", "must be at least 4 MiB");
    }
    let site = telemetry.site.as_ref().or(config.map.site.as_ref());
    let wrong = telemetry.site.as_ref().and_then(|site| site.parse::<mapper::Id>().err());
    if let Some(wrong) = wrong {
        fault("site", &wrong.to_string());
    }
    if telemetry.upstream.to.is_some() {
        if !telemetry.enabled {
            fault("enabled", "is off, and telemetry.upstream.to waits for reports");
        }
        if site.is_none() {
            fault("site", "is missing: reports name the site; write it here or in map.site");
        }
        if telemetry.folder.is_none() {
            fault("folder", "is missing: reports wait there, and what was sent is kept there");
        }
    }
    let upstream = &telemetry.upstream;
    let mut fault =
        |key, message: &str| faults.push(KeyFault::new(["telemetry", "upstream", key], message.into()));
    if let Some(Destination::Folder(_)) = &upstream.to {
        for (key, is_set) in
            [("token-file", upstream.token_file.is_some()), ("ca-file", upstream.ca_file.is_some())]
        {
            if is_set {
                fault(key, "means nothing for a folder");
            }
        }
    }
    if upstream.timeout.get().as_millis() < 100 {
        fault("timeout", "must be at least 100ms");
    }
    if upstream.max_pause.get().as_secs() < 1 {
        fault("max-pause", "must be at least 1s");
    }
}
