//! Node.js, and the npm packages of a folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::program;
use super::version::Version;
use crate::step;

/// The oldest Node.js that the browser code is built and tested with.
const OLDEST: Version = Version(20, 19, 0);

/// A copy of the lock file that the installed packages came from; npm removes it with them.
const INSTALLED: &str = "node_modules/.installed-package-lock.json";

/// Whether npm and a new enough Node.js are on the search path.
pub(super) fn is_usable() -> bool {
    program::find("npm").is_some() && node_version().is_some_and(|version| version >= OLDEST)
}

/// For use after an installation: a distribution may offer only an older one.
pub(super) fn require_usable() -> Result<()> {
    match node_version() {
        Some(version) if version < OLDEST => {
            bail!("Node.js {version} is too old; install {OLDEST} or newer and put it first on PATH")
        }
        _ if is_usable() => Ok(()),
        _ => bail!("no usable Node.js and npm on PATH; install Node.js {OLDEST} or newer"),
    }
}

/// Installs the npm packages of `folder` exactly as its lock file says, unless that is what is installed.
pub(crate) fn npm_packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let stamp = folder.join(INSTALLED);
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    // A lock file without packages leaves no node_modules to put the stamp in.
    let made = stamp.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(&stamp, &wanted))
        .with_context(|| format!("cannot write {}", stamp.display()))
}

fn node_version() -> Option<Version> {
    Version::parse(&step::probe("node", ["--version"])?)
}
