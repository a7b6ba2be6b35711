//! The commands, and what their exit codes mean: 0 done, 1 it failed or a check found faults, 2 the
//! configuration or the command line is wrong.

mod cert;
mod check;
mod collect;
mod demo;
mod edge;
mod key;
mod map;
mod reload;
mod stop;

use std::process::ExitCode;

use ::edge::StartError;

use crate::arguments::{Arguments, Command};
use crate::output::say;

/// Runs the command; faults go to standard error.
pub fn run(arguments: Arguments) -> ExitCode {
    let result = match arguments.command {
        Command::Edge(arguments) => edge::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Check(arguments) => check::run(&arguments),
        Command::Map(arguments) => map::run(arguments),
        Command::Locate(arguments) => map::locate(&arguments),
        Command::Key(arguments) => key::run(&arguments.command).map(|()| ExitCode::SUCCESS),
        Command::Cert(arguments) => cert::run(&arguments.command),
        Command::Collect(arguments) => collect::run(arguments),
        Command::Demo(arguments) => demo::run(arguments).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        if error.is::<::edge::config::Faults>() || error.is::<map::Refused>() {
            // Each begins with its file and line already.
            say(&error);
        } else {
            say(format_args!("spokecast: {error:#}{}", hint(&error)));
        }
        exit_code(&error)
    })
}

/// Whether it is the configuration that has to change before another try.
fn exit_code(error: &anyhow::Error) -> ExitCode {
    let of_the_configuration = error.is::<::edge::config::Faults>()
        || error.is::<map::Usage>()
        || collect::is_of_the_command_line(error)
        || matches!(error.downcast_ref(), Some(StartError::Core(_)));
    if of_the_configuration { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// A runtime with a thread per core.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// What to do about an address that cannot be listened on: the message names the key, this the option.
fn hint(error: &anyhow::Error) -> &'static str {
    match error.downcast_ref() {
        Some(StartError::Listen(error)) if error.key == "admin.listen" => "; --admin names another address",
        Some(StartError::Listen(error)) if error.key == "tls.listen" => {
            "; --tls-listen names another address"
        }
        Some(StartError::Listen(_)) => "; --listen names another address",
        _ => collect::hint(error),
    }
}
