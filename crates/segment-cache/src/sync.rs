//! Where threads meet: the locks, atomics and exchanges behind fills and the cache.
//!
//! Everywhere but in the model these are the usual ones. Under the feature `schedules`, and in unit tests alone,
//! each is a point where the model may let somebody else go first (see `tests/schedules.rs`).
//!
//! [`AtomicUnits`] is always the usual one: it counts bytes that come back while moka drops an object under its own
//! locks. Nobody may be let go first there, or the next one to ask moka would wait for ever.

pub(crate) use std::sync::atomic::AtomicU64 as AtomicUnits;

#[cfg(not(all(test, feature = "schedules")))]
pub(crate) use usual::*;

#[cfg(all(test, feature = "schedules"))]
pub(crate) use watched::*;

#[cfg(not(all(test, feature = "schedules")))]
mod usual {
    pub(crate) use std::hash::RandomState as ShardHasher;
    pub(crate) use std::sync::atomic::{AtomicU64, AtomicUsize};
    pub(crate) use std::sync::{Mutex, MutexGuard};
    pub(crate) use std::thread::yield_now;

    pub(crate) use arc_swap::ArcSwap;

    /// Shards keep requests for different objects out of each other's way.
    pub(crate) const SHARDS: usize = 64;
}

#[cfg(all(test, feature = "schedules"))]
mod watched;
