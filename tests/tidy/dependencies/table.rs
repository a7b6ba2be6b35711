//! The table on the architecture page, between its two markers.
//!
//! ```text
//! | crate       | may name         |
//! |-------------|------------------|
//! | edge        | media, ui        |
//! | media, ui   | nothing of ours  |
//! ```

use super::{Fault, File};

const BEGIN: &str = "<!-- dependency-table -->";
const END: &str = "<!-- /dependency-table -->";

/// One crate of the table.
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) may_name: Vec<String>,
}

/// The rows, one for each crate even where crates share a line, and what cannot be read.
pub(super) fn parse(page: &File) -> (Vec<Row>, Vec<Fault>) {
    let inside = page.lines().skip_while(|(_, text)| text.trim() != BEGIN).skip(1);
    let lines: Vec<_> = inside.take_while(|(_, text)| text.trim() != END).collect();
    if lines.is_empty() {
        return (Vec::new(), vec![Fault::new(&page.path, 1, format!("no table between {BEGIN} and {END}"))]);
    }
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    for (line, text) in lines {
        let text = text.trim();
        let is_frame = text.is_empty() || text.contains("---") || text.contains("may name");
        if is_frame {
            continue;
        }
        match cells(text) {
            Some((crates, may_name)) => rows.extend(names(crates).into_iter().map(|name| Row {
                line,
                name,
                may_name: names(may_name),
            })),
            None => faults.push(Fault::new(&page.path, line, "a row is `| crate | may name |`")),
        }
    }
    (rows, faults)
}

fn cells(text: &str) -> Option<(&str, &str)> {
    let (left, right) = text.strip_prefix('|')?.strip_suffix('|')?.split_once('|')?;
    (!right.contains('|')).then_some((left, right))
}

/// Names between commas, with or without backticks; "nothing …" and a dash are none.
fn names(cell: &str) -> Vec<String> {
    let names = cell.split(',').map(|name| name.trim().trim_matches('`'));
    names
        .filter(|name| !matches!(*name, "" | "—" | "-") && !name.starts_with("nothing"))
        .map(str::to_owned)
        .collect()
}
