//! The door to everything stored and everything on its way: hit, stale, join or fill.

mod resize;
mod room;
mod table;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::budget::Budget;
use crate::fill::{Fill, FillWriter, Follower};
use crate::key::{Key, KeyRef};
use crate::memory::{Mark, Memory};
use crate::object::Object;
use crate::sync::{ArcSwap, AtomicU64, Mutex};
use resize::Bounds;
pub(crate) use table::Registration;
use table::Table;

/// The bounds of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that stored objects and fills hold together.
    pub memory: u64,
    /// Requests that may read one fill at a time.
    pub followers_per_fill: usize,
    /// Fills that may run at a time.
    pub fills: usize,
    /// How long requests for an object that turned out private go each their own way.
    pub private_for: Duration,
}

/// What is stored for a request.
#[derive(Debug)]
pub enum Lookup {
    /// Serve it.
    Fresh(Arc<Object>),
    /// Validate it first, or serve it where staleness is allowed.
    Stale(Arc<Object>),
    /// Nothing.
    Miss,
}

/// What a request that needs an answer from upstream is to do.
#[derive(Debug)]
pub enum Join {
    /// It arrived in the meantime.
    Fresh(Arc<Object>),
    /// Somebody is asking already: read along.
    Follow(Follower),
    /// Ask upstream, and write the answer for everybody.
    Lead(FillWriter, Follower),
    /// Too many requests wait already.
    Full,
}

/// The cache of one edge. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cache {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    memory: Memory,
    budget: Budget,
    /// What fills are entitled to of `budget`.
    filling: Budget,
    bounds: ArcSwap<Bounds>,
    table: Table,
    versions: AtomicU64,
    resizing: Mutex<()>,
}

/// What the cache holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Stored objects.
    pub objects: u64,
    /// Bytes that they weigh.
    pub stored_bytes: u64,
    /// Bytes held by stored objects, evicted ones that are still being sent, and fills.
    pub held_bytes: u64,
    /// Fills under way.
    pub fills: usize,
}

impl Cache {
    /// An empty cache.
    pub fn new(limits: Limits) -> Self {
        let bounds = Bounds::new(limits);
        let shared = Shared {
            memory: Memory::new(bounds.stored),
            budget: Budget::new(limits.memory),
            filling: Budget::new(limits.memory - bounds.stored),
            bounds: ArcSwap::from_pointee(bounds),
            table: Table::default(),
            versions: AtomicU64::new(0),
            resizing: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// What is stored under `key` at `now`.
    pub fn lookup(&self, key: &KeyRef<'_>, now: Instant) -> Lookup {
        match self.shared.memory.find(key) {
            Some(object) if object.freshness().is_fresh(now) => Lookup::Fresh(object),
            Some(object) => Lookup::Stale(object),
            None => Lookup::Miss,
        }
    }

    /// Joins the fill of `key`, or starts one; `held` is what is stored and not good enough. At most one fill per key runs at a time, except for
    /// answers that turned out private: requests for those go each their own way.
    pub fn join(&self, key: &KeyRef<'_>, now: Instant, held: Option<&Arc<Object>>) -> Join {
        let shared = &self.shared;
        let owned = key.to_key();
        if shared.memory.has_mark(key, Mark::Private, now) {
            return self.lead(owned, now, false, None);
        }
        let mut fills = shared.table.lock(&owned);
        if let Some(fill) = fills.get(&owned) {
            return Follower::enter(fill).map_or(Join::Full, Join::Follow);
        }
        let is_held = |object: &Arc<Object>| held.is_some_and(|held| Arc::ptr_eq(held, object));
        let renewable = match self.lookup(key, now) {
            // It may have been stored since this request looked it up.
            Lookup::Fresh(object) if !is_held(&object) => return Join::Fresh(object),
            Lookup::Fresh(object) | Lookup::Stale(object) => is_held(&object),
            Lookup::Miss => false,
        };
        self.lead(owned, now, renewable, Some(&mut fills))
    }

    /// Whether the answers for `key` are taken for one request each.
    pub fn is_private(&self, key: &KeyRef<'_>, now: Instant) -> bool {
        self.shared.memory.has_mark(key, Mark::Private, now)
    }

    /// Remembers for a while that the origin of `key` cannot cut ranges out of it.
    pub fn mark_uncut(&self, key: &KeyRef<'_>, now: Instant) {
        self.shared.memory.mark(
            &key.to_key(),
            Mark::Uncut,
            now + self.shared.bounds.load().limits.private_for,
        );
    }

    /// Whether [`Self::mark_uncut`] said so.
    pub fn is_uncut(&self, key: &KeyRef<'_>, now: Instant) -> bool {
        self.shared.memory.has_mark(key, Mark::Uncut, now)
    }

    /// Starts a fill that nobody can join and that is never stored.
    pub fn alone(&self, key: &KeyRef<'_>, now: Instant) -> Join {
        self.lead(key.to_key(), now, false, None)
    }

    /// Removes the object under `key` if it is of this version: the origin has another one now.
    pub fn outdate(&self, key: &KeyRef<'_>, version: u64) {
        let owned = key.to_key();
        let _fills = self.shared.table.lock(&owned);
        if self.shared.memory.find(key).is_some_and(|object| object.head().version == version) {
            self.shared.memory.remove(key);
        }
    }

    /// Puts `renewed` in the place of `held`, if that is still there.
    pub fn renew(&self, key: &KeyRef<'_>, held: &Arc<Object>, renewed: Arc<Object>) {
        let owned = key.to_key();
        let _fills = self.shared.table.lock(&owned);
        if self.shared.memory.find(key).is_some_and(|stored| Arc::ptr_eq(&stored, held)) {
            self.shared.memory.store(&owned, renewed);
        }
    }

    fn lead(&self, key: Key, now: Instant, renewable: bool, fills: Option<&mut table::Fills>) -> Join {
        let fill = Fill::new(self.shared.bounds.load().limits.followers_per_fill.max(1));
        let Some(registration) = Registration::new(&self.shared, key.clone(), Arc::clone(&fill), now) else {
            return Join::Full;
        };
        let Some(starter) = Follower::enter(&fill) else {
            return Join::Full;
        };
        if let Some(fills) = fills {
            fills.insert(key, Arc::clone(&fill));
        }
        Join::Lead(FillWriter::new(fill, registration, renewable), starter)
    }

    /// A [`version`](crate::object::Head::version) that no other answer has.
    pub fn new_version(&self) -> u64 {
        self.shared.versions.fetch_add(1, Ordering::Relaxed)
    }

    /// Removes one object; a fill of it under way is finished for its followers and not stored.
    /// False when there was neither.
    pub fn purge(&self, key: &KeyRef<'_>) -> bool {
        let owned = key.to_key();
        let mut fills = self.shared.table.lock(&owned);
        let unlisted = fills.remove(&owned).is_some();
        self.shared.memory.remove(key) || unlisted
    }

    /// Removes every object whose key and label `chosen` accepts, and the fills of such keys that are
    /// under way when `filling` accepts them. Returns how many objects went.
    pub fn purge_where(
        &self,
        chosen: impl Fn(&Key, &Object) -> bool,
        filling: impl Fn(&Key) -> bool,
    ) -> usize {
        self.shared.table.retain(|key| !filling(key));
        let doomed: Vec<_> = self
            .shared
            .memory
            .iter()
            .filter(|(key, object)| chosen(key, object))
            .map(|(key, _)| key)
            .collect();
        doomed.into_iter().filter(|key| self.purge(&key.borrowed())).count()
    }

    /// Everything that is stored, in no order.
    pub fn objects(&self) -> impl Iterator<Item = (Arc<Key>, Arc<Object>)> + '_ {
        self.shared.memory.iter()
    }

    /// What the cache holds now.
    pub fn totals(&self) -> Totals {
        let (objects, stored_bytes) = self.shared.memory.totals();
        Totals {
            objects,
            stored_bytes,
            held_bytes: self.shared.budget.used(),
            fills: self.shared.table.running(),
        }
    }

    /// The bound on [`Totals::held_bytes`].
    pub fn memory(&self) -> u64 {
        self.shared.budget.limit()
    }

    /// Larger bodies are passed on without being stored.
    pub fn max_object(&self) -> u64 {
        self.shared.bounds.load().max_object
    }
}

#[cfg(test)]
#[cfg(not(feature = "schedules"))]
mod tests;
