//! What the `mapper` crate costs: look-ups, memory, building, and exchanging maps while they are asked.
//!
//! Without arguments these are micro benchmarks by criterion. With `--table` (`cargo xtask bench --mapper`) it prints
//! tables in Markdown, in which each figure stands beside a bare longest-prefix match of the same run.

#[path = "../../src/clock.rs"]
mod clock;
#[path = "../../src/machine.rs"]
mod machine;
mod networks;
mod random;
mod shape;
#[path = "../../src/statistics.rs"]
#[expect(unused_imports, reason = "its tests run with the program that it belongs to")]
mod statistics;
mod stopwatch;
mod tables;
mod yardstick;

use std::hint::black_box;

use criterion::Criterion;

use shape::{LARGEST_REALM, Shape, built};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--table") {
        let only: Vec<&str> =
            arguments[at + 1..].iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
        return tables::print(&only);
    }
    let mut criterion = Criterion::default().configure_from_args();
    for count in SIZES {
        look_ups(&mut criterion, count);
    }
    criterion.final_summary();
}

/// Rows of a map.
const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
/// Linear scans of more rows are not waited for.
const MOST_SCANNED: usize = 100_000;
const QUESTIONS: usize = 1 << 16;

fn look_ups(criterion: &mut Criterion, count: usize) {
    let mut group = criterion.benchmark_group(format!("mapper with {count} rows"));
    let one = Shape::One.rows(count);
    let (networks, questions) = (one.internals(), one.questions(QUESTIONS));
    let mut turn = questions.iter().cycle();
    let mut next = || *turn.next().expect("a cycle does not end");

    let bare = yardstick::bare(&networks);
    group.bench_function("bare ip_network_table", |bencher| {
        bencher.iter(|| black_box(bare.longest_match(next().1.ip())));
    });
    let prefix_trie = yardstick::prefix_trie(&networks);
    group.bench_function("bare prefix-trie", |bencher| {
        bencher.iter(|| black_box(prefix_trie.get_lpm(&next().1.ip().into())));
    });
    if count <= MOST_SCANNED {
        group.sample_size(10);
        group.bench_function("linear scan", |bencher| {
            bencher.iter(|| black_box(yardstick::linear(&networks, next().1.ip())));
        });
        group.sample_size(100);
    }
    for shape in Shape::ALL {
        let rows = shape.rows(count);
        let map = built(&rows.describe());
        let questions = rows.questions(QUESTIONS);
        let mut turn = questions.iter().cycle();
        let mut next = || *turn.next().expect("a cycle does not end");
        group.bench_function(format!("pair, {}", shape.as_str()), |bencher| {
            bencher.iter(|| {
                let (external, internal) = next();
                black_box(map.locate(external, Some(internal)));
            });
        });
        group.bench_function(format!("external alone, {}", shape.as_str()), |bencher| {
            bencher.iter(|| black_box(map.locate(next().0, None)));
        });
        // Of other shapes most of the questions are about other realms.
        if let (Shape::One, Some(realm)) = (shape, map.realm(LARGEST_REALM)) {
            group.bench_function(format!("inside a realm, {}", shape.as_str()), |bencher| {
                bencher.iter(|| black_box(map.locate_inside(realm, next().1)));
            });
        }
    }
    group.finish();
}
