//! `spokecast`, the one binary: reads the command line and hands it to the library of the same name, so that
//! tests reach everything that it does.

use std::process::ExitCode;

use clap::Parser;
use spokecast::arguments::Arguments;
use spokecast::command;

/// Stored video is held in large blocks, and connections come and go beside them: this allocator keeps the two
/// apart, where the system's lets the small ones pin what the large ones left.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    command::run(Arguments::parse())
}
