//! What every request of one edge shares.
//!
//! A [`Core`] is built from one configuration and never changes. A request or a fill holds the one that it began
//! with to its end; another configuration makes a successor, to which everything that has to outlive a
//! configuration passes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::HeaderValue;
use media::url::{Kind, Rules};
use segment_cache::freshness::Defaults;
use segment_cache::{Cache, Limits};
use telemetry::recorder::Recorder;
use telemetry::viewers::NoRandomness;

use crate::admission::Admission;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::locate::key::KeyFileError;
use crate::locate::{self, Locator, Nonces};
use crate::metrics::Metrics;
use crate::numbers::Numbers;
use crate::offices::{MapError, Offices};
use crate::origins::{OriginIds, Origins, OutOfOriginIds};
use crate::recording;
use crate::redirect::members::Members;
use crate::redirect::{Checks, Windows};
use crate::report::{Reports, ReportsError};
use crate::tls::acme::{Acme, AcmeError, Tokens};
use crate::tls::{Certificates, Tls, TlsError};
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
    /// The map of offices, if there is one.
    pub offices: Option<Offices>,
    /// Who is served.
    pub admission: Admission,
    /// What tells portals where viewers are, if it does.
    pub locator: Option<Locator>,
    /// The edges of the map, and which of them are there.
    pub members: Arc<Members>,
    /// What asks them, where viewers are sent to them.
    pub checks: Option<Checks>,
    /// When each viewer's window begins.
    pub windows: Arc<Windows>,
    /// What counts what viewers watch, if anything does.
    pub recorder: Option<Arc<Recorder>>,
    /// The reports that leave the site, if any do.
    pub reports: Option<Arc<Reports>>,
    /// What manifests said of URLs.
    pub numbers: Arc<Numbers>,
    /// What the edge shows viewers of itself over TLS, if it does.
    pub tls: Option<Arc<Tls>>,
    /// What gets and renews a certificate, if anything does.
    pub acme: Option<Arc<Acme>>,
    /// Which of the edge's configurations this is.
    pub generation: u64,
    ids: OriginIds,
    life: Arc<Life>,
}

/// The edge's own course, whatever its configuration.
#[derive(Debug)]
struct Life {
    started: Instant,
    draining: AtomicBool,
    nonces: Arc<Nonces>,
    /// The first recorder that a configuration asked for.
    recorder: OnceLock<Arc<Recorder>>,
    /// Whoever finishes a window of it.
    finishing: Arc<tokio::sync::Mutex<()>>,
    /// What the edge shows of itself over TLS: what was acquired outlives a configuration.
    certificates: Arc<Certificates>,
    /// What shows a certificate authority over HTTP that a name is ours.
    tokens: Arc<Tokens>,
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
        let nonces = Arc::new(locate::nonces(clock.now()));
        let life = Life {
            started: clock.now(),
            draining: AtomicBool::new(false),
            nonces,
            recorder: OnceLock::new(),
            finishing: Arc::default(),
            certificates: Arc::default(),
            tokens: Arc::default(),
        };
        let offices = Offices::load(&config.map)?;
        Ok(Self {
            admission: Admission::new(&config),
            locator: Locator::new(&config.locator, &life.nonces)?,
            members: Arc::default(),
            checks: checks(&config, offices.as_ref())?,
            windows: Arc::default(),
            recorder: recording::recorder(&config, &clock, None)?,
            reports: None,
            numbers: Arc::default(),
            tls: Tls::load(&config.tls, &life.certificates, None, &clock)?,
            acme: None,
            generation: 0,
            offices,
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
        let offices = Offices::load(&config.map)?;
        Ok(Self {
            admission: Admission::new(&config),
            locator: Locator::new(&config.locator, &self.life.nonces)?,
            members: Arc::clone(&self.members),
            checks: checks(&config, offices.as_ref())?,
            windows: Arc::clone(&self.windows),
            recorder: recording::recorder(&config, &self.clock, self.counting())?,
            reports: self.reports_after(&config)?,
            numbers: Arc::clone(&self.numbers),
            tls: Tls::load(&config.tls, &self.life.certificates, self.tls.as_deref(), &self.clock)?,
            acme: self.acme_after(&config)?,
            generation: self.generation + 1,
            offices,
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

    /// Opens the folder where reports wait, if any leave: of an edge that runs, for nobody else may have it then.
    ///
    /// # Errors
    /// The folder, or what is needed to reach the collector, cannot be used.
    pub(crate) fn open_reports(&mut self) -> Result<(), CoreError> {
        self.reports = self.reports_after(&self.config)?;
        Ok(())
    }

    fn reports_after(&self, config: &Config) -> Result<Option<Arc<Reports>>, CoreError> {
        let before = self.reports.as_deref();
        let reports = Reports::open(before, &config.telemetry, &self.clock, &self.metrics)?;
        Ok(reports.map(Arc::new))
    }

    /// Opens the folder where a certificate is kept that the edge gets itself, if it does: of an edge that runs, for nobody
    /// else may have it then.
    ///
    /// # Errors
    /// The folder, or what is needed to reach the authority, cannot be used.
    pub(crate) fn open_acme(&mut self) -> Result<(), CoreError> {
        self.acme = self.acme_after(&self.config)?;
        Ok(())
    }

    fn acme_after(&self, config: &Config) -> Result<Option<Arc<Acme>>, CoreError> {
        Ok(Acme::open(self.acme.as_deref(), &config.tls.acme, &self.clock)?.map(Arc::new))
    }

    /// What shows a certificate authority over HTTP that a name is ours.
    pub(crate) fn tokens(&self) -> &Arc<Tokens> {
        &self.life.tokens
    }

    /// The certificates that the edge shows.
    pub(crate) fn certificates(&self) -> &Arc<Certificates> {
        &self.life.certificates
    }

    /// From now on handshakes are made with the certificates of this configuration.
    pub(crate) fn show_certificates(&self) {
        self.life.certificates.set_files(self.tls.as_deref().map_or(&[], Tls::files));
        if let Some(kept) = self.acme.as_deref().and_then(Acme::kept)
            && let Err(error) = self.life.certificates.set_acquired(Some(kept))
        {
            tracing::error!(%error, "the certificate that is kept cannot be shown");
        }
    }

    /// What holds for a `kind` of object where the origin says nothing.
    pub(crate) fn defaults(&self, kind: Kind) -> Defaults<'_> {
        self.config.cache.defaults(kind)
    }

    /// This configuration holds from now on.
    pub(crate) fn begin(&self) {
        let map = self.offices.as_ref().map(Offices::map);
        self.members.follow(map.filter(|_| self.checks.is_some()), self.now_ms());
        let (there, gone) = self.members.count();
        self.metrics.whereabouts.set_members(there, gone);
        self.metrics.whereabouts.set_map_rows(map.map_or(0, mapper::SiteMap::rows));
        self.metrics.config_loaded(self.clock.wall());
    }

    /// Viewers are counted as this configuration says from now on.
    pub(crate) fn begin_counting(&self) {
        if let (Some(recorder), Some(settings)) =
            (&self.recorder, recording::settings(&self.config.telemetry))
        {
            self.life.recorder.get_or_init(|| Arc::clone(recorder));
            recorder.reconfigure(settings);
        } else if let Some(recorder) = self.counting() {
            recorder.stop(recording::now(&self.clock));
        }
    }

    /// What has counted, also when this configuration wants no counts: its last window has to end.
    pub(crate) fn counting(&self) -> Option<&Arc<Recorder>> {
        self.life.recorder.get()
    }

    /// Held by whoever finishes a window of counts.
    pub(crate) fn finishing(&self) -> &Arc<tokio::sync::Mutex<()>> {
        &self.life.finishing
    }

    /// How long the edge has been there, in milliseconds.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.uptime().as_millis()).unwrap_or(u64::MAX)
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

/// What asks the edges of the map whether they are there: where viewers are sent to them.
fn checks(config: &Config, offices: Option<&Offices>) -> Result<Option<Checks>, StartError> {
    let Some(offices) = offices.filter(|_| config.redirect.enabled) else {
        return Ok(None);
    };
    let needs_tls = offices.map().edges().iter().any(|edge| edge.url.starts_with("https:"));
    Checks::new(config.redirect.ca_file.as_deref(), needs_tls).map(Some)
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
    /// A certificate, or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// What gets a certificate.
    #[error(transparent)]
    Acme(#[from] AcmeError),
    /// The map of offices.
    #[error(transparent)]
    Map(#[from] MapError),
    /// What viewers are counted with.
    #[error("telemetry: {0}")]
    Recorder(#[from] NoRandomness),
    /// The key that statements are signed with.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// What leaves the site.
    #[error(transparent)]
    Reports(#[from] ReportsError),
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
