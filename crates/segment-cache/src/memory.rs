//! The store in memory; the only file that knows moka.
//!
//! Two regions share the space. New objects enter the *window*, which evicts the least recently used;
//! what it evicts asks for admission to the *main* region, which keeps what is asked for often
//! (TinyLFU). A live segment is always new: a frequency filter alone would turn it away from a full
//! cache. In the window it stays while viewers read it, and a scan through recorded video only ever
//! washes the window.
//!
//! moka may exceed its capacity in bursts, so pending work is run after every insertion; the hard
//! bound on bytes is the [`Budget`](crate::budget::Budget), not this.

use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Instant;

use ahash::RandomState;
use moka::notification::RemovalCause;
use moka::policy::EvictionPolicy;
use moka::sync::CacheBuilder as MokaBuilder;

use crate::key::{Key, KeyRef};
use crate::object::Object;
use crate::sync::ArcSwap;

/// A hit hashes its key for each region that it asks: the hasher is quick, and keyed anew in each process.
type Moka<K, V> = moka::sync::Cache<K, V, RandomState>;

/// The window's share of the space, in percent.
const WINDOW_PERCENT: u64 = 25;

#[derive(Debug)]
pub(crate) struct Memory {
    /// moka cannot change a region's size, so new ones take the place of the old.
    stage: ArcSwap<Stage>,
    /// What is known of keys under which nothing is stored, and until when. Short-lived and bounded: losing a
    /// mark costs one request that waits for another's answer in vain.
    marks: Moka<Key, (Mark, Instant)>,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Its answers are for one request each.
    Private,
    /// Its origin does not cut ranges out of it.
    Uncut,
}

/// The regions in use.
#[derive(Clone, Debug)]
struct Stage {
    regions: Regions,
    /// Those whose objects are being carried over; looked into where `regions` has nothing.
    previous: Option<Regions>,
}

/// The two regions; clones are the same regions.
#[derive(Clone, Debug)]
struct Regions {
    main: Moka<Key, Arc<Object>>,
    window: Moka<Key, Arc<Object>>,
}

/// How often moka is asked to get done with what is due.
const MAX_ROUNDS: usize = 100;

/// Keys that can be marked at a time.
const MARKS: u64 = 10_000;

impl Memory {
    /// Room for objects that weigh up to `capacity` bytes together.
    pub(crate) fn new(capacity: u64) -> Self {
        let stage = Stage { regions: Regions::new(capacity), previous: None };
        Self {
            stage: ArcSwap::from_pointee(stage),
            marks: MokaBuilder::new(MARKS).build_with_hasher(hasher()),
        }
    }

    /// What is stored under `key`.
    pub(crate) fn find(&self, key: &KeyRef<'_>) -> Option<Arc<Object>> {
        let stage = self.stage.load();
        stage.regions.find(key).or_else(|| stage.previous.as_ref()?.find(key))
    }

    /// Stores `object`, in place of what stood under `key`. The caller keeps others from changing what
    /// stands under this key meanwhile.
    pub(crate) fn store(&self, key: &Key, object: Arc<Object>) {
        let stage = self.stage.load();
        stage.regions.insert(key, object);
        if let Some(previous) = &stage.previous {
            previous.remove(&key.borrowed());
        }
        stage.regions.settle();
    }

    /// Removes what is stored under `key`; false when there was nothing. The caller keeps others from
    /// changing what stands under this key meanwhile.
    pub(crate) fn remove(&self, key: &KeyRef<'_>) -> bool {
        let stage = self.stage.load();
        let from_previous = stage.previous.as_ref().is_some_and(|previous| previous.remove(key));
        stage.regions.remove(key) || from_previous
    }

    /// Begins to use regions with room for `capacity` bytes. What the old ones hold is still found, until
    /// [`Self::end_resize`]; [`Self::carry`] takes it over, key by key.
    pub(crate) fn begin_resize(&self, capacity: u64) {
        let old = self.stage.load().regions.clone();
        self.stage.store(Arc::new(Stage { regions: Regions::new(capacity), previous: Some(old) }));
    }

    /// What the old regions hold, in no order.
    pub(crate) fn to_carry(&self) -> Vec<Arc<Key>> {
        let stage = self.stage.load();
        let Some(previous) = &stage.previous else {
            return Vec::new();
        };
        previous.settle();
        // First those that have shown to be popular: where there is too little room they come first.
        previous.main.iter().chain(previous.window.iter()).map(|(key, _)| key).collect()
    }

    /// Takes over what the old regions hold under `key`, to the region of the same kind. Under the same
    /// protection as [`Self::store`].
    pub(crate) fn carry(&self, key: &Key) {
        let stage = self.stage.load();
        let Some(previous) = &stage.previous else {
            return;
        };
        if stage.regions.contains(key) {
            return;
        }
        if let Some(object) = previous.main.get(key) {
            stage.regions.main.insert(key.clone(), object);
        } else if let Some(object) = previous.window.get(key) {
            stage.regions.window.insert(key.clone(), object);
        }
    }

    /// Lets go of the old regions.
    pub(crate) fn end_resize(&self) {
        let regions = self.stage.load().regions.clone();
        regions.settle();
        self.stage.store(Arc::new(Stage { regions, previous: None }));
    }

    /// Remembers `mark` of `key` until `until`.
    pub(crate) fn mark(&self, key: &Key, mark: Mark, until: Instant) {
        self.marks.insert(key.clone(), (mark, until));
    }

    /// Whether `key` has this mark at `now`.
    pub(crate) fn has_mark(&self, key: &KeyRef<'_>, mark: Mark, now: Instant) -> bool {
        self.marks.get(key).is_some_and(|(marked, until)| marked == mark && now < until)
    }

    /// Carries out evictions that are due.
    pub(crate) fn settle(&self) {
        self.stage.load().regions.settle();
    }

    /// Everything that is stored, in no order. An object on its way between the regions may show twice
    /// or not at all.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Arc<Key>, Arc<Object>)> {
        let stage = self.stage.load_full();
        let found: Vec<_> = stage.regions.iter().collect();
        let waiting = stage.previous.as_ref().map(|previous| previous.iter().collect::<Vec<_>>());
        let mut waiting = waiting.unwrap_or_default();
        waiting.retain(|(key, _)| !stage.regions.contains(key));
        found.into_iter().chain(waiting)
    }

    /// Stored objects that nobody reads, of `bytes` together or all that there are, in no order; recordings
    /// before what is new.
    pub(crate) fn unread(&self, bytes: u64) -> Vec<Arc<Key>> {
        let regions = &self.stage.load().regions;
        let mut found = 0;
        let mut keys = Vec::new();
        for (key, object) in regions.main.iter().chain(regions.window.iter()) {
            if found >= bytes {
                break;
            }
            // One reference is the region's, and one is ours.
            if !object.is_index() && Arc::strong_count(&object) <= 2 {
                found += object.length();
                keys.push(key);
            }
        }
        keys
    }

    /// Stored objects, and the bytes they weigh. While objects are carried over, those that have been.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let stage = self.stage.load();
        stage.regions.settle();
        let (main, window) = (&stage.regions.main, &stage.regions.window);
        let kib = window.weighted_size() + main.weighted_size();
        (window.entry_count() + main.entry_count(), kib * 1024)
    }
}

impl Regions {
    fn new(capacity: u64) -> Self {
        let window = capacity * WINDOW_PERCENT / 100;
        let main =
            region(capacity - window).eviction_policy(EvictionPolicy::tiny_lfu()).build_with_hasher(hasher());
        let admit = main.clone();
        let window = region(window)
            .eviction_policy(EvictionPolicy::lru())
            .eviction_listener(move |key: Arc<Key>, object, cause| {
                if cause == RemovalCause::Size {
                    admit.insert((*key).clone(), object);
                }
            })
            .build_with_hasher(hasher());
        Self { main, window }
    }

    /// Asks the main region first, always: misses teach it what is popular.
    fn find(&self, key: &KeyRef<'_>) -> Option<Arc<Object>> {
        self.main.get(key).or_else(|| self.window.get(key))
    }

    fn contains(&self, key: &Key) -> bool {
        self.main.contains_key(key) || self.window.contains_key(key)
    }

    fn insert(&self, key: &Key, object: Arc<Object>) {
        if self.main.contains_key(key) {
            self.main.insert(key.clone(), object);
        } else {
            self.window.insert(key.clone(), object);
        }
    }

    fn remove(&self, key: &KeyRef<'_>) -> bool {
        let from_window = self.window.remove(key).is_some();
        // An eviction under way may be carrying it over to the main region: let it finish first.
        self.window.run_pending_tasks();
        self.main.remove(key).is_some() || from_window
    }

    /// moka stops a round of its work early when the machine is busy: go on until the bounds hold.
    fn settle(&self) {
        for _ in 0..MAX_ROUNDS {
            self.window.run_pending_tasks();
            self.main.run_pending_tasks();
            if !exceeds(&self.window) && !exceeds(&self.main) {
                break;
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = (Arc<Key>, Arc<Object>)> + '_ {
        self.window.iter().chain(self.main.iter())
    }
}

/// A hasher that no other process has, so that nobody outside can choose keys that collide.
fn hasher() -> RandomState {
    let random = std::hash::RandomState::new();
    let seed = |place: u8| random.hash_one(place);
    RandomState::with_seeds(seed(0), seed(1), seed(2), seed(3))
}

fn exceeds(region: &Moka<Key, Arc<Object>>) -> bool {
    region.policy().max_capacity().is_some_and(|capacity| region.weighted_size() > capacity)
}

/// moka weighs in 32 bits, so the unit is one KiB.
fn region(capacity: u64) -> MokaBuilder<Key, Arc<Object>, moka::sync::Cache<Key, Arc<Object>>> {
    MokaBuilder::new(capacity / 1024)
        .weigher(|_, object: &Arc<Object>| u32::try_from(object.weight().div_ceil(1024)).unwrap_or(u32::MAX))
}

#[cfg(test)]
#[cfg(not(feature = "schedules"))]
mod tests {
    use super::*;
    use crate::key::OriginId;

    fn key(name: &str) -> Key {
        KeyRef::whole(OriginId(0), name).to_key()
    }

    fn found(memory: &Memory, name: &str) -> bool {
        memory.find(&key(name).borrowed()).is_some()
    }

    const OBJECT: usize = 64 * 1024;

    /// A cache full of popular recordings must still take every new live segment and keep it while
    /// it is watched; a plain TinyLFU region of the same size, asked the same, turns them away.
    #[test]
    fn a_full_cache_never_rejects_a_live_segment() {
        let capacity = 64 * (OBJECT as u64 + 1024);
        let memory = Memory::new(capacity);
        let tiny_lfu =
            region(capacity).eviction_policy(EvictionPolicy::tiny_lfu()).build_with_hasher(hasher());
        for round in 0..20 {
            for index in 0..200 {
                let name = format!("/vod/{index}");
                if !found(&memory, &name) {
                    memory.store(&key(&name), Arc::new(Object::sample(OBJECT)));
                }
                if tiny_lfu.get(&key(&name)).is_none() {
                    tiny_lfu.insert(key(&name), Arc::new(Object::sample(OBJECT)));
                    tiny_lfu.run_pending_tasks();
                }
            }
            assert!(memory.totals().1 <= capacity, "round {round}");
        }
        let mut rejected = 0;
        for segment in 0_u32..100 {
            let name = format!("/live/{segment}");
            memory.store(&key(&name), Arc::new(Object::sample(OBJECT)));
            tiny_lfu.insert(key(&name), Arc::new(Object::sample(OBJECT)));
            tiny_lfu.run_pending_tasks();
            rejected += u32::from(tiny_lfu.get(&key(&name)).is_none());
            for shown in segment.saturating_sub(5)..=segment {
                assert!(found(&memory, &format!("/live/{shown}")), "segment {shown} at {segment}");
            }
        }
        assert!(rejected > 50, "the comparison shows nothing: only {rejected} rejected");
    }

    #[test]
    fn what_is_popular_survives_a_scan() {
        let memory = Memory::new(64 * (OBJECT as u64 + 1024));
        // Frequencies are only counted once a region is half full.
        for index in 0..100 {
            memory.store(&key(&format!("/earlier/{index}")), Arc::new(Object::sample(OBJECT)));
        }
        let popular: Vec<String> = (0..20).map(|index| format!("/popular/{index}")).collect();
        for _ in 0..10 {
            for name in &popular {
                if !found(&memory, name) {
                    memory.store(&key(name), Arc::new(Object::sample(OBJECT)));
                }
            }
        }
        for index in 0..1000 {
            let name = format!("/scan/{index}");
            assert!(!found(&memory, &name));
            memory.store(&key(&name), Arc::new(Object::sample(OBJECT)));
        }
        let kept = popular.iter().filter(|name| found(&memory, name)).count();
        assert!(kept >= 15, "only {kept} of 20 kept");
    }

    #[test]
    fn removal_reaches_both_regions() {
        let memory = Memory::new(8 * (OBJECT as u64 + 1024));
        for index in 0..6 {
            memory.store(&key(&format!("/{index}")), Arc::new(Object::sample(OBJECT)));
        }
        let stored = memory.iter().count();
        assert!(stored >= 6);
        let removed = (0..6).filter(|index| memory.remove(&key(&format!("/{index}")).borrowed())).count();
        assert_eq!(removed, stored);
        assert_eq!(memory.totals().0, 0);
    }
}
