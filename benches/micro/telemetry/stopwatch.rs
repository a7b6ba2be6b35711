//! Time of an event, and the time of single ones.
//!
//! Events come in blocks. After each block what waits is counted, as the edge does twenty times a second; whether that
//! belongs to the time is each contender's own.

use std::ops::Range;

use crate::clock::now;
use crate::processor;
use crate::statistics::{median, percentile, real};

/// Something that takes turns with others at the same events.
pub(crate) struct Contender<'c> {
    pub(crate) name: String,
    work: Box<dyn Fn(Range<usize>) + 'c>,
    after: Option<After<'c>>,
    /// Which of the contenders it is held against.
    against: usize,
}

/// What follows each block.
struct After<'c> {
    work: Box<dyn Fn() + 'c>,
    belongs_to_time: bool,
}

/// What was measured of one of them.
pub(crate) struct Figures {
    /// Nanoseconds of the processor for an event.
    pub(crate) nanoseconds: f64,
    /// Of the time of what it is held against, in the same rounds.
    pub(crate) ratio: f64,
    /// Nanoseconds of an event, as the mean of a batch.
    pub(crate) p99: f64,
    /// Allocations of all events of a round, what follows blocks included.
    pub(crate) allocations: u64,
}

/// Events that are followed by counting them: those of 50 ms at 80,000 requests in a second.
pub(crate) const BLOCK: usize = 4096;
/// The clock is read between batches of so many: a single event takes no longer than reading it.
pub(crate) const BATCH: usize = 16;

impl<'c> Contender<'c> {
    pub(crate) fn new(name: impl Into<String>, against: usize, work: impl Fn(Range<usize>) + 'c) -> Self {
        Self { name: name.into(), work: Box::new(work), after: None, against }
    }

    /// With something after each block that does not count.
    pub(crate) fn aside(self, work: impl Fn() + 'c) -> Self {
        let after = After { work: Box::new(work), belongs_to_time: false };
        Self { after: Some(after), ..self }
    }

    /// With something after each block that counts.
    pub(crate) fn and(self, work: impl Fn() + 'c) -> Self {
        let after = After { work: Box::new(work), belongs_to_time: true };
        Self { after: Some(after), ..self }
    }

    fn after_block(&self, belongs_to_time: bool) {
        if let Some(after) = self.after.as_ref().filter(|after| after.belongs_to_time == belongs_to_time) {
            (after.work)();
        }
    }

    /// Nanoseconds of the processor per event.
    fn pass(&self, events: usize) -> f64 {
        let mut taken = 0.0;
        for block in blocks(events) {
            let start = processor::now();
            (self.work)(block);
            self.after_block(true);
            taken += start.elapsed();
            self.after_block(false);
        }
        taken / real(events as u64)
    }

    /// Nanoseconds per event, batch by batch, without those that reading the clock takes.
    fn batches(&self, events: usize, clock: f64, into: &mut Vec<f64>) {
        for block in blocks(events) {
            for batch in block.step_by(BATCH) {
                let start = now();
                (self.work)(batch..batch + BATCH);
                let taken = start.elapsed().as_secs_f64() * 1e9 - clock;
                into.push(taken.max(0.0) / real(BATCH as u64));
            }
            self.after_block(true);
            self.after_block(false);
        }
    }

    fn everything(&self, events: usize) {
        for block in blocks(events) {
            (self.work)(block);
            self.after_block(true);
            self.after_block(false);
        }
    }
}

/// Lets contenders take turns at so many events, which are whole blocks.
pub(crate) fn compare(contenders: &[Contender<'_>], events: usize, rounds: usize) -> Vec<Figures> {
    let clock = clock_nanoseconds();
    let mut passes = vec![Vec::new(); contenders.len()];
    let mut batches = vec![Vec::new(); contenders.len()];
    for round in 0..=rounds {
        for (at, contender) in contenders.iter().enumerate() {
            let pass = contender.pass(events);
            // The first round warms up.
            if round > 0 {
                passes[at].push(pass);
                contender.batches(events, clock, &mut batches[at]);
            }
        }
    }
    let measured = contenders.iter().zip(&passes).zip(&batches);
    let figures = measured.map(|((contender, own), batches)| {
        let others = &passes[contender.against];
        let ratios: Vec<f64> = own.iter().zip(others).map(|(own, other)| own / other).collect();
        let counted = allocation_counter::measure(|| contender.everything(events));
        Figures {
            nanoseconds: median(own).unwrap_or(f64::NAN),
            ratio: median(&ratios).unwrap_or(f64::NAN),
            p99: percentile(batches, 99).unwrap_or(f64::NAN),
            allocations: counted.count_total,
        }
    });
    figures.collect()
}

fn blocks(events: usize) -> impl Iterator<Item = Range<usize>> {
    (0..events / BLOCK).map(|block| block * BLOCK..(block + 1) * BLOCK)
}

/// What it takes to read the clock twice.
pub(crate) fn clock_nanoseconds() -> f64 {
    let taken: Vec<f64> = (0..1000).map(|_| now().elapsed().as_secs_f64() * 1e9).collect();
    median(&taken).unwrap_or(0.0)
}
