//! What is counted, for Prometheus: no site, no entry, no sender. `deploy/metrics.md` lists every name; a test compares.

use std::time::Duration;

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
};

/// How a report was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is on the disk.
    Stored,
    /// It was there.
    Known,
    /// Its key belongs to another.
    Conflict,
    /// It is none, or its head is wrong.
    Malformed,
    /// It has too many bytes.
    TooLarge,
    /// It is in no form that is read here.
    Unsupported,
    /// Without the token.
    Unauthorised,
    /// Its bytes did not come in time, or broke off.
    CutOff,
    /// Too many at once.
    Busy,
    /// The database did not take it.
    Unavailable,
}

impl Outcome {
    const ALL: [Self; 10] = [
        Self::Stored,
        Self::Known,
        Self::Conflict,
        Self::Malformed,
        Self::TooLarge,
        Self::Unsupported,
        Self::Unauthorised,
        Self::CutOff,
        Self::Busy,
        Self::Unavailable,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Known => "known",
            Self::Conflict => "conflict",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::Unsupported => "unsupported",
            Self::Unauthorised => "unauthorised",
            Self::CutOff => "cut-off",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    reports: IntCounterVec,
    cells: IntCounter,
    seconds: Histogram,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let reports = Opts::new("spokecast_collector_reports_total", "Reports, by how they were answered.");
        let reports = IntCounterVec::new(reports, &["result"])?;
        let cells = IntCounter::new("spokecast_collector_cells_total", "Cells of reports that were stored.")?;
        let seconds = "Time from the head of a report to its answer.";
        let seconds = HistogramOpts::new("spokecast_collector_seconds", seconds)
            .buckets(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0]);
        let seconds = Histogram::with_opts(seconds)?;
        registry.register(Box::new(reports.clone()))?;
        registry.register(Box::new(cells.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        for outcome in Outcome::ALL {
            reports.with_label_values(&[outcome.as_str()]);
        }
        Ok(Self { registry, reports, cells, seconds })
    }

    /// One report was answered.
    pub(crate) fn count(&self, outcome: Outcome, took: Duration) {
        self.reports.with_label_values(&[outcome.as_str()]).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// So many cells were stored.
    pub(crate) fn count_cells(&self, cells: usize) {
        self.cells.inc_by(cells as u64);
    }

    /// In Prometheus' text format.
    pub(crate) fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

#[test]
fn every_metric_stands_in_the_documented_table() {
    let table = include_str!("../../../deploy/metrics.md");
    let text = String::from_utf8(Metrics::new().unwrap().text().unwrap()).unwrap();
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    for name in names {
        assert!(table.contains(&format!("| `{name}` |")), "{name} is missing in deploy/metrics.md");
    }
    for outcome in Outcome::ALL {
        let label = format!("`{}`", outcome.as_str());
        assert!(table.contains(&label), "{label} is missing in deploy/metrics.md");
        assert!(text.contains(&format!("result=\"{}\"", outcome.as_str())));
    }
}
