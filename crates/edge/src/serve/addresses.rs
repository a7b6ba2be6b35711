//! How much each address asks for, so that one hostile client cannot take every place.
//!
//! An address is only counted by: it stands here as a number, hashed with a key that this process drew by lot, and
//! goes when nothing of it is open and its second is over. Nothing here can be turned back into an address, and
//! nothing leaves. Addresses of IPv6 are counted by /64, for that is what one network gives one client.
//!
//! Pure: time comes in. A connection takes one lock when it comes; a request takes none.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shards keep connections out of each other's way.
const SHARDS: usize = 64;
/// So many addresses of one shard are remembered without an open connection at most.
const IDLE_PER_SHARD: usize = 1024;
/// The period in which requests are counted.
const WINDOW: Duration = Duration::from_secs(1);
/// The lower bits of [`Tally::window`] count.
const COUNT_BITS: u32 = 24;

/// The addresses that have something open, or had just now.
#[derive(Debug)]
pub(super) struct Addresses {
    shards: Box<[Shard]>,
    /// Draws its key at random.
    hasher: RandomState,
    /// Windows are told in milliseconds since then.
    began: Instant,
}

type Shard = Mutex<HashMap<u64, Arc<Tally>>>;

/// What one address has.
#[derive(Debug, Default)]
struct Tally {
    connections: AtomicUsize,
    /// When the window began, and how many requests came in it; 0 before the first.
    window: AtomicU64,
}

/// One connection of an address; it is over when this is dropped.
#[derive(Debug)]
pub(super) struct Visit {
    tally: Arc<Tally>,
    began: Instant,
}

impl Addresses {
    /// None; `now` is any moment before those that follow.
    pub(super) fn new(now: Instant) -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { shards, hasher: RandomState::new(), began: now }
    }

    /// Counts one more connection of `address`; `None` when it has `most` already.
    pub(super) fn enter(&self, address: IpAddr, now: Instant, most: usize) -> Option<Visit> {
        let number = self.hasher.hash_one(group(address));
        let shard = usize::try_from(number % SHARDS as u64).unwrap_or_default();
        // Every change under this lock leaves a whole map.
        let mut shard = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if !shard.contains_key(&number) && shard.len() >= IDLE_PER_SHARD {
            let millisecond = millisecond(self.began, now);
            shard.retain(|_, tally| tally.counts(millisecond));
            if shard.len() >= IDLE_PER_SHARD {
                // A flood of addresses: what they asked for in this second is forgotten.
                shard.retain(|_, tally| tally.connections.load(Relaxed) > 0);
            }
        }
        let tally = shard.entry(number).or_default();
        let one_more = |open: usize| (open < most).then(|| open + 1);
        tally.connections.fetch_update(Relaxed, Relaxed, one_more).ok()?;
        Some(Visit { tally: Arc::clone(tally), began: self.began })
    }

    /// Forgets addresses that have nothing open and whose second is over.
    pub(super) fn sweep(&self, now: Instant) {
        let millisecond = millisecond(self.began, now);
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|_, tally| tally.counts(millisecond));
        }
    }
}

impl Visit {
    /// Counts a request of this connection's address; false when it has made `most` within a second. The second
    /// begins with the first request after the one before is over.
    pub(super) fn admits(&self, now: Instant, most: u32) -> bool {
        let most = u64::from(most).min((1 << COUNT_BITS) - 1);
        let now = millisecond(self.began, now);
        let count = |window: u64| {
            let (start, count) = parts(window);
            if is_over(window, now) {
                return Some((now << COUNT_BITS) | 1);
            }
            (count < most).then_some((start << COUNT_BITS) | (count + 1))
        };
        self.tally.window.fetch_update(Relaxed, Relaxed, count).is_ok()
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.tally.connections.fetch_sub(1, Relaxed);
    }
}

impl Tally {
    /// Whether there is a reason to remember it.
    fn counts(&self, millisecond: u64) -> bool {
        self.connections.load(Relaxed) > 0 || !is_over(self.window.load(Relaxed), millisecond)
    }
}

/// What is counted as one: an address of IPv4, also one mapped into IPv6 (RFC 4291 section 2.5.5.2), or the 64 bits
/// of an address of IPv6 that name its network.
fn group(address: IpAddr) -> (bool, u64) {
    match address.to_canonical() {
        IpAddr::V4(address) => (false, u64::from(address.to_bits())),
        IpAddr::V6(address) => (true, u64::try_from(address.to_bits() >> 64).unwrap_or_default()),
    }
}

fn parts(window: u64) -> (u64, u64) {
    (window >> COUNT_BITS, window & ((1 << COUNT_BITS) - 1))
}

fn is_over(window: u64, now: u64) -> bool {
    let (start, count) = parts(window);
    count == 0 || u128::from(now.saturating_sub(start)) >= WINDOW.as_millis()
}

/// Enough bits for a thousand years.
fn millisecond(began: Instant, now: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(began).as_millis()).unwrap_or(u64::MAX)
        & (u64::MAX >> COUNT_BITS)
}

#[cfg(test)]
mod tests;
