//! The operators' side: their listener, and how the edge ends.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::quantity::Period;

/// The listener for operators: metrics, health, purge, inspection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Admin {
    /// Address to listen on, with port. Whoever reaches it may purge: keep it on loopback or on a
    /// network of operators.
    pub listen: SocketAddr,
    /// Names that requests may use in `Host` besides IP addresses and `localhost`. Refusing others
    /// keeps web pages that rebind their name from reaching the listener through a browser.
    pub hosts: Vec<String>,
}

/// How the edge ends after SIGTERM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Drain {
    /// Time that transfers under way have to finish.
    pub timeout: Period,
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)), hosts: Vec::new() }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self { timeout: Period::of(Duration::from_secs(30)) }
    }
}
