//! Debian packages, installed without starting the services that they bring.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::program;
use crate::step;

mod services;

use services::ServicesHeld;

/// Installs `packages`; does nothing for none. Without the right to, says exactly what to install.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let is_debian_like = Path::new("/etc/debian_version").exists() && program::find("apt-get").is_some();
    if !is_root() || !is_debian_like {
        bail!("{}", advice(packages, is_debian_like));
    }
    println!("missing and installed now: {}", packages.join(", "));
    let _held = ServicesHeld::hold(Path::new("/usr/sbin"))?;
    step::run(&mut apt_get(&["update", "--quiet"]))?;
    step::run(apt_get(&["install", "--quiet", "--yes", "--no-install-recommends"]).args(packages))
}

/// Whether this is the user who may install, and much else.
pub(super) fn is_root() -> bool {
    step::probe("id", ["-u"]).as_deref() == Some("0")
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn advice(packages: &[&str], is_debian_like: bool) -> String {
    let packages = packages.join(" ");
    if is_debian_like {
        format!(
            "missing Debian packages: {packages}; install them with \
             `sudo apt-get update && sudo apt-get install --no-install-recommends {packages}`"
        )
    } else {
        format!(
            "missing, by the names of their Debian packages: {packages}; install them and put them on PATH"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_missing_asks_for_nothing() {
        install(&[]).unwrap();
    }

    #[test]
    fn the_advice_is_a_command_to_paste_on_debian() {
        let text = advice(&["ffmpeg", "chromium"], true);
        assert!(text.ends_with("apt-get install --no-install-recommends ffmpeg chromium`"), "{text}");
    }

    #[test]
    fn the_advice_elsewhere_names_the_packages() {
        let text = advice(&["ffmpeg"], false);
        assert!(text.contains("ffmpeg") && !text.contains("apt-get"), "{text}");
    }
}
