//! What is kept in memory, and for how long where the origin does not say.

mod negative;

use std::time::Duration;

use media::url::Kind;
use schemars::JsonSchema;
use segment_cache::freshness::{Defaults, Heuristic};
use serde::Deserialize;

use super::quantity::{ByteSize, Period};
pub use negative::Negative;

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
    /// How long errors are remembered at most, by status; others are not.
    pub negative: Negative,
    /// Time before an origin that failed is asked again for an object that may be served stale meanwhile.
    pub retry_after_failure: Period,
    /// Lifetime guessed for objects whose kind has none: this part, in percent, of the time for which the object
    /// had not been changed (RFC 9111 section 4.2.2). 0 switches it off.
    pub heuristic_percent: u8,
    /// The longest lifetime that is guessed.
    pub heuristic_max: Period,
    /// Lifetimes by kind of object, for answers that state none.
    pub lifetime: Lifetimes,
    /// How long a stale object may be served because the origin fails, by kind of object. Other kinds,
    /// live playlists among them, never are.
    pub stale_if_error: StaleIfError,
}

impl Cache {
    /// What holds for a `kind` of object where the origin says nothing.
    pub fn defaults(&self, kind: Kind) -> Defaults<'_> {
        let (lifetime, stale) = (&self.lifetime, &self.stale_if_error);
        let (lifetime, stale_if_error) = match kind {
            Kind::Segment => (lifetime.segment, stale.segment),
            Kind::Part => (lifetime.part, stale.segment),
            Kind::Init => (lifetime.init, stale.init),
            Kind::Key => (lifetime.key, secs(0)),
            Kind::Captions => (lifetime.captions, stale.captions),
            Kind::Thumbnail => (lifetime.thumbnail, stale.thumbnail),
            Kind::MultivariantPlaylist | Kind::MediaPlaylist | Kind::Mpd => {
                (lifetime.manifest, stale.manifest)
            }
            Kind::Other => (lifetime.other, secs(0)),
        };
        let heuristic = Heuristic { percent: self.heuristic_percent, max: self.heuristic_max.get() };
        Defaults {
            stale_if_error: stale_if_error.get(),
            negative: self.negative.by_status(),
            heuristic: (self.heuristic_percent > 0).then_some(heuristic),
            ..Defaults::new(lifetime.get())
        }
    }
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
    /// Playlists and MPDs of live streams: the upper bound. What counts when it is shorter: the time to the next segment
    /// where a playlist is asked for often enough to tell, else half a target duration.
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
            negative: Negative::default(),
            retry_after_failure: secs(1),
            heuristic_percent: 0,
            heuristic_max: hours(24),
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
