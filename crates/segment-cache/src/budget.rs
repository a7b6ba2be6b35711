//! One bound for the bytes that stored objects and fills hold together.
//!
//! Memory is counted where it is held: a [`Reservation`] travels with the bytes and gives them back
//! when the last reference is dropped, even when an object was evicted while a slow viewer still
//! reads it. The unit is one KiB, rounded up.
//!
//! The bound may change while bytes are held. Below what is held it takes nothing away: it refuses new
//! reservations until enough has come back.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::sync::{AtomicU64, AtomicUnits};

const UNIT: u64 = 1024;

/// The bytes that may be held at once. Clones share one bound.
#[derive(Clone, Debug)]
pub struct Budget {
    account: Arc<Account>,
}

#[derive(Debug)]
struct Account {
    limit_bytes: AtomicU64,
    used_units: AtomicUnits,
}

/// Bytes taken out of a [`Budget`], given back on drop.
#[derive(Debug)]
pub struct Reservation {
    account: Option<Arc<Account>>,
    units: u64,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        let account = Account { limit_bytes: AtomicU64::new(limit), used_units: AtomicUnits::new(0) };
        Self { account: Arc::new(account) }
    }

    /// The bound in bytes.
    pub fn limit(&self) -> u64 {
        self.account.limit_bytes.load(Relaxed)
    }

    /// Sets the bound in bytes. What is held stays held, also beyond a smaller bound.
    pub fn resize(&self, limit: u64) {
        self.account.limit_bytes.store(limit, Relaxed);
    }

    /// Bytes held now.
    pub fn used(&self) -> u64 {
        self.account.used_units.load(Relaxed).saturating_mul(UNIT)
    }

    /// Takes `bytes` now, or says that they are not free.
    pub fn try_reserve(&self, bytes: u64) -> Option<Reservation> {
        let units = bytes.div_ceil(UNIT);
        let limit = self.limit() / UNIT;
        let take = |used: u64| used.checked_add(units).filter(|used| *used <= limit);
        self.account.used_units.fetch_update(Relaxed, Relaxed, take).ok()?;
        Some(Reservation { account: Some(Arc::clone(&self.account)), units })
    }
}

impl Reservation {
    /// Holds nothing yet.
    pub fn empty() -> Self {
        Self { account: None, units: 0 }
    }

    /// Puts `other`, which is of the same budget, to this one.
    pub fn add(&mut self, mut other: Self) {
        self.units += std::mem::take(&mut other.units);
        if self.account.is_none() {
            self.account = other.account.take();
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> u64 {
        self.units * UNIT
    }

    /// Gives back what exceeds `bytes`.
    pub fn shrink_to(&mut self, bytes: u64) {
        let kept = self.units.min(bytes.div_ceil(UNIT));
        self.give_back(self.units - kept);
        self.units = kept;
    }

    fn give_back(&self, units: u64) {
        if let Some(account) = &self.account {
            account.used_units.fetch_sub(units, Relaxed);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.give_back(self.units);
    }
}

#[cfg(test)]
#[cfg(not(feature = "schedules"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_reserved_comes_back_on_drop() {
        let budget = Budget::new(10 * UNIT);
        let mut held = budget.try_reserve(4 * UNIT).unwrap();
        held.add(budget.try_reserve(1).unwrap());
        assert_eq!((budget.used(), held.bytes()), (5 * UNIT, 5 * UNIT));
        assert!(budget.try_reserve(6 * UNIT).is_none());
        held.shrink_to(2 * UNIT);
        assert_eq!(budget.used(), 2 * UNIT);
        drop(held);
        assert_eq!(budget.used(), 0);
        let mut later = Reservation::empty();
        later.add(budget.try_reserve(UNIT).unwrap());
        drop(later);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn more_than_there_is_and_more_than_can_be_counted_is_refused() {
        let budget = Budget::new(UNIT);
        assert!(budget.try_reserve(2 * UNIT).is_none());
        let _held = budget.try_reserve(UNIT).unwrap();
        assert!(budget.try_reserve(u64::MAX).is_none());
        assert_eq!(budget.used(), UNIT);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Take(u64),
        Drop(usize),
        Shrink(usize, u64),
        Resize(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..64 * UNIT).prop_map(Step::Take),
            2 => (0..16_usize).prop_map(Step::Drop),
            2 => (0..16_usize, 0..64 * UNIT).prop_map(|(index, bytes)| Step::Shrink(index, bytes)),
            1 => (0..256 * UNIT).prop_map(Step::Resize),
        ]
    }

    proptest! {
        /// Against a list of what is held: nothing is lost or counted twice, and what is taken fits the bound
        /// that holds at that moment.
        #[test]
        fn it_agrees_with_a_list(steps in prop::collection::vec(step(), 0..200)) {
            let budget = Budget::new(128 * UNIT);
            let mut held: Vec<Reservation> = Vec::new();
            for step in steps {
                let sum: u64 = held.iter().map(Reservation::bytes).sum();
                prop_assert_eq!(budget.used(), sum);
                match step {
                    Step::Take(bytes) => {
                        let wanted = bytes.div_ceil(UNIT) * UNIT;
                        let taken = budget.try_reserve(bytes);
                        prop_assert_eq!(taken.is_some(), sum + wanted <= budget.limit() / UNIT * UNIT);
                        held.extend(taken);
                    }
                    Step::Drop(index) if index < held.len() => drop(held.swap_remove(index)),
                    Step::Shrink(index, bytes) if index < held.len() => held[index].shrink_to(bytes),
                    Step::Drop(_) | Step::Shrink(..) => {}
                    Step::Resize(limit) => budget.resize(limit),
                }
            }
            held.clear();
            prop_assert_eq!(budget.used(), 0);
        }
    }
}
