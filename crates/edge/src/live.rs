//! The configuration that holds now, as everything that serves sees it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::core::Core;

/// The [`Core`] of the moment. Whoever begins something takes it once and keeps it to the end of that, so that
/// nothing is served by half of one configuration and half of another.
#[derive(Debug)]
pub(crate) struct Live {
    core: ArcSwap<Core>,
    changes: watch::Sender<()>,
}

impl Live {
    /// Begins with `core`.
    pub(crate) fn new(core: Core) -> Self {
        Self { core: ArcSwap::from_pointee(core), changes: watch::Sender::new(()) }
    }

    /// What holds for something that begins now: no lock, no allocation.
    pub(crate) fn core(&self) -> Arc<Core> {
        self.core.load_full()
    }

    /// From now on `core` holds.
    pub(crate) fn publish(&self, core: Arc<Core>) {
        self.core.store(core);
        self.changes.send_replace(());
    }

    /// Tells each time that another configuration holds.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}
