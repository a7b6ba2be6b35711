//! One cache, what has been asked of it so far, and what must hold of all that comes out of it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use shuttle::future::JoinHandle;

use crate::fill::writer::Keep;
use crate::freshness::Freshness;
use crate::object::{Head, Object};
use crate::tests::samples;
use crate::{Cache, FillError, FillWriter, Join, KeyRef, Limits, Lookup, OriginId};

pub(super) const KEY: KeyRef<'static> = KeyRef::whole(OriginId(0), "/vod/a/seg-1.ts");
pub(super) const MIB: u64 = 1 << 20;

/// Bodies are cut out of this, one byte further for each version.
static PATTERN: LazyLock<Bytes> = LazyLock::new(|| {
    let byte = |index: u64| u8::try_from((index * 31 + index / 256 * 7) % 256).unwrap_or_default();
    (0..2 * MIB + 1000).map(byte).collect()
});

#[derive(Debug)]
pub(super) struct World {
    pub(super) cache: Cache,
    /// Does not move. What was stored before has just run out.
    pub(super) now: Instant,
    /// Never held across a step, so it needs no watching.
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    /// Fills that somebody leads or led, by version.
    led: HashSet<u64>,
    /// Those, and objects, that were there when a purge began that is over.
    purged: HashSet<u64>,
    /// How long the bodies really are.
    lengths: HashMap<u64, u64>,
    /// How much of them has come.
    came: HashMap<u64, u64>,
    /// Versions whose fill may have come to an object that is kept.
    whole: HashSet<u64>,
    /// Reasons why another fill of the key may begin.
    reasons: usize,
    tasks: Vec<JoinHandle<()>>,
}

pub(super) fn limits(memory: u64) -> Limits {
    Limits { memory, followers_per_fill: 10, fills: 10, private_for: Duration::from_secs(10) }
}

/// Bytes of a version's body.
pub(super) fn body(version: u64, position: u64, length: u64) -> Bytes {
    let start = usize::try_from(version % 997 + position).unwrap();
    PATTERN.slice(start..start + usize::try_from(length).unwrap())
}

pub(super) fn head(version: u64, length: Option<u64>) -> Head {
    Head { version, ..samples::head(length) }
}

impl World {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        let now = samples::now() + Duration::from_secs(10);
        Arc::new(Self { cache: Cache::new(limits), now, ledger: Mutex::default() })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn fresh(&self) -> Freshness {
        samples::fresh_for(Duration::from_hours(1), self.now)
    }

    /// Stores an object that has run out.
    pub(super) fn store_stale(&self, key: &KeyRef<'_>, length: u64) -> Arc<Object> {
        self.store(
            key,
            length,
            samples::fresh_for(Duration::from_secs(1), self.now.checked_sub(Duration::from_secs(5)).unwrap()),
        )
    }

    /// Stores an object that is fresh.
    pub(super) fn store_fresh(&self, key: &KeyRef<'_>, length: u64) -> Arc<Object> {
        self.store(key, length, self.fresh())
    }

    fn store(&self, key: &KeyRef<'_>, length: u64, freshness: Freshness) -> Arc<Object> {
        let version = self.cache.new_version();
        let Join::Lead(mut writer, _) = self.cache.join(key, self.now, None) else {
            panic!("nobody else is here")
        };
        self.begins(version);
        self.comes_to(version, length);
        writer.begin(head(version, Some(length)), Keep::Store).unwrap();
        self.append(&mut writer, version, length).unwrap();
        self.is_whole(version);
        self.has_reason();
        writer.complete(Some(freshness)).unwrap().expect("it is kept")
    }

    /// A fill of this version is led by the caller.
    pub(super) fn begins(&self, version: u64) {
        self.ledger().led.insert(version);
    }

    /// How many fills have begun.
    pub(super) fn led(&self) -> usize {
        self.ledger().led.len()
    }

    /// Its body is this long.
    pub(super) fn comes_to(&self, version: u64, length: u64) {
        self.ledger().lengths.insert(version, length);
    }

    /// So many more bytes of its body come.
    pub(super) fn append(&self, writer: &mut FillWriter, version: u64, length: u64) -> Result<(), FillError> {
        let position = self.ledger().came.get(&version).copied().unwrap_or_default();
        writer.append(body(version, position, length))?;
        self.ledger().came.insert(version, position + length);
        Ok(())
    }

    /// It has all its bytes, and is to be stored.
    pub(super) fn is_whole(&self, version: u64) {
        self.ledger().whole.insert(version);
    }

    /// Something happens after which another fill of the key may begin: said before it happens.
    pub(super) fn has_reason(&self) {
        self.ledger().reasons += 1;
    }

    /// What nobody may get who asks from now on.
    pub(super) fn purged(&self) -> HashSet<u64> {
        self.ledger().purged.clone()
    }

    pub(super) fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = shuttle::future::spawn(task);
        self.ledger().tasks.push(task);
    }

    /// Purges the key in one way or the other.
    pub(super) fn purge(&self, by_label: bool) {
        let gone = {
            let mut ledger = self.ledger();
            // By label it happens twice: fills first, then each object with its fill.
            ledger.reasons += if by_label { 2 } else { 1 };
            ledger.led.clone()
        };
        if by_label {
            self.cache.purge_where(|key, _| key.borrowed() == KEY, |key| key.borrowed() == KEY);
        } else {
            self.cache.purge(&KEY);
        }
        self.ledger().purged.extend(gone);
    }

    /// A follower got `bytes` of this version.
    pub(super) fn check(version: u64, position: u64, bytes: &Bytes) {
        assert!(!bytes.is_empty(), "an empty piece");
        assert!(*bytes == body(version, position, bytes.len() as u64), "other bytes at {position}");
    }

    /// A follower came to a clean end.
    pub(super) fn check_end(&self, version: u64, length: u64) {
        assert_eq!(self.ledger().lengths.get(&version), Some(&length), "a part ended cleanly");
    }

    /// A follower heard of a failure: after all that came, unless it was cut off.
    pub(super) fn check_failure(&self, version: u64, position: u64, error: FillError) {
        let came = self.ledger().came.get(&version).copied().unwrap_or_default();
        assert!(error == FillError::TooSlow || position == came, "{error}: {position} of {came} bytes");
    }

    /// This came out of the store.
    pub(super) fn check_object(&self, object: &Object) {
        let version = object.head().version;
        assert!(self.ledger().whole.contains(&version), "what failed is stored");
        self.check_end(version, object.length());
        let mut position = 0;
        while position < object.length() {
            let bytes = object.read(position, u64::MAX);
            Self::check(version, position, &bytes);
            position += bytes.len() as u64;
        }
    }

    /// Waits for every fill.
    pub(super) async fn settle(&self) {
        loop {
            let Some(task) = self.ledger().tasks.pop() else { break };
            task.await.unwrap();
        }
    }

    /// When everybody is gone: nothing is left but what is stored, and then nothing at all.
    pub(super) async fn close(self: Arc<Self>) {
        self.settle().await;
        assert_eq!(self.cache.totals().fills, 0, "a fill is still counted");
        if let Lookup::Fresh(object) | Lookup::Stale(object) = self.cache.lookup(&KEY, self.now) {
            self.check_object(&object);
            let version = object.head().version;
            assert!(!self.ledger().purged.contains(&version), "what was purged is stored");
        }
        match self.cache.join(&KEY, self.now + Duration::from_hours(2), None) {
            Join::Lead(..) => {}
            other => panic!("a fill is still listed: {other:?}"),
        }
        self.cache.purge_where(|_, _| true, |_| true);
        // moka frees what it lets go when no other thread can be looking at it any more.
        for _ in 0..100_000 {
            if self.cache.totals().held_bytes == 0 {
                break;
            }
            std::thread::yield_now();
        }
        assert_eq!(self.cache.totals().held_bytes, 0, "bytes are still counted");
        assert_eq!(self.cache.totals().fills, 0);
    }

    /// No more fills than there were reasons for one.
    pub(super) fn check_fills(&self) {
        let ledger = self.ledger();
        assert!(ledger.led.len() <= 1 + ledger.reasons, "a fill too many");
    }
}
