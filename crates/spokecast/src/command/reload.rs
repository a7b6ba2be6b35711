//! The sign to read the configuration again: SIGHUP, or that its file, or one that it names, has another content.

mod files;

use std::io;
use std::path::{Path, PathBuf};

use tokio::signal::unix::{Signal, SignalKind, signal};

use files::WatchedFiles;
pub(super) use files::{Digest, digest};

/// Why the configuration is to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Somebody sent SIGHUP.
    Signal,
    /// A file changed.
    File,
}

/// Both signs, caught from the moment when this is made.
pub(super) struct ReloadSignal {
    hangup: Signal,
    /// The configuration's own first, where the edge was started with one; then those that it names.
    files: WatchedFiles,
    /// How many of them are its own: none or one.
    own: usize,
}

impl Reason {
    /// What log lines call it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Signal => "SIGHUP",
            Self::File => "a file changed",
        }
    }
}

impl ReloadSignal {
    /// Catches the signs from now on. `file` is the configuration's file, if there is one, and what it held when
    /// it was read. Needs a tokio runtime.
    ///
    /// # Errors
    /// The system refuses to tell about the signal. A file that cannot be watched is logged and no error.
    pub(super) fn catch(file: Option<(&Path, Option<Digest>)>) -> io::Result<Self> {
        let hangup = signal(SignalKind::hangup())?;
        let mut files = WatchedFiles::new();
        let own = usize::from(file.is_some());
        if let Some((path, seen)) = file {
            files.add(path, seen);
        }
        Ok(Self { hangup, files, own })
    }

    /// From now on the configuration names these files besides.
    pub(super) fn follow(&mut self, named: &[PathBuf]) {
        self.files.follow(self.own, named);
    }

    /// Waits for one of them. Without a file there is nothing to read again, which a log line says.
    pub(super) async fn came(&mut self) -> Reason {
        loop {
            tokio::select! {
                Some(()) = self.hangup.recv() => {
                    if self.files.is_empty() {
                        tracing::warn!("SIGHUP changes nothing: this edge was started without --config");
                        continue;
                    }
                    self.files.look();
                    return Reason::Signal;
                }
                () = self.files.changed() => return Reason::File,
            }
        }
    }
}
