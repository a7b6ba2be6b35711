use std::fs;
use std::sync::Arc;

use telemetry::event::Event;
use telemetry::recorder::Recorder;
use telemetry::window::Settled;

use super::{Table, grouped};
use crate::events::{PER_ENTRY, entry, four, person, viewer};
use crate::processor;
use crate::recording::{now, with_bound};
use crate::statistics::real;
use crate::stopwatch::BLOCK;

/// Different segments that are offered, each once.
const OFFERED: usize = 10_000_000;
const ENTRIES: usize = OFFERED / PER_ENTRY;
/// The bound where nobody sets it, which comes first because the system keeps memory for what follows; and the highest.
const BOUNDS: [usize; 2] = [100_000, 10_000_000];
/// Shares no divisor with what is offered: steps of so many come to every segment once.
const STRIDE: usize = 7_368_787;

pub(super) fn table() -> Table {
    let mut table = Table::new([
        "max-cells",
        "told apart",
        "beyond max-cells",
        "entries exact",
        "ns per event",
        "longest drain, ms",
        "bytes per cell",
        "resident",
        "settle, s",
        "more bytes meanwhile",
        "reports",
        "their bytes",
        "encode, s",
    ]);
    for bound in BOUNDS {
        add(&mut table, bound);
    }
    table
}

fn add(table: &mut Table, bound: usize) {
    let entries: Vec<Arc<str>> = (0..ENTRIES).map(entry).collect();
    let (resident_before, mut offered) = (resident(), None);
    let held = allocation_counter::measure(|| offered = Some(offer(bound, &entries)));
    let resident = resident() - resident_before;
    let Offered { recorder, taken, longest } = offered.expect("it was offered just now");
    let (cells, totals) = (recorder.cells(), recorder.totals());
    let per_cell = |bytes: f64| grouped(bytes / real(cells as u64), 1);

    let end = now();
    recorder.end_window(end);
    let closed = recorder.turn(end).expect("nobody records");
    let (start, mut settled) = (processor::now(), None);
    let settling = allocation_counter::measure(|| settled = Some(closed.settle()));
    let settle = start.elapsed();
    let settled = settled.expect("it was settled just now");
    let start = processor::now();
    let reports = settled.reports(&"munich".parse().expect("a name of a site"));
    let count = reports.len();
    let bytes: usize = reports.into_iter().map(|report| report.encode().len()).sum();
    let encode = start.elapsed();
    table.row([
        grouped(real(bound as u64), 0),
        grouped(real(cells as u64), 0),
        grouped(real(totals.beyond_max_cells), 0),
        if are_exact(&settled) && totals.dropped == 0 { "yes" } else { "NO" }.to_owned(),
        grouped(taken / real(OFFERED as u64), 0),
        grouped(longest * 1e-6, 1),
        per_cell(signed(held.bytes_current)),
        per_cell(resident),
        grouped(settle * 1e-9, 2),
        per_cell(real(settling.bytes_max)),
        grouped(real(count as u64), 0),
        grouped(real(bytes as u64), 0),
        grouped(encode * 1e-9, 2),
    ]);
}

struct Offered {
    recorder: Recorder,
    /// Nanoseconds of the processor.
    taken: f64,
    /// The longest that counting a block took.
    longest: f64,
}

/// Offers every segment once, in an order without order.
fn offer(bound: usize, entries: &[Arc<str>]) -> Offered {
    let recorder = with_bound(bound);
    let start = processor::now();
    let (mut at, mut longest) = (0, 0.0_f64);
    for event in 0..OFFERED {
        at = (at + STRIDE) % OFFERED;
        let (entry, number) = (Arc::clone(&entries[at / PER_ENTRY]), (at % PER_ENTRY) as u64);
        let mut room = [0; 16];
        let viewer = viewer(four(person(event as u64)).into(), &mut room);
        recorder.record(Event::Segment { entry, number }, Some(viewer));
        if event % BLOCK == BLOCK - 1 || event == OFFERED - 1 {
            let start = processor::now();
            recorder.drain();
            longest = longest.max(start.elapsed());
        }
    }
    Offered { recorder, taken: start.elapsed(), longest }
}

/// Whether every entry has as many events as were offered of it.
fn are_exact(settled: &Settled) -> bool {
    let per_entry = PER_ENTRY as u64;
    settled.entries.len() == ENTRIES && settled.entries.iter().all(|entry| entry.count == per_entry)
}

/// Bytes of this process that are in memory; nothing where the system does not tell.
fn resident() -> f64 {
    let text = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u32>().ok());
    f64::from(kibibytes.unwrap_or(0)) * 1024.0
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a table stay far below 2^53")]
fn signed(bytes: i64) -> f64 {
    bytes as f64
}
