//! `spokecast check`.

use std::io::IsTerminal;
use std::process::ExitCode;

use edge::config::{Config, Fault};

use crate::arguments::CheckArguments;

#[expect(clippy::print_stdout, reason = "the report is the command's output")]
pub(super) fn run(arguments: &CheckArguments) -> ExitCode {
    if arguments.schema {
        println!("{:#}", Config::schema());
        return ExitCode::SUCCESS;
    }
    let mut faults = Vec::new();
    for file in &arguments.files {
        match Config::load(file) {
            Ok(_) if arguments.json => {}
            Ok(_) => println!("{}: {}", file.display(), good("good")),
            Err(found) => faults.extend_from_slice(found.as_slice()),
        }
    }
    if arguments.json {
        println!("{:#}", serde_json::json!({ "faults": faults }));
    } else {
        report(&faults);
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "the report is the command's output")]
fn report(faults: &[Fault]) {
    for fault in faults {
        println!("{fault}");
    }
    match faults.len() {
        0 => {}
        1 => println!("1 fault"),
        many => println!("{many} faults"),
    }
}

fn good(word: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[32m{word}\x1b[0m") } else { word.into() }
}
