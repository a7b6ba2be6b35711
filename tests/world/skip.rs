//! Tests that cannot run here say so where people see it.
//!
//! The test harness shows nothing of a test that passed, so the line goes to standard error itself, and to the file
//! that `SPOKECAST_SKIPPED` names, for whoever sums up the run.

use std::fs::OpenOptions;
use std::io::{Write as _, stderr};

/// Says that a test was skipped, and why.
pub(crate) fn skipped(test: &str, why: &str) {
    let line = format!("skipped: {test}: {why}\n");
    // Nothing hangs on it that standard error can be written.
    let _closed = stderr().write_all(line.as_bytes());
    if let Some(file) = std::env::var_os("SPOKECAST_SKIPPED") {
        let file = OpenOptions::new().create(true).append(true).open(file);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("SPOKECAST_SKIPPED can be written");
    }
}
