//! Spokecast beside other caching servers, and the instructions of its hot path: `cargo xtask bench` runs this.
//!
//! The servers are real processes, measured from outside and pinned to one core; origin, load and viewers are here,
//! on another. Nothing of ours is linked, so what is measured is the binary that is shipped.
//!
//! Invariants:
//! - Servers take turns, so that a drift of the machine shows as spread and not as a difference between them.
//! - Every child is ended by its number, however this program ends.
//! - Every phase is bounded in time.
//!
//! Deliberately absent: judgement. Only `instructions` compares with a stored figure, because only instructions are
//! the same on a busy machine.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to its user")]

mod clock;
mod contender;
mod http;
mod instructions;
mod load;
mod machine;
mod namespace;
mod origin;
mod peers;
mod process;
mod report;
mod statistics;
mod write_loop;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;

/// Measurements of the whole binary. `cargo xtask bench` builds what it needs and runs it.
#[derive(Parser)]
#[command(version)]
enum Arguments {
    /// Spokecast beside other caching servers.
    Peers(peers::Arguments),
    /// Instructions of the hot path, beside those that are stored.
    Instructions(instructions::Arguments),
    /// The bare loop that the servers are held against, as a server of its own.
    #[command(hide = true)]
    WriteLoop {
        /// Where to listen.
        listen: SocketAddr,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse() {
        Arguments::Peers(arguments) => peers::run(&arguments),
        Arguments::Instructions(arguments) => instructions::run(&arguments),
        Arguments::WriteLoop { listen } => write_loop::run(listen),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
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
