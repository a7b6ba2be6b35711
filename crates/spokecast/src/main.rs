//! `spokecast`, the one binary: reads the command line and hands it to the library of the same name, so that
//! tests reach everything that it does.

use std::process::ExitCode;

use clap::Parser;
use spokecast::arguments::Arguments;
use spokecast::command;

fn main() -> ExitCode {
    command::run(Arguments::parse())
}
