//! The one place that reads the time.
//!
//! Everything else gets `now` from a [`Clock`], so that a test moves time by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

/// Tells the time. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    by_hand: Option<Hand>,
    /// Wall-clock time before the hand moved it; the system's runs on.
    stopped_at: Option<SystemTime>,
}

/// Moves the clock that it was made with.
#[derive(Clone, Debug)]
pub struct Hand {
    ahead_ns: Arc<AtomicU64>,
    /// Told each time that it moves.
    moves: Arc<Notify>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// The system's time plus what the hand adds.
    pub fn by_hand() -> (Self, Hand) {
        let hand = Hand { ahead_ns: Arc::default(), moves: Arc::default() };
        (Self { by_hand: Some(hand.clone()), stopped_at: None }, hand)
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
        self.by_hand.as_ref().map_or(now, |hand| now + hand.ahead())
    }

    /// Waits until monotonic time has come to `moment`, also where the hand moves it there.
    pub async fn reaches(&self, moment: Instant) {
        loop {
            let moved = self.by_hand.as_ref().map(|hand| hand.moves.notified());
            // Asked for after that, so that no move between the two is missed.
            let left = moment.saturating_duration_since(self.now());
            match moved {
                _ if left.is_zero() => return,
                None => tokio::time::sleep(left).await,
                Some(moved) => {
                    // Either way it is asked again.
                    let _moved_or_over = tokio::time::timeout(left, moved).await;
                }
            }
        }
    }

    /// Wall-clock time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn wall(&self) -> SystemTime {
        let now = self.stopped_at.unwrap_or_else(SystemTime::now);
        self.by_hand.as_ref().map_or(now, |hand| now + hand.ahead())
    }
}

impl Hand {
    fn ahead(&self) -> Duration {
        Duration::from_nanos(self.ahead_ns.load(Ordering::Relaxed))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.ahead_ns.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.moves.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_a_time_hears_of_it_when_the_hand_moves_there() {
        let (clock, hand) = Clock::by_hand();
        let day = Duration::from_hours(24);
        let moment = clock.now() + day;
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.reaches(moment).await }
        });
        hand.advance(day / 2);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        hand.advance(day);
        waiting.await.unwrap();
        clock.reaches(moment).await;
    }

    #[tokio::test]
    async fn the_systems_time_passes_by_itself() {
        let clock = Clock::system();
        let moment = clock.now() + Duration::from_millis(5);
        clock.reaches(moment).await;
        assert!(clock.now() >= moment);
    }
}
