//! A disk in memory that knows what a loss of power takes: whatever was not made durable.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::disk::{Disk, Listed, Lock};

/// What is on the disk after the process, or the machine, has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum After {
    /// The process was killed: the system has all that it had done, and nothing more is durable than before.
    Kill,
    /// The power failed: only what was made durable is there.
    PowerFailure,
    /// The power failed, and of the rest each was made durable or not as the seed says.
    PowerFailureInPart(u64),
}

#[derive(Debug, Default)]
pub(super) struct MemoryDisk {
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// Files by number, each with its bytes and those that are durable.
    files: Vec<(Vec<u8>, Vec<u8>)>,
    names: BTreeMap<PathBuf, Node>,
    durable_names: BTreeMap<PathBuf, Node>,
    locks: BTreeMap<PathBuf, Weak<()>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Node {
    Folder,
    File(usize),
}

impl MemoryDisk {
    /// The disk as the next process finds it.
    pub(super) fn after(&self, after: After) -> Self {
        let old = self.state();
        if after == After::Kill {
            let left = State { locks: BTreeMap::new(), ..old.clone() };
            return Self { state: Mutex::new(left) };
        }
        let mut seed = match after {
            After::PowerFailureInPart(seed) => seed | 1,
            _ => 1,
        };
        let mut keeps = || match after {
            After::Kill | After::PowerFailure => false,
            After::PowerFailureInPart(_) => {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed & 64 != 0
            }
        };
        let mut new = State { names: old.durable_names.clone(), ..State::default() };
        // Old and new name of a file go together: a rename is whole or not done.
        let mut kept_files = BTreeMap::new();
        for path in old.names.keys().chain(old.durable_names.keys()) {
            let (now, durable) = (old.names.get(path), old.durable_names.get(path));
            let Some(Node::File(file)) = now.or(durable).filter(|_| now != durable) else { continue };
            if *kept_files.entry(*file).or_insert_with(&mut keeps) {
                match now {
                    Some(node) => new.names.insert(path.clone(), *node),
                    None => new.names.remove(path),
                };
            }
        }
        new.files = old
            .files
            .iter()
            .map(|(now, durable)| {
                let kept = if now != durable && keeps() { now } else { durable };
                (kept.clone(), kept.clone())
            })
            .collect();
        new.durable_names = new.names.clone();
        Self { state: Mutex::new(new) }
    }

    /// The files in a folder, by name.
    pub(super) fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let inside = state.names.iter().filter(|(path, _)| path.parent() == Some(Path::new(folder)));
        inside
            .filter_map(|(path, node)| match node {
                Node::File(file) => Some((name(path), state.files[*file].0.clone())),
                Node::Folder => None,
            })
            .collect()
    }

    /// Puts a file there that nobody of ours has written.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) {
        self.change(Path::new(path), bytes, true).unwrap();
    }

    /// Writes and makes nothing durable.
    pub(super) fn change(&self, path: &Path, bytes: &[u8], anew: bool) -> io::Result<usize> {
        let mut state = self.state();
        state.folder(path.parent())?;
        let known = match state.names.get(path) {
            Some(Node::File(file)) if !anew => Some(*file),
            Some(Node::Folder) => return Err(ErrorKind::IsADirectory.into()),
            _ => None,
        };
        let file = known.unwrap_or(state.files.len());
        if known.is_none() {
            state.files.push((Vec::new(), Vec::new()));
            state.names.insert(path.to_owned(), Node::File(file));
        }
        state.files[file].0.extend(bytes);
        Ok(file)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sync(&self, file: usize) {
        let mut state = self.state();
        state.files[file].1 = state.files[file].0.clone();
    }
}

impl State {
    fn folder(&self, path: Option<&Path>) -> io::Result<()> {
        match self.names.get(path.unwrap()) {
            Some(Node::Folder) => Ok(()),
            _ => Err(ErrorKind::NotFound.into()),
        }
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        match self.names.get(path) {
            Some(Node::File(file)) => Ok(*file),
            Some(Node::Folder) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }
}

impl Disk for MemoryDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        for path in folder.ancestors() {
            state.names.insert(path.to_owned(), Node::Folder);
            state.durable_names.insert(path.to_owned(), Node::Folder);
        }
        Ok(())
    }

    fn others_may_write(&self, _folder: &Path) -> io::Result<bool> {
        Ok(false)
    }

    fn lock(&self, file: &Path) -> io::Result<Option<Lock>> {
        let mut state = self.state();
        if state.locks.get(file).is_some_and(|lock| lock.strong_count() > 0) {
            return Ok(None);
        }
        let lock = Arc::new(());
        state.locks.insert(file.to_owned(), Arc::downgrade(&lock));
        Ok(Some(Box::new(lock)))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let state = self.state();
        state.folder(Some(folder))?;
        let inside = state.names.iter().filter(|(path, _)| path.parent() == Some(folder));
        Ok(inside
            .map(|(path, node)| {
                let bytes = if let Node::File(file) = node { state.files[*file].0.len() } else { 0 };
                Listed { name: name(path), bytes: bytes as u64, is_file: *node != Node::Folder }
            })
            .collect())
    }

    fn read(&self, file: &Path, from: u64, most: usize) -> io::Result<Vec<u8>> {
        let state = self.state();
        let bytes = &state.files[state.file(file)?].0;
        let from = usize::try_from(from).unwrap().min(bytes.len());
        Ok(bytes[from..bytes.len().min(from.saturating_add(most))].to_vec())
    }

    fn write(&self, file: &Path, parts: &[&[u8]]) -> io::Result<()> {
        self.sync(self.change(file, &parts.concat(), true)?);
        Ok(())
    }

    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        self.sync(self.change(file, bytes, false)?);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.folder(to.parent())?;
        let node = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), node);
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.file(file)?;
        state.names.remove(file);
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.folder(Some(folder))?;
        let is_inside = |path: &Path| path.parent() == Some(folder);
        state.durable_names.retain(|path, _| !is_inside(path));
        let inside: Vec<_> =
            state.names.iter().filter(|(path, _)| is_inside(path)).map(|(p, n)| (p.clone(), *n)).collect();
        state.durable_names.extend(inside);
        Ok(())
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
