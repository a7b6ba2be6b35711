//! When reports leave, into a folder, with a clock moved by hand and chance that is known.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use futures_util::TryStreamExt as _;
use segment_cache::{Cache, Limits};
use telemetry::audit::Event;
use telemetry::bucket::{Bucket, Width};
use telemetry::report::{Cell, Report, Segments};
use tempfile::TempDir;

use super::*;
use crate::clock::Hand;
use crate::config::{self, ByteSize, Destination, Period};
use crate::metrics::{Metrics, ReportEvent};
use crate::report::{CommitError, Random, Status};

const SECOND: Duration = Duration::from_secs(1);

/// Reports that go from one folder to another.
struct Site {
    folder: TempDir,
    config: config::Telemetry,
    clock: Clock,
    hand: Hand,
    metrics: Arc<Metrics>,
    reports: Arc<Reports>,
    course: Course,
}

/// Half of all there can be.
fn half() -> u64 {
    1 << 63
}

fn most() -> u64 {
    u64::MAX
}

impl Site {
    async fn new(random: Random) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("to")).unwrap();
        let limits =
            Limits { memory: 16 << 20, followers_per_fill: 1, fills: 1, private_for: Duration::ZERO };
        let metrics = Arc::new(Metrics::new(&Cache::new(limits)));
        let (clock, hand) = Clock::by_hand_from(SystemTime::UNIX_EPOCH);
        let config = config::Telemetry {
            folder: Some(folder.path().join("state")),
            max_spool: ByteSize::mib(4),
            upstream: config::Upstream {
                to: Some(Destination::Folder(folder.path().join("to"))),
                spread: Period::of(60 * SECOND),
                ..config::Upstream::default()
            },
            ..config::Telemetry::default()
        };
        let reports = Reports::with_random(None, &config, &clock, &metrics, random).unwrap().unwrap();
        let mut site = Self {
            folder,
            config,
            clock,
            hand,
            metrics,
            reports: Arc::new(reports),
            course: Course::default(),
        };
        site.course.follow(Some(&site.reports)).await;
        site
    }

    /// Other reports in their place, as after a reload.
    fn replace(&mut self, random: Random) {
        let reports =
            Reports::with_random(Some(&self.reports), &self.config, &self.clock, &self.metrics, random);
        self.reports = Arc::new(reports.unwrap().unwrap());
    }

    async fn commit(&self, window: u32) {
        self.reports.commit(vec![report(window, 2)]).await.unwrap();
    }

    async fn step(&mut self) -> Next {
        self.course.step(&self.clock).await
    }

    /// Whether nothing is to be done until `seconds` from now; the system's clock runs on.
    async fn waits(&mut self, seconds: u32) -> bool {
        let left = match self.step().await {
            Next::At(moment) => moment.saturating_duration_since(self.clock.now()),
            Next::Reports => return false,
        };
        left <= SECOND * seconds && left + SECOND > SECOND * seconds
    }

    fn delivered(&self) -> usize {
        fs::read_dir(self.to()).map_or(0, Iterator::count)
    }

    fn to(&self) -> std::path::PathBuf {
        self.folder.path().join("to")
    }
}

fn report(window: u32, cells: u64) -> Report {
    let cell =
        |number| Cell { entry: "e".repeat(64).parse().unwrap(), segments: Segments::One(number), count: 5 };
    let wall = SystemTime::UNIX_EPOCH + Width::DEFAULT.duration() * window;
    Report {
        site: "munich".parse().unwrap(),
        bucket: Bucket::of(wall, Width::DEFAULT),
        width: Width::DEFAULT,
        cells: (0..cells).map(cell).collect(),
    }
}

#[tokio::test]
async fn a_window_leaves_at_a_moment_of_its_own() {
    let mut site = Site::new(half).await;
    assert_eq!(site.step().await, Next::Reports);
    site.commit(0).await;
    assert!(site.waits(30).await);
    site.hand.advance(29 * SECOND);
    // What comes meanwhile neither goes with it nor keeps it back.
    site.commit(1).await;
    assert!(site.waits(1).await);
    assert_eq!(site.delivered(), 0);
    site.hand.advance(SECOND);
    site.step().await;
    assert_eq!(site.delivered(), 1);
    assert!(site.waits(29).await);
    site.hand.advance(29 * SECOND);
    site.step().await;
    assert_eq!(site.delivered(), 2);
    assert_eq!(site.step().await, Next::Reports);
}

#[tokio::test]
async fn what_waits_from_before_does_not_leave_in_the_moment_of_the_start() {
    let mut site = Site::new(half).await;
    site.commit(0).await;
    site.reports.close(None);
    let reports = Reports::with_random(None, &site.config, &site.clock, &site.metrics, half);
    site.reports = Arc::new(reports.unwrap().unwrap());
    site.course.follow(Some(&site.reports)).await;
    assert!(site.waits(30).await);
    site.hand.advance(30 * SECOND);
    site.step().await;
    assert_eq!(site.delivered(), 1);
}

#[tokio::test]
async fn a_wrong_destination_is_asked_again_after_the_longest_pause_or_a_reload() {
    let mut site = Site::new(most).await;
    fs::remove_dir(site.to()).unwrap();
    site.commit(0).await;
    site.hand.advance(60 * SECOND);
    site.step().await;
    assert!(site.waits(900).await);
    fs::create_dir(site.to()).unwrap();
    site.replace(most);
    let reports = Arc::clone(&site.reports);
    site.course.follow(Some(&reports)).await;
    site.step().await;
    assert_eq!(site.delivered(), 1);
}

#[tokio::test]
async fn at_the_end_all_leaves_whatever_its_moment() {
    let mut site = Site::new(most).await;
    site.commit(0).await;
    site.commit(1).await;
    assert!(site.waits(60).await);
    let clock = site.clock.clone();
    site.course.last_try(&clock).await;
    assert_eq!(site.delivered(), 2);
}

#[tokio::test]
async fn what_was_sent_is_told_newest_first_and_as_it_is() {
    let mut site = Site::new(half).await;
    for window in 0..2 {
        site.commit(window).await;
        site.hand.advance(30 * SECOND);
        site.step().await;
    }
    let page = site.reports.sent_page(1, None).await.unwrap();
    let [sent] = &page.sent[..] else { panic!("{page:?}") };
    let Event::Sent { to, fields, report: text } = &sent.entry.event else { panic!("{page:?}") };
    assert_eq!(sent.after[0].event, Event::Answered { outcome: "written".into() });
    assert_eq!((to.as_str(), fields.as_slice()), (site.to().to_str().unwrap(), &[][..]));
    assert_eq!(text.as_bytes(), report(1, 2).encode());
    assert!(page.more.is_some());
    let rest = site.reports.sent_page(1, page.more).await.unwrap();
    assert_eq!((rest.sent.len(), rest.more), (1, None));
    assert!(rest.sent[0].entry.key != sent.entry.key);
    let raw: Vec<_> = site.reports.sent_raw().try_collect::<Vec<_>>().await.unwrap().concat();
    let file = site.folder.path().join("state/audit/audit.jsonl");
    assert_eq!(raw, fs::read(file).unwrap());
}

#[tokio::test]
async fn what_finds_no_room_is_counted() {
    let site = Site::new(half).await;
    let mut status =
        Status { to: site.to().display().to_string(), reports: 0, bytes: 0, dropped: 0, refused: 0 };
    assert_eq!(site.reports.status(), status);
    // More than a mebibyte each, and there is room for four.
    for window in 0..6 {
        site.reports.commit(vec![report(window, 10_000)]).await.unwrap();
    }
    (status.reports, status.dropped) = (3, 3);
    let now = site.reports.status();
    assert!((3 << 20..=4 << 20).contains(&now.bytes), "{now:?}");
    assert_eq!(Status { bytes: 0, ..now }, status);
    let text = site.metrics.text();
    for sample in [
        "spokecast_reports_total{result=\"dropped\"} 3",
        "spokecast_reports_waiting 3",
        "spokecast_report_oldest_timestamp_seconds 2700",
    ] {
        assert!(text.contains(sample), "{sample}\n{text}");
    }
}

#[tokio::test]
async fn a_file_that_is_damaged_is_counted_and_passed_over() {
    let mut site = Site::new(half).await;
    site.commit(0).await;
    site.commit(1).await;
    site.reports.close(None);
    let spool = site.folder.path().join("state/spool");
    fs::write(spool.join("window-0000000000000001.spool"), "torn").unwrap();
    let reports = Reports::with_random(None, &site.config, &site.clock, &site.metrics, half);
    site.reports = Arc::new(reports.unwrap().unwrap());
    site.course.follow(Some(&site.reports)).await;
    assert_eq!(site.metrics.reports.counted(ReportEvent::Damaged), 1);
    site.hand.advance(30 * SECOND);
    site.step().await;
    assert_eq!((site.delivered(), site.step().await), (1, Next::Reports));
}

#[tokio::test]
async fn reports_that_come_too_late_for_a_folder_are_given_back() {
    let mut site = Site::new(half).await;
    let old = Arc::clone(&site.reports);
    site.config.folder = Some(site.folder.path().join("elsewhere"));
    site.replace(half);
    old.close(Some(&site.reports));
    match old.commit(vec![report(0, 2)]).await {
        Err(CommitError::Gone(reports)) => site.reports.commit(reports).await.unwrap(),
        other => panic!("{other:?}"),
    }
    assert_eq!(site.reports.status().reports, 1);
    assert!(is_free(&site.folder.path().join("state")), "others may have the folder now");
    assert!(!is_free(&site.folder.path().join("elsewhere")));
}

fn is_free(folder: &Path) -> bool {
    let limits = telemetry::spool::Limits { max_bytes: 4 << 20 };
    let disk = Arc::new(telemetry::disk::RealDisk);
    telemetry::spool::Spool::open(disk, &folder.join("spool"), limits).is_ok()
}
