//! A cache that grows and shrinks, against what it has to hold.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;

use crate::fill::writer::Keep;
use crate::object::Object;
use crate::tests::samples::{fresh_for, head, now};
use crate::{Cache, Join, KeyRef, Limits, Lookup, OriginId};

const MIB: u64 = 1 << 20;
const LENGTH: usize = 256 * 1024;
const MOST_WAITS: usize = 1_000_000;

fn limits(memory: u64) -> Limits {
    Limits { memory, followers_per_fill: 10, fills: 10, private_for: Duration::from_secs(1) }
}

fn name(index: usize) -> String {
    format!("/vod/a/seg-{index}.ts")
}

fn key(name: &str) -> KeyRef<'_> {
    KeyRef::whole(OriginId(0), name)
}

/// False when readers hold all that there is, or when it is there already.
fn store(cache: &Cache, index: usize, now: Instant) -> bool {
    let name = name(index);
    let Join::Lead(mut writer, _) = cache.join(&key(&name), now, None) else {
        return false;
    };
    if writer.begin(head(Some(LENGTH as u64)), Keep::Store).is_err() {
        return false;
    }
    writer.append(Bytes::from(vec![u8::try_from(index % 256).unwrap(); LENGTH])).unwrap();
    writer.complete(Some(fresh_for(Duration::from_hours(1), now))).unwrap().is_some()
}

/// What was let go is freed when look-ups of other tests, which share the collector, are over: until then there may
/// be no room.
fn store_at_last(cache: &Cache, index: usize, now: Instant) {
    assert!((0..MOST_WAITS).any(|_| {
        std::thread::yield_now();
        store(cache, index, now)
    }));
}

fn found(cache: &Cache, index: usize, now: Instant) -> Option<Arc<Object>> {
    match cache.lookup(&key(&name(index)), now) {
        Lookup::Fresh(object) => Some(object),
        Lookup::Stale(_) | Lookup::Miss => None,
    }
}

fn held(cache: &Cache, now: Instant) -> HashSet<usize> {
    (0..400).filter(|index| found(cache, *index, now).is_some()).collect()
}

/// Waits until no more than `bytes` are held, for the same reason.
fn holds_at_most(cache: &Cache, bytes: u64) -> bool {
    (0..MOST_WAITS).any(|_| {
        std::thread::yield_now();
        cache.totals().held_bytes <= bytes
    })
}

#[derive(Clone, Debug)]
enum Step {
    Store(usize),
    Purge(usize),
    /// Somebody begins to read it, or is done.
    Read(usize),
    Resize(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..400_usize).prop_map(Step::Store),
        2 => (0..400_usize).prop_map(Step::Purge),
        2 => (0..400_usize).prop_map(Step::Read),
        1 => (16..160_u64).prop_map(Step::Resize),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Growing loses nothing; shrinking leaves no more than the bound and what is being read; what was
    /// purged stays away; bytes are never those of another object.
    #[test]
    fn what_fits_stays_and_the_bound_holds(steps in prop::collection::vec(step(), 100..500)) {
        let now = now();
        let cache = Cache::new(limits(64 * MIB));
        let mut readers: HashMap<usize, Arc<Object>> = HashMap::new();
        for step in steps {
            match step {
                Step::Store(index) => {
                    store(&cache, index, now);
                }
                Step::Purge(index) => {
                    cache.purge(&key(&name(index)));
                    prop_assert!(found(&cache, index, now).is_none());
                }
                Step::Read(index) => {
                    if readers.remove(&index).is_none() {
                        readers.extend(found(&cache, index, now).map(|object| (index, object)));
                    }
                }
                Step::Resize(mib) => {
                    let before = held(&cache, now);
                    let grows = mib * MIB >= cache.memory();
                    cache.resize(limits(mib * MIB));
                    prop_assert_eq!(cache.memory(), mib * MIB);
                    let after = held(&cache, now);
                    if grows {
                        prop_assert_eq!(&before, &after);
                    }
                    prop_assert!(after.is_subset(&before), "nothing comes back");
                    let sent = readers.len() as u64 * (LENGTH as u64);
                    prop_assert!(holds_at_most(&cache, cache.memory() + sent));
                }
            }
            for object in readers.values() {
                prop_assert_eq!(object.length(), LENGTH as u64);
            }
        }
        for index in held(&cache, now) {
            let object = found(&cache, index, now).unwrap();
            prop_assert_eq!(usize::from(object.read(0, 1)[0]), index % 256);
        }
    }
}

#[test]
fn a_smaller_memory_keeps_as_much_as_fits() {
    let (cache, now) = (Cache::new(limits(128 * MIB)), now());
    (0..300).for_each(|index| assert!(store(&cache, index, now)));
    assert_eq!(held(&cache, now).len(), 300);
    cache.resize(limits(64 * MIB));
    let stored = cache.totals().stored_bytes;
    assert!((40 * MIB..=48 * MIB).contains(&stored), "{stored}");
    assert_eq!(cache.max_object(), 8 * MIB);
    // New objects find their place as ever.
    store_at_last(&cache, 399, now);
    assert!(found(&cache, 399, now).is_some());
}

#[test]
fn what_is_being_sent_counts_until_it_is_sent() {
    let (cache, now) = (Cache::new(limits(64 * MIB)), now());
    (0..150).for_each(|index| assert!(store(&cache, index, now)));
    let sending: Vec<_> = (0..150).filter_map(|index| found(&cache, index, now)).collect();
    let bytes = sending.len() as u64 * LENGTH as u64;
    cache.resize(limits(16 * MIB));
    assert!(cache.totals().held_bytes >= bytes);
    let refused = name(399);
    let Join::Lead(mut writer, _starter) = cache.join(&key(&refused), now, None) else { panic!() };
    assert!(writer.hold(MIB).is_err(), "nothing is free");
    drop(sending);
    assert!(holds_at_most(&cache, 8 * MIB));
    writer.hold(MIB).unwrap();
}

/// Readers and writers go on while it is resized over and over.
#[test]
fn no_look_up_misses_while_it_is_resized() {
    let (cache, now) = (Cache::new(limits(64 * MIB)), now());
    (0..100).for_each(|index| assert!(store(&cache, index, now)));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut rounds = 0;
            while !over.load(Ordering::Relaxed) || rounds == 0 {
                (0..100).for_each(|index| assert!(found(&cache, index, now).is_some(), "{index}"));
                rounds += 1;
            }
        });
        let purger = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                store_at_last(&cache, 200, now);
                assert!(found(&cache, 200, now).is_some());
                assert!(cache.purge(&key(&name(200))));
                assert!(found(&cache, 200, now).is_none());
            }
        });
        for round in 0..40 {
            cache.resize(limits((64 + 8 * (round % 3)) * MIB));
        }
        over.store(true, Ordering::Relaxed);
        reader.join().unwrap();
        purger.join().unwrap();
    });
}

/// Slow viewers hold what was evicted long ago: new objects are stored nevertheless, in the place of stored ones.
#[test]
fn what_slow_viewers_hold_does_not_keep_new_objects_out() {
    let (cache, now) = (Cache::new(limits(64 * MIB)), now());
    let mut slow = Vec::new();
    for index in 0..190 {
        assert!(store(&cache, index, now));
        slow.extend(found(&cache, index, now));
        // What they hold is evicted from the regions, and counts.
        cache.purge(&key(&name(index)));
    }
    for index in 200..400 {
        store_at_last(&cache, index, now);
        assert!(found(&cache, index, now).is_some(), "{index}");
        assert!(cache.totals().held_bytes <= cache.memory());
    }
    drop(slow);
}

/// Beyond what fills are entitled to, stored objects stay, however many fills begin.
#[test]
fn fills_do_not_wash_out_what_is_stored() {
    let (cache, now) = (Cache::new(limits(64 * MIB)), now());
    (0..190).for_each(|index| assert!(store(&cache, index, now)));
    let before = held(&cache, now).len();
    let fills: Vec<_> = (0..10)
        .map(|index| {
            let name = name(1000 + index);
            let Join::Lead(mut writer, starter) = cache.join(&key(&name), now, None) else { panic!() };
            (writer.hold(4 * MIB).is_ok(), writer, starter)
        })
        .collect();
    assert_eq!(fills.iter().filter(|(held, ..)| *held).count(), 4, "16 MiB are the fills'");
    assert_eq!(held(&cache, now).len(), before);
    drop(fills);
}
