//! The limit, as a process of its own: this program's `write-loop` command.

use std::process::Command;

use anyhow::Result;

use super::Place;

pub(super) fn command(place: &Place<'_>) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["write-loop", &place.listen.to_string()]);
    Ok(command)
}
