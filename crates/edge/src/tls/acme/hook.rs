//! The program that sets and removes DNS records, where the edge cannot.
//!
//! It is run without a shell, with `set` or `remove`, the record's name and its value behind its own arguments, and an
//! environment of nothing but `PATH`. It has done what it was asked to when it ends with 0; what it writes is thrown away
//! beyond a bound, and told at the level `debug` alone, for it may hold what a name server's interface says. One that does
//! not end in time is killed, and with it whatever it has started.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::said::said;
use crate::clock::Clock;

/// Time for the program: name servers take a while until all of them know a record.
const PATIENCE: Duration = Duration::from_mins(5);

/// Time for what the program wrote just before it ended. Something that it left behind may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// So much of what the program writes is kept.
const KEPT: usize = 4 << 10;

/// Where programs are looked for that are named without a folder.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Set,
    Remove,
}

/// Why a record is not as it should be.
#[derive(Debug, thiserror::Error)]
pub(super) enum HookError {
    /// The configuration was checked: there is one.
    #[error("tls.acme.hook names no program")]
    None,
    #[error("the hook cannot be run: {0}")]
    Start(io::Error),
    #[error("the hook did not end within {PATIENCE:?}, and was killed")]
    TooLong,
    #[error("the hook failed ({0}); what it wrote stands in the log at level debug")]
    Failed(std::process::ExitStatus),
}

impl Verb {
    fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Remove => "remove",
        }
    }
}

/// Runs the program to its end.
pub(super) async fn run(
    hook: &[String],
    verb: Verb,
    record: &str,
    value: &str,
    clock: &Clock,
) -> Result<(), HookError> {
    let (program, arguments) = hook.split_first().ok_or(HookError::None)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .args([verb.as_str(), record, value])
        .env_clear()
        .env("PATH", PATH)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(HookError::Start)?;
    let group = Group::of(&child);
    let mut output = (Kept::default(), Kept::default());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ended = {
        let reading = async { tokio::join!(output.0.read(stdout), output.1.read(stderr)) };
        tokio::pin!(reading);
        let mut is_read = false;
        let limit = clock.reaches(clock.now() + PATIENCE);
        tokio::pin!(limit);
        let ended = loop {
            tokio::select! {
                ended = child.wait() => break Some(ended),
                () = &mut limit => break None,
                _ = &mut reading, if !is_read => is_read = true,
            }
        };
        if ended.is_some() && !is_read {
            let _all_or_enough = tokio::time::timeout(LAST_WORDS, reading).await;
        }
        ended
    };
    let Some(ended) = ended else {
        drop(group);
        // It was killed, so this takes no time; a child that nobody waits for stays in the system's table.
        let _killed = child.wait().await;
        return Err(HookError::TooLong);
    };
    group.let_go();
    let status = ended.map_err(HookError::Start)?;
    let (stdout, stderr) = (output.0.text(), output.1.text());
    tracing::debug!(verb = verb.as_str(), record, %status, stdout, stderr, "the hook ended");
    if status.success() { Ok(()) } else { Err(HookError::Failed(status)) }
}

/// Whatever the program has started, which is killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    /// The program has ended by itself: its number may be another's by now.
    fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended just now.
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The beginning of what a program writes.
#[derive(Default)]
struct Kept(Vec<u8>);

impl Kept {
    /// Reads to the end, so that the program never waits for a full pipe.
    async fn read(&mut self, pipe: Option<impl AsyncRead + Unpin>) {
        let Some(mut pipe) = pipe else { return };
        let mut buffer = [0; KEPT];
        while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
            let room = KEPT.saturating_sub(self.0.len());
            self.0.extend_from_slice(&buffer[..read.min(room)]);
        }
    }

    fn text(&self) -> String {
        said(&String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests;
