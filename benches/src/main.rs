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

mod check;
mod clock;
mod contender;
mod h2load;
mod http;
mod http2;
mod http3;
mod identity;
mod instructions;
mod load;
mod machine;
mod namespace;
mod origin;
mod peers;
mod process;
mod report;
mod statistics;
mod wire;
mod write_loop;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

/// Measurements of the whole binary. `cargo xtask bench` builds what it needs and runs it.
#[derive(Parser)]
#[command(version)]
enum Arguments {
    /// Spokecast beside other caching servers.
    Peers(peers::Arguments),
    /// Instructions of the hot path, beside those that are stored.
    Instructions(instructions::Arguments),
    /// Whether two clients of HTTP/3 see the same.
    CheckHttp3(check::Arguments),
    /// The bare loop that the servers are held against, as a server of its own.
    #[command(hide = true)]
    WriteLoop {
        /// Where to listen.
        listen: SocketAddr,
    },
    /// Asks a server for one path over HTTP/3, again and again.
    #[command(hide = true)]
    Http3Load {
        /// Where it listens.
        server: SocketAddr,
        /// What to ask for.
        path: String,
        /// PEM file with the certificate that it has, for the name origin.example.
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        /// Connections, each with one request at a time.
        #[arg(long, default_value_t = 64, value_name = "N")]
        connections: usize,
        /// How long.
        #[arg(long, default_value_t = 2, value_name = "SECONDS")]
        seconds: u64,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse() {
        Arguments::Peers(arguments) => peers::run(&arguments),
        Arguments::Instructions(arguments) => instructions::run(&arguments),
        Arguments::CheckHttp3(arguments) => check::run(&arguments),
        Arguments::WriteLoop { listen } => write_loop::run(listen),
        Arguments::Http3Load { server, path, certificate, connections, seconds } => {
            http3::by_hand(server, &path, &certificate, connections, Duration::from_secs(seconds))
        }
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
