//! What is logged, and how. No log line holds an address of a viewer.

use schemars::JsonSchema;
use serde::Deserialize;

/// Logging, to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Log {
    /// `error`, `warn`, `info`, `debug` or `trace`. Libraries never log below `warn`, for they might name
    /// addresses.
    pub level: LogLevel,
    /// `human`, `json`, or `auto`: human on a terminal, JSON otherwise.
    pub format: LogFormat,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// What needs somebody at once.
    Error,
    /// What needs somebody some day.
    Warn,
    /// What the edge does as a whole.
    #[default]
    Info,
    /// What it does for each request.
    Debug,
    /// Everything.
    Trace,
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Human,
    /// One JSON object per line.
    Json,
}

impl LogLevel {
    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
