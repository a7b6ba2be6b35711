//! What is counted, for Prometheus and for the watch page's panel.
//!
//! Labels are closed sets, or names that the operator chose: no entry, no viewer's address, no path ever becomes one. The table in
//! `deploy/metrics.md` lists every name; a test compares.

mod acme;
mod certificates;
mod meter;
mod reports;
mod telemetry;
mod whereabouts;

use std::time::{Duration, SystemTime};

use media::url::Kind;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use segment_cache::{Cache, FillError};

pub(crate) use acme::AcmeMetrics;
pub(crate) use certificates::CertificateMetrics;
pub(crate) use meter::Meter;
pub(crate) use reports::{ReportEvent, ReportMetrics};
pub(crate) use telemetry::Telemetry;
pub(crate) use whereabouts::{Destination, Whereabouts};

/// How a request for media was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Stored and fresh.
    Hit,
    /// Read along with a fill that another request had started.
    Join,
    /// Started a fill.
    Fill,
    /// Stored, and the origin said that it is still right.
    Revalidated,
    /// Stored and stale, where that is allowed.
    Stale,
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Vec<[IntCounter; Kind::ALL.len()]>,
    sent: Vec<IntCounter>,
    first_byte: Vec<Histogram>,
    refused: IntCounterVec,
    origin_requests: IntCounterVec,
    origin_bytes: IntCounterVec,
    connections_total: IntCounterVec,
    protocols: [IntCounter; 3],
    /// Connections that are open.
    pub connections: IntGauge,
    /// Where viewers are, and where they are sent.
    pub whereabouts: Whereabouts,
    /// What is counted for reports.
    pub telemetry: Telemetry,
    /// What becomes of reports.
    pub reports: ReportMetrics,
    /// What becomes of certificates that the edge gets itself.
    pub acme: AcmeMetrics,
    /// When certificates end.
    pub certificates: CertificateMetrics,
    config_reloads: [IntCounter; 2],
    config_loaded: IntGauge,
    cache: Cache,
    gauges: CacheGauges,
}

#[derive(Debug)]
struct CacheGauges {
    objects: IntGauge,
    stored: IntGauge,
    held: IntGauge,
    limit: IntGauge,
    fills: IntGauge,
}

/// Counters of one origin.
#[derive(Clone, Debug)]
pub(crate) struct OriginMetrics {
    requests: IntCounterVec,
    name: String,
    /// Body bytes received.
    pub bytes: IntCounter,
}

/// How a connection came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionEvent {
    /// It was taken.
    Accepted,
    /// There were too many.
    Refused,
    /// There were too many from the same address.
    RefusedAddress,
    /// It sent no whole request head in time.
    HeaderTimeout,
    /// It was idle for too long.
    IdleTimeout,
    /// It took no byte of a response for too long.
    WriteTimeout,
    /// A trusted proxy sent no header of the PROXY protocol before the first request, or a malformed one.
    NoProxyHeader,
    /// A handshake of TLS failed.
    NoHandshake,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Over HTTP/1.1, or 1.0.
    Http1,
    /// Over HTTP/2.
    Http2,
    /// Over HTTP/3.
    Http3,
}

impl Protocol {
    /// That of a request's version.
    pub(crate) fn of(version: http::Version) -> Self {
        match version {
            http::Version::HTTP_3 => Self::Http3,
            http::Version::HTTP_2 => Self::Http2,
            _ => Self::Http1,
        }
    }
}

const OUTCOMES: [Outcome; 5] =
    [Outcome::Hit, Outcome::Join, Outcome::Fill, Outcome::Revalidated, Outcome::Stale];

/// What becomes of a configuration that comes while the edge runs.
const RELOADS: [&str; 2] = ["ok", "refused"];

/// Upper bounds in seconds, from a hit in memory to a distant origin's patience.
const FIRST_BYTE_BUCKETS: [f64; 12] =
    [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

impl Outcome {
    /// The label's value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Join => "join",
            Self::Fill => "fill",
            Self::Revalidated => "revalidated",
            Self::Stale => "stale",
        }
    }

    fn index(self) -> usize {
        OUTCOMES.iter().position(|outcome| *outcome == self).unwrap_or_default()
    }
}

impl ConnectionEvent {
    /// The label's value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::RefusedAddress => "refused-address",
            Self::HeaderTimeout => "header-timeout",
            Self::IdleTimeout => "idle-timeout",
            Self::WriteTimeout => "write-timeout",
            Self::NoProxyHeader => "no-proxy-header",
            Self::NoHandshake => "no-handshake",
        }
    }
}

impl Metrics {
    /// Counters at zero; the gauges of `cache` are read when they are asked for.
    pub(crate) fn new(cache: &Cache) -> Self {
        let registry = Registry::new();
        let register = Register(&registry);
        let requests = register.counters(
            "spokecast_requests_total",
            "Requests for media that were answered.",
            &["outcome", "kind"],
        );
        let sent =
            register.counters("spokecast_sent_bytes_total", "Body bytes sent to viewers.", &["outcome"]);
        let first_byte = register.histograms(
            "spokecast_first_byte_seconds",
            "Time from a request's head to the first byte of the answer's body.",
            &["outcome"],
        );
        let build =
            register.counters("spokecast_build_info", "Always 1; the label tells the version.", &["version"]);
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).inc();
        let protocols = register.counters(
            "spokecast_protocol_requests_total",
            "Viewers' requests, by protocol.",
            &["protocol"],
        );
        let config_reloads = register.counters(
            "spokecast_config_reloads_total",
            "Configurations given to the running edge.",
            &["result"],
        );
        Self {
            requests: OUTCOMES
                .iter()
                .map(|outcome| {
                    Kind::ALL.map(|kind| requests.with_label_values(&[outcome.as_str(), kind.as_str()]))
                })
                .collect(),
            sent: OUTCOMES.iter().map(|outcome| sent.with_label_values(&[outcome.as_str()])).collect(),
            first_byte: OUTCOMES
                .iter()
                .map(|outcome| first_byte.with_label_values(&[outcome.as_str()]))
                .collect(),
            refused: register.counters(
                "spokecast_refused_total",
                "Requests answered with an error of the edge.",
                &["status"],
            ),
            origin_requests: register.counters(
                "spokecast_origin_requests_total",
                "Requests to origins, by what came of them.",
                &["origin", "result"],
            ),
            origin_bytes: register.counters(
                "spokecast_origin_bytes_total",
                "Body bytes received from origins.",
                &["origin"],
            ),
            connections_total: register.counters(
                "spokecast_connections_total",
                "Viewers' connections, by event.",
                &["event"],
            ),
            connections: register.gauge("spokecast_connections", "Viewers' connections that are open."),
            protocols: ["h1", "h2", "h3"].map(|protocol| protocols.with_label_values(&[protocol])),
            whereabouts: Whereabouts::new(&register),
            telemetry: Telemetry::new(&register),
            reports: ReportMetrics::new(&register),
            acme: AcmeMetrics::new(&register),
            certificates: CertificateMetrics::new(&register),
            config_reloads: RELOADS.map(|result| config_reloads.with_label_values(&[result])),
            config_loaded: register.gauge(
                "spokecast_config_loaded_timestamp_seconds",
                "Since when the configuration holds, in Unix time.",
            ),
            gauges: CacheGauges {
                objects: register.gauge("spokecast_cache_objects", "Stored objects."),
                stored: register.gauge("spokecast_cache_stored_bytes", "Bytes of stored objects."),
                held: register.gauge(
                    "spokecast_cache_held_bytes",
                    "Bytes held by stored objects, objects being sent, and fills.",
                ),
                limit: register.gauge("spokecast_cache_limit_bytes", "Bound on spokecast_cache_held_bytes."),
                fills: register.gauge("spokecast_fills", "Fills under way."),
            },
            cache: cache.clone(),
            registry,
        }
    }

    /// The counters of one origin.
    pub(crate) fn origin(&self, name: &str) -> OriginMetrics {
        let bytes = self.origin_bytes.with_label_values(&[name]);
        OriginMetrics { requests: self.origin_requests.clone(), name: name.into(), bytes }
    }

    /// Counts an answer with an error of the edge's own.
    pub(crate) fn count_refusal(&self, status: http::StatusCode) {
        self.refused.with_label_values(&[status.as_str()]).inc();
    }

    /// Counts something that happened to a connection.
    pub(crate) fn count_connection(&self, event: ConnectionEvent) {
        self.connections_total.with_label_values(&[event.as_str()]).inc();
    }

    /// Counts a request that came by `protocol`.
    pub(crate) fn count_protocol(&self, protocol: Protocol) {
        self.protocols[protocol as usize].inc();
    }

    /// Counts a configuration that came while the edge runs: used, or refused.
    pub(crate) fn count_reload(&self, used: bool) {
        self.config_reloads[usize::from(!used)].inc();
    }

    /// Notes since when the configuration holds.
    pub(crate) fn config_loaded(&self, wall: SystemTime) {
        let since = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.config_loaded.set(signed(since.as_secs()));
    }

    /// Counts a request for a `kind` of object.
    pub(crate) fn count_request(&self, outcome: Outcome, kind: Kind) {
        let kind = Kind::ALL.iter().position(|known| *known == kind).unwrap_or_default();
        self.requests[outcome.index()][kind].inc();
    }

    /// Counts the time to the first byte of an answer.
    pub(crate) fn count_first_byte(&self, outcome: Outcome, waited: Duration) {
        self.first_byte[outcome.index()].observe(waited.as_secs_f64());
    }

    /// Counts body bytes sent to a viewer.
    pub(crate) fn count_sent(&self, outcome: Outcome, bytes: u64) {
        self.sent[outcome.index()].inc_by(bytes);
    }

    /// Requests that were answered with `outcome`.
    pub(crate) fn requests(&self, outcome: Outcome) -> u64 {
        self.requests[outcome.index()].iter().map(IntCounter::get).sum()
    }

    /// Body bytes sent to viewers with `outcome`.
    pub(crate) fn sent_bytes(&self, outcome: Outcome) -> u64 {
        self.sent[outcome.index()].get()
    }

    /// Mean time to first byte with `outcome`, in milliseconds; `None` before the first.
    pub(crate) fn first_byte_ms(&self, outcome: Outcome) -> Option<f64> {
        let histogram = &self.first_byte[outcome.index()];
        let count = u32::try_from(histogram.get_sample_count()).unwrap_or(u32::MAX);
        (count > 0).then(|| histogram.get_sample_sum() / f64::from(count) * 1000.0)
    }

    /// Requests answered with an error of the edge.
    pub(crate) fn refusals(&self) -> u64 {
        sum(&self.refused)
    }

    /// Body bytes received from all origins.
    pub(crate) fn origin_bytes(&self) -> u64 {
        sum(&self.origin_bytes)
    }

    /// Everything in Prometheus' text format.
    pub(crate) fn text(&self) -> String {
        let totals = self.cache.totals();
        self.gauges.objects.set(signed(totals.objects));
        self.gauges.stored.set(signed(totals.stored_bytes));
        self.gauges.held.set(signed(totals.held_bytes));
        self.gauges.limit.set(signed(self.cache.memory()));
        self.gauges.fills.set(signed(totals.fills as u64));
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

impl OriginMetrics {
    /// Counts a request by its result.
    pub(crate) fn count<T>(&self, result: &Result<T, FillError>) {
        let result = match result {
            Ok(_) => "answered",
            Err(FillError::TimedOut) => "timed-out",
            Err(FillError::Unreachable) => "unreachable",
            Err(FillError::Overloaded) => "overloaded",
            Err(_) => "invalid",
        };
        self.requests.with_label_values(&[&self.name, result]).inc();
    }
}

fn sum(counters: &IntCounterVec) -> u64 {
    use prometheus::core::Collector;
    let families = counters.collect();
    let values = families
        .iter()
        .flat_map(prometheus::proto::MetricFamily::get_metric)
        .map(|metric| metric.get_counter().get_value());
    // Counters of whole numbers, kept as floats in the exchange format.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a counter is whole and not negative"
    )]
    values.map(|value| value as u64).sum()
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Registers metrics with fixed, distinct names, which therefore cannot be refused.
struct Register<'r>(&'r Registry);

impl Register<'_> {
    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.registered(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn histograms(&self, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(FIRST_BYTE_BUCKETS.to_vec());
        self.registered(HistogramVec::new(options, labels))
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.registered(IntCounter::new(name, help))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.registered(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::new(name, help))
    }

    #[expect(clippy::expect_used, reason = "names are constants of this file, and a test registers them all")]
    fn registered<C: prometheus::core::Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let metric = made.expect("a valid name");
        self.0.register(Box::new(metric.clone())).expect("a name used once");
        metric
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_metric_stands_in_the_documented_table() {
        let limits = segment_cache::Limits {
            memory: 16 << 20,
            followers_per_fill: 1,
            fills: 1,
            private_for: Duration::ZERO,
        };
        let metrics = Metrics::new(&Cache::new(limits));
        metrics.origin("main").count::<()>(&Err(FillError::TimedOut));
        metrics.count_refusal(http::StatusCode::NOT_FOUND);
        metrics.count_connection(ConnectionEvent::Accepted);
        metrics.certificates.note([("edge.example", SystemTime::UNIX_EPOCH)].into_iter());
        let table = include_str!("../../../deploy/metrics.md");
        let text = metrics.text();
        let names: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        assert!(names.len() >= 13, "{names:?}");
        for name in names {
            assert!(table.contains(&format!("| `{name}` |")), "{name} is missing in deploy/metrics.md");
        }
        assert_eq!(metrics.refusals(), 1);
    }
}
