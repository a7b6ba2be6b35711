//! Keeps packages from starting their services while they are installed.
//!
//! Debian's maintainer scripts ask `policy-rc.d` before they start anything; exit code 101 forbids it. What stood
//! there before is set aside and put back. Should the process be killed in between, the next run puts it back.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const POLICY: &str = "policy-rc.d";
const SET_ASIDE: &str = "policy-rc.d.before-xtask";
const MARK: &str = "# Written by cargo xtask while it installs packages; safe to remove.";

/// While this lives, installed packages start nothing.
pub(super) struct ServicesHeld {
    folder: PathBuf,
}

impl ServicesHeld {
    /// `folder` is where `policy-rc.d` is looked for: `/usr/sbin`.
    pub(super) fn hold(folder: &Path) -> Result<Self> {
        let held = Self { folder: folder.to_owned() };
        held.put_back()?;
        let policy = folder.join(POLICY);
        if policy.symlink_metadata().is_ok() {
            rename(&policy, &folder.join(SET_ASIDE))?;
        }
        write_program(&policy, &format!("#!/bin/sh\n{MARK}\nexit 101\n"))?;
        Ok(held)
    }

    /// Removes our policy, if it is there, and restores the one set aside, if there is one.
    fn put_back(&self) -> Result<()> {
        let policy = self.folder.join(POLICY);
        let set_aside = self.folder.join(SET_ASIDE);
        if fs::read_to_string(&policy).is_ok_and(|text| text.contains(MARK)) {
            fs::remove_file(&policy).with_context(|| format!("cannot remove {}", policy.display()))?;
        }
        if set_aside.symlink_metadata().is_ok() {
            rename(&set_aside, &policy)?;
        }
        Ok(())
    }
}

impl Drop for ServicesHeld {
    fn drop(&mut self) {
        if let Err(error) = self.put_back() {
            eprintln!("warning: {error:#}; services of packages installed later may not start");
        }
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}

fn write_program(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty folder of the test's own, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-services-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn policy(&self) -> Option<String> {
            fs::read_to_string(self.0.join(POLICY)).ok()
        }

        fn files(&self) -> usize {
            self.0.read_dir().unwrap().count()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn without_a_policy_ours_stands_and_goes() {
        let folder = Folder::new("none");
        let held = ServicesHeld::hold(&folder.0).unwrap();
        assert!(folder.policy().unwrap().ends_with("exit 101\n"));
        drop(held);
        assert_eq!(folder.files(), 0);
    }

    #[test]
    fn the_policy_that_stood_there_is_put_back() {
        let folder = Folder::new("some");
        fs::write(folder.0.join(POLICY), "theirs").unwrap();
        let held = ServicesHeld::hold(&folder.0).unwrap();
        assert!(folder.policy().unwrap().contains(MARK));
        drop(held);
        assert_eq!(folder.policy().as_deref(), Some("theirs"));
        assert_eq!(folder.files(), 1);
    }

    #[test]
    fn a_killed_run_is_made_good_by_the_next() {
        let folder = Folder::new("killed");
        fs::write(folder.0.join(POLICY), "theirs").unwrap();
        std::mem::forget(ServicesHeld::hold(&folder.0).unwrap());
        drop(ServicesHeld::hold(&folder.0).unwrap());
        assert_eq!(folder.policy().as_deref(), Some("theirs"));
        assert_eq!(folder.files(), 1);
    }
}
