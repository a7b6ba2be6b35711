//! `spokecast check`.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use edge::Edge;
use edge::config::{Config, Fault};

use crate::arguments::CheckArguments;
use crate::output::print;

pub(super) fn run(arguments: &CheckArguments) -> anyhow::Result<ExitCode> {
    if arguments.schema {
        print(format_args!("{:#}", Config::schema()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut faults = Vec::new();
    for file in &arguments.files {
        match check(file) {
            Ok(()) if arguments.json => {}
            Ok(()) => print(format_args!("{}: {}", file.display(), good("good")))?,
            Err(found) => faults.extend(found),
        }
    }
    if arguments.json {
        print(format_args!("{:#}", serde_json::json!({ "faults": faults })))?;
    } else {
        report(&faults)?;
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The file itself first, then what it names.
fn check(file: &Path) -> Result<(), Vec<Fault>> {
    let config = Config::load(file).map_err(|found| found.as_slice().to_vec())?;
    Edge::rehearse(config).map_err(|error| vec![Fault::of_file(file, error.to_string())])
}

fn report(faults: &[Fault]) -> io::Result<()> {
    for fault in faults {
        print(fault)?;
    }
    match faults.len() {
        0 => Ok(()),
        1 => print("1 fault"),
        many => print(format_args!("{many} faults")),
    }
}

fn good(word: &str) -> String {
    if io::stdout().is_terminal() { format!("\x1b[32m{word}\x1b[0m") } else { word.into() }
}
