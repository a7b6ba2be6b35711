//! `spokecast cert`: asking for certificates, and what stands in them.

mod judge;
mod request;
mod served;
mod show;

use std::process::ExitCode;

use crate::arguments::CertCommand;

pub(super) fn run(command: &CertCommand) -> anyhow::Result<ExitCode> {
    match command {
        CertCommand::Request(arguments) => request::run(arguments).map(|()| ExitCode::SUCCESS),
        CertCommand::Show(arguments) => show::run(arguments),
    }
}
