//! The sign to read the configuration again: SIGHUP, or that its file has another content.

mod file;

use std::io;
use std::path::Path;

use tokio::signal::unix::{Signal, SignalKind, signal};

use file::WatchedFile;
pub(super) use file::content;

/// Why the configuration is to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Somebody sent SIGHUP.
    Signal,
    /// The file changed.
    File,
}

/// Both signs, caught from the moment when this is made.
pub(super) struct ReloadSignal {
    hangup: Signal,
    file: Option<WatchedFile>,
}

impl Reason {
    /// What log lines call it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Signal => "SIGHUP",
            Self::File => "the file changed",
        }
    }
}

impl ReloadSignal {
    /// Catches the signs from now on. `file` is the configuration's file, if there is one, and what it held when
    /// it was read. Needs a tokio runtime.
    ///
    /// # Errors
    /// The system refuses to tell about the signal. A file that cannot be watched is logged and no error.
    pub(super) fn catch(file: Option<(&Path, Option<String>)>) -> io::Result<Self> {
        let hangup = signal(SignalKind::hangup())?;
        Ok(Self { hangup, file: file.map(|(path, seen)| WatchedFile::new(path, seen)) })
    }

    /// Waits for one of them. Without a file there is nothing to read again, which a log line says.
    pub(super) async fn came(&mut self) -> Reason {
        loop {
            let Some(file) = &mut self.file else {
                if self.hangup.recv().await.is_none() {
                    std::future::pending::<()>().await;
                }
                tracing::warn!("SIGHUP changes nothing: this edge was started without --config");
                continue;
            };
            tokio::select! {
                Some(()) = self.hangup.recv() => {
                    file.look();
                    return Reason::Signal;
                }
                () = file.changed() => return Reason::File,
            }
        }
    }
}
