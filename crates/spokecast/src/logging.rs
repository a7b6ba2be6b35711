//! Log lines on standard error: for people on a terminal, JSON otherwise.

use std::io::IsTerminal;

use edge::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Our own crates, whose log lines are known to name nobody.
const OURS: [&str; 4] = ["edge", "media", "segment_cache", "spokecast"];

/// Starts logging. May be called once; a second call changes nothing.
pub fn start(log: &Log) {
    let ours = OURS.map(|name| format!("{name}={}", log.level.as_str()));
    let directives = format!("warn,{}", ours.join(","));
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Human => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives))
        .with_writer(std::io::stderr)
        .with_ansi(!json && std::io::stderr().is_terminal());
    let started =
        if json { lines.json().flatten_event(true).try_init() } else { lines.with_target(false).try_init() };
    if started.is_err() {
        tracing::debug!("logging has started already");
    }
}
