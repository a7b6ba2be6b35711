//! One bound for the bytes that stored objects and fills hold together.
//!
//! Memory is counted where it is held: a [`Reservation`] travels with the bytes and gives them back
//! when the last reference is dropped, even when an object was evicted while a slow viewer still
//! reads it. The unit is one KiB, rounded up.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

const UNIT: u64 = 1024;

/// The bytes that may be held at once.
#[derive(Clone, Debug)]
pub struct Budget {
    limit: u64,
    free: Arc<Semaphore>,
}

/// Bytes taken out of a [`Budget`], given back on drop.
#[derive(Debug)]
pub struct Reservation {
    permit: Option<OwnedSemaphorePermit>,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        let units = usize::try_from(limit / UNIT).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { limit, free: Arc::new(Semaphore::new(units)) }
    }

    /// The bound in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Bytes held now.
    pub fn used(&self) -> u64 {
        (self.limit / UNIT).saturating_sub(self.free.available_permits() as u64) * UNIT
    }

    /// Takes `bytes` now, or says that they are not free.
    pub fn try_reserve(&self, bytes: u64) -> Option<Reservation> {
        let units = units(bytes)?;
        match Arc::clone(&self.free).try_acquire_many_owned(units) {
            Ok(permit) => Some(Reservation { permit: Some(permit) }),
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => None,
        }
    }

    /// Waits until `bytes` are free and takes them. `None` when they exceed the whole budget, so that
    /// no waiting would help. The caller bounds the time.
    pub async fn reserve(&self, bytes: u64) -> Option<Reservation> {
        if bytes > self.limit {
            return None;
        }
        let permit = Arc::clone(&self.free).acquire_many_owned(units(bytes)?).await.ok()?;
        Some(Reservation { permit: Some(permit) })
    }
}

impl Reservation {
    /// Holds nothing yet.
    pub fn empty() -> Self {
        Self { permit: None }
    }

    /// Puts `other` to this one.
    pub fn add(&mut self, other: Self) {
        match (&mut self.permit, other.permit) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (mine @ None, theirs) => *mine = theirs,
            (Some(_), None) => {}
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> u64 {
        self.permit.as_ref().map_or(0, |permit| permit.num_permits() as u64 * UNIT)
    }

    /// Gives back what exceeds `bytes`.
    pub fn shrink_to(&mut self, bytes: u64) {
        let excess = self.bytes().saturating_sub(bytes) / UNIT;
        if let (Some(permit), Ok(excess)) = (&mut self.permit, usize::try_from(excess)) {
            drop(permit.split(excess));
        }
    }
}

fn units(bytes: u64) -> Option<u32> {
    u32::try_from(bytes.div_ceil(UNIT)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_comes_back_on_drop() {
        let budget = Budget::new(10 * UNIT);
        let mut held = budget.try_reserve(4 * UNIT).unwrap();
        held.add(budget.try_reserve(1).unwrap());
        assert_eq!(budget.used(), 5 * UNIT);
        assert!(budget.try_reserve(6 * UNIT).is_none());
        held.shrink_to(2 * UNIT);
        assert_eq!(budget.used(), 2 * UNIT);
        drop(held);
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test]
    async fn more_than_the_whole_budget_is_refused_without_waiting() {
        let budget = Budget::new(UNIT);
        assert!(budget.reserve(2 * UNIT).await.is_none());
    }

    #[tokio::test]
    async fn a_waiter_gets_bytes_as_soon_as_they_are_free() {
        let budget = Budget::new(2 * UNIT);
        let held = budget.try_reserve(2 * UNIT).unwrap();
        let waiting = tokio::spawn({
            let budget = budget.clone();
            async move { budget.reserve(UNIT).await.is_some() }
        });
        drop(held);
        assert!(waiting.await.unwrap());
    }
}
