//! Servers under test as child processes: pinned to one core, measured through `/proc`, and ended for certain.
//!
//! Each child is on a list until it is stopped. [`watch_signals`] kills what is on it on Ctrl-C and SIGTERM, and the
//! kernel tells a child to end when this process dies in any other way. Only processes started here are ended, by
//! their number, and what they started themselves.

mod accounting;

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::clock;

/// The core of the server under test; everything else runs on [`CLIENT_CORE`].
const SERVER_CORE: usize = 0;
const CLIENT_CORE: usize = 1;

/// How long a server may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

static RUNNING: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// A server under test with all that it starts. Dropping it ends it.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts `command` on the server's core, with what it prints in `output`.
    ///
    /// Call it from the thread that lives longest: the child is told to end when that thread does.
    pub(crate) fn start(command: &Command, output: &Path) -> Result<Self> {
        let file = File::create(output).with_context(|| format!("cannot write {}", output.display()))?;
        let mut pinned = Command::new("setpriv");
        pinned.args(["--pdeathsig", "TERM", "taskset", "--cpu-list", &SERVER_CORE.to_string()]);
        pinned.arg(command.get_program()).args(command.get_args());
        pinned.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        pinned.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = pinned.spawn().context("cannot start setpriv and taskset (util-linux)")?;
        list().push(child.id().cast_signed());
        Ok(Self { child })
    }

    /// Its process number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time that it and its descendants have used, user and system; whole clock ticks.
    pub(crate) fn cpu(&self) -> Duration {
        accounting::cpu(&self.tree())
    }

    /// Bytes of memory it and its descendants hold, pages in several of them counted once in all (PSS).
    pub(crate) fn memory(&self) -> Result<u64> {
        accounting::memory(&self.tree())
    }

    /// An error if it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "the server has ended by itself ({})", ended.unwrap_or_default());
        Ok(())
    }

    /// Asks it to end and waits until it has; what does not in time is killed.
    pub(crate) fn stop(&mut self) {
        let tree = self.tree();
        signal(self.child.id().cast_signed(), Signal::TERM);
        let deadline = clock::now() + PATIENCE;
        while clock::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Those that are left of it are still ours, unless a number was given to somebody else: ask again.
        for process in accounting::still_below(&tree, std::process::id().cast_signed()) {
            signal(process, Signal::KILL);
        }
        // It has ended or was killed; what it returned tells nothing about the measurement.
        let _ = self.child.wait();
        list().retain(|process| *process != self.child.id().cast_signed());
    }

    fn tree(&self) -> Vec<i32> {
        accounting::tree(self.child.id().cast_signed())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Keeps this process, and the threads that it starts from now on, on the core of the clients.
pub(crate) fn pin_clients() -> Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    ensure!(cores > CLIENT_CORE, "the server and its clients need a core each, and there is one");
    let mut set = CpuSet::new();
    set.set(CLIENT_CORE);
    sched_setaffinity(None, &set).context("cannot pin to a core")
}

/// From now on Ctrl-C and SIGTERM kill the servers under test, remove `folder` and end this process.
pub(crate) fn watch_signals(folder: &Path) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = folder.to_owned();
    let (mut interrupt, mut terminate) = {
        let _guard = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        let children = list().clone();
        for process in children.iter().flat_map(|child| accounting::tree(*child)) {
            self::signal(process, Signal::KILL);
        }
        for child in children.into_iter().filter_map(Pid::from_raw) {
            // It was ours to wait for, unless the main thread has just done so.
            let _ = rustix::process::waitpid(Some(child), rustix::process::WaitOptions::empty());
        }
        // A folder that stays behind is in memory and named after us.
        let _ = std::fs::remove_dir_all(folder);
        std::process::exit(130);
    });
    Ok(())
}

fn list() -> std::sync::MutexGuard<'static, Vec<i32>> {
    RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A process that is gone already needs no signal.
fn signal(process: i32, signal: Signal) {
    if let Some(process) = Pid::from_raw(process) {
        let _ = kill_process(process, signal);
    }
}
