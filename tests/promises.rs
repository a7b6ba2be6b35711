//! `PRIVACY.md` is true: its example is what comes out, and its settings are those that hold unless others are set.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use edge::config::LocalView;
use edge::{Clock, Config};
use telemetry::bucket::Width;
use telemetry::event::Event;
use telemetry::recorder::{Keep, Now, Recorder, Settings};
use telemetry::viewers::{Family, Viewer};

const PAGE: &str = include_str!("../PRIVACY.md");

/// 2026-11-21T10:15Z.
const BEGIN: Duration = Duration::from_mins(29_920_935);

/// A row of the example's table.
struct Row {
    segment: u64,
    requests: u8,
    viewers: u8,
    /// Whether they are others than those above.
    are_others: bool,
}

fn rows() -> Vec<Row> {
    let (_, example) = PAGE.split_once("## The threshold: one example").expect("there is one");
    let rows = example.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let first = |cell: &str| cell.split(' ').next().unwrap_or_default().to_owned();
        Some(Row {
            segment: cells.get(1)?.parse().ok()?,
            requests: cells.get(2)?.parse().ok()?,
            viewers: first(cells.get(3)?).parse().ok()?,
            are_others: cells.get(3)?.contains("other"),
        })
    });
    rows.collect()
}

#[test]
fn the_example_is_what_comes_out() {
    let (clock, _) = Clock::by_hand_from(SystemTime::UNIX_EPOCH + BEGIN);
    let now = Now { monotonic: clock.now(), wall: clock.wall() };
    let settings = Settings { threshold: 5, width: Width::DEFAULT, max_cells: 1000, keep: Keep::Everything };
    let recorder = Recorder::new(settings, now).expect("random numbers");
    let record = |entry: &str, number, viewer: u8| {
        let event = Event::Segment { entry: Arc::from(entry), number };
        recorder.record(event, Some(Viewer::new(Family::Four, &[10, 0, 0, viewer])));
    };
    let rows = rows();
    assert_eq!(rows.len(), 5);
    for Row { segment, requests, viewers, are_others } in rows {
        let first = if are_others { 100 } else { 0 };
        (0..requests).for_each(|request| record("1_townhall", segment, first + request % viewers));
    }
    (0..240).for_each(|request: u8| record("1_interview", u64::from(request / 4), request % 4));
    recorder.end_window(now);
    let settled = recorder.turn(now).expect("it is over").settle();
    let reports = settled.reports(&"munich".parse().expect("a site"));

    let (_, example) = PAGE.split_once("<!-- example -->\n```json\n").expect("there is one");
    let (example, _) = example.split_once("\n```").expect("it ends");
    let [report] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(String::from_utf8(report.encode()).expect("text"), example);
}

#[test]
fn the_settings_are_those_that_it_names() {
    let config = Config::for_origin("https://cdn.example.com".parse().expect("a URL"));
    let telemetry = &config.telemetry;
    assert!(telemetry.enabled && telemetry.upstream.to.is_none());
    assert_eq!(telemetry.local_view, LocalView::Exact);
    assert_eq!((telemetry.threshold, telemetry.window.get()), (5, Duration::from_mins(15)));
    assert_eq!((telemetry.audit_files, telemetry.max_audit_file.get()), (16, 16 << 20));
    assert_eq!(telemetry.max_spool.get(), 64 << 20);
    assert!(!config.viewers.cache_status && !config.watch.activity);
    assert!(config.admin.listen.ip().is_loopback() && config.proxies.trusted.is_empty());
    assert!(config.origin[0].methods.is_empty() && config.origin[0].query.len() == 3);
    for promise in [
        "| `telemetry.enabled` | `true`",
        "| `telemetry.local-view` | `\"exact\"` |",
        "| `telemetry.upstream.to` | none: nothing leaves |",
        "| `telemetry.threshold` | 5 |",
        "| `telemetry.window` | 15 minutes |",
        "| 17 files of 16 MiB |",
        "at most 64 MiB",
        "| `viewers.cache-status` | `false`",
        "| `watch.activity` | `false` |",
        "| `proxies.trusted` | none |",
    ] {
        assert!(PAGE.contains(promise), "{promise}");
    }
}
