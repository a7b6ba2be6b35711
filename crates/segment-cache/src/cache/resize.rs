//! Other limits for a cache in use: nothing is looked up in vain meanwhile, and what fits stays.
//!
//! The regions in memory cannot change their size. New ones take their place, and objects are carried over
//! by reference, one key at a time, under the lock that guards changes to this key. No byte is held twice.

use std::sync::PoisonError;

use super::{Cache, Limits};
use crate::sync::yield_now;

/// What follows from [`Limits`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) limits: Limits,
    /// Larger bodies are passed on without being stored.
    pub(super) max_object: u64,
    /// Bytes for stored objects. The rest is for fills, and for evicted objects that are being sent.
    pub(super) stored: u64,
}

/// Evictions are carried out after so many objects.
const STRIDE: usize = 64;

/// How often it is looked whether what was evicted is freed.
const MOST_TRIES: usize = 1000;

impl Bounds {
    pub(super) fn new(limits: Limits) -> Self {
        let spare = (limits.memory / 8).clamp(16 << 20, 256 << 20).min(limits.memory / 2);
        Self { limits, max_object: spare / 2, stored: limits.memory - spare }
    }
}

impl Cache {
    /// Sets other limits while requests are served. A larger memory loses no object. A smaller one evicts
    /// what does not fit; evicted objects that are being sent are held until they are sent, and until then
    /// less is free for fills.
    ///
    /// Takes time in proportion to the number of objects, and does not wait for anybody but another call.
    pub fn resize(&self, limits: Limits) {
        let shared = &self.shared;
        // Nothing can panic half-way that would leave more than two sets of regions behind.
        let _one_at_a_time = shared.resizing.lock().unwrap_or_else(PoisonError::into_inner);
        let bounds = Bounds::new(limits);
        let before = shared.bounds.load().stored;
        if bounds.stored > before {
            shared.budget.resize(limits.memory);
        }
        shared.bounds.store(std::sync::Arc::new(bounds));
        if bounds.stored != before {
            self.rebuild(bounds.stored);
        }
        self.wait_for_room(limits.memory);
        // A smaller bound comes last: what had to go is gone, and fills under way find room.
        shared.budget.resize(limits.memory);
        shared.filling.resize(limits.memory - bounds.stored);
    }

    /// What the regions let go is freed once no look-up that began before is under way any more. That takes a moment;
    /// what is being sent takes longer, and is not waited for.
    fn wait_for_room(&self, memory: u64) {
        let shared = &self.shared;
        for _ in 0..MOST_TRIES {
            if shared.budget.used() <= memory {
                break;
            }
            shared.memory.settle();
            yield_now();
        }
    }

    fn rebuild(&self, capacity: u64) {
        let shared = &self.shared;
        shared.memory.begin_resize(capacity);
        // Whoever changes something from now on sees the new regions.
        shared.table.pass_all();
        for (count, key) in shared.memory.to_carry().into_iter().enumerate() {
            let _nobody_changes_it = shared.table.lock(&key);
            shared.memory.carry(&key);
            if count % STRIDE == 0 {
                shared.memory.settle();
            }
        }
        shared.memory.end_resize();
    }
}

#[cfg(test)]
#[cfg(not(feature = "schedules"))]
mod tests;
