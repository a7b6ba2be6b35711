//! What the `telemetry` crate costs: recording, counting, and windows with many segments.
//!
//! Without arguments these are micro benchmarks by criterion. With `--table` (`cargo xtask bench --telemetry`) it prints
//! tables in Markdown, in which each figure stands beside an empty loop and a naive way of the same run.

#[path = "../../src/clock.rs"]
mod clock;
mod events;
#[path = "../../src/machine.rs"]
mod machine;
mod processor;
mod recording;
#[path = "../../src/statistics.rs"]
#[expect(dead_code, unused_imports, reason = "it belongs to another program, which runs its tests")]
mod statistics;
mod stopwatch;
mod tables;
mod yardstick;

use criterion::{BatchSize, Criterion};

use events::{Events, Viewers};
use recording::{record, recorder};
use stopwatch::BLOCK;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--table") {
        let only: Vec<&str> =
            arguments[at + 1..].iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
        return tables::print(&only);
    }
    let mut criterion = Criterion::default().configure_from_args();
    for cells in [1, 100_000] {
        let events = Events::drawn(cells, BLOCK);
        let recorder = recorder();
        let all = || events.each(0..BLOCK, |asked| record(&recorder, asked, Viewers::Four));
        let mut group = criterion.benchmark_group(format!("telemetry, {cells} cells, {BLOCK} events"));
        group.bench_function("record", |bencher| {
            bencher.iter_batched(|| recorder.drain(), |()| all(), BatchSize::PerIteration);
        });
        group.bench_function("drain", |bencher| {
            bencher.iter_batched(all, |()| recorder.drain(), BatchSize::PerIteration);
        });
        group.finish();
    }
    criterion.final_summary();
}
