use std::sync::Barrier;

use super::*;
use crate::report::Segments;
use crate::viewers::Family;

fn settings() -> Settings {
    Settings { threshold: 3, width: Width::DEFAULT, max_cells: 1000, keep: Keep::Everything }
}

/// A quarter past ten, and so many seconds; unit tests have no other clock.
#[expect(clippy::disallowed_methods, reason = "any moment will do as the first")]
fn now() -> Now {
    Now { monotonic: Instant::now(), wall: SystemTime::UNIX_EPOCH + Duration::from_mins(29_920_935) }
}

fn later(now: Now, seconds: u64) -> Now {
    let by = Duration::from_secs(seconds);
    Now { monotonic: now.monotonic + by, wall: now.wall + by }
}

fn watch(recorder: &Recorder, number: u64, viewer: u8) {
    let event = Event::Segment { entry: "1_abcd1234".into(), number };
    recorder.record(event, Some(Viewer::new(Family::Four, &[10, 0, 0, viewer])));
}

#[test]
fn a_window_ends_with_its_time_and_another_begins() {
    let start = now();
    let recorder = Recorder::new(settings(), later(start, 60)).unwrap();
    for viewer in 0..4 {
        watch(&recorder, 7, viewer);
    }
    assert!(recorder.turn(later(start, 899)).is_none());
    let closed = recorder.turn(later(start, 900)).unwrap().settle();
    assert_eq!((closed.bucket.to_string().as_str(), closed.count), ("2026-11-21T10:15Z", 4));
    let reports = closed.reports(&"s17".parse().unwrap());
    assert_eq!(
        String::from_utf8(reports[0].encode()).unwrap(),
        r#"{"v":1,"site_id":"s17","bucket":"2026-11-21T10:15Z","width_s":900,"cells":[{"entry_id":"1_abcd1234","segment_number":7,"count":4}]}"#
    );
    recorder.remember(closed);
    watch(&recorder, 8, 1);
    let view = recorder.view();
    let windows: Vec<_> = view
        .windows
        .iter()
        .map(|window| (window.bucket.to_string(), window.is_running, window.count))
        .collect();
    assert_eq!(windows, [("2026-11-21T10:30Z".into(), true, 1), ("2026-11-21T10:15Z".into(), false, 4)]);
    assert_eq!(view.totals, Totals { recorded: 5, ..Totals::default() });
}

#[test]
fn a_window_in_which_too_few_watched_gives_no_report() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    watch(&recorder, 7, 1);
    watch(&recorder, 7, 2);
    let closed = recorder.turn(later(start, 900)).unwrap().settle();
    assert_eq!((closed.count, closed.reports(&"s17".parse().unwrap())), (2, Vec::new()));
}

#[test]
fn who_has_the_key_keeps_the_window_open() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    let somebody = recorder.running.load();
    assert!(recorder.turn(later(start, 900)).is_none());
    // They made their mark before the end, and come into the queue behind others of the next window.
    watch(&recorder, 2, 1);
    let mark = somebody.key.mark(Viewer::new(Family::Four, &[10, 0, 0, 1]));
    let event = Event::Segment { entry: "1_abcd1234".into(), number: 1 };
    recorder.queue.push(Recorded::new(event, Some(mark), somebody.turn)).ok().unwrap();
    assert!(recorder.turn(later(start, 901)).is_none());
    drop(somebody);
    let closed = recorder.turn(later(start, 902)).unwrap().settle();
    let numbers: Vec<_> = closed.entries[0].segments.iter().map(|segment| segment.number).collect();
    assert_eq!(numbers, [1]);
    assert_eq!(recorder.view().windows[0].entries[0].segments[0].number, 2);
}

/// Viewers who record while windows turn: each event counts in one window, and nobody counts twice in any.
#[test]
fn no_event_is_lost_and_no_viewer_counts_twice_while_windows_turn() {
    const THREADS: u8 = 4;
    const EACH: u64 = 3_000;
    let start = now();
    // One more viewer than there are, counted twice, would be enough.
    let settings = Settings { threshold: usize::from(THREADS) + 1, ..settings() };
    let recorder = Recorder::new(settings, start).unwrap();
    let barrier = Barrier::new(usize::from(THREADS) + 1);
    let mut windows = Vec::new();
    std::thread::scope(|scope| {
        for viewer in 0..THREADS {
            let (recorder, barrier) = (&recorder, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for _ in 0..EACH {
                    watch(recorder, 1, viewer);
                }
            });
        }
        barrier.wait();
        for turn in 1..200 {
            windows.extend(recorder.turn(later(start, turn * 900)));
            recorder.drain();
        }
    });
    for turn in 200..202 {
        windows.extend(recorder.turn(later(start, turn * 900)));
    }
    let settled: Vec<_> = windows.into_iter().map(Closed::settle).collect();
    assert_eq!(settled.iter().map(|window| window.count).sum::<u64>(), u64::from(THREADS) * EACH);
    assert!(settled.iter().all(|window| window.reports(&"s".parse().unwrap()).is_empty()));
}

#[test]
fn a_full_queue_drops_and_counts() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    for _ in 0..QUEUE + 10 {
        watch(&recorder, 1, 1);
    }
    let totals = recorder.totals();
    assert_eq!((totals.recorded, totals.dropped), (QUEUE as u64, 10));
}

#[test]
fn a_clock_that_jumps_loses_nothing_and_names_windows_by_what_it_says() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    let mut names = Vec::new();
    let mut count = 0;
    // The wall clock jumps back and forth, to before 1970 and beyond its calendar.
    let jumps = [0, -86_400, 3_600, -1_795_256_101, 1 << 39, 0, -7];
    let mut monotonic = start.monotonic;
    for jump in jumps {
        for viewer in 0..3 {
            watch(&recorder, 1, viewer);
        }
        monotonic += Duration::from_secs(1000);
        let by = Duration::from_secs(i64::unsigned_abs(jump));
        let wall = if jump < 0 { start.wall - by } else { start.wall + by };
        let closed = recorder.turn(Now { monotonic, wall }).unwrap().settle();
        names.push(closed.bucket.to_string());
        count += closed.entries[0].cells[0].count;
        assert_eq!(closed.entries[0].cells[0].segments, Segments::One(1));
    }
    assert_eq!(count, 3 * jumps.len() as u64);
    assert_eq!(
        names,
        [
            "2026-11-21T10:15Z",
            "2026-11-21T10:15Z",
            "2026-11-20T10:15Z",
            "2026-11-21T11:15Z",
            "1970-01-01T00:00Z",
            "9999-12-31T23:45Z",
            "2026-11-21T10:15Z"
        ]
    );
}

#[test]
fn a_clock_that_is_a_moment_behind_makes_no_short_window() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    // Monotonic time says 10:30; the wall clock is half a second behind.
    let at =
        Now { monotonic: later(start, 900).monotonic, wall: start.wall + Duration::from_millis(899_500) };
    assert_eq!(recorder.turn(at).unwrap().settle().bucket.to_string(), "2026-11-21T10:15Z");
    assert!(recorder.turn(later(start, 1790)).is_none());
    let next = recorder.turn(later(start, 1801)).unwrap().settle();
    assert_eq!(next.bucket.to_string(), "2026-11-21T10:30Z");
}

#[test]
fn other_settings_hold_from_the_next_window_on() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    recorder.reconfigure(Settings { threshold: 5, width: Width::try_from(60).unwrap(), ..settings() });
    for viewer in 0..4 {
        watch(&recorder, 7, viewer);
    }
    let first = recorder.turn(later(start, 900)).unwrap().settle();
    assert_eq!((first.width, first.entries[0].cells.len()), (Width::DEFAULT, 1));
    for viewer in 0..4 {
        watch(&recorder, 7, viewer);
    }
    let second = recorder.turn(later(start, 960)).unwrap().settle();
    assert_eq!((second.width.seconds(), second.entries[0].cells.len()), (60, 0));
}

#[test]
fn the_end_of_the_edge_closes_the_window_before_its_time() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    for viewer in 0..3 {
        watch(&recorder, 7, viewer);
    }
    let at = later(start, 10);
    recorder.end_window(at);
    assert_eq!(recorder.turn(at).unwrap().settle().reports(&"s".parse().unwrap()).len(), 1);
}

#[test]
fn the_end_of_the_edge_closes_the_window_before_too() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    let somebody = recorder.running.load();
    watch(&recorder, 1, 1);
    assert!(recorder.turn(later(start, 900)).is_none());
    watch(&recorder, 2, 1);
    let at = later(start, 901);
    recorder.end_window(at);
    drop(somebody);
    let numbers: Vec<_> = (0..3)
        .filter_map(|_| recorder.turn(at))
        .map(|closed| closed.settle().entries[0].segments[0].number)
        .collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn history_holds_what_is_wanted_and_no_more_than_its_bound() {
    let start = now();
    for (keep, windows, count) in [(Keep::Everything, 97, 4), (Keep::Published, 97, 3), (Keep::Nothing, 1, 0)]
    {
        let recorder = Recorder::new(Settings { keep, ..settings() }, start).unwrap();
        for turn in 1..=100 {
            for viewer in 0..3 {
                watch(&recorder, 7, viewer);
            }
            watch(&recorder, 3000, 1);
            recorder.remember(recorder.turn(later(start, turn * 900)).unwrap().settle());
        }
        let view = recorder.view();
        assert_eq!(view.windows.len(), windows, "{keep:?}");
        assert!(view.windows[1..].iter().all(|window| window.count == count), "{keep:?}");
    }
}

#[test]
fn what_may_not_be_remembered_any_more_is_forgotten() {
    let start = now();
    let recorder = Recorder::new(settings(), start).unwrap();
    for viewer in 0..3 {
        watch(&recorder, 7, viewer);
    }
    watch(&recorder, 3000, 1);
    recorder.remember(recorder.turn(later(start, 900)).unwrap().settle());
    for (keep, counts) in [
        (Keep::Everything, vec![4]),
        (Keep::Published, vec![3]),
        (Keep::Everything, vec![3]),
        (Keep::Nothing, vec![]),
    ] {
        recorder.reconfigure(Settings { keep, ..settings() });
        let past: Vec<_> = recorder.view().windows[1..].iter().map(|window| window.count).collect();
        assert_eq!(past, counts, "{keep:?}");
    }
}

#[test]
fn a_large_window_becomes_reports_of_bounded_size_with_the_same_cells() {
    let start = now();
    let recorder = Recorder::new(Settings { max_cells: 10_000, ..settings() }, start).unwrap();
    for number in 0..2_500 {
        for viewer in 0..3 {
            watch(&recorder, number, viewer);
        }
    }
    let reports = recorder.turn(later(start, 900)).unwrap().settle().reports(&"s".parse().unwrap());
    assert_eq!(reports.iter().map(|report| report.cells.len()).collect::<Vec<_>>(), [1000, 1000, 500]);
    let numbers: Vec<_> = reports.iter().flat_map(|report| &report.cells).map(|cell| cell.segments).collect();
    assert_eq!(numbers, (0..2_500).map(Segments::One).collect::<Vec<_>>());
}
