//! Which numbers may leave: those that enough different viewers stand behind.
//!
//! Segments that enough viewers asked for leave as they are. What remains is added up over aligned ranges of 10
//! segments, then 100, then 1000 ([`RANGES`]), then over the entry, and leaves as soon as enough different viewers stand
//! behind the sum. What remains then is forgotten.
//!
//! # Why no difference of published numbers tells about fewer
//! Each request is in one published number at most, for each sum is made of what no finer number holds. So the sets behind
//! published numbers are disjoint, and sums and differences of them can only ever be sums over whole sets. A cell that was
//! suppressed alone is a part of such a set and never all of it: were it all, the same viewers would stand behind
//! both, and they were too few for the one.

use crate::entry::EntryId;
use crate::report::{Cell, LARGEST, Segments};
use crate::table::{Count, Table};
use crate::viewers::set::Few;

/// How many segments the ranges have in which those are added up that too few viewers asked for.
pub const RANGES: [u64; 3] = [10, 100, 1000];

/// How a count leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// As a number of its own.
    Segment,
    /// In the sum over a range.
    Range,
    /// In the sum over the entry.
    Entry,
    /// Not at all.
    No,
}

/// The counts of one entry in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryCounts {
    /// Which entry.
    pub entry: EntryId,
    /// Requests in all.
    pub count: u64,
    /// Requests of which no segment is known, or for want of room none was told apart.
    pub unnumbered: u64,
    /// How those leave.
    pub unnumbered_leaves: Leaves,
    /// Its segments, in the order of numbers.
    pub segments: Vec<SegmentCount>,
    /// What leaves of it.
    pub cells: Vec<Cell>,
}

/// The count of one segment in one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentCount {
    /// Its number.
    pub number: u64,
    /// Requests.
    pub count: u64,
    /// How they leave.
    pub leaves: Leaves,
}

/// What is added up, and not yet enough.
struct Sum {
    /// Which of the entry's segments it is of, as places in their list.
    segments: std::ops::Range<usize>,
    /// The number of the first of them.
    first: u64,
    count: u64,
    viewers: Few,
}

/// The counts of a window, each with how it leaves.
pub(crate) fn apply(table: &Table, threshold: usize) -> impl Iterator<Item = EntryCounts> {
    table.entries().map(move |(entry, counts)| of_entry(entry, counts, threshold))
}

fn of_entry(entry: &EntryId, counts: Vec<Count>, threshold: usize) -> EntryCounts {
    let mut unnumbered = (0, Few::nobody());
    let mut segments = Vec::with_capacity(counts.len());
    let mut sums = Vec::new();
    let mut cells = Vec::new();
    let mut publish = |segments, count| cells.push(Cell { entry: entry.clone(), segments, count });
    for Count { segment, requests: count, viewers } in counts {
        let Some(number) = segment else {
            unnumbered = (count, viewers);
            continue;
        };
        let leaves = if viewers.are_enough() { Leaves::Segment } else { Leaves::No };
        if viewers.are_enough() {
            publish(Segments::One(number), count);
        } else {
            let place = segments.len();
            sums.push(Sum { segments: place..place + 1, first: number, count, viewers });
        }
        segments.push(SegmentCount { number, count, leaves });
    }
    for width in RANGES {
        sums = add_up(sums, threshold, |sum| sum.first / width);
        sums.retain(|sum| {
            if sum.viewers.are_enough() {
                let first = sum.first / width * width;
                publish(Segments::Range { first, last: (first + width - 1).min(LARGEST) }, sum.count);
                leave(&mut segments, sum, Leaves::Range);
            }
            !sum.viewers.are_enough()
        });
    }
    let mut unnumbered_leaves = Leaves::No;
    let (mut rest, mut viewers) = unnumbered.clone();
    for sum in &sums {
        rest += sum.count;
        viewers.add_all(&sum.viewers, threshold);
    }
    if viewers.are_enough() {
        publish(Segments::Entry, rest);
        unnumbered_leaves = Leaves::Entry;
        for sum in &sums {
            leave(&mut segments, sum, Leaves::Entry);
        }
    }
    cells.sort_unstable_by_key(|cell| cell.segments);
    let count = unnumbered.0 + segments.iter().map(|segment| segment.count).sum::<u64>();
    EntryCounts { entry: entry.clone(), count, unnumbered: unnumbered.0, unnumbered_leaves, segments, cells }
}

/// Those that are still alone in their sum; others have left already.
fn leave(segments: &mut [SegmentCount], sum: &Sum, leaves: Leaves) {
    let of_sum = &mut segments[sum.segments.clone()];
    of_sum
        .iter_mut()
        .filter(|segment| segment.leaves == Leaves::No)
        .for_each(|segment| segment.leaves = leaves);
}

/// Adds up neighbours of the same `group`. They come in the order of segments.
fn add_up(sums: Vec<Sum>, threshold: usize, group: impl Fn(&Sum) -> u64) -> Vec<Sum> {
    let mut added: Vec<Sum> = Vec::new();
    for sum in sums {
        match added.last_mut().filter(|last| group(last) == group(&sum)) {
            Some(last) => {
                last.segments.end = sum.segments.end;
                last.count += sum.count;
                last.viewers.add_all(&sum.viewers, threshold);
            }
            None => added.push(sum),
        }
    }
    added
}

#[cfg(test)]
mod tests;
