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
use crate::stopwatch::{BATCH, clock_nanoseconds};

const ROWS: usize = 1_000_000;
const TIME: Duration = Duration::from_secs(8);
/// Batches whose times are kept, for median and p99.
const MOST_KEPT: usize = 1 << 22;
const LONG: Duration = Duration::from_millis(1);

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
        "batches over 1 ms",
        "longest batch, ms",
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
        let times = thread::scope(|scope| {
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
        let Times { batches, kept, long, longest, taken } = times;
        table.row([
            name.to_owned(),
            maps.load(Ordering::Relaxed).to_string(),
            grouped(real(batches * BATCH as u64) / taken.as_secs_f64(), 0),
            grouped(median(&kept).unwrap_or(f64::NAN), 0),
            grouped(percentile(&kept, 99).unwrap_or(f64::NAN), 0),
            long.to_string(),
            grouped(longest.as_secs_f64() * 1e3, 2),
        ]);
    }
    table
}

struct Times {
    batches: u64,
    /// Nanoseconds of a look-up.
    kept: Vec<f64>,
    long: u32,
    longest: Duration,
    taken: Duration,
}

/// Takes the map of the moment for each look-up, as a server does for each request.
fn ask(live: &ArcSwap<SiteMap>, questions: &[Question]) -> Times {
    let clock = clock_nanoseconds();
    let mut kept = Vec::with_capacity(MOST_KEPT);
    let (mut batches, mut long, mut longest) = (0, 0, Duration::ZERO);
    let start = now();
    let mut of_all = questions.chunks_exact(BATCH).cycle();
    while start.elapsed() < TIME {
        let batch = of_all.next().expect("a cycle does not end");
        let before = now();
        for (external, internal) in batch {
            black_box(live.load().locate(*external, Some(*internal)));
        }
        let taken = before.elapsed();
        batches += 1;
        longest = longest.max(taken);
        long += u32::from(taken > LONG);
        if kept.len() < MOST_KEPT {
            kept.push((taken.as_secs_f64() * 1e9 - clock).max(0.0) / real(BATCH as u64));
        }
    }
    Times { batches, kept, long, longest, taken: start.elapsed() }
}
