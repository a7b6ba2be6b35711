//! `cargo xtask demo`: builds the release binary with its pages and becomes `spokecast demo`.

use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::setup::{self, Need};
use crate::workspace::Workspace;
use crate::{step, ui};

/// Run the demo: an origin with live and recorded sample streams, an edge before it, and a page to watch.
///
/// Makes the sample streams with ffmpeg, builds the pages and the release binary, then runs `spokecast demo`.
/// The addresses to open in a browser are printed. Ctrl-C ends it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask demo
  cargo xtask demo -- --help     the options of `spokecast demo` itself")]
pub(crate) struct Arguments {
    /// Passed on to `spokecast demo` as they stand.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    rest: Vec<String>,
}

/// Returns only on failure: on success this process has become `spokecast demo`, so that signals reach it and its
/// exit code is ours without anything in between.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    setup::ensure(&[Need::CBuild, Need::Ffmpeg, Need::Node])?;
    ui::build(workspace, ui::When::Stale)?;
    let spokecast = workspace.build_spokecast(["--release", "--package", "spokecast"])?;

    let mut demo = std::process::Command::new(spokecast);
    demo.arg("demo").args(&arguments.rest);
    let shown = step::describe(&demo);
    println!("{}", step::dim(&format!("$ {shown}")));
    Err(demo.exec()).with_context(|| format!("cannot start `{shown}`"))
}
