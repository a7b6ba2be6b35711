//! Finding programs.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Chromium: what `CHROMIUM` names, else the first of its usual names on the search path.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Ok(PathBuf::from(named));
    }
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(find)
        .context("no Chromium on PATH; install it, or set CHROMIUM to its path")
}

/// The first file of this name in the folders of `PATH`.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    find_in(name, env::split_paths(&env::var_os("PATH")?))
}

fn find_in(name: &str, folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    folders.map(|folder| folder.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_an_executable_file_in_the_first_folder_that_has_it() {
        let folders = || ["/nowhere", "/etc", "/bin", "/usr/bin"].into_iter().map(PathBuf::from);
        assert_eq!(find_in("sh", folders()), Some(PathBuf::from("/bin/sh")));
        assert_eq!(find_in("passwd-but-not-there", folders()), None);
        let ours = || [PathBuf::from(env!("CARGO_MANIFEST_DIR"))].into_iter();
        assert_eq!(find_in("Cargo.toml", ours()), None, "a file, but no program");
        assert_eq!(find_in("src", ours()), None, "a folder");
    }
}
