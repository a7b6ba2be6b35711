//! The long way to the origin: delay, a rate that all connections share, and a window that opens as TCP's does.
//!
//! It is a model in the origin itself, because many kernels come without a network emulator. What it leaves out is
//! loss; what it keeps is what decides how a cache behaves: the round trip, and bytes that come one by one.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;

/// Bytes that are sent at a time: a millisecond and a third at 100 Mbit/s.
pub(super) const CHUNK: usize = 16 * 1024;

/// The first window of a connection: ten segments (RFC 6928).
const FIRST_WINDOW: usize = 10 * 1460;

/// What Linux adds to the round trip before it takes a segment for lost.
const LEAST_TIMEOUT: Duration = Duration::from_millis(200);

/// How far the plan may lie behind, because of a machine that is busy or a receiver that is slow.
const MOST_LATE: Duration = Duration::from_millis(50);

/// Where an origin stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distance {
    /// Beside the server.
    Near,
    /// Behind a link of this round trip time and rate.
    Far { round_trip: Duration, megabits_per_second: u32 },
}

/// The link of one origin.
pub(super) struct Link {
    round_trip: Duration,
    bytes_per_second: u32,
    /// When all bytes that were given to the link so far are through.
    free: Mutex<Instant>,
}

/// How much of a connection may be under way. All times are those of the plan, not those at which a busy machine came
/// to carry it out: otherwise each delay of a timer would slow the link down.
pub(super) struct Window {
    size: usize,
    left: usize,
    round_began: Instant,
    /// When what was sent last is, or was, through.
    due: Instant,
}

impl Link {
    pub(super) fn new(distance: Distance) -> Option<Self> {
        let Distance::Far { round_trip, megabits_per_second } = distance else { return None };
        let bytes_per_second = megabits_per_second.saturating_mul(125_000).max(1);
        Some(Self { round_trip, bytes_per_second, free: Mutex::new(clock::now()) })
    }

    /// The way of a question to the origin and of its answer's first byte back.
    pub(super) async fn cross(&self, window: &mut Window) {
        window.open(clock::now(), self.round_trip);
        sleep_until(window.due).await;
    }

    /// Waits until `bytes` more have come through: for the window, then for the rate.
    pub(super) async fn pass(&self, window: &mut Window, bytes: usize) {
        let now = clock::now();
        let from = window.admit(bytes, self.round_trip).max(now.checked_sub(MOST_LATE).unwrap_or(now));
        window.due = self.reserve(bytes, from);
        sleep_until(window.due).await;
    }

    /// When these bytes are through, behind all that were before them.
    fn reserve(&self, bytes: usize, from: Instant) -> Instant {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let takes = Duration::from_secs(1) * bytes / self.bytes_per_second;
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(from) + takes;
        *free
    }
}

impl Window {
    /// Of a connection that has sent nothing yet.
    pub(super) fn new() -> Self {
        let now = clock::now();
        Self { size: FIRST_WINDOW, left: FIRST_WINDOW, round_began: now, due: now }
    }

    /// For a new answer: as large as it has become, halved for each timeout without anything to send (RFC 2861), and
    /// never below the first one.
    fn open(&mut self, now: Instant, round_trip: Duration) {
        let idle = now.saturating_duration_since(self.due);
        let halvings = idle.as_millis() / (round_trip + LEAST_TIMEOUT).as_millis();
        let shift = u32::try_from(halvings).unwrap_or(u32::MAX);
        self.size = self.size.checked_shr(shift).unwrap_or(0).max(FIRST_WINDOW);
        self.left = self.size;
        self.round_began = now + round_trip;
        self.due = self.round_began;
    }

    /// Takes `bytes` out of the window, or out of the next, twice as large, if it is used up. From when on they may
    /// be sent.
    fn admit(&mut self, bytes: usize, round_trip: Duration) -> Instant {
        if self.left == 0 {
            self.size = self.size.saturating_mul(2);
            self.left = self.size;
            self.round_began = (self.round_began + round_trip).max(self.due);
            self.due = self.round_began;
        }
        self.left = self.left.saturating_sub(bytes);
        self.due
    }
}

async fn sleep_until(at: Instant) {
    tokio::time::sleep_until(at.into()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Distance = Distance::Far { round_trip: Duration::from_millis(40), megabits_per_second: 100 };

    #[test]
    fn a_megabyte_takes_its_time_and_the_next_one_waits_for_it() {
        let link = Link::new(FAR).unwrap();
        let now = clock::now() + Duration::from_secs(1);
        assert_eq!(link.reserve(1_000_000, now) - now, Duration::from_millis(80));
        assert_eq!(link.reserve(1_000_000, now) - now, Duration::from_millis(160));
        let later = now + Duration::from_secs(1);
        assert_eq!(link.reserve(12_500, later) - later, Duration::from_millis(1));
    }

    #[test]
    fn a_window_doubles_each_round_trip() {
        let (now, round_trip) = (clock::now(), Duration::from_millis(40));
        let mut window = Window::new();
        window.open(now, round_trip);
        assert_eq!(window.admit(FIRST_WINDOW, round_trip), now + round_trip);
        assert_eq!(window.admit(CHUNK, round_trip), now + 2 * round_trip);
        assert_eq!(window.left, 2 * FIRST_WINDOW - CHUNK);
        assert_eq!(window.admit(2 * FIRST_WINDOW - CHUNK, round_trip), now + 2 * round_trip);
        assert_eq!(window.admit(1, round_trip), now + 3 * round_trip);
    }

    #[test]
    fn a_window_shrinks_while_nothing_is_sent_but_not_below_the_first() {
        let (now, round_trip) = (clock::now(), Duration::from_millis(40));
        let left_after = |pause| {
            let mut window = Window { size: 32 * FIRST_WINDOW, left: 0, round_began: now, due: now };
            window.open(now + pause, round_trip);
            window.left
        };
        assert_eq!(left_after(Duration::from_millis(100)), 32 * FIRST_WINDOW);
        assert_eq!(left_after(Duration::from_millis(500)), 8 * FIRST_WINDOW);
        assert_eq!(left_after(Duration::from_mins(10)), FIRST_WINDOW);
    }

    #[test]
    fn a_near_origin_has_no_link() {
        assert!(Link::new(Distance::Near).is_none());
    }
}
