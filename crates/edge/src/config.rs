//! The configuration file of an edge: what may be written there, and what it means when it is not.
//!
//! One struct per part, every key with a default, unknown keys refused. Reading gives either a whole
//! [`Config`] or every fault with file, line and column; never half of either. `config/edge.toml` shows
//! each key with its default.

mod admin;
mod cache;
mod check;
mod fault;
mod log;
mod map;
mod media;
mod network;
mod origin;
mod proxies;
mod quantity;
mod read;
mod self_test;
mod telemetry;
mod tls;
mod viewers;
mod watch;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

pub use admin::{Admin, Drain};
pub use cache::{Cache, Lifetimes, Negative, StaleIfError};
pub use fault::{Fault, Faults};
pub use log::{Log, LogFormat, LogLevel};
pub use map::{Admission, Locator, Map, Redirect};
pub use media::{EntryRule, FileRule, KindName, Media, Relay, RuleSet};
pub use network::Network;
pub use origin::{Authority, Origin, OriginUrl, PassedMethod};
pub use proxies::{ForwardingField, InternalAddressField, OpeningProtocol, Proxies};
pub use quantity::{ByteSize, Period};
pub use self_test::SelfTest;
pub use telemetry::{Destination, LocalView, Telemetry, Upstream};
pub use tls::{Acme, Certificate, Challenge, Tls, TlsVersion};
pub use viewers::Viewers;
pub use watch::{Stream, StreamFormat, Watch};

/// Everything that an edge can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Spokecast edge")]
pub struct Config {
    /// The listener for viewers' players.
    pub viewers: Viewers,
    /// HTTPS for viewers.
    pub tls: Tls,
    /// The proxies before the edge.
    pub proxies: Proxies,
    /// The listener for operators.
    pub admin: Admin,
    /// What is kept in memory, and for how long.
    pub cache: Cache,
    /// Where misses are filled from; the first one serves every path that names no other.
    pub origin: Vec<Origin>,
    /// Paths that name the origin host themselves.
    pub relay: Relay,
    /// How URLs are understood.
    pub media: Media,
    /// The map of offices: where viewers are.
    pub map: Map,
    /// Who is served.
    pub admission: Admission,
    /// Telling a portal at which site a viewer is.
    pub locator: Locator,
    /// Sending viewers to the edge of their site.
    pub redirect: Redirect,
    /// The watch page.
    pub watch: Watch,
    /// The self-test page.
    pub self_test: SelfTest,
    /// Counting what is watched, and reporting it.
    pub telemetry: Telemetry,
    /// What is logged, and how.
    pub log: Log,
    /// How the edge ends.
    pub drain: Drain,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Every fault in it, each with its place.
    pub fn load(file: &Path) -> Result<Self, Faults> {
        let text = std::fs::read_to_string(file).map_err(|error| Faults::unreadable(file, &error))?;
        Self::parse(&file.display().to_string(), &text)
    }

    /// Reads the text of a configuration file; `name` is what messages call it.
    ///
    /// # Errors
    /// Every fault in it, each with its place.
    pub fn parse(name: &str, text: &str) -> Result<Self, Faults> {
        read::read(name, text)
    }

    /// An edge with every default and one origin.
    pub fn for_origin(url: OriginUrl) -> Self {
        Self { origin: vec![Origin::new(url)], ..Self::default() }
    }

    /// Checks what the file's grammar cannot: that the parts fit together. [`Config::parse`] has done so.
    ///
    /// # Errors
    /// Every fault, each with the key it is about.
    pub fn check(&self) -> Result<(), Faults> {
        let faults = check::faults(self);
        if faults.is_empty() { Ok(()) } else { Err(Faults::without_place(faults)) }
    }

    /// The site at which the edge stands, as it is known by.
    pub fn site(&self) -> Option<mapper::Id> {
        self.telemetry.site.as_ref().or(self.map.site.as_ref())?.parse().ok()
    }

    /// The files that it names and that others replace while the edge runs: maps, certificates, keys and certificate
    /// authorities. What they hold is read anew when the edge is given its configuration again.
    pub fn followed_files(&self) -> Vec<PathBuf> {
        let Tls { certificate, client_ca_file, .. } = &self.tls;
        let mut files: Vec<_> = self.map.files.iter().chain(client_ca_file).collect();
        files.extend(certificate.iter().flat_map(|shown| [&shown.file, &shown.key_file]));
        for origin in &self.origin {
            files.extend([&origin.ca_file, &origin.certificate_file, &origin.key_file].into_iter().flatten());
        }
        let mut seen = HashSet::new();
        files.retain(|file| seen.insert(*file));
        files.into_iter().cloned().collect()
    }

    /// The JSON Schema of the file.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Config).to_value()
    }
}

#[cfg(test)]
mod tests;
