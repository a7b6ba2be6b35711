//! The tables, each of which says what it is about in its heading.

#![expect(clippy::print_stdout, reason = "a command line tool speaks to its user")]

mod look_ups;
mod memory;
mod plans;
mod swap;
#[path = "../../src/report/table.rs"]
#[expect(unused_imports, reason = "its tests run with the program that it belongs to")]
mod table;

use crate::machine;
use table::{Table, grouped};

/// Measures what one table holds.
type Measure = fn() -> Table;

/// Prints those that are named, or all.
pub(crate) fn print(only: &[&str]) {
    let tables: [(&str, &str, Measure); 4] = [
        ("look-ups", "Look-ups on one core", look_ups::table),
        ("plans", "One plan of one family, asked from inside its realm", plans::table),
        ("memory", "Memory and building", memory::table),
        ("swap", "Look-ups while maps of a million rows are exchanged", swap::table),
    ];
    println!("{}", machine::line());
    for (name, heading, measure) in tables {
        if only.is_empty() || only.contains(&name) {
            println!("\n#### {heading}\n\n{}", measure());
        }
    }
}
