//! `spokecast map` and `spokecast locate`.

mod check;
mod diff;
mod export;
mod files;
mod import;
mod locate;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mapper::assemble::Assembled;
use mapper::{Description, Faults};
use serde_json::{Value, json};

use crate::arguments::{MapArguments, MapCommand};

pub(super) use check::{Outcome, is_map, outcome};
pub(super) use locate::locate;

/// Something moves between two maps, or an address is in one of several sites.
const OTHERWISE: u8 = 3;
/// No row is about an address.
const UNKNOWN: u8 = 4;

pub(super) fn run(arguments: MapArguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        MapCommand::Import(arguments) => import::run(arguments),
        MapCommand::Export(arguments) => export::run(&arguments),
        MapCommand::Check(arguments) => check::run(&arguments),
        MapCommand::Diff(arguments) => diff::run(&arguments),
        MapCommand::Explain(arguments) => locate::explain(&arguments),
    }
}

/// What is wrong with the command line, seen after it was read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(String);

/// Faults, in words with their places.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(String);

impl Refused {
    fn new(faults: &Faults, files: &[String]) -> Self {
        Self(format!("{}\n{}", faults.display(files), counted(faults.total(), "fault")))
    }
}

/// The map of some files.
fn assembled(paths: &[PathBuf]) -> anyhow::Result<(Description, Assembled)> {
    let description = files::read(paths);
    match mapper::assemble(&description) {
        Ok(assembled) => Ok((description, assembled)),
        Err(faults) => Err(Refused::new(&faults, description.files()).into()),
    }
}

/// `1 fault`, `2 faults`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Faults for scripts, in the form of those of configurations: `column` is a number there, and what the format calls a
/// column is in `key`.
fn to_json(faults: &Faults, files: &[String]) -> Vec<Value> {
    let place = |place: mapper::Place| {
        let file = files.get(usize::from(place.file));
        (file.cloned(), (place.line > 0).then_some(place.line))
    };
    let fault = |fault: &mapper::Fault| {
        let (file, line) = place(fault.at);
        let other = fault.other.map(|other| {
            let (file, line) = place(other);
            json!({ "file": file, "line": line })
        });
        json!({
            "file": file,
            "line": line,
            "column": null,
            "key": (!fault.column.is_empty()).then_some(fault.column),
            "code": fault.code.as_str(),
            "message": fault.message,
            "other": other,
        })
    };
    faults.kept().iter().map(fault).collect()
}

/// A table without lines: columns as wide as their longest cell, the last one as it is.
pub(super) struct Columns(pub(super) Vec<Vec<String>>);

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell| shown_width(cell)).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.0.first().map_or(0, Vec::len)).map(width).collect();
        for (number, row) in self.0.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            for (column, cell) in row.iter().enumerate() {
                f.write_str(cell)?;
                if column + 1 < row.len() {
                    let space = widths[column].saturating_sub(shown_width(cell)) + 2;
                    write!(f, "{:space$}", "")?;
                }
            }
        }
        Ok(())
    }
}

/// Letters, without the codes of colours.
fn shown_width(cell: &str) -> usize {
    let mut parts = cell.split('\x1b');
    let first = parts.next().unwrap_or_default().chars().count();
    let after = parts.map(|part| part.split_once('m').map_or(0, |(_, text)| text.chars().count()));
    first + after.sum::<usize>()
}

/// What a file or folder is called in messages.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn columns_stand_below_each_other() {
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let table = Columns(vec![row(["a", "b"]), row(["\x1b[1mlong\x1b[0m", "c"])]);
    assert_eq!(table.to_string(), "a     b\n\x1b[1mlong\x1b[0m  c");
}
