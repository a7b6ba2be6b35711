//! `spokecast collect check`.

use std::process::ExitCode;

use collector::file;
use serde_json::json;

use crate::arguments::{CheckReportsArguments, ColorChoice};
use crate::command::map::counted;
use crate::output::print;
use crate::paint::Paint;

pub(super) fn run(arguments: &CheckReportsArguments) -> anyhow::Result<ExitCode> {
    if arguments.schema {
        print(telemetry::report::SCHEMA.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let paint = Paint::of(ColorChoice::Auto);
    let mut faults = Vec::new();
    for path in &arguments.files {
        match file::read(path) {
            Ok(_) if arguments.json => {}
            Ok(report) => {
                let cells = counted(report.cells.len(), "cell");
                print(format_args!("{}: {} ({cells})", path.display(), paint.good("good")))?;
            }
            Err(error) => {
                let message = error.to_string();
                if !arguments.json {
                    print(format_args!("{}: {message}", path.display()))?;
                }
                faults.push(json!({ "file": path.display().to_string(), "message": message }));
            }
        }
    }
    if arguments.json {
        print(format_args!("{:#}", json!({ "faults": faults })))?;
    } else if !faults.is_empty() {
        print(counted(faults.len(), "fault"))?;
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
