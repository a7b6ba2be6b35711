//! What every request of one edge shares.
//!
//! A [`Core`] is built from one configuration and never changes. A request or a fill holds the one that it began
//! with to its end; another configuration makes a successor, to which everything that has to outlive a
//! configuration passes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::HeaderValue;
use media::url::{Kind, Rules};
use segment_cache::freshness::Defaults;
use segment_cache::{Cache, Limits};

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::metrics::Metrics;
use crate::origins::{OriginIds, Origins, OutOfOriginIds};
use crate::upstream::{StartError, Upstreams};

/// The parts of an edge, built from one configuration.
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
    pub metrics: Arc<Metrics>,
    /// `Access-Control-Allow-Origin`.
    pub allow_origin: HeaderValue,
    ids: OriginIds,
    life: Arc<Life>,
}

/// The edge's own course, whatever its configuration.
#[derive(Debug)]
struct Life {
    started: Instant,
    draining: AtomicBool,
}

impl Core {
    /// Builds the parts.
    ///
    /// # Errors
    /// What the configuration names cannot be used.
    pub(crate) fn new(config: Config, clock: Clock) -> Result<Self, CoreError> {
        config.check()?;
        let cache = Cache::new(limits(&config.cache));
        let metrics = Arc::new(Metrics::new(&cache));
        let mut ids = OriginIds::default();
        let origins = Origins::new(&config, &mut ids)?;
        let upstreams = Upstreams::new(&origins, &metrics, instance())?;
        let life = Life { started: clock.now(), draining: AtomicBool::new(false) };
        Ok(Self {
            rules: config.media.compile()?,
            allow_origin: config.viewers.allow_origin.parse()?,
            config,
            clock,
            cache,
            origins,
            upstreams,
            metrics,
            ids,
            life: Arc::new(life),
        })
    }

    /// The same edge with another configuration. Nothing of what both share changes by this, the cache's
    /// limits among it.
    ///
    /// # Errors
    /// What the configuration names cannot be used.
    pub(crate) fn succeeded_by(&self, config: Config) -> Result<Self, CoreError> {
        config.check()?;
        let mut ids = self.ids.clone();
        let origins = Origins::new(&config, &mut ids)?;
        Ok(Self {
            rules: config.media.compile()?,
            allow_origin: config.viewers.allow_origin.parse()?,
            clock: self.clock.clone(),
            cache: self.cache.clone(),
            upstreams: self.upstreams.succeeded_by(&origins, &self.metrics)?,
            origins,
            metrics: Arc::clone(&self.metrics),
            ids,
            life: Arc::clone(&self.life),
            config,
        })
    }

    /// What holds for a `kind` of object where the origin says nothing.
    pub(crate) fn defaults(&self, kind: Kind) -> Defaults<'_> {
        self.config.cache.defaults(kind)
    }

    /// How long the edge has been there.
    pub(crate) fn uptime(&self) -> Duration {
        self.clock.now().saturating_duration_since(self.life.started)
    }

    /// From now on the edge is not ready.
    pub(crate) fn drain(&self) {
        self.life.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the edge is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        self.life.draining.load(Ordering::Relaxed)
    }
}

/// Why an edge cannot be built from its configuration.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The parts of the configuration do not fit together.
    #[error(transparent)]
    Config(#[from] config::Faults),
    /// A rule for URLs.
    #[error(transparent)]
    Rules(#[from] media::pattern::RuleError),
    /// An origin.
    #[error(transparent)]
    Origin(#[from] StartError),
    /// One origin too many.
    #[error(transparent)]
    Origins(#[from] OutOfOriginIds),
    /// `viewers.allow-origin`.
    #[error("viewers.allow-origin: {0}")]
    AllowOrigin(#[from] http::header::InvalidHeaderValue),
}

/// The cache's limits, as the configuration says.
pub(crate) fn limits(cache: &config::Cache) -> Limits {
    Limits {
        memory: cache.memory.get(),
        followers_per_fill: cache.max_followers,
        fills: cache.max_fills,
        private_for: cache.private_mark.get(),
    }
}

/// A member of `CDN-Loop` that no other edge has, and that says nothing about this one.
fn instance() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("spokecast; id={:016x}", RandomState::new().hash_one(0))
}
