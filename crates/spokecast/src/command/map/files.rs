//! Files of maps: read bounded, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use mapper::fault::Code;
use mapper::import::{self, Options};
use mapper::{Description, Fault, Format, Place};

use super::shown;

/// Longer than the text of the largest map.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What `spokecast map import` writes into a folder.
pub(super) const PAIR: [&str; 2] = ["sites.csv", "edges.csv"];

/// Reads the files of one map. What is wrong with them is in the description.
pub(super) fn read(paths: &[PathBuf]) -> Description {
    let mut description = Description::default();
    let own = |name: &str, bytes: &[u8]| match Format::detect(name, bytes) {
        Some(format) if format.is_own() => Ok(format),
        Some(format) => {
            Err(format!("this is {format}; `spokecast map import --from {format}` makes a map of it"))
        }
        None => Err("this is no map: it is none of .csv, .toml and .json".to_owned()),
    };
    read_into(&mut description, &unfolded(paths), &Options::default(), own);
    description
}

/// Reads files, each in the format that `format` tells by its name and bytes, or says why there is none.
pub(super) fn read_into(
    description: &mut Description,
    paths: &[PathBuf],
    options: &Options,
    format: impl Fn(&str, &[u8]) -> Result<Format, String>,
) {
    let mut found = Vec::new();
    for path in paths {
        let name = shown(path);
        let read = bytes(path).map_err(|error| format!("cannot be read: {error}"));
        match read.and_then(|bytes| Ok((format(&name, &bytes)?, bytes))) {
            Ok((format, bytes)) => found.push((name, bytes, format)),
            Err(message) => {
                let place = Place::new(description.add_file(name), 0);
                description.faults.push(Fault::new(Code::Unreadable, place, "", message));
            }
        }
    }
    let files: Vec<import::File<'_>> =
        found.iter().map(|(name, bytes, format)| import::File { name, bytes, format: *format }).collect();
    import::read_all(description, &files, options);
}

/// A folder stands for the files of a map in it.
fn unfolded(paths: &[PathBuf]) -> Vec<PathBuf> {
    let files = paths.iter().flat_map(|path| {
        if path.is_dir() {
            let [sites, edges] = PAIR.map(|name| path.join(name));
            if edges.exists() { vec![sites, edges] } else { vec![sites] }
        } else {
            vec![path.clone()]
        }
    });
    files.collect()
}

/// The bytes of a file, when they are not too many.
pub(super) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    Ok(bytes)
}

/// Writes texts to their files: each beside its place first, and when all are written they take their places.
pub(super) fn write(files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    let mut written = Beside(Vec::new());
    for (path, text) in files {
        written.add(path, text).with_context(|| format!("{} cannot be written", shown(path)))?;
    }
    for ((path, _), beside) in files.iter().zip(&written.0) {
        fs::rename(beside, path).with_context(|| format!("{} cannot be written", shown(path)))?;
    }
    Ok(())
}

/// Files that are not in their places yet; those that never get there are removed.
struct Beside(Vec<PathBuf>);

impl Beside {
    fn add(&mut self, path: &Path, text: &str) -> io::Result<()> {
        let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}", std::process::id()));
        let beside = path.with_file_name(beside);
        let mut file = File::options().write(true).create_new(true).open(&beside)?;
        self.0.push(beside);
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        for path in &self.0 {
            // One that took its place is no longer there.
            let _is_gone = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_written_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.csv"), "old").unwrap();
        let text = |text: &str| text.to_owned();
        let nowhere = path("nowhere/b.csv");
        let error = write(&[(path("a.csv"), text("new")), (nowhere, text("b"))]).unwrap_err();
        assert!(format!("{error:#}").contains("nowhere/b.csv cannot be written"), "{error:#}");
        assert_eq!(
            (names(folder.path()), fs::read_to_string(path("a.csv")).unwrap()),
            (vec![text("a.csv")], text("old"))
        );
        write(&[(path("a.csv"), text("new")), (path("b.csv"), text("b"))]).unwrap();
        assert_eq!(names(folder.path()), ["a.csv", "b.csv"]);
        assert_eq!(fs::read_to_string(path("a.csv")).unwrap(), "new");
    }
}
