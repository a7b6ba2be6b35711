//! Parts of the Rust toolchain, and cargo's subcommands.

use std::process::Command;

use anyhow::{Result, bail};

use super::program;
use super::version::Version;
use crate::step;

/// A subcommand of cargo that comes from crates.io.
pub(super) struct Subcommand {
    name: &'static str,
    /// The version that is installed if none, or an older one, is there.
    version: Version,
}

pub(super) const CARGO_DENY: Subcommand = Subcommand { name: "deny", version: Version(0, 20, 2) };
pub(super) const CARGO_FUZZ: Subcommand = Subcommand { name: "fuzz", version: Version(0, 13, 2) };

impl Subcommand {
    pub(super) fn is_installed(&self) -> bool {
        step::probe("cargo", [self.name, "--version"])
            .and_then(|line| Version::parse(&line))
            .is_some_and(|version| version >= self.version)
    }

    pub(super) fn install(&self) -> Result<()> {
        println!("cargo-{} {} or newer is missing: building it takes some minutes", self.name, self.version);
        let mut install = Command::new("cargo");
        // Forced, because cargo believes its own record even where the program is gone or broken.
        install.args(["install", "--locked", "--force", &format!("cargo-{}", self.name)]);
        install.args(["--version", &self.version.to_string()]);
        step::run(&mut install)
    }
}

/// Whether `cargo <subcommand>` works.
pub(super) fn has_component(subcommand: &str) -> bool {
    step::probe("cargo", [subcommand, "--version"]).is_some()
}

pub(super) fn add_component(component: &str) -> Result<()> {
    if program::find("rustup").is_none() {
        bail!("{component} is missing and there is no rustup; install {component} for your Rust toolchain");
    }
    println!("{component} is missing");
    step::run(Command::new("rustup").args(["component", "add", component]))
}

pub(super) fn has_nightly() -> bool {
    step::probe("rustup", ["run", "nightly", "rustc", "--version"]).is_some()
}

pub(super) fn add_nightly() -> Result<()> {
    if program::find("rustup").is_none() {
        bail!(
            "fuzzing needs a nightly Rust toolchain, found through rustup, and there is no rustup; install it"
        );
    }
    println!("fuzzing needs a nightly Rust toolchain, and none is installed");
    step::run(Command::new("rustup").args(["toolchain", "install", "nightly", "--profile", "minimal"]))
}
