//! The fills under way, by key, and each fill's tie to the cache that it fills.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::Shared;
use crate::budget::Reservation;
use crate::fill::Fill;
use crate::key::Key;
use crate::memory::Mark;
use crate::object::Object;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, SHARDS, ShardHasher};

pub(super) type Fills = HashMap<Key, Arc<Fill>>;

/// The fills that requests can join.
#[derive(Debug)]
pub(super) struct Table {
    shards: Box<[Mutex<Fills>]>,
    hasher: ShardHasher,
    running: AtomicUsize,
}

/// Ties one fill to its cache. A fill that is no longer listed (joined by nobody, purged) is not stored.
#[derive(Debug)]
pub(crate) struct Registration {
    shared: Arc<Shared>,
    key: Key,
    fill: Arc<Fill>,
    asked: Instant,
}

impl Default for Table {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: ShardHasher::default(), running: AtomicUsize::new(0) }
    }
}

impl Table {
    /// The fills that share a shard with `key`.
    pub(super) fn lock(&self, key: &Key) -> MutexGuard<'_, Fills> {
        let shard = self.hasher.hash_one(key) % SHARDS as u64;
        let shard = usize::try_from(shard).unwrap_or_default();
        // Every change under this lock is one map operation: a poisoned map is still a whole one.
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unlists the fills of all keys that `keep` refuses.
    pub(super) fn retain(&self, keep: impl Fn(&Key) -> bool) {
        for shard in &self.shards {
            shard.lock().unwrap_or_else(PoisonError::into_inner).retain(|key, _| keep(key));
        }
    }

    /// Waits until everybody who holds a shard now has let it go.
    pub(super) fn pass_all(&self) {
        for shard in &self.shards {
            drop(shard.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Fills under way, listed or not.
    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }
}

impl Registration {
    /// Counts one more fill; `None` when there are too many.
    pub(super) fn new(shared: &Arc<Shared>, key: Key, fill: Arc<Fill>, asked: Instant) -> Option<Self> {
        let running = shared.table.running.fetch_add(1, Ordering::Relaxed);
        // From here on drop counts it off again.
        let registration = Self { shared: Arc::clone(shared), key, fill, asked };
        (running < shared.bounds.load().limits.fills).then_some(registration)
    }

    /// Stores the object that the fill came to, unless the fill is not listed any more.
    pub(crate) fn store(&self, object: &Arc<Object>) {
        let mut fills = self.shared.table.lock(&self.key);
        if fills.get(&self.key).is_some_and(|listed| Arc::ptr_eq(listed, &self.fill)) {
            self.shared.memory.store(&self.key, Arc::clone(object));
            // Only after it can be found: a request never falls between the two.
            fills.remove(&self.key);
        }
    }

    /// Lets nobody join the fill any more.
    pub(crate) fn remove(&self) {
        let mut fills = self.shared.table.lock(&self.key);
        if fills.get(&self.key).is_some_and(|listed| Arc::ptr_eq(listed, &self.fill)) {
            fills.remove(&self.key);
        }
    }

    /// Remembers that answers for this key are for one request each.
    pub(crate) fn mark_private(&self) {
        let until = self.asked + self.shared.bounds.load().limits.private_for;
        self.shared.memory.mark(&self.key, Mark::Private, until);
    }

    /// Takes bytes out of the budget, evicting what is due first, and what is stored where that is `filling`'s right.
    pub(crate) fn reserve(&self, bytes: u64, filling: &mut Reservation) -> Option<Reservation> {
        self.shared.reserve(bytes, filling)
    }

    /// The largest body that is stored, in bytes.
    pub(crate) fn max_object(&self) -> u64 {
        self.shared.bounds.load().max_object
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.shared.table.running.fetch_sub(1, Ordering::Relaxed);
    }
}
