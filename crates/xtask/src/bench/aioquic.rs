//! aioquic, a client of HTTP/3 that shares no code with ours, in a Python environment of its own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::step;
use crate::workspace::Workspace;

/// The version that the script is written for.
const VERSION: &str = "1.7.2";

/// A Python that has it; installs it below cargo's target folder if it is not there.
pub(super) fn python(workspace: &Workspace) -> Result<PathBuf> {
    let environment = workspace.target(format!("aioquic-{VERSION}"));
    let python = environment.join("bin/python");
    let is_there = || {
        let import = Command::new(&python).args(["-c", "import aioquic.asyncio"]).output();
        import.is_ok_and(|output| output.status.success())
    };
    if !is_there() {
        step::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let package = format!("aioquic=={VERSION}");
        step::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", &package]))?;
    }
    Ok(python)
}
