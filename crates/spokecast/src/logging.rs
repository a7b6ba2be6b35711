//! Log lines on standard error: for people on a terminal, JSON otherwise.

use std::fmt;
use std::io::IsTerminal;

use edge::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::reload;

/// Our own crates, whose log lines are known to name nobody.
const OURS: [&str; 5] = ["collector", "edge", "media", "segment_cache", "spokecast"];

/// Logging that was started. Log lines go on when it is dropped.
pub struct Logging {
    format: LogFormat,
    filter: Exchange,
}

/// Puts another filter in the place of the one that holds.
type Exchange = Box<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>;

/// Starts logging. May be called once; a second call changes nothing.
pub fn start(log: &Log) -> Logging {
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Human => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(log))
        .with_writer(std::io::stderr)
        .with_ansi(!json && std::io::stderr().is_terminal());
    let (started, filter): (_, Exchange) = if json {
        let lines = lines.json().flatten_event(true).with_filter_reloading();
        let handle = lines.reload_handle();
        (lines.try_init(), Box::new(move |filter| handle.reload(filter)))
    } else {
        let lines = lines.with_target(false).with_filter_reloading();
        let handle = lines.reload_handle();
        (lines.try_init(), Box::new(move |filter| handle.reload(filter)))
    };
    if started.is_err() {
        tracing::debug!("logging has started already");
    }
    Logging { format: log.format, filter }
}

impl Logging {
    /// Logs as much as `log` says from now on. The shape of lines stays what it was at the start, which a line says
    /// where `log` wants another.
    pub fn follow(&self, log: &Log) {
        if let Err(error) = (self.filter)(filter(log)) {
            tracing::error!(%error, "log.level cannot be changed");
        }
        if log.format != self.format {
            tracing::warn!("log.format holds from the next start on: it cannot change while the edge runs");
        }
    }
}

impl fmt::Debug for Logging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logging").field("format", &self.format).finish_non_exhaustive()
    }
}

fn filter(log: &Log) -> EnvFilter {
    let ours = OURS.map(|name| format!("{name}={}", log.level.as_str()));
    EnvFilter::new(format!("warn,{}", ours.join(",")))
}
