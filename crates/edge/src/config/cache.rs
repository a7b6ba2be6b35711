//! What is kept in memory, and for how long where the origin does not say.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::quantity::{ByteSize, Period};

/// The cache.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cache {
    /// Bytes that stored objects and fills hold together; at least 16 MiB.
    pub memory: ByteSize,
    /// Requests that may wait for and read one fill; one more gets 503.
    pub max_followers: usize,
    /// Fills that may run at a time; a request that needs one more gets 503.
    pub max_fills: usize,
    /// Largest manifest; it is held whole while it is rewritten.
    pub max_manifest: ByteSize,
    /// How long requests for an object whose answers are private go each their own way.
    pub private_mark: Period,
    /// How long "not found" and "gone" are remembered at most.
    pub negative: Period,
    /// Lifetimes by kind of object, for answers that state none.
    pub lifetime: Lifetimes,
    /// How long a stale object may be served because the origin fails, by kind of object. Other kinds,
    /// live playlists among them, never are.
    pub stale_if_error: StaleIfError,
}

/// One period per kind of object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lifetimes {
    /// Media segments.
    pub segment: Period,
    /// Parts of low-latency segments.
    pub part: Period,
    /// Initialization segments.
    pub init: Period,
    /// Decryption keys.
    pub key: Period,
    /// Captions and subtitles.
    pub captions: Period,
    /// Thumbnails.
    pub thumbnail: Period,
    /// HLS multivariant playlists, and other playlists and MPDs that will not change any more.
    pub manifest: Period,
    /// Playlists and MPDs of live streams: the upper bound; half a target duration counts when it is shorter.
    pub live_manifest: Period,
    /// Everything else.
    pub other: Period,
}

/// One period per kind of object that may be served stale when the origin fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct StaleIfError {
    /// Media segments and their parts.
    pub segment: Period,
    /// Initialization segments.
    pub init: Period,
    /// Captions and subtitles.
    pub captions: Period,
    /// Thumbnails.
    pub thumbnail: Period,
    /// Multivariant playlists, and playlists and MPDs that will not change any more.
    pub manifest: Period,
}

const fn secs(seconds: u64) -> Period {
    Period::of(Duration::from_secs(seconds))
}

const fn hours(hours: u64) -> Period {
    Period::of(Duration::from_hours(hours))
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            memory: ByteSize::mib(1024),
            max_followers: 20_000,
            max_fills: 1024,
            max_manifest: ByteSize::mib(8),
            private_mark: secs(10),
            negative: Period::of(Duration::from_millis(500)),
            lifetime: Lifetimes::default(),
            stale_if_error: StaleIfError::default(),
        }
    }
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            segment: hours(24),
            part: secs(60),
            init: hours(24),
            key: hours(1),
            captions: hours(1),
            thumbnail: hours(1),
            manifest: secs(300),
            live_manifest: secs(2),
            other: secs(0),
        }
    }
}

impl Default for StaleIfError {
    fn default() -> Self {
        Self {
            segment: hours(24),
            init: hours(24),
            captions: hours(24),
            thumbnail: hours(24),
            manifest: hours(1),
        }
    }
}
