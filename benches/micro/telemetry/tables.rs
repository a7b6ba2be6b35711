//! The tables, each of which says what it is about in its heading.

#![expect(clippy::print_stdout, reason = "a command line tool speaks to its user")]

mod events;
mod many;
#[path = "../../src/report/table.rs"]
#[expect(unused_imports, reason = "its tests run with the program that it belongs to")]
mod table;
mod threads;

use crate::machine;
use table::{Table, grouped};

/// Measures what one table holds.
type Measure = fn() -> Table;

/// Prints those that are named, or all.
pub(crate) fn print(only: &[&str]) {
    let tables: [(&str, &str, Measure); 3] = [
        ("recording", "Recording on one core", events::table),
        ("threads", "Recording while another thread does something", threads::table),
        ("many", "A window of ten million segments", many::table),
    ];
    println!("{}", machine::line());
    for (name, heading, measure) in tables {
        if only.is_empty() || only.contains(&name) {
            println!("\n#### {heading}\n\n{}", measure());
        }
    }
}
