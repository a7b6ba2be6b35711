//! Look-ups per second, and the time of single ones.

use std::ops::Range;

use crate::clock::now;
use crate::statistics::{median, percentile, real};

/// Look-ups that take turns with others, of questions by their numbers.
pub(crate) struct Contender<'c> {
    pub(crate) name: String,
    look_up: Box<dyn Fn(Range<usize>) + 'c>,
    /// Of how many of the questions: slow ones are asked fewer.
    questions: usize,
}

/// What was measured of one of them.
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    /// Of the time of the first of the contenders, in the same rounds.
    pub(crate) ratio: f64,
    /// Nanoseconds of one look-up, as the mean of a batch.
    pub(crate) middle: f64,
    pub(crate) p99: f64,
    /// Allocations of all look-ups of a round.
    pub(crate) allocations: u64,
}

/// The clock is read between batches of so many: a single look-up takes no longer than reading it.
pub(crate) const BATCH: usize = 16;

impl<'c> Contender<'c> {
    pub(crate) fn new(
        name: impl Into<String>,
        questions: usize,
        look_up: impl Fn(Range<usize>) + 'c,
    ) -> Self {
        Self { name: name.into(), look_up: Box::new(look_up), questions }
    }

    /// Nanoseconds per look-up, in one go.
    fn pass(&self) -> f64 {
        let start = now();
        (self.look_up)(0..self.questions);
        start.elapsed().as_secs_f64() * 1e9 / real(self.questions as u64)
    }

    /// Nanoseconds per look-up, batch by batch, without those that reading the clock takes.
    fn batches(&self, clock: f64) -> Vec<f64> {
        let batches = (0..self.questions / BATCH).map(|batch| {
            let start = now();
            (self.look_up)(batch * BATCH..(batch + 1) * BATCH);
            let taken = start.elapsed().as_secs_f64() * 1e9 - clock;
            taken.max(0.0) / real(BATCH as u64)
        });
        batches.collect()
    }
}

/// Lets contenders take turns. The first is what the others are held against.
pub(crate) fn compare(contenders: &[Contender<'_>], rounds: usize) -> Vec<Figures> {
    let clock = clock_nanoseconds();
    let mut passes = vec![Vec::new(); contenders.len()];
    let mut batches = vec![Vec::new(); contenders.len()];
    for round in 0..=rounds {
        for (at, contender) in contenders.iter().enumerate() {
            let pass = contender.pass();
            // The first round warms up.
            if round > 0 {
                passes[at].push(pass);
                batches[at].extend(contender.batches(clock));
            }
        }
    }
    let measured = contenders.iter().zip(&passes).zip(&batches);
    let figures = measured.map(|((contender, own), batches)| {
        let ratios: Vec<f64> = own.iter().zip(&passes[0]).map(|(own, first)| own / first).collect();
        let counted = allocation_counter::measure(|| (contender.look_up)(0..contender.questions));
        Figures {
            per_second: 1e9 / median(own).unwrap_or(f64::NAN),
            ratio: median(&ratios).unwrap_or(f64::NAN),
            middle: median(batches).unwrap_or(f64::NAN),
            p99: percentile(batches, 99).unwrap_or(f64::NAN),
            allocations: counted.count_total,
        }
    });
    figures.collect()
}

/// What it takes to read the clock twice.
pub(crate) fn clock_nanoseconds() -> f64 {
    let taken: Vec<f64> = (0..1000).map(|_| now().elapsed().as_secs_f64() * 1e9).collect();
    median(&taken).unwrap_or(0.0)
}
