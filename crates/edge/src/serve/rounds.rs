//! One task that looks after all connections: it ends those that are over their time, those that wait while the
//! edge drains, and all when the edge ends.
//!
//! A timer per connection would wake its task, and be asked about at each request; looking at everybody a few times
//! per limit costs less than that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::AbortHandle;

use super::activity::Activity;
use super::watchdog::Watchdog;
use crate::metrics::Metrics;

/// The connections that are looked after.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    all: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    list: Vec<Entry>,
    /// Those that were open when somebody looked last.
    open: usize,
}

/// Entries that may stand there beyond twice those that are open. Connections may come and go faster than the rounds.
const SPARE: usize = 1024;

#[derive(Debug)]
struct Entry {
    activity: Arc<Activity>,
    watchdog: Watchdog,
    task: AbortHandle,
}

impl Rounds {
    /// Looks after one more connection, which `task` serves.
    pub(super) fn enter(&self, activity: Arc<Activity>, watchdog: Watchdog, task: AbortHandle) {
        let mut all = self.lock();
        if all.list.len() >= 2 * all.open + SPARE {
            all.list.retain(|entry| !entry.task.is_finished());
            all.open = all.list.len();
        }
        all.list.push(Entry { activity, watchdog, task });
    }

    /// Looks at everybody once, and forgets who is gone.
    pub(super) fn look(&self, metrics: &Metrics, now: Instant) {
        let mut all = self.lock();
        all.list.retain_mut(|entry| {
            if entry.task.is_finished() {
                return false;
            }
            if let Some(event) = entry.watchdog.look(entry.activity.sample(), now) {
                metrics.count_connection(event);
                entry.task.abort();
                return false;
            }
            true
        });
        all.open = all.list.len();
    }

    /// Ends every connection that waits for a request; the others end when they come to wait.
    pub(super) fn end_waiting(&self) {
        for entry in self.lock().list.iter().filter(|entry| entry.activity.end_when_idle()) {
            entry.task.abort();
        }
    }

    /// Ends every connection at once.
    pub(super) fn end_all(&self) {
        self.lock().list.drain(..).for_each(|entry| entry.task.abort());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        // Entries are whole, whoever panicked meanwhile.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
