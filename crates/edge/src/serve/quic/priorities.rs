//! Which answers of a connection go first (RFC 9218).
//!
//! A client says it with the request, or later on the control stream. Where it says nothing, playlists go before what they
//! name: a live player that waits for its playlist has nothing else to do.
//!
//! QUIC's library sends what has the highest number first, and in turns what has the same one. So numbers fall with the
//! urgency; within one urgency, answers that are of no use in part go one after the other, as they were asked for, and
//! behind them all others in turns.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use http_framing::priority::Priority;

/// What clients have said of requests that are not answered, or have not come yet.
#[derive(Debug, Default)]
pub(super) struct Priorities {
    said: Mutex<Vec<(u64, Priority)>>,
    changes: AtomicU64,
}

/// Playlists, where the client says nothing.
pub(super) const PLAYLIST: Priority = Priority { urgency: 1, incremental: false };

/// Bits of a number that tell answers of one urgency apart.
const WITHIN_URGENCY: u32 = 24;

impl Priorities {
    /// The client says it of a stream. Of more than `most` streams nobody remembers it.
    pub(super) fn say(&self, stream: u64, priority: Priority, most: usize) {
        let mut said = self.lock();
        if let Some(known) = said.iter_mut().find(|(known, _)| *known == stream) {
            known.1 = priority;
        } else if said.len() < most {
            said.push((stream, priority));
        }
        self.changes.fetch_add(1, Relaxed);
    }

    /// What was said of a stream, if anything, and how often something was said in all.
    pub(super) fn of(&self, stream: u64) -> (Option<Priority>, u64) {
        let changes = self.changes();
        if changes == 0 {
            return (None, 0);
        }
        let said = self.lock();
        (said.iter().find(|(known, _)| *known == stream).map(|(_, priority)| *priority), changes)
    }

    /// How often something was said.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Relaxed)
    }

    /// A stream is over.
    pub(super) fn forget(&self, stream: u64) {
        if self.changes() > 0 {
            self.lock().retain(|(known, _)| *known != stream);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Priority)>> {
        // A list is whole, whoever panicked meanwhile.
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The library's number for the answer on a client's stream with this index.
pub(super) fn number(priority: Priority, index: u64) -> i32 {
    let last = (1 << WITHIN_URGENCY) - 1;
    // The order of streams begins anew after so many: then two that are under way may change places.
    let within = if priority.incremental { last } else { index % last };
    let within = i32::try_from(within).unwrap_or_default();
    -((i32::from(priority.urgency) << WITHIN_URGENCY) + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_answers() {
        let of = |urgency, incremental, index| number(Priority { urgency, incremental }, index);
        assert!(of(0, true, 9) > of(1, false, 0));
        assert!(of(3, false, 4) > of(3, false, 5));
        assert!(of(3, false, u64::MAX >> 2) > of(3, true, 0));
        assert_eq!(of(3, true, 0), of(3, true, 7));
        assert!(of(6, true, 0) > of(7, false, 0));
        assert!(number(PLAYLIST, 100) > number(Priority::default(), 0));
    }

    #[test]
    fn what_is_said_counts_until_the_stream_is_over() {
        let priorities = Priorities::default();
        let urgent = Priority { urgency: 0, incremental: false };
        assert_eq!(priorities.of(4), (None, 0));
        priorities.say(4, Priority::default(), 2);
        priorities.say(4, urgent, 2);
        priorities.say(8, urgent, 2);
        priorities.say(12, urgent, 2);
        assert_eq!(priorities.of(4).0, Some(urgent));
        assert_eq!(priorities.of(12).0, None, "there is no room for it");
        priorities.forget(4);
        assert_eq!(priorities.of(4), (None, 4));
        priorities.say(12, urgent, 2);
        assert_eq!(priorities.of(12).0, Some(urgent));
    }
}
