//! The sample video: made once with ffmpeg, kept in a folder, in four forms.
//!
//! ```text
//! <folder>/spokecast-sample                           the marker: format version of the folder
//! <folder>/vod/0_meadow01/hls-ts/master.m3u8          and 240p/ 360p/ 720p/ with index.m3u8, seg-<n>-v1-a1.ts
//! <folder>/vod/0_meadow01/hls-fmp4/master.m3u8        the same with init-v1-a1.mp4, seg-<n>-v1-a1.m4s
//! <folder>/vod/0_meadow01/dash-number/manifest.mpd    init-f<r>.mp4, fragment-<n>-f<r>.m4s
//! <folder>/vod/0_meadow01/dash-timeline/manifest.mpd  init-f<r>.mp4, fragment-f<r>-t<time>.m4s
//! ```
//!
//! Invariants: a folder with the marker of this version is whole, because it is made beside its place and renamed
//! into it; one process at a time makes it, under a lock that its ffmpeg holds too; a folder that the demo did not
//! make is never touched. Absent on purpose: any flush to disk (after a power cut the cache may have to be
//! deleted) and any check of single files.

mod error;
mod ffmpeg;
pub mod ladder;
mod multivariant;
mod picture;
mod recipe;

use std::{
    env,
    ffi::OsString,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

pub use error::SampleError;
use ffmpeg::Ffmpeg;

/// Name of the marker file.
const MARKER: &str = "spokecast-sample";

/// What stands in the marker. Another version makes the sample anew: count up with every change to what is made.
const FORMAT: &str = "1\n";

/// How far the sample is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// Another process is making the sample in the same folder.
    Waiting,
    /// This process is making it.
    Making {
        /// The step under way, from 1.
        step: usize,
        /// How many steps there are.
        steps: usize,
        /// What the step does, for a person.
        doing: &'static str,
        /// How much of the step is done, from 0 to 1.
        fraction: f64,
    },
}

/// Where the sample is kept unless another folder is named: `spokecast/demo` in the user's cache folder
/// (`XDG_CACHE_HOME`, else `~/.cache`).
pub fn default_folder() -> Result<PathBuf, SampleError> {
    folder_in_caches(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")).ok_or(SampleError::NoCacheFolder)
}

/// Makes the sample in `folder` unless it is there already. Blocks, for about half a minute the first time.
pub fn ensure(folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(), SampleError> {
    ensure_with("ffmpeg".into(), folder, progress)
}

fn ensure_with(
    program: OsString,
    folder: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), SampleError> {
    let folder = std::path::absolute(folder).map_err(SampleError::at(folder))?;
    if is_whole(&folder) {
        return Ok(());
    }
    if is_foreign(&folder).map_err(SampleError::at(&folder))? {
        return Err(SampleError::Foreign { folder });
    }
    let parent = folder.parent().unwrap_or(&folder);
    fs::create_dir_all(parent).map_err(SampleError::at(parent))?;
    let lock = lock(&beside(&folder, "lock"), progress)?;
    // Whoever held the lock may have made it meanwhile.
    if is_whole(&folder) {
        return Ok(());
    }

    let (unfinished, outdated) = (beside(&folder, "unfinished"), beside(&folder, "outdated"));
    for leftover in [&unfinished, &outdated] {
        remove(leftover).map_err(SampleError::at(leftover))?;
    }
    fs::create_dir(&unfinished).map_err(SampleError::at(&unfinished))?;
    let made = make(Ffmpeg { program, folder: unfinished.clone(), lock }, progress)
        .and_then(|_lock| put(&unfinished, &folder, &outdated).map_err(SampleError::at(&folder)));
    if made.is_err() {
        // The error that is reported is the first one; a leftover goes with the next run.
        let _ = remove(&unfinished);
    }
    made
}

/// Makes all files, the marker last, and hands the lock back.
fn make(ffmpeg: Ffmpeg, progress: &mut dyn FnMut(Progress)) -> Result<File, SampleError> {
    recipe::follow(&ffmpeg, &mut |step, doing, fraction| {
        progress(Progress::Making { step, steps: recipe::STEPS, doing, fraction });
    })?;
    let marker = ffmpeg.folder.join(MARKER);
    fs::write(&marker, FORMAT).map_err(SampleError::at(marker))?;
    Ok(ffmpeg.lock)
}

/// Puts a finished folder in its place. An older one goes aside whole, never file by file.
fn put(finished: &Path, folder: &Path, outdated: &Path) -> io::Result<()> {
    match fs::rename(folder, outdated) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::rename(finished, folder)?,
    }
    // It is out of the way already; what stays goes with the next run that makes a sample.
    let _ = remove(outdated);
    Ok(())
}

fn is_whole(folder: &Path) -> bool {
    fs::read_to_string(folder.join(MARKER)).is_ok_and(|format| format == FORMAT)
}

/// Whether something is there that neither is empty nor has a marker.
fn is_foreign(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut files) => Ok(files.next().is_some() && !folder.join(MARKER).exists()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Waits for the lock, and says so when it has to.
fn lock(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<File, SampleError> {
    let file = File::create(path).map_err(SampleError::at(path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            progress(Progress::Waiting);
            file.lock().map_err(SampleError::at(path))?;
        }
        Err(TryLockError::Error(error)) => return Err(SampleError::at(path)(error)),
    }
    Ok(file)
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A sibling of the folder: same name with an ending.
fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// The XDG base directory rules: a relative `XDG_CACHE_HOME` counts as none.
fn folder_in_caches(xdg_cache_home: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let caches = xdg_cache_home
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| home.filter(|home| !home.is_empty()).map(|home| Path::new(&home).join(".cache")))?;
    Some(caches.join("spokecast/demo"))
}

#[cfg(test)]
mod tests;
