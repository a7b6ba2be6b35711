//! `cargo xtask fuzz`: coverage-guided fuzzing of the parsers, one target each in `tests/fuzz`.
//!
//! The seeds in `tests/fuzz/seeds/<target>` are kept with the code; what the fuzzer finds interesting goes to
//! `tests/fuzz/corpus/<target>`, which is not.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::setup::{self, Need};
use crate::step;
use crate::workspace::Workspace;

/// The fuzz targets' own manifest: a workspace of its own, because it needs a nightly compiler to run.
pub(crate) const MANIFEST: &str = "tests/fuzz/Cargo.toml";

/// Fuzz one parser, or each of them in turn.
///
/// Needs a nightly toolchain and cargo-fuzz; both are installed if rustup is there. An input that breaks a target
/// is kept in tests/fuzz/artifacts, and the command to repeat it is printed.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask fuzz                       the names of the targets
  cargo xtask fuzz hls --seconds 300     one target for five minutes
  cargo xtask fuzz --all                 each target for a minute")]
pub(crate) struct Arguments {
    /// The target; without it the targets are listed.
    target: Option<String>,

    /// How long to fuzz each target.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u32,

    /// Every target in turn.
    #[arg(long, conflicts_with = "target")]
    all: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    setup::ensure(&[Need::Nightly, Need::CargoFuzz, Need::CppCompiler])?;
    let targets = targets(workspace)?;
    match &arguments.target {
        _ if arguments.all => {
            targets.iter().try_for_each(|target| fuzz(workspace, target, arguments.seconds))
        }
        Some(target) if targets.contains(target) => fuzz(workspace, target, arguments.seconds),
        Some(target) => bail!("there is no fuzz target {target}; there are: {}", targets.join(", ")),
        None => {
            println!("{}", targets.join("\n"));
            Ok(())
        }
    }
}

/// Compiles the targets without the fuzzer's instrumentation, for which the stable compiler is enough.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let target = workspace.target("fuzz");
    step::run(workspace.cargo(["check", "--manifest-path", MANIFEST, "--target-dir"]).arg(target))
}

fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let mut list = cargo_fuzz(workspace, "list");
    Ok(step::quiet_output(&mut list)?.lines().map(str::to_owned).collect())
}

fn fuzz(workspace: &Workspace, target: &str, seconds: u32) -> Result<()> {
    let corpus = workspace.path(format!("tests/fuzz/corpus/{target}"));
    std::fs::create_dir_all(&corpus).with_context(|| format!("cannot make {}", corpus.display()))?;
    let seeds = workspace.path(format!("tests/fuzz/seeds/{target}"));

    let mut fuzz = cargo_fuzz(workspace, "run");
    fuzz.arg("--target-dir").arg(workspace.target("fuzz")).arg(target).arg(corpus);
    if seeds.is_dir() {
        fuzz.arg(seeds);
    }
    fuzz.args(["--", &format!("-max_total_time={seconds}")]);
    step::run(&mut fuzz)
}

fn cargo_fuzz(workspace: &Workspace, subcommand: &str) -> Command {
    let mut command = workspace.command("rustup");
    command.args(["run", "nightly", "cargo", "fuzz", subcommand, "--fuzz-dir", "tests/fuzz"]);
    command
}
