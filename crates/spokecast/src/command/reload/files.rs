//! Files that others replace: their folders are watched, because editors and Kubernetes write another file and rename
//! it or turn a link, and what counts is whether the content differs.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// A change has to have come to rest for so long: whoever writes a file may do so in steps.
const REST: Duration = Duration::from_millis(200);
/// A folder in which something changes all the time is looked at after so many rests nevertheless.
const MOST_RESTS: usize = 10;

/// What tells two contents of a file apart; a map is too large to be kept for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) struct Digest {
    bytes: u64,
    hash: u64,
}

/// Files, and what each held when it was looked at last.
pub(super) struct WatchedFiles {
    files: Vec<WatchedFile>,
    /// Something happened in a folder. One place is enough: what counts is that it did.
    events: mpsc::Receiver<()>,
    tell: mpsc::Sender<()>,
}

struct WatchedFile {
    path: PathBuf,
    seen: Option<Digest>,
    /// Ends with this; `None` when the system does not tell about changes.
    _watcher: Option<RecommendedWatcher>,
}

impl WatchedFiles {
    /// None yet.
    pub(super) fn new() -> Self {
        let (tell, events) = mpsc::channel(1);
        Self { files: Vec::new(), events, tell }
    }

    /// Whether none is watched.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Watches a file from now on. `seen` is what was read before; a change since then is told at once.
    pub(super) fn add(&mut self, path: &Path, seen: Option<Digest>) {
        let watcher = watch(path, self.tell.clone()).inspect_err(|error| {
            tracing::warn!(%error, file = %path.display(), "a file cannot be watched: only SIGHUP reloads it");
        });
        self.files.push(WatchedFile { path: path.into(), seen, _watcher: watcher.ok() });
        // Between reading and watching it may have changed.
        let _first_look = self.tell.try_send(());
    }

    /// Watches, besides the first `kept` files, exactly `paths` from now on.
    pub(super) fn follow(&mut self, kept: usize, paths: &[PathBuf]) {
        let same = self.files[kept..].iter().map(|file| &file.path).eq(paths);
        if same {
            return;
        }
        self.files.truncate(kept);
        for path in paths {
            self.add(path, digest(path));
        }
    }

    /// Waits until a file has another content, or cannot be read any more.
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

    /// Whether one has another content than when this was asked last.
    pub(super) fn look(&mut self) -> bool {
        let mut changed = false;
        for file in &mut self.files {
            let before = std::mem::replace(&mut file.seen, digest(&file.path));
            changed |= before != file.seen;
        }
        changed
    }
}

/// What the file at `path` holds; `None` when it cannot be read.
pub(in crate::command) fn digest(path: &Path) -> Option<Digest> {
    let mut file = File::open(path).ok()?;
    let (mut hasher, mut bytes) = (DefaultHasher::new(), 0);
    let mut part = vec![0; 64 * 1024];
    loop {
        match file.read(&mut part).ok()? {
            0 => return Some(Digest { bytes, hash: hasher.finish() }),
            read => {
                hasher.write(&part[..read]);
                bytes += read as u64;
            }
        }
    }
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
        let mut file = WatchedFiles::new();
        file.add(&path, digest(&path));
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
            assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), content);
        }
    }

    #[tokio::test]
    async fn a_change_before_it_is_watched_is_told_and_the_same_content_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edge.toml");
        std::fs::write(&path, "2").unwrap();
        let before = folder.path().join("before");
        std::fs::write(&before, "1").unwrap();
        let mut file = WatchedFiles::new();
        file.add(&path, digest(&before));
        tokio::time::timeout(PATIENCE, file.changed()).await.unwrap();
        std::fs::write(&path, "2").unwrap();
        assert!(!file.look());
        std::fs::write(&path, "3").unwrap();
        tokio::time::timeout(PATIENCE, file.changed()).await.unwrap();
        // A part of it, written anew, is another content of the same length.
        std::fs::write(&path, "4").unwrap();
        assert!(file.look());
    }

    #[tokio::test]
    async fn other_files_take_the_place_of_those_that_are_watched() {
        let folder = tempfile::tempdir().unwrap();
        let [config, sites, other] =
            ["edge.toml", "sites.csv", "other.csv"].map(|name| folder.path().join(name));
        for path in [&config, &sites, &other] {
            std::fs::write(path, "1").unwrap();
        }
        let mut files = WatchedFiles::new();
        files.add(&config, digest(&config));
        files.follow(1, std::slice::from_ref(&sites));
        std::fs::write(&sites, "2").unwrap();
        tokio::time::timeout(PATIENCE, files.changed()).await.unwrap();
        files.follow(1, std::slice::from_ref(&other));
        std::fs::write(&sites, "3").unwrap();
        assert!(!files.look());
        std::fs::write(&other, "2").unwrap();
        tokio::time::timeout(PATIENCE, files.changed()).await.unwrap();
        std::fs::write(&config, "2").unwrap();
        assert!(files.look());
    }
}
