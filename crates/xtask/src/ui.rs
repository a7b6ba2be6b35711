//! `cargo xtask ui`: builds the browser code, which the binary embeds, into `crates/ui/dist`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};

use crate::setup::{self, Need};
use crate::step;
use crate::workspace::Workspace;

/// Build the browser code into `crates/ui/dist`, which the binary embeds.
///
/// Does nothing if that folder is newer than every source. For work on the pages themselves, `npm run dev` in
/// `crates/ui` may serve better.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build even if nothing changed.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    setup::ensure(&[Need::Node])?;
    build(workspace, if arguments.force { When::Always } else { When::Stale })
}

/// When to build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// If a source is newer than what was built from it.
    Stale,
    /// In any case.
    Always,
}

/// Builds the pages. Node has to be there.
pub(crate) fn build(workspace: &Workspace, when: When) -> Result<()> {
    let folder = workspace.path("crates/ui");
    let dist = folder.join("dist");
    setup::npm_packages(&folder)?;
    if when == When::Stale && is_fresh(&source_times(&folder)?, &times_below(&dist)?) {
        println!("crates/ui/dist is newer than every source: not built again (--force builds it)");
        return Ok(());
    }
    // A page that is no more, or has moved, would be embedded still.
    if dist.is_dir() {
        std::fs::remove_dir_all(&dist).with_context(|| format!("cannot remove {}", dist.display()))?;
    }
    step::run(Command::new("npm").args(["run", "build"]).current_dir(&folder))?;
    ensure!(!times_below(&dist)?.is_empty(), "`npm run build` left nothing in {}", dist.display());
    Ok(())
}

/// Whether everything built is at least as new as everything it was built from; nothing built is never fresh.
fn is_fresh(sources: &[SystemTime], built: &[SystemTime]) -> bool {
    match (sources.iter().max(), built.iter().min()) {
        (Some(newest_source), Some(oldest_built)) => newest_source <= oldest_built,
        (_, None) => false,
        (None, Some(_)) => true,
    }
}

/// Times of everything in `crates/ui` that the pages are built from. Its folders count too: removing a file changes
/// nothing but its folder.
fn source_times(folder: &Path) -> Result<Vec<SystemTime>> {
    let mut times = Vec::new();
    for entry in entries(folder)?.iter().filter(|entry| is_source(entry)) {
        times.push(modified(entry)?);
        if entry.is_dir() {
            times.extend(source_times(entry)?);
        }
    }
    Ok(times)
}

/// Neither made by npm or cargo nor read by cargo alone.
fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_made = matches!(&*name, "node_modules" | "dist" | "target");
    let is_cargos = name == "Cargo.toml" || path.extension().is_some_and(|extension| extension == "rs");
    !is_made && !is_cargos
}

/// Times of the files below `folder`; none if there is no such folder.
fn times_below(folder: &Path) -> Result<Vec<SystemTime>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut times = Vec::new();
    for entry in entries(folder)? {
        if entry.is_dir() {
            times.extend(times_below(&entry)?);
        } else {
            times.push(modified(&entry)?);
        }
    }
    Ok(times)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = || -> std::io::Result<Vec<_>> { folder.read_dir()?.map(|entry| Ok(entry?.path())).collect() };
    list().with_context(|| format!("cannot list {}", folder.display()))
}

fn modified(path: &Path) -> Result<SystemTime> {
    let metadata = path.symlink_metadata().and_then(|metadata| metadata.modified());
    metadata.with_context(|| format!("cannot read the time of {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: &[u64]) -> Vec<SystemTime> {
        seconds.iter().map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(*s)).collect()
    }

    #[test]
    fn fresh_means_the_oldest_output_is_no_older_than_the_newest_source() {
        assert!(is_fresh(&at(&[1, 5]), &at(&[5, 9])));
        assert!(!is_fresh(&at(&[1, 6]), &at(&[5, 9])), "one output is older than one source");
    }

    #[test]
    fn nothing_built_is_never_fresh() {
        assert!(!is_fresh(&at(&[1]), &[]));
        assert!(!is_fresh(&[], &[]));
    }

    #[test]
    fn rust_files_and_what_npm_makes_are_no_sources_of_the_pages() {
        let folder = std::env::temp_dir().join(format!("xtask-ui-sources-{}", std::process::id()));
        for file in ["src/lib.rs", "src/app.ts", "dist/index.html", "src/node_modules/a.js", "Cargo.toml"] {
            let file = folder.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let sources = source_times(&folder).unwrap();
        let built = times_below(&folder.join("dist")).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(sources.len(), 2, "src and src/app.ts");
        assert_eq!(built.len(), 1);
    }
}
