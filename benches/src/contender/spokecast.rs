//! Spokecast as it is shipped: one flag and three addresses.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Place, printed};

pub(super) fn version(program: &Path) -> Result<String> {
    printed(program.to_str().context("the path of spokecast is not UTF-8")?, "--version")
}

pub(super) fn command(program: &Path, place: &Place<'_>) -> Command {
    let mut command = Command::new(program);
    command.args(["edge", "--origin", &format!("http://{}", place.origin)]);
    command.args(["--listen", &place.listen.to_string(), "--admin", "127.0.0.1:0"]);
    command.args(["--memory", &format!("{}MiB", place.memory_mib)]);
    command
}
