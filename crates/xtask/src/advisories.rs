//! `cargo xtask advisories`: known vulnerabilities in what we depend on.
//!
//! It stands apart from `cargo xtask test` because its answer changes without a change of ours, and because it
//! fetches the advisory database from outside.

use anyhow::Result;

use crate::setup::{self, Need};
use crate::step;
use crate::workspace::Workspace;

/// Check the dependencies against the advisory database of Rust's security group.
///
/// Fetches the database, so it needs the internet; that is why `cargo xtask test` leaves it out.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::ensure(&[Need::CargoDeny])?;
    step::run(&mut workspace.cargo(["deny", "check", "advisories"]))
}
