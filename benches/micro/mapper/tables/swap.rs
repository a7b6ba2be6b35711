use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwap;
use mapper::SiteMap;

use super::{Table, grouped};
use crate::clock::now;
use crate::shape::{Question, Shape, built};
use crate::statistics::{median, percentile, real};
use crate::stopwatch::BATCH;

const ROWS: usize = 1_000_000;
const TIME: Duration = Duration::from_secs(8);
/// Batches whose times are kept, for median and p99.
const MOST_KEPT: usize = 1 << 22;
/// After a longer batch the system is asked how long others had the core; asking takes some microseconds.
const LONG: Duration = Duration::from_micros(50);

/// What another thread does meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Other {
    Nothing,
    Builds,
    BuildsAndSwaps,
}

pub(super) fn table() -> Table {
    let mut table = Table::new([
        "meanwhile",
        "maps",
        "look-ups per second",
        "median, ns",
        "p99, ns",
        "longest, ms",
        "without others' turns, ms",
        "waits",
    ]);
    let rows = Shape::Mixed.rows(ROWS);
    let description = rows.describe();
    let questions = rows.questions(1 << 16);
    let cases = [
        (Other::Nothing, "nothing"),
        (Other::Builds, "another thread builds maps"),
        (Other::BuildsAndSwaps, "another thread builds and exchanges them"),
    ];
    for (other, name) in cases {
        let live = ArcSwap::from_pointee(built(&description));
        let (is_over, maps) = (AtomicBool::new(false), AtomicU32::new(0));
        let Times { batches, kept, longest, longest_own, waits, taken } = thread::scope(|scope| {
            if other != Other::Nothing {
                scope.spawn(|| {
                    // Whoever exchanges maps keeps the old one for a while, so that it is not dropped by who asks.
                    let mut before: Option<Arc<SiteMap>> = None;
                    while !is_over.load(Ordering::Relaxed) {
                        let map = Arc::new(built(&description));
                        drop(before.take());
                        before = Some(if other == Other::BuildsAndSwaps { live.swap(map) } else { map });
                        maps.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            let times = ask(&live, &questions);
            is_over.store(true, Ordering::Relaxed);
            times
        });
        let milliseconds = |seconds: f64| grouped(seconds * 1e3, 3);
        table.row([
            name.to_owned(),
            maps.load(Ordering::Relaxed).to_string(),
            grouped(real(batches * BATCH as u64) / taken.as_secs_f64(), 0),
            grouped(median(&kept).unwrap_or(f64::NAN), 0),
            grouped(percentile(&kept, 99).unwrap_or(f64::NAN), 0),
            milliseconds(longest.as_secs_f64()),
            milliseconds(longest_own.as_secs_f64()),
            waits.to_string(),
        ]);
    }
    table
}

struct Times {
    batches: u64,
    /// Nanoseconds of a look-up.
    kept: Vec<f64>,
    longest: Duration,
    /// Without the time in which the thread could have run, and others ran.
    longest_own: Duration,
    /// How often the thread gave up the core because it had to wait.
    waits: u64,
    taken: Duration,
}

/// Takes the map of the moment for each look-up, as a server does for each request.
fn ask(live: &ArcSwap<SiteMap>, questions: &[Question]) -> Times {
    let mut kept = Vec::with_capacity(MOST_KEPT);
    let (mut batches, mut longest, mut longest_own) = (0, Duration::ZERO, Duration::ZERO);
    let (waits_before, mut others_before) = (waits(), others_turns());
    let start = now();
    let mut end_of_last = start;
    // Without gaps: what comes between two batches would otherwise be seen by none.
    for batch in questions.chunks_exact(BATCH).cycle() {
        for (external, internal) in batch {
            black_box(live.load().locate(*external, Some(*internal)));
        }
        let end = now();
        let taken = end - end_of_last;
        end_of_last = end;
        batches += 1;
        longest = longest.max(taken);
        if taken <= LONG {
            longest_own = longest_own.max(taken);
        } else {
            let others = others_turns();
            longest_own = longest_own.max(taken.saturating_sub(others.saturating_sub(others_before)));
            others_before = others;
            end_of_last = now();
        }
        if kept.len() < MOST_KEPT {
            kept.push(taken.as_secs_f64() * 1e9 / real(BATCH as u64));
        }
        if end - start > TIME {
            break;
        }
    }
    let waits = waits() - waits_before;
    Times { batches, kept, longest, longest_own, waits, taken: start.elapsed() }
}

/// How long this thread could have run, and others ran. Nothing where the system does not tell.
fn others_turns() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited = text.split_whitespace().nth(1).and_then(|word| word.parse().ok());
    Duration::from_nanos(waited.unwrap_or(0))
}

/// How often this thread gave up its core by itself. Nothing where the system does not tell.
fn waits() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}
