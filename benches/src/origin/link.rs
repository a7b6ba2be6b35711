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

/// How much of a connection may be under way.
#[derive(Default)]
pub(super) struct Window {
    size: usize,
    left: usize,
    round_began: Option<Instant>,
    /// When something was last sent.
    sent: Option<Instant>,
}

impl Link {
    pub(super) fn new(distance: Distance) -> Option<Self> {
        let Distance::Far { round_trip, megabits_per_second } = distance else { return None };
        let bytes_per_second = megabits_per_second.saturating_mul(125_000).max(1);
        Some(Self { round_trip, bytes_per_second, free: Mutex::new(clock::now()) })
    }

    /// The way of a question to the origin and of its answer's first byte back.
    pub(super) async fn cross(&self, window: &mut Window) {
        let now = clock::now();
        window.open(now, self.round_trip);
        sleep_until(now + self.round_trip).await;
        window.round_began = Some(clock::now());
    }

    /// Waits until `bytes` more have come through: for the window, then for the rate.
    pub(super) async fn pass(&self, window: &mut Window, bytes: usize) {
        if let Some(at) = window.admit(bytes, clock::now(), self.round_trip) {
            sleep_until(at).await;
        }
        sleep_until(self.reserve(bytes, clock::now())).await;
        window.sent = Some(clock::now());
    }

    /// When these bytes are through, behind all that were before them.
    fn reserve(&self, bytes: usize, now: Instant) -> Instant {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let takes = Duration::from_secs(1) * bytes / self.bytes_per_second;
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(now) + takes;
        *free
    }
}

impl Window {
    /// For a new answer: as large as it has become, halved for each timeout without anything to send (RFC 2861 tells
    /// of this decay; Linux does so), and never below the first one.
    fn open(&mut self, now: Instant, round_trip: Duration) {
        let idle = self.sent.map_or(Duration::ZERO, |sent| now.saturating_duration_since(sent));
        let halvings = idle.as_millis() / (round_trip + LEAST_TIMEOUT).as_millis();
        let shift = u32::try_from(halvings).unwrap_or(u32::MAX);
        self.size = self.size.checked_shr(shift).unwrap_or(0).max(FIRST_WINDOW);
        self.left = self.size;
    }

    /// Takes `bytes` out of the window. If it is used up: when the next, twice as large, opens.
    fn admit(&mut self, bytes: usize, now: Instant, round_trip: Duration) -> Option<Instant> {
        if self.left > 0 {
            self.left = self.left.saturating_sub(bytes);
            return None;
        }
        let opens = self.round_began.map_or(now, |began| began + round_trip);
        self.size = self.size.saturating_mul(2);
        self.left = self.size.saturating_sub(bytes);
        self.round_began = Some(opens.max(now));
        (opens > now).then_some(opens)
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
        let mut window = Window::default();
        window.open(now, round_trip);
        window.round_began = Some(now);
        assert_eq!(window.admit(FIRST_WINDOW, now, round_trip), None);
        assert_eq!(window.admit(CHUNK, now, round_trip), Some(now + round_trip));
        assert_eq!(window.left, 2 * FIRST_WINDOW - CHUNK);
    }

    #[test]
    fn a_window_shrinks_while_nothing_is_sent_but_not_below_the_first() {
        let (now, round_trip) = (clock::now(), Duration::from_millis(40));
        let mut window = Window { size: 32 * FIRST_WINDOW, sent: Some(now), ..Window::default() };
        window.open(now + Duration::from_millis(100), round_trip);
        assert_eq!(window.left, 32 * FIRST_WINDOW);
        window.open(now + Duration::from_millis(500), round_trip);
        assert_eq!(window.left, 8 * FIRST_WINDOW);
        window.open(now + Duration::from_mins(10), round_trip);
        assert_eq!(window.left, FIRST_WINDOW);
    }

    #[test]
    fn a_near_origin_has_no_link() {
        assert!(Link::new(Distance::Near).is_none());
    }
}
