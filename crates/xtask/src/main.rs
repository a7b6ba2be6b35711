//! Commands for people who work on Spokecast: `cargo xtask demo`, `cargo xtask test` and the like.
//!
//! What continuous integration runs and what a person runs are the same commands, so that a green run here is a
//! green run there. Each command installs what it needs before it starts, says so, and does nothing twice.
//!
//! Invariants:
//! - Every child process is shown before it runs, with its folder and the variables set for it, so that it can be
//!   repeated by hand.
//! - Nothing is swallowed: children write straight to the terminal, and a failure names the command that failed.
//! - This crate depends on no other crate of the workspace, so a broken crate never breaks the tool that tests it.
//!
//! Deliberately absent: Windows (servers and their developers run Linux; macOS works where Debian's packages are
//! not needed), and any command whose answer `cargo` alone gives as well.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks to its user; there is no log to write to"
)]

mod advisories;
mod bench;
mod demo;
mod fuzz;
mod setup;
mod step;
mod test;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Commands for people who work on Spokecast.
///
/// Every command first installs what it needs and does not find: Debian packages (when run as root on a Debian-like
/// system; otherwise it lists what to install), Rust components, and the npm packages of the browser code.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = START_HERE)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const START_HERE: &str = "\
Start here:
  cargo xtask demo            watch sample video through an edge on this machine
  cargo xtask test --quick    format, lints and unit tests: before each commit
  cargo xtask test            everything that a change has to pass

Built files go to cargo's target folder; CARGO_TARGET_DIR moves it as usual.";

#[derive(Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Test(test::Arguments),
    Ui(ui::Arguments),
    Bench(bench::Arguments),
    Fuzz(fuzz::Arguments),
    Advisories(advisories::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{} {error:#}", step::red("error:"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Command::Demo(arguments) => demo::run(&workspace, arguments),
        Command::Test(arguments) => Ok(test::run(&workspace, arguments)),
        Command::Ui(arguments) => ui::run(&workspace, arguments).map(|()| ExitCode::SUCCESS),
        Command::Bench(arguments) => bench::run(&workspace, arguments).map(|()| ExitCode::SUCCESS),
        Command::Fuzz(arguments) => fuzz::run(&workspace, arguments).map(|()| ExitCode::SUCCESS),
        Command::Advisories(_) => advisories::run(&workspace).map(|()| ExitCode::SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
