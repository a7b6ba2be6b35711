//! The commands, and what their exit codes mean: 0 done, 1 it failed or a check found faults, 2 the
//! configuration or the command line is wrong.

mod check;
mod demo;
mod edge;

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};

/// Runs the command; faults go to standard error.
#[expect(clippy::print_stderr, reason = "this is where the program speaks to whoever started it")]
pub fn run(arguments: Arguments) -> ExitCode {
    let result = match arguments.command {
        Command::Edge(arguments) => edge::run(arguments),
        Command::Check(arguments) => return check::run(&arguments),
        Command::Demo(arguments) => demo::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<::edge::config::Faults>() => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("spokecast: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A runtime with a thread per core.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Waits for SIGTERM or Ctrl-C; from then on a second one ends the program at once.
async fn stop_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::warn!("ended at once");
        std::process::exit(1);
    });
    Ok(())
}
