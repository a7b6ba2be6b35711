//! `spokecast collect`.

mod check;
mod load;
mod query;
mod serve;

use std::process::ExitCode;
use std::time::Duration;

use collector::StartError;

use crate::arguments::{CollectArguments, CollectCommand};

/// How long a command waits while another process writes.
const BUSY: Duration = Duration::from_secs(30);

pub(super) fn run(arguments: CollectArguments) -> anyhow::Result<ExitCode> {
    match (arguments.command, arguments.serve) {
        (Some(CollectCommand::Serve(serve)), _) | (None, Some(serve)) => serve::run(&serve),
        (Some(CollectCommand::Query(arguments)), _) => query::run(&arguments),
        (Some(CollectCommand::Check(arguments)), _) => check::run(&arguments),
        (Some(CollectCommand::Load(arguments)), _) => load::run(&arguments),
        (None, None) => anyhow::bail!("name a --database, or one of serve, query, check and load"),
    }
}

/// Whether it is the command line that has to change before another try.
pub(super) fn is_of_the_command_line(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StartError::Exposed(_) | StartError::Retention))
}

/// Which option helps.
pub(super) fn hint(error: &anyhow::Error) -> &'static str {
    match error.downcast_ref() {
        Some(StartError::Exposed(_)) => "; --certificate, --key and --token-file name them",
        Some(StartError::Retention) => "; --retention names them, such as 400d",
        Some(StartError::Listen(..)) => "; --listen names another address",
        _ => "",
    }
}
