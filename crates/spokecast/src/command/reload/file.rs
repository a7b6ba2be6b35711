//! A file that others replace: its folder is watched, because editors and Kubernetes write another file and rename
//! it or turn a link, and what counts is whether the content differs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// A change has to have come to rest for so long: whoever writes a file may do so in steps.
const REST: Duration = Duration::from_millis(200);
/// A folder in which something changes all the time is looked at after so many rests nevertheless.
const MOST_RESTS: usize = 10;

/// A file, and what it held when it was looked at last.
pub(super) struct WatchedFile {
    path: PathBuf,
    seen: Option<String>,
    /// Something happened in the folder. One place is enough: what counts is that it did.
    events: mpsc::Receiver<()>,
    /// Ends with this; `None` when the system does not tell about changes.
    _watcher: Option<RecommendedWatcher>,
}

impl WatchedFile {
    /// Watches from now on. `seen` is what was read before; a change since then is told at once.
    pub(super) fn new(path: &Path, seen: Option<String>) -> Self {
        let (tell, events) = mpsc::channel(1);
        // Between reading and watching it may have changed.
        let _first_look = tell.try_send(());
        let watcher = watch(path, tell).inspect_err(|error| {
            tracing::warn!(%error, "the configuration's folder cannot be watched: only SIGHUP reloads it");
        });
        Self { path: path.into(), seen, events, _watcher: watcher.ok() }
    }

    /// Waits until the file has another content, or cannot be read any more.
    pub(super) async fn changed(&mut self) {
        loop {
            if self.events.recv().await.is_none() {
                // Nobody watches.
                std::future::pending::<()>().await;
            }
            for _ in 0..MOST_RESTS {
                if tokio::time::timeout(REST, self.events.recv()).await.is_err() {
                    break;
                }
            }
            if self.look() {
                return;
            }
        }
    }

    /// Whether it has another content than when this was asked last.
    pub(super) fn look(&mut self) -> bool {
        let before = std::mem::replace(&mut self.seen, content(&self.path));
        before != self.seen
    }
}

/// What the file at `path` holds; `None` when it cannot be read.
pub(in crate::command) fn content(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn watch(path: &Path, tell: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.map_or(true, |event| is_change(event.kind)) {
            // When the place is taken, somebody is about to look.
            let _told = tell.try_send(());
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// Reading is none, our own above all.
fn is_change(kind: EventKind) -> bool {
    !kind.is_access() || kind == EventKind::Access(AccessKind::Close(AccessMode::Write))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any of this takes.
    const PATIENCE: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn a_file_that_is_written_replaced_or_linked_anew_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edge.toml");
        std::fs::write(&path, "1").unwrap();
        let mut file = WatchedFile::new(&path, content(&path));
        let write: fn(&Path) = |path| std::fs::write(path, "2").unwrap();
        let replace: fn(&Path) = |path| {
            std::fs::write(path.with_extension("new"), "3").unwrap();
            std::fs::rename(path.with_extension("new"), path).unwrap();
        };
        let link: fn(&Path) = |path| {
            std::fs::create_dir(path.with_file_name("version")).unwrap();
            std::fs::write(path.with_file_name("version").join("edge.toml"), "4").unwrap();
            std::os::unix::fs::symlink("version/edge.toml", path.with_extension("link")).unwrap();
            std::fs::rename(path.with_extension("link"), path).unwrap();
        };
        let remove: fn(&Path) = |path| std::fs::remove_file(path).unwrap();
        for (change, content) in [(write, Some("2")), (replace, Some("3")), (link, Some("4")), (remove, None)]
        {
            change(&path);
            tokio::time::timeout(PATIENCE, file.changed()).await.unwrap();
            assert_eq!(file.seen.as_deref(), content);
        }
    }

    #[tokio::test]
    async fn a_change_before_it_is_watched_is_told_and_the_same_content_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edge.toml");
        std::fs::write(&path, "2").unwrap();
        let mut file = WatchedFile::new(&path, Some("1".into()));
        tokio::time::timeout(PATIENCE, file.changed()).await.unwrap();
        std::fs::write(&path, "2").unwrap();
        assert!(!file.look());
        std::fs::write(&path, "3").unwrap();
        tokio::time::timeout(PATIENCE, file.changed()).await.unwrap();
        assert_eq!(file.seen.as_deref(), Some("3"));
    }
}
