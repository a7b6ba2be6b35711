//! What every request of one edge shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::HeaderValue;
use media::url::{Kind, Rules};
use segment_cache::freshness::Defaults;
use segment_cache::{Cache, Limits};

use crate::clock::Clock;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::origins::Origins;
use crate::upstream::{StartError, Upstreams};

/// The parts of an edge, built once from its configuration.
#[derive(Debug)]
pub(crate) struct Core {
    /// The configuration, checked.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// What is held.
    pub cache: Cache,
    /// The origins by name.
    pub origins: Origins,
    /// The origins to ask.
    pub upstreams: Upstreams,
    /// What URLs mean.
    pub rules: Rules,
    /// What is counted.
    pub metrics: Metrics,
    /// `Access-Control-Allow-Origin`.
    pub allow_origin: HeaderValue,
    started: Instant,
    draining: AtomicBool,
}

impl Core {
    /// Builds the parts.
    ///
    /// # Errors
    /// What the configuration names cannot be used.
    pub(crate) fn new(config: Config, clock: Clock) -> Result<Arc<Self>, CoreError> {
        config.check()?;
        let cache = Cache::new(Limits {
            memory: config.cache.memory.get(),
            followers_per_fill: config.cache.max_followers,
            fills: config.cache.max_fills,
            private_for: config.cache.private_mark.get(),
        });
        let origins = Origins::new(&config);
        let metrics = Metrics::new(&cache);
        let upstreams = Upstreams::new(&origins, &metrics, instance())?;
        Ok(Arc::new(Self {
            rules: config.media.compile()?,
            allow_origin: config.viewers.allow_origin.parse()?,
            started: clock.now(),
            config,
            clock,
            cache,
            origins,
            upstreams,
            metrics,
            draining: AtomicBool::new(false),
        }))
    }

    /// What holds for a `kind` of object where the origin says nothing.
    pub(crate) fn defaults(&self, kind: Kind) -> Defaults<'_> {
        self.config.cache.defaults(kind)
    }

    /// How long the edge has been there.
    pub(crate) fn uptime(&self) -> Duration {
        self.clock.now().saturating_duration_since(self.started)
    }

    /// From now on the edge is not ready.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the edge is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// Why an edge cannot be built from its configuration.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The parts of the configuration do not fit together.
    #[error(transparent)]
    Config(#[from] crate::config::Faults),
    /// A rule for URLs.
    #[error(transparent)]
    Rules(#[from] media::pattern::RuleError),
    /// An origin.
    #[error(transparent)]
    Origin(#[from] StartError),
    /// `viewers.allow-origin`.
    #[error("viewers.allow-origin: {0}")]
    AllowOrigin(#[from] http::header::InvalidHeaderValue),
}

/// A member of `CDN-Loop` that no other edge has, and that says nothing about this one.
fn instance() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("spokecast; id={:016x}", RandomState::new().hash_one(0))
}
