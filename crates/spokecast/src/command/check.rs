//! `spokecast check`.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

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
        match Config::load(file) {
            Ok(_) if arguments.json => {}
            Ok(_) => print(format_args!("{}: {}", file.display(), good("good")))?,
            Err(found) => faults.extend_from_slice(found.as_slice()),
        }
    }
    if arguments.json {
        print(format_args!("{:#}", serde_json::json!({ "faults": faults })))?;
    } else {
        report(&faults)?;
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
