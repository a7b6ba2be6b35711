//! The one place that reads the time.
//!
//! Everything else gets `now` from a [`Clock`], so that a test moves time by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// Tells the time. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    by_hand: Option<Arc<AtomicU64>>,
    /// Wall-clock time before the hand moved it; the system's runs on.
    stopped_at: Option<SystemTime>,
}

/// Moves the clock that it was made with.
#[derive(Clone, Debug)]
pub struct Hand {
    ahead_ns: Arc<AtomicU64>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// The system's time plus what the hand adds.
    pub fn by_hand() -> (Self, Hand) {
        let ahead_ns = Arc::new(AtomicU64::new(0));
        (Self { by_hand: Some(Arc::clone(&ahead_ns)), stopped_at: None }, Hand { ahead_ns })
    }

    /// Wall-clock time that is `wall` until the hand moves it; monotonic time is the system's plus what the hand adds.
    pub fn by_hand_from(wall: SystemTime) -> (Self, Hand) {
        let (clock, hand) = Self::by_hand();
        (Self { stopped_at: Some(wall), ..clock }, hand)
    }

    /// Monotonic time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(&self) -> Instant {
        let now = Instant::now();
        self.by_hand.as_ref().map_or(now, |ahead| now + duration(ahead))
    }

    /// Wall-clock time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn wall(&self) -> SystemTime {
        let now = self.stopped_at.unwrap_or_else(SystemTime::now);
        self.by_hand.as_ref().map_or(now, |ahead| now + duration(ahead))
    }
}

fn duration(ahead: &AtomicU64) -> Duration {
    Duration::from_nanos(ahead.load(Ordering::Relaxed))
}

impl Hand {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.ahead_ns.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}
