//! The rules of the threshold against an oracle that knows who everybody is.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::event::Event;
use crate::table::Bounds;
use crate::viewers::{Family, Viewer, ViewerKey};

/// One request: segment (or none), family, viewer.
type Request = (Option<u64>, bool, u8);

const ENTRY: &str = "1_abcd1234";

fn count(requests: &[Request], threshold: usize) -> Option<EntryCounts> {
    let key = ViewerKey::random().unwrap();
    let mut table = Table::new(Bounds { cells: 1000, entries: 10 }, threshold, 0);
    for (segment, is_six, viewer) in requests {
        let family = if *is_six { Family::Six } else { Family::Four };
        let entry = ENTRY.into();
        let event = match segment {
            Some(number) => Event::Segment { entry, number: *number },
            None => Event::Media { entry },
        };
        table.count(event, Some(key.mark(Viewer::new(family, &[*viewer])))).unwrap();
    }
    let mut all = apply(&table, threshold);
    let first = all.next();
    assert!(all.next().is_none());
    first
}

/// Which requests a cell counts, by the report's own words: those of its segments that are in no finer cell.
fn requests_of<'r>(cells: &[Cell], requests: &'r [Request]) -> Vec<Vec<&'r Request>> {
    let covers = |segments: Segments, segment: Option<u64>| match (segments, segment) {
        (Segments::One(one), Some(number)) => one == number,
        (Segments::Range { first, last }, Some(number)) => (first..=last).contains(&number),
        (Segments::Entry, _) => true,
        _ => false,
    };
    let size = |segments: Segments| match segments {
        Segments::One(_) => 1,
        Segments::Range { first, last } => last - first + 1,
        Segments::Entry => u64::MAX,
    };
    let mut of_cells: Vec<Vec<&Request>> = vec![Vec::new(); cells.len()];
    for request in requests {
        let finest = (0..cells.len())
            .filter(|cell| covers(cells[*cell].segments, request.0))
            .min_by_key(|cell| size(cells[*cell].segments));
        if let Some(cell) = finest {
            of_cells[cell].push(request);
        }
    }
    of_cells
}

/// How many viewers there are at least, when each may have one address of each family.
fn viewers<'r>(requests: impl IntoIterator<Item = &'r Request>) -> usize {
    let all: BTreeSet<(bool, u8)> =
        requests.into_iter().map(|(_, is_six, viewer)| (*is_six, *viewer)).collect();
    let six = all.iter().filter(|(is_six, _)| *is_six).count();
    six.max(all.len() - six)
}

/// Whether `wanted` is a sum or difference of multiples of `rows`: elimination over a field of prime order.
fn is_combination(rows: &[Vec<i128>], wanted: &[i128]) -> bool {
    const PRIME: i128 = (1 << 61) - 1;
    let rank = |mut rows: Vec<Vec<i128>>| {
        let mut rank = 0;
        for column in 0..wanted.len() {
            let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
            rows.swap(rank, pivot);
            let inverse = power(rows[rank][column], PRIME - 2, PRIME);
            let pivot = rows[rank].clone();
            for row in &mut rows[rank + 1..] {
                let factor = row[column] * inverse % PRIME;
                for (number, pivot) in row.iter_mut().zip(&pivot) {
                    *number = (*number - factor * pivot % PRIME + PRIME) % PRIME;
                }
            }
            rank += 1;
        }
        rank
    };
    let mut with = rows.to_vec();
    with.push(wanted.to_vec());
    rank(rows.to_vec()) == rank(with)
}

fn power(base: i128, exponent: i128, prime: i128) -> i128 {
    let (mut result, mut base, mut exponent) = (1, base, exponent);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % prime;
        }
        base = base * base % prime;
        exponent >>= 1;
    }
    result
}

fn a_segment() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![4 => (0..25_u64).prop_map(Some), 2 => (0..2500_u64).prop_map(Some), 1 => Just(None)]
}

fn some_requests() -> impl Strategy<Value = Vec<Request>> {
    prop::collection::vec((a_segment(), prop::bool::weighted(0.3), 0..12_u8), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn published_numbers_are_those_of_an_oracle(requests in some_requests(), threshold in 3..8_usize) {
        let counts = count(&requests, threshold).unwrap();
        let of_cells = requests_of(&counts.cells, &requests);
        for (cell, requests) in counts.cells.iter().zip(&of_cells) {
            prop_assert_eq!(cell.count, requests.len() as u64, "{:?}", cell);
            prop_assert!(viewers(requests.iter().copied()) >= threshold, "{:?}", cell);
        }
        // Whatever enough viewers asked for is published, as fine as can be, and everything else is forgotten.
        let mut by_segment: BTreeMap<Option<u64>, Vec<&Request>> = BTreeMap::new();
        for request in &requests {
            by_segment.entry(request.0).or_default().push(request);
        }
        for (segment, requests) in &by_segment {
            if let Some(number) = segment {
                let is_published = counts.cells.iter().any(|cell| cell.segments == Segments::One(*number));
                prop_assert_eq!(is_published, viewers(requests.iter().copied()) >= threshold);
            }
        }
        let published: BTreeSet<_> = of_cells.iter().flatten().map(|request| std::ptr::from_ref(*request)).collect();
        let suppressed: Vec<_> =
            requests.iter().filter(|request| !published.contains(&std::ptr::from_ref(*request))).collect();
        prop_assert!(viewers(suppressed.iter().copied()) < threshold);
        prop_assert_eq!(counts.count, requests.len() as u64);
        let sum: u64 = counts.cells.iter().map(|cell| cell.count).sum();
        prop_assert_eq!(sum + suppressed.len() as u64, requests.len() as u64);
    }

    #[test]
    fn the_account_says_how_each_segment_leaves(requests in some_requests(), threshold in 3..8_usize) {
        let counts = count(&requests, threshold).unwrap();
        let of_cells = requests_of(&counts.cells, &requests);
        let leaves = |segment: Option<u64>| {
            let cell = of_cells.iter().position(|requests| requests.iter().any(|request| request.0 == segment));
            cell.map_or(Leaves::No, |cell| match counts.cells[cell].segments {
                Segments::One(_) => Leaves::Segment,
                Segments::Range { .. } => Leaves::Range,
                Segments::Entry => Leaves::Entry,
            })
        };
        for segment in &counts.segments {
            prop_assert_eq!(segment.leaves, leaves(Some(segment.number)), "{}", segment.number);
        }
        if counts.unnumbered > 0 {
            prop_assert_eq!(counts.unnumbered_leaves, leaves(None));
        }
    }

    #[test]
    fn no_subtraction_reveals_what_is_suppressed(requests in some_requests(), threshold in 3..8_usize) {
        let counts = count(&requests, threshold).unwrap();
        let segments: Vec<Option<u64>> =
            requests.iter().map(|request| request.0).collect::<BTreeSet<_>>().into_iter().collect();
        let row = |of: &BTreeSet<Option<u64>>| -> Vec<i128> {
            segments.iter().map(|segment| i128::from(of.contains(segment))).collect()
        };
        let published: Vec<Vec<i128>> = requests_of(&counts.cells, &requests)
            .iter()
            .map(|requests| row(&requests.iter().map(|request| request.0).collect()))
            .collect();
        // Every segment, and every group that any roll-up could have added up, that too few viewers stand behind.
        let mut groups: Vec<BTreeSet<Option<u64>>> =
            segments.iter().map(|segment| BTreeSet::from([*segment])).collect();
        for width in RANGES {
            let mut by_block: BTreeMap<u64, BTreeSet<Option<u64>>> = BTreeMap::new();
            for number in segments.iter().flatten() {
                by_block.entry(number / width).or_default().insert(Some(*number));
            }
            groups.extend(by_block.into_values());
        }
        for group in groups {
            let behind = viewers(requests.iter().filter(|request| group.contains(&request.0)));
            if behind < threshold {
                prop_assert!(!is_combination(&published, &row(&group)), "{:?} of {:?}", group, counts.cells);
            }
        }
    }

    /// Data sets that differ in one viewer: where the threshold lies between them, the smaller one shows nothing.
    #[test]
    fn one_viewer_fewer_than_the_threshold_shows_nothing(
        requests in prop::collection::vec((a_segment(), any::<bool>()), 1..40), threshold in 3..8_usize,
    ) {
        let by = |many: usize| -> Vec<Request> {
            let each = |viewer| {
                let requests = requests.iter();
                requests.map(move |(segment, is_six)| (*segment, *is_six, u8::try_from(viewer).unwrap()))
            };
            (0..many).flat_map(each).collect()
        };
        let fewer = count(&by(threshold - 1), threshold).unwrap();
        prop_assert_eq!(&fewer.cells, &[]);
        prop_assert!(fewer.segments.iter().all(|segment| segment.leaves == Leaves::No));
        let enough = count(&by(threshold), threshold).unwrap();
        prop_assert_eq!(enough.cells.iter().map(|cell| cell.count).sum::<u64>(), enough.count);
        prop_assert!(enough.segments.iter().all(|segment| segment.leaves == Leaves::Segment));
    }

    /// Whose requests they are makes no difference, only how many people they come from.
    #[test]
    fn other_people_give_the_same_cells(requests in some_requests(), threshold in 3..8_usize, shift in 1..200_u8) {
        let others: Vec<_> =
            requests.iter().map(|(segment, is_six, viewer)| (*segment, *is_six, viewer + shift)).collect();
        prop_assert_eq!(count(&requests, threshold), count(&others, threshold));
    }
}

#[test]
fn what_too_few_asked_for_is_added_up_over_ranges() {
    // Three viewers each ask for a segment of their own: 11, 12 and 15 leave as 10 to 19.
    let requests = [(Some(11), false, 1), (Some(12), false, 2), (Some(15), false, 3), (Some(30), false, 4)];
    let counts = count(&requests, 3).unwrap();
    let range =
        Cell { entry: ENTRY.parse().unwrap(), segments: Segments::Range { first: 10, last: 19 }, count: 3 };
    assert_eq!(counts.cells, [range]);
    let leaves: Vec<_> = counts.segments.iter().map(|segment| (segment.number, segment.leaves)).collect();
    assert_eq!(leaves, [(11, Leaves::Range), (12, Leaves::Range), (15, Leaves::Range), (30, Leaves::No)]);
}

#[test]
fn a_combination_is_found() {
    let rows = [vec![1, 1, 0], vec![0, 1, 1]];
    assert!(is_combination(&rows, &[1, 0, -1]) && is_combination(&rows, &[1, 2, 1]));
    assert!(!is_combination(&rows, &[1, 0, 0]) && !is_combination(&[], &[0, 1, 0]));
}
