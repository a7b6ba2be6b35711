//! `spokecast map check`, and maps in `spokecast check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mapper::{Faults, Format, assemble};
use serde_json::{Value, json};

use super::{counted, files, to_json};
use crate::arguments::CheckMapArguments;
use crate::output::print;
use crate::paint::Paint;

/// What a check of a map found.
pub(in crate::command) struct Outcome {
    faults: Faults,
    warnings: Faults,
    files: Vec<String>,
    /// What the map holds.
    summary: String,
}

pub(super) fn run(arguments: &CheckMapArguments) -> anyhow::Result<ExitCode> {
    let outcome = outcome(&arguments.files);
    if arguments.json {
        let warnings = to_json(&outcome.warnings, &outcome.files);
        print(format_args!("{:#}", json!({ "faults": outcome.faults(), "warnings": warnings })))?;
    } else {
        outcome.print(Paint::of(arguments.color))?;
        if outcome.count() > 0 {
            print(counted(outcome.count(), "fault"))?;
        }
    }
    Ok(if outcome.count() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Checks the files of one map.
pub(in crate::command) fn outcome(paths: &[PathBuf]) -> Outcome {
    let description = files::read(paths);
    let files = description.files().to_vec();
    let summary = [
        counted(description.sites().len(), "site"),
        counted(description.networks().len(), "network"),
        counted(description.edges().len(), "edge"),
    ]
    .join(", ");
    match assemble(&description) {
        Ok(assembled) => Outcome { faults: Faults::default(), warnings: assembled.warnings, files, summary },
        Err(faults) => Outcome { faults, warnings: description.warnings, files, summary },
    }
}

/// Whether a file describes networks, and is no configuration. One that cannot be read is taken for the latter.
pub(in crate::command) fn is_map(path: &Path) -> bool {
    if path.is_dir() {
        return true;
    }
    let Ok(bytes) = files::bytes(path) else { return false };
    match Format::detect(&path.display().to_string(), &bytes) {
        Some(Format::MapToml) => Format::is_map_toml(&bytes),
        format => format.is_some(),
    }
}

impl Outcome {
    /// How many faults there are.
    pub(in crate::command) fn count(&self) -> usize {
        self.faults.total()
    }

    /// The faults for scripts.
    pub(in crate::command) fn faults(&self) -> Vec<Value> {
        to_json(&self.faults, &self.files)
    }

    /// Says what is wrong, what is doubtful, or that all is good.
    pub(in crate::command) fn print(&self, paint: Paint) -> std::io::Result<()> {
        for fault in self.faults.kept() {
            print(format_args!("{} {}", paint.bad("fault:"), fault.display(&self.files)))?;
        }
        for warning in self.warnings.kept() {
            print(format_args!("{} {}", paint.doubtful("warning:"), warning.display(&self.files)))?;
        }
        if self.faults.is_empty() {
            let (files, summary) = (self.files.join(", "), &self.summary);
            print(format_args!("{files}: {} ({summary})", paint.good("good")))?;
        }
        Ok(())
    }
}
