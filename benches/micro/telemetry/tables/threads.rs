use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Table, grouped};
use crate::clock;
use crate::events::{Events, Viewers};
use crate::recording::{record, recorder};
use crate::statistics::{median, percentile, real};
use crate::stopwatch::{BATCH, BLOCK, clock_nanoseconds};
use crate::yardstick::Naive;

const SEGMENTS: [usize; 2] = [1, 1_000];
const BLOCKS: usize = 32;
const ROUNDS: usize = 9;

/// What the other thread does at the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Other {
    Nothing,
    TheSame,
    Drains,
}

pub(super) fn table() -> Table {
    let mut table = Table::new(["segments", "what", "meanwhile another thread", "ns", "p99, ns"]);
    for segments in SEGMENTS {
        add(&mut table, segments);
    }
    table
}

fn add(table: &mut Table, segments: usize) {
    let events = Events::drawn(segments, BLOCK * BLOCKS);
    let (recorder, naive) = (recorder(), Naive::default());
    let recording = |asked: crate::events::Asked<'_>| record(&recorder, asked, Viewers::Four);
    let counting = |asked: crate::events::Asked<'_>| naive.record(asked, Viewers::Four);
    let drain = || recorder.drain();
    let cases: [(&str, Other, &Work<'_>); 5] = [
        ("naive", Other::Nothing, &counting),
        ("naive", Other::TheSame, &counting),
        ("record", Other::Nothing, &recording),
        ("record", Other::TheSame, &recording),
        ("record", Other::Drains, &recording),
    ];
    let mut means = vec![Vec::new(); cases.len()];
    let mut batches = vec![Vec::new(); cases.len()];
    let clock = clock_nanoseconds();
    for round in 0..=ROUNDS {
        for (at, (_, other, work)) in cases.iter().enumerate() {
            let taken = together(&events, *work, *other, &drain, clock);
            // The first round warms up.
            if round > 0 {
                means[at].push(taken.iter().sum::<f64>() / real(taken.len() as u64));
                batches[at].extend(taken);
            }
        }
    }
    for (((what, other, _), means), batches) in cases.iter().zip(&means).zip(&batches) {
        let other = match other {
            Other::Nothing => "nothing",
            Other::TheSame => "does the same",
            Other::Drains => "drains",
        };
        table.row([
            grouped(real(segments as u64), 0),
            (*what).to_owned(),
            other.to_owned(),
            grouped(median(means).unwrap_or(f64::NAN), 1),
            grouped(percentile(batches, 99).unwrap_or(f64::NAN), 0),
        ]);
    }
}

type Work<'w> = dyn Fn(crate::events::Asked<'_>) + Sync + 'w;

/// Nanoseconds of an event, batch by batch, while another thread does something. Both begin each block together, and
/// what waits is counted when both are done.
fn together(
    events: &Events,
    work: &Work<'_>,
    other: Other,
    drain: &(dyn Fn() + Sync),
    clock: f64,
) -> Vec<f64> {
    let arrived = AtomicUsize::new(0);
    let threads = if other == Other::Nothing { 1 } else { 2 };
    let meet = |times: usize| {
        arrived.fetch_add(1, Ordering::AcqRel);
        while arrived.load(Ordering::Acquire) < times * threads {
            thread::yield_now();
        }
    };
    thread::scope(|scope| {
        if other != Other::Nothing {
            scope.spawn(|| {
                for (number, block) in events.blocks().enumerate() {
                    meet(3 * number + 1);
                    match other {
                        // As many times as keep it at it for about as long as the other thread.
                        Other::Drains => (0..BLOCK / 8).for_each(|_| drain()),
                        Other::Nothing | Other::TheSame => events.each(block, work),
                    }
                    meet(3 * number + 2);
                    meet(3 * number + 3);
                }
            });
        }
        let mut taken = Vec::new();
        for (number, block) in events.blocks().enumerate() {
            meet(3 * number + 1);
            for batch in block.step_by(BATCH) {
                let start = clock::now();
                events.each(batch..batch + BATCH, work);
                let whole = start.elapsed().as_secs_f64() * 1e9 - clock;
                taken.push(whole.max(0.0) / real(BATCH as u64));
            }
            meet(3 * number + 2);
            drain();
            meet(3 * number + 3);
        }
        taken
    })
}
