//! The configuration that holds now, as everything that serves sees it.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::core::Core;

/// The [`Core`] of the moment. Whoever begins something takes it once and keeps it to the end of that, so that
/// nothing is served by half of one configuration and half of another.
#[derive(Debug)]
pub(crate) struct Live(ArcSwap<Core>);

impl Live {
    /// Begins with `core`.
    pub(crate) fn new(core: Core) -> Self {
        Self(ArcSwap::from_pointee(core))
    }

    /// What holds for something that begins now: no lock, no allocation.
    pub(crate) fn core(&self) -> Arc<Core> {
        self.0.load_full()
    }

    /// From now on `core` holds.
    pub(crate) fn publish(&self, core: Arc<Core>) {
        self.0.store(core);
    }
}
