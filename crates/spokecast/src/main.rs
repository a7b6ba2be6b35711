//! `spokecast`, the one binary.

use std::process::ExitCode;

use clap::Parser;
use spokecast::arguments::Arguments;
use spokecast::command;

fn main() -> ExitCode {
    command::run(Arguments::parse())
}
