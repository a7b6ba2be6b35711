//! Why there is no sample.

use std::{io, path::PathBuf, process::ExitStatus};

/// Why the sample could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// No ffmpeg on the search path.
    #[error(
        "ffmpeg is not installed, and the demo makes its video with it; on Debian or Ubuntu: apt-get install ffmpeg"
    )]
    FfmpegMissing,

    /// ffmpeg ended with an error.
    #[error("ffmpeg failed while {doing} ({status}); its last lines:\n{last_lines}")]
    Ffmpeg {
        /// The step that failed.
        doing: &'static str,
        /// How ffmpeg ended.
        status: ExitStatus,
        /// The end of what it wrote to its error output; empty if it was silent.
        last_lines: String,
    },

    /// The folder holds something else; it is left alone.
    #[error("{} holds files that are not the demo's; name an empty or a new folder", .folder.display())]
    Foreign {
        /// The folder that was asked for.
        folder: PathBuf,
    },

    /// Neither `XDG_CACHE_HOME` nor `HOME` says where the user's caches are.
    #[error("no cache folder: set HOME or XDG_CACHE_HOME, or name a folder for the sample")]
    NoCacheFolder,

    /// A file or folder could not be read or written.
    #[error("cannot read or write {}", .path.display())]
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SampleError {
    /// For `map_err`: says which path an I/O error is about.
    pub(super) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
