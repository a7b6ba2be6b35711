//! Tests that cannot run on this machine: each writes a line into a file, so that the summary of the run can show it.
//!
//! The tests see the file's path in `SPOKECAST_SKIPPED` (`tests/world/skip.rs`).

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The variable that names the file.
pub(super) const VARIABLE: &str = "SPOKECAST_SKIPPED";

/// The file for the lines of one run.
pub(super) struct Skipped {
    pub(super) file: PathBuf,
}

impl Skipped {
    /// Forgets the lines of the run before.
    pub(super) fn begin(file: PathBuf) -> Result<Self> {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                bail!("cannot remove {}: {error}", file.display())
            }
            _ => Ok(Self { file }),
        }
    }

    /// What was skipped, and why; in the order of the alphabet, for tests run in any.
    pub(super) fn lines(&self) -> Result<Vec<String>> {
        let text = match fs::read_to_string(&self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.with_context(|| format!("cannot read {}", self.file.display()))?,
        };
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_of_this_run_are_shown() {
        let file = std::env::temp_dir().join(format!("xtask-skipped-{}", std::process::id()));
        fs::write(&file, "of the run before\n").unwrap();
        let skipped = Skipped::begin(file.clone()).unwrap();
        assert!(skipped.lines().unwrap().is_empty(), "no test was skipped, and there is no file");
        fs::write(&file, "skipped: b: no ip\nskipped: a: no ip\n").unwrap();
        assert_eq!(skipped.lines().unwrap(), ["skipped: a: no ip", "skipped: b: no ip"]);
        fs::remove_file(&file).unwrap();
    }
}
