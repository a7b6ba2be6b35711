//! What is counted of what viewers watch, and whether anything of it leaves the site.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use telemetry::bucket::Width;

use super::quantity::{ByteSize, Period};

/// Counting what is watched, and reporting it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Telemetry {
    /// Count at all.
    pub enabled: bool,
    /// What operators of this edge see of its counts.
    pub local_view: LocalView,
    /// What the site is called in reports. Default: `map.site`.
    pub site: Option<String>,
    /// How long one window of counts is: whole minutes that divide a day.
    pub window: Period,
    /// So many different viewers have to be counted in a cell of a report; 3 to 64.
    pub threshold: u32,
    /// So many segments are told apart in one window; of those beyond only the entry is counted.
    pub max_cells: usize,
    /// Folder in which reports wait until they are delivered, and what was sent is kept. Needed for an upstream.
    pub folder: Option<PathBuf>,
    /// Bytes of reports that wait; the oldest go first.
    pub max_spool: ByteSize,
    /// Bytes of one file of what was sent.
    pub max_audit_file: ByteSize,
    /// So many of these files are kept besides the one that is written; the oldest go first.
    pub audit_files: u32,
    /// Where reports go.
    pub upstream: Upstream,
}

/// What operators see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LocalView {
    /// Every count.
    #[default]
    Exact,
    /// What reports may hold.
    Threshold,
    /// Nothing.
    Off,
}

/// Where reports go, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Upstream {
    /// The collector's URL (https, or http on this machine), or a folder as an absolute path. None: nothing leaves.
    pub to: Option<Destination>,
    /// File with the token that the collector asks for (`Authorization: Bearer`).
    pub token_file: Option<PathBuf>,
    /// PEM file of certificate authorities to trust for the collector, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// A report is sent at a moment that is chosen at random within so long after its window.
    pub spread: Period,
    /// Time for the collector's answer.
    pub timeout: Period,
    /// The longest pause between two tries; a collector that asks for a longer one gets it, up to a day.
    pub max_pause: Period,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            enabled: true,
            local_view: LocalView::Exact,
            site: None,
            window: Period::of(Duration::from_mins(15)),
            threshold: 5,
            max_cells: 100_000,
            folder: None,
            max_spool: ByteSize::mib(64),
            max_audit_file: ByteSize::mib(16),
            audit_files: 16,
            upstream: Upstream::default(),
        }
    }
}

impl Default for Upstream {
    fn default() -> Self {
        Self {
            to: None,
            token_file: None,
            ca_file: None,
            spread: Period::of(Duration::from_mins(1)),
            timeout: Period::of(Duration::from_secs(30)),
            max_pause: Period::of(Duration::from_mins(15)),
        }
    }
}

/// A place for reports.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub enum Destination {
    /// A collector, which they are posted to.
    Collector(Uri),
    /// A folder, into which each is written as a file.
    Folder(PathBuf),
}

impl Telemetry {
    /// How long windows are, where [`Self::window`] is checked.
    pub fn width(&self) -> Option<Width> {
        let window = self.window.get();
        Width::try_from(window.as_secs()).ok().filter(|_| window.subsec_nanos() == 0)
    }
}

impl TryFrom<String> for Destination {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with('/') {
            return Ok(Self::Folder(text.into()));
        }
        let expected =
            "write a URL such as `https://collector.example.com/v1/reports`, or a folder as an absolute path";
        let uri: Uri = text.parse().map_err(|_| format!("`{text}` is no URL; {expected}"))?;
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        if authority.contains('@') {
            return Err(
                "a URL for reports carries no user and no password; telemetry.upstream.token-file does"
                    .into(),
            );
        }
        if !media::authority::is_valid(authority) || uri.query().is_some() || text.contains('#') {
            return Err(format!("`{text}` cannot be posted to; {expected}"));
        }
        match uri.scheme_str() {
            Some("https") => Ok(Self::Collector(uri)),
            Some("http") if is_this_machine(authority) => Ok(Self::Collector(uri)),
            Some("http") => Err(format!("`{text}` is neither https nor on this machine; {expected}")),
            _ => Err(format!("`{text}` is neither https nor a folder; {expected}")),
        }
    }
}

fn is_this_machine(authority: &str) -> bool {
    let (host, _port) = media::authority::split(authority);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_go_to_a_collector_over_tls_or_stay_on_this_machine() {
        for good in [
            "https://collector.example.com/v1/reports",
            "https://10.0.0.1:8443/",
            "http://127.0.0.1:9191/v1/reports",
            "http://[::1]:9191/v1/reports",
            "http://localhost/x",
        ] {
            let uri = good.parse().unwrap();
            assert_eq!(Destination::try_from(good.to_owned()), Ok(Destination::Collector(uri)), "{good}");
        }
        assert_eq!(Destination::try_from("/srv/a".to_owned()), Ok(Destination::Folder("/srv/a".into())));
        for bad in [
            "",
            "reports",
            "ftp://a/",
            "http://collector.example.com/",
            "http://127.0.0.1.example.com/",
            "https://user:secret@collector.example.com/",
            "https://collector.example.com/?token=secret",
            "https://collector.example.com/#a",
        ] {
            assert!(Destination::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
