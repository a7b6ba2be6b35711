//! Room for fills, also when slow viewers hold what was evicted.
//!
//! An evicted object counts until the last viewer has it. Many slow viewers of many objects can so use up what is kept
//! free for fills, and new segments would find no room while the regions are full of what nobody reads. Fills are
//! therefore entitled to that much ([`Shared::filling`]): within it, stored objects that nobody reads make room.

use super::Shared;
use crate::budget::Reservation;
use crate::sync::yield_now;

/// At least so many bytes are evicted at a time, so that the regions are not gone through for each fill.
const STEP: u64 = 8 << 20;

/// How often it is looked whether what was evicted is freed.
const MOST_TRIES: usize = 1000;

impl Shared {
    /// Takes bytes out of the budget, and adds them to `filling` where fills are entitled to them.
    pub(super) fn reserve(&self, bytes: u64, filling: &mut Reservation) -> Option<Reservation> {
        let right = self.filling.try_reserve(bytes);
        let is_entitled = right.is_some();
        let reserved = self.budget.try_reserve(bytes).or_else(|| {
            self.memory.settle();
            self.budget.try_reserve(bytes)
        });
        let reserved = reserved.or_else(|| if is_entitled { self.make_room(bytes) } else { None })?;
        if let Some(right) = right {
            filling.add(right);
        }
        Some(reserved)
    }

    /// Evicts what nobody reads until `bytes` are free.
    fn make_room(&self, bytes: u64) -> Option<Reservation> {
        let missing = (self.budget.used() + bytes).saturating_sub(self.budget.limit());
        for key in self.memory.unread(missing.max(STEP)) {
            let _nobody_changes_it = self.table.lock(&key);
            self.memory.remove(&key.borrowed());
        }
        // It is freed once no look-up that began before is under way any more.
        (0..MOST_TRIES).find_map(|_| {
            self.memory.settle();
            self.budget.try_reserve(bytes).or_else(|| {
                yield_now();
                None
            })
        })
    }
}
