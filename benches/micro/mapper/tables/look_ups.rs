use std::hint::black_box;

use super::{Table, grouped};
use crate::shape::{LARGEST_REALM, Question, Shape, built};
use crate::statistics::real;
use crate::stopwatch::{Contender, compare};
use crate::{MOST_SCANNED, SIZES, yardstick};

const QUESTIONS: usize = 1 << 17;
const ROUNDS: usize = 9;
/// Addresses that a linear scan has gone through when it stops.
const SCANNED: usize = 10_000_000;

pub(super) fn table() -> Table {
    let mut table =
        Table::new(["rows", "look-up", "per second", "× bare", "median, ns", "p99, ns", "allocations"]);
    for count in SIZES {
        add(&mut table, count);
    }
    table
}

fn add(table: &mut Table, count: usize) {
    let one = Shape::One.rows(count);
    let (networks, questions) = (one.internals(), one.questions(QUESTIONS));
    let (bare, prefix_trie) = (yardstick::bare(&networks), yardstick::prefix_trie(&networks));
    let asked = Shape::ALL.map(|shape| {
        let rows = shape.rows(count);
        (shape, built(&rows.describe()), rows.questions(QUESTIONS))
    });

    let mut contenders = vec![
        over("bare ip_network_table", &questions, |(_, internal)| {
            black_box(bare.longest_match(internal.ip()));
        }),
        over("bare prefix-trie", &questions, |(_, internal)| {
            black_box(prefix_trie.get_lpm(&internal.ip().into()));
        }),
    ];
    if count <= MOST_SCANNED {
        let few = &questions[..QUESTIONS.min(SCANNED / count)];
        contenders.push(over("linear scan", few, |(_, internal)| {
            black_box(yardstick::linear(&networks, internal.ip()));
        }));
    }
    for (shape, map, questions) in &asked {
        let name = |what: &str| format!("{what}, {}", shape.as_str());
        contenders.push(over(name("pair"), questions, move |(external, internal)| {
            black_box(map.locate(external, Some(internal)));
        }));
        contenders.push(over(name("external alone"), questions, move |(external, _)| {
            black_box(map.locate(external, None));
        }));
        // Of other shapes most of the questions are about other realms.
        if let (Shape::One, Some(realm)) = (shape, map.realm(LARGEST_REALM)) {
            contenders.push(over(name("inside a realm"), questions, move |(_, internal)| {
                black_box(map.locate_inside(realm, internal));
            }));
        }
    }
    for (contender, figures) in contenders.iter().zip(compare(&contenders, ROUNDS)) {
        table.row([
            grouped(real(count as u64), 0),
            contender.name.clone(),
            grouped(figures.per_second, 0),
            grouped(figures.ratio, 2),
            grouped(figures.middle, 0),
            grouped(figures.p99, 0),
            grouped(real(figures.allocations), 0),
        ]);
    }
}

/// One look-up after the other.
fn over<'c>(
    name: impl Into<String>,
    questions: &'c [Question],
    look_up: impl Fn(Question) + 'c,
) -> Contender<'c> {
    Contender::new(name, questions.len(), move |range| {
        questions[range].iter().for_each(|question| look_up(*question));
    })
}
