//! An edge at which reports wait, with a clock moved by hand.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use edge::clock::Hand;
use edge::config::{Config, Destination, Period};
use edge::{Clock, Edge};
use telemetry::bucket::{Bucket, Width};
use telemetry::disk::RealDisk;
use telemetry::report::{Cell, Report, Segments};
use telemetry::spool::{Key, Limits, Sealed, Spool};
use tempfile::TempDir;

use crate::world::{Viewer, config_for, within};

/// A quarter of an hour.
pub(super) const WINDOW: Duration = Duration::from_mins(15);

/// The edge and its folder.
pub(super) struct Site {
    pub(super) folder: TempDir,
    pub(super) edge: Edge,
    pub(super) hand: Hand,
    /// What the edge was started with.
    pub(super) config: Config,
}

/// 2026-11-22T00:00:00Z, where the clock stands until the hand moves it.
pub(super) fn midnight() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(498_696)
}

/// The report of the `index`-th window of the day before, with so many cells.
pub(super) fn report(index: u32, cells: u64) -> Report {
    let cell = |number| Cell {
        entry: "1_abcd1234".parse().expect("an entry"),
        segments: Segments::One(number),
        count: 5 + number + u64::from(index),
    };
    Report {
        site: "munich".parse().expect("a site"),
        bucket: Bucket::of(midnight() - WINDOW * 96 + WINDOW * index, Width::DEFAULT),
        width: Width::DEFAULT,
        cells: (0..cells).map(cell).collect(),
    }
}

/// Puts windows of one report each into the spool of `folder`, oldest first.
pub(super) fn wait_in(folder: &Path, reports: &[Report]) -> Vec<Sealed> {
    let (mut spool, _) = open(folder);
    let sealed = reports
        .iter()
        .map(|report| Sealed { key: Key::random().expect("randomness"), bytes: report.encode().into() });
    let sealed: Vec<_> = sealed.collect();
    for sealed in &sealed {
        let committed = spool.commit(std::slice::from_ref(sealed)).expect("taken");
        assert!(committed.fault.is_none() && committed.dropped == 0);
    }
    sealed
}

/// The keys of the reports that wait in `folder`, which no edge has open.
pub(super) fn waiting_in(folder: &Path) -> Vec<Key> {
    open(folder).0.waiting().map(|waiting| waiting.key).collect()
}

fn open(folder: &Path) -> (Spool, telemetry::spool::Opened) {
    let limits = Limits { max_bytes: 64 << 20 };
    Spool::open(Arc::new(RealDisk), &folder.join("spool"), limits).expect("a spool")
}

/// A configuration with reports from `folder` to `to`, at once.
pub(super) fn config(folder: &Path, to: &str) -> Config {
    // Nobody watches anything here.
    let mut config = config_for(SocketAddr::from(([127, 0, 0, 1], 9)));
    config.telemetry.site = Some("munich".into());
    config.telemetry.folder = Some(folder.to_owned());
    config.telemetry.upstream.to = Some(Destination::try_from(to.to_owned()).expect("a destination"));
    config.telemetry.upstream.spread = Period::of(Duration::ZERO);
    config
}

impl Site {
    /// An edge at which these wait for being sent to `to`, and how they are sealed.
    pub(super) fn with(
        reports: &[Report],
        to: &str,
        change: impl FnOnce(&mut Config),
    ) -> (Self, Vec<Sealed>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sealed = wait_in(folder.path(), reports);
        let mut config = config(folder.path(), to);
        change(&mut config);
        (Self::start(folder, config), sealed)
    }

    /// The same without a change.
    pub(super) fn new(reports: &[Report], to: &str) -> (Self, Vec<Sealed>) {
        Self::with(reports, to, |_| {})
    }

    /// An edge with what waits in `folder`.
    pub(super) fn start(folder: TempDir, config: Config) -> Self {
        let (clock, hand) = Clock::by_hand_from(midnight());
        let edge = Edge::start(config.clone(), clock).expect("the edge starts");
        Self { folder, edge, hand, config }
    }

    /// `/metrics`.
    pub(super) async fn metrics(&self) -> String {
        Viewer::of(self.edge.admin()).get("/metrics").await.text()
    }

    /// One sample of it.
    pub(super) async fn metric(&self, sample: &str) -> f64 {
        let text = self.metrics().await;
        text.lines().find_map(|line| line.strip_prefix(sample)?.trim().parse().ok()).unwrap_or_default()
    }

    /// Waits until a sample of `/metrics` is `value`.
    pub(super) async fn wait_for(&self, sample: &str, value: f64) {
        let reached = async {
            #[expect(clippy::float_cmp, reason = "both are whole numbers")]
            while self.metric(sample).await != value {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        within(sample, reached).await;
    }

    /// Waits until so many tries had this result.
    pub(super) async fn tried(&self, result: &str, times: u32) {
        self.wait_for(&attempts(result), times.into()).await;
    }

    /// Waits until so many reports became this.
    pub(super) async fn became(&self, result: &str, reports: u32) {
        self.wait_for(&format!("spokecast_reports_total{{result=\"{result}\"}}"), reports.into()).await;
    }

    /// Gives the edge the time to do what it must not do.
    pub(super) async fn idle(&self) {
        for _ in 0..100 {
            self.metrics().await;
        }
    }

    /// The record of what was sent, line by line.
    pub(super) fn record(&self) -> Vec<serde_json::Value> {
        let lines = std::fs::read_to_string(self.record_file()).expect("a record");
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    pub(super) fn record_file(&self) -> PathBuf {
        self.folder.path().join("audit").join("audit.jsonl")
    }

    /// Ends the edge, and gives the folder back.
    pub(super) async fn end(self) -> TempDir {
        within("the end", self.edge.drain()).await;
        self.folder
    }
}

/// The name of the sample of tries with this result.
pub(super) fn attempts(result: &str) -> String {
    format!("spokecast_report_attempts_total{{result=\"{result}\"}}")
}
