//! aioquic, a client of HTTP/3 that shares no code with ours, in a Python environment of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::step;
use crate::workspace::Workspace;

/// Exact versions of it and of all that it stands on.
const PACKAGES: &str = "tests/clients/requirements.txt";

/// A Python that has it; installs it below cargo's target folder unless it is there, in the versions that are wanted.
pub(crate) fn aioquic(workspace: &Workspace) -> Result<PathBuf> {
    let list = workspace.path(PACKAGES);
    let wanted = fs::read(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let environment = workspace.target("aioquic");
    let (python, stamp) = (environment.join("bin/python"), environment.join("installed-requirements.txt"));
    let is_there = || {
        let import = Command::new(&python).args(["-c", "import aioquic.asyncio"]).output();
        import.is_ok_and(|output| output.status.success())
    };
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) && is_there() {
        return Ok(python);
    }
    // What is there may be another Python's, or half of it.
    step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    // As they are: nothing is compiled here.
    install.args(["--only-binary", ":all:", "--no-deps", "--requirement"]).arg(&list);
    step::run(&mut install)?;
    fs::write(&stamp, &wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}
