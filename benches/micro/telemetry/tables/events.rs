use std::hint::black_box;

use super::{Table, grouped};
use crate::events::{Events, Viewers};
use crate::recording::{record, recorder};
use crate::statistics::real;
use crate::stopwatch::{BLOCK, Contender, compare};
use crate::yardstick::Naive;

const SEGMENTS: [usize; 3] = [1, 1_000, 100_000];
const EVENTS: usize = 32 * BLOCK;
const ROUNDS: usize = 9;

pub(super) fn table() -> Table {
    let mut table = Table::new(["segments", "what", "viewer", "ns", "× naive", "p99, ns", "allocations"]);
    for segments in SEGMENTS {
        add(&mut table, segments);
    }
    table
}

fn add(table: &mut Table, segments: usize) {
    let events = &Events::drawn(segments, EVENTS);
    // All of what is measured is done for segments that are known.
    let every_segment = &Events::each_once(segments);
    let recorders = Viewers::ALL.map(|viewers| (viewers, recorder(), Naive::default()));
    let mut contenders = vec![(
        "",
        Contender::new("empty loop", 0, |range| {
            events.each(range, |asked| {
                black_box(asked.segment.number);
            });
        }),
    )];
    for (viewers, recorder, naive) in &recorders {
        let viewers = *viewers;
        let all = move |range| events.each(range, |asked| record(recorder, asked, viewers));
        for block in every_segment.blocks() {
            every_segment.each(block, |asked| record(recorder, asked, viewers));
            recorder.drain();
        }
        let against = contenders.len();
        contenders.extend([
            (
                viewers.as_str(),
                Contender::new("naive", against, move |range| {
                    events.each(range, |asked| naive.record(asked, viewers));
                }),
            ),
            (viewers.as_str(), Contender::new("record", against, all).aside(|| recorder.drain())),
            (viewers.as_str(), Contender::new("record and drain", against, all).and(|| recorder.drain())),
        ]);
    }
    let (viewers, contenders): (Vec<_>, Vec<_>) = contenders.into_iter().unzip();
    let figures = compare(&contenders, EVENTS, ROUNDS);
    for ((viewers, contender), figures) in viewers.iter().zip(&contenders).zip(figures) {
        table.row([
            grouped(real(segments as u64), 0),
            contender.name.clone(),
            (*viewers).to_owned(),
            grouped(figures.nanoseconds, 1),
            if viewers.is_empty() { "–".to_owned() } else { grouped(figures.ratio, 2) },
            grouped(figures.p99, 0),
            grouped(real(figures.allocations), 0),
        ]);
    }
}
