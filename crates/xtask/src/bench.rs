//! `cargo xtask bench`: the micro benchmarks.

use anyhow::Result;

use crate::step;
use crate::workspace::Workspace;

/// Run the micro benchmarks (criterion), all of them or those whose name contains NAME.
///
/// Results are compared with the run before; criterion's report is in its folder below cargo's target folder.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Part of a benchmark's name.
    name: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut bench = workspace.cargo(["bench", "--package", "spokecast-benches"]);
    if let Some(name) = &arguments.name {
        bench.args(["--", name]);
    }
    step::run(&mut bench)
}
