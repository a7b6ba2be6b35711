//! The watch page that an edge can serve itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The watch page at `/watch`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Watch {
    /// Serve the page on the viewers' listener.
    pub enabled: bool,
    /// Show everybody who opens the page what the edge does: totals, nothing about a person.
    pub activity: bool,
    /// The streams that the page offers.
    pub stream: Vec<Stream>,
}

/// One stream that the page offers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stream {
    /// What the page calls it.
    pub title: String,
    /// Path of its manifest at this edge: `/vod/…/master.m3u8`.
    pub url: String,
    /// `hls` or `dash`.
    pub format: StreamFormat,
    /// Whether it is live.
    #[serde(default)]
    pub live: bool,
}

/// The format of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamFormat {
    /// HTTP Live Streaming.
    Hls,
    /// MPEG-DASH.
    Dash,
}
