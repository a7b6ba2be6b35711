//! `cargo xtask test`: everything that a change has to pass, as named and timed steps.
//!
//! The order is from cheap to dear, except that the pages are built before the code that embeds them.
//!
//! Deliberately absent: advisories (their answer changes without us; `cargo xtask advisories`) and fuzzing itself
//! (it has no natural end; `cargo xtask fuzz`): here the fuzz targets only have to compile.

mod skipped;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::ValueEnum;

use crate::setup::{self, Need};
use crate::step::{self, Report};
use crate::workspace::Workspace;
use crate::{fuzz, ui};
use skipped::Skipped;

/// Run everything that a change has to pass.
///
/// The steps run in the order listed for `--only`; each is named and timed, and a table closes the run. The first
/// failing step ends it with exit code 1.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask test                                     everything, as continuous integration does
  cargo xtask test --quick                             format, lints, unit tests
  cargo xtask test --only clippy --only browser-tests  these two steps
  cargo test --package media                           one crate, by cargo alone
  SCHEDULES=100000 cargo xtask test --only schedules   far more orders of the cache's threads")]
pub(crate) struct Arguments {
    /// Only format, lints and unit tests: no Node, no browser, no ffmpeg.
    #[arg(long, conflicts_with = "only")]
    quick: bool,

    /// Only this step; may be given more than once.
    #[arg(long, value_enum, value_name = "STEP")]
    only: Vec<Step>,

    /// Run the remaining steps after a failure too.
    #[arg(long)]
    keep_going: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> ExitCode {
    let steps = selected(arguments);
    let needs: Vec<Need> = steps.iter().flat_map(|step| step.needs(arguments.quick)).copied().collect();

    let mut report = Report::new(arguments.keep_going);
    if !setup::missing(&needs).is_empty() {
        report.step("set-up", || setup::ensure(&needs));
    }
    for step in steps {
        let mut remarks = Vec::new();
        report.step(step.name(), || step.run(workspace, arguments.quick, &mut remarks));
        report.remark(remarks);
    }
    report.close()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Formatting of the Rust code.
    Fmt,
    /// Licences, banned and duplicate crates, sources.
    Deny,
    /// Build of the pages that the binary embeds.
    Ui,
    /// Lints; a warning fails.
    Clippy,
    /// Unit, property, integration and doc tests.
    Tests,
    /// The cache under many orders of its threads' steps.
    Schedules,
    /// Unit tests of the browser code.
    UiTests,
    /// Real players in headless Chromium against the real binary.
    BrowserTests,
    /// API documentation; a broken link fails.
    Docs,
    /// The fuzz targets compile.
    FuzzTargets,
}

/// The steps in order, without repeats.
fn selected(arguments: &Arguments) -> Vec<Step> {
    let wanted = |step: &Step| {
        if arguments.quick {
            matches!(step, Step::Fmt | Step::Clippy | Step::Tests)
        } else {
            arguments.only.is_empty() || arguments.only.contains(step)
        }
    };
    Step::value_variants().iter().copied().filter(wanted).collect()
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Step::Fmt => "fmt",
            Step::Deny => "deny",
            Step::Ui => "ui",
            Step::Clippy => "clippy",
            Step::Tests => "tests",
            Step::Schedules => "schedules",
            Step::UiTests => "ui-tests",
            Step::BrowserTests => "browser-tests",
            Step::Docs => "docs",
            Step::FuzzTargets => "fuzz-targets",
        }
    }

    fn needs(self, quick: bool) -> &'static [Need] {
        match self {
            Step::Fmt => &[Need::Rustfmt],
            Step::Deny => &[Need::CargoDeny],
            Step::Ui | Step::UiTests => &[Need::Node],
            Step::Clippy => &[Need::CBuild, Need::Clippy],
            Step::Tests if !quick => &[
                Need::CBuild,
                Need::Ffmpeg,
                Need::Namespaces,
                Need::Curl,
                Need::H2load,
                Need::Openssl,
                Need::Python,
                Need::Pebble,
            ],
            Step::BrowserTests => &[Need::CBuild, Need::Node, Need::Ffmpeg, Need::Chromium, Need::Openssl],
            Step::Tests | Step::Docs => &[Need::CBuild],
            Step::Schedules => &[],
            Step::FuzzTargets => &[Need::CppCompiler],
        }
    }

    /// What passed but should be known is added to `remarks`.
    fn run(self, workspace: &Workspace, quick: bool, remarks: &mut Vec<String>) -> Result<()> {
        match self {
            Step::Fmt => fmt(workspace),
            Step::Deny => step::run(&mut workspace.cargo(["deny", "check", "bans", "licenses", "sources"])),
            Step::Ui => ui::build(workspace, ui::When::Stale),
            Step::Clippy => clippy(workspace),
            Step::Tests if quick => {
                step::run(&mut workspace.cargo(["test", "--workspace", "--no-fail-fast", "--lib", "--bins"]))
            }
            Step::Tests => tests(workspace, remarks),
            Step::Schedules => schedules(workspace),
            Step::UiTests => npm_test(workspace, "crates/ui", []),
            Step::BrowserTests => browser_tests(workspace),
            Step::Docs => step::run(
                workspace.cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"),
            ),
            Step::FuzzTargets => fuzz::check(workspace),
        }
    }
}

/// The workspace, and the fuzz targets, which are a workspace of their own.
fn fmt(workspace: &Workspace) -> Result<()> {
    step::run(&mut workspace.cargo(["fmt", "--all", "--check"]))?;
    step::run(&mut workspace.cargo(["fmt", "--manifest-path", fuzz::MANIFEST, "--check"]))
}

fn tests(workspace: &Workspace, remarks: &mut Vec<String>) -> Result<()> {
    let spokecast = build_for_tests(workspace)?;
    let skipped = Skipped::begin(workspace.target("skipped-tests"))?;
    let mut tests = workspace.cargo(["test", "--workspace", "--no-fail-fast"]);
    tests.env("SPOKECAST_BIN", spokecast).env(skipped::VARIABLE, &skipped.file);
    match setup::aioquic(workspace) {
        Ok(python) => {
            tests.env("SPOKECAST_AIOQUIC", python);
        }
        // Its tests say that they are skipped; here is why.
        Err(error) => remarks.push(format!("aioquic cannot be had: {error:#}")),
    }
    let ended = step::run(&mut tests);
    remarks.extend(skipped.lines()?);
    ended
}

/// Twice: what only the feature of [`schedules`] compiles is linted too.
fn clippy(workspace: &Workspace) -> Result<()> {
    for chosen in [&["--workspace"][..], &["--package", "segment-cache", "--features", "schedules"]] {
        let mut clippy = workspace.cargo(["clippy", "--all-targets"]);
        step::run(clippy.args(chosen).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// The feature replaces the locks in unit tests, so they are built by themselves.
fn schedules(workspace: &Workspace) -> Result<()> {
    let features = ["--package", "segment-cache", "--features", "schedules"];
    step::run(workspace.cargo(["test", "--lib"]).args(features).args(["--", "schedules"]))
}

fn browser_tests(workspace: &Workspace) -> Result<()> {
    let spokecast = build_for_tests(workspace)?;
    let chromium = setup::chromium()?;
    npm_test(workspace, "tests/browser", [("SPOKECAST_BIN", spokecast), ("CHROMIUM", chromium)])
}

/// Builds what `cargo test --workspace` builds, with the same features, so that nothing is compiled twice.
fn build_for_tests(workspace: &Workspace) -> Result<PathBuf> {
    workspace.build_spokecast(["--workspace", "--bins", "--tests"])
}

fn npm_test<const N: usize>(
    workspace: &Workspace,
    folder: &str,
    variables: [(&str, PathBuf); N],
) -> Result<()> {
    let folder = workspace.path(folder);
    setup::npm_packages(&folder)?;
    let mut test = Command::new("npm");
    test.arg("test").current_dir(folder).envs(variables);
    step::run(&mut test)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(quick: bool, only: &[Step]) -> Arguments {
        Arguments { quick, only: only.to_vec(), keep_going: false }
    }

    #[test]
    fn without_options_every_step_runs_once() {
        assert_eq!(selected(&arguments(false, &[])), Step::value_variants());
    }

    #[test]
    fn quick_needs_neither_node_nor_a_browser() {
        let steps = selected(&arguments(true, &[]));
        assert_eq!(steps, [Step::Fmt, Step::Clippy, Step::Tests]);
        let needs: Vec<_> = steps.iter().flat_map(|step| step.needs(true)).collect();
        assert_eq!(needs, [&Need::Rustfmt, &Need::CBuild, &Need::Clippy, &Need::CBuild]);
    }

    #[test]
    fn only_keeps_the_order_and_drops_repeats() {
        let steps = selected(&arguments(false, &[Step::Docs, Step::Ui, Step::Docs]));
        assert_eq!(steps, [Step::Ui, Step::Docs]);
    }

    #[test]
    fn the_names_printed_are_the_names_accepted() {
        for step in Step::value_variants() {
            assert_eq!(step.to_possible_value().unwrap().get_name(), step.name());
        }
    }

    #[test]
    fn the_pages_are_built_before_the_code_that_embeds_them() {
        let steps = selected(&arguments(false, &[]));
        let place = |step| steps.iter().position(|s| *s == step).unwrap();
        assert!(place(Step::Ui) < place(Step::Tests));
    }
}
