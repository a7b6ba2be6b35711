//! Decides when a connection has had enough time. Pure: it sees samples and the time, and answers.
//!
//! It looks a few times per limit, so a limit is kept to within half of itself. One timer per connection
//! does for all limits and costs requests nothing.

use std::time::{Duration, Instant};

use super::activity::Sample;
use crate::config::Viewers;
use crate::metrics::ConnectionEvent;

/// Watches one connection.
#[derive(Debug)]
pub(super) struct Watchdog {
    header_timeout: Duration,
    idle_timeout: Duration,
    write_timeout: Duration,
    seen: Sample,
    idle_since: Option<Instant>,
    head_since: Option<Instant>,
    blocked_since: Option<Instant>,
}

impl Watchdog {
    pub(super) fn new(viewers: &Viewers, now: Instant) -> Self {
        Self {
            header_timeout: viewers.header_timeout.get(),
            idle_timeout: viewers.idle_timeout.get(),
            write_timeout: viewers.write_timeout.get(),
            seen: Sample::default(),
            idle_since: Some(now),
            head_since: None,
            blocked_since: None,
        }
    }

    /// How often to look.
    pub(super) fn period(viewers: &Viewers) -> Duration {
        let shortest = viewers.header_timeout.min(viewers.idle_timeout).min(viewers.write_timeout).get();
        (shortest / 4).clamp(Duration::from_millis(10), Duration::from_secs(5))
    }

    /// What is over its time, if anything.
    pub(super) fn look(&mut self, sample: Sample, now: Instant) -> Option<ConnectionEvent> {
        let moved = sample.written != self.seen.written;
        let working = sample.in_flight > 0 || sample.requests != self.seen.requests;
        self.seen = sample;
        let since = |mark: &mut Option<Instant>, holds: bool| {
            if !holds {
                *mark = None;
                return Duration::ZERO;
            }
            now.saturating_duration_since(*mark.get_or_insert(now))
        };
        if since(&mut self.blocked_since, sample.blocked && !moved) >= self.write_timeout {
            return Some(ConnectionEvent::WriteTimeout);
        }
        let waiting = !working && !sample.blocked;
        if since(&mut self.head_since, waiting && sample.head_begun) >= self.header_timeout {
            return Some(ConnectionEvent::HeaderTimeout);
        }
        (since(&mut self.idle_since, waiting) >= self.idle_timeout).then_some(ConnectionEvent::IdleTimeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn watchdog() -> (Watchdog, Instant) {
        let now = Clock::system().now();
        (Watchdog::new(&Viewers::default(), now), now)
    }

    /// Looks every second for so many seconds; the second in which it gave up.
    fn gives_up(
        watchdog: &mut Watchdog,
        start: Instant,
        seconds: u64,
        at: impl Fn(u64) -> Sample,
    ) -> Option<(u64, ConnectionEvent)> {
        (1..=seconds).find_map(|second| {
            watchdog.look(at(second), start + Duration::from_secs(second)).map(|event| (second, event))
        })
    }

    #[test]
    fn a_connection_without_a_request_is_closed_after_its_idle_time() {
        let (mut watchdog, now) = watchdog();
        let found = gives_up(&mut watchdog, now, 100, |_| Sample::default());
        assert_eq!(found, Some((60, ConnectionEvent::IdleTimeout)));
    }

    #[test]
    fn a_head_that_comes_byte_by_byte_has_its_time_once() {
        let (mut watchdog, now) = watchdog();
        let found = gives_up(&mut watchdog, now, 100, |_| Sample { head_begun: true, ..Sample::default() });
        assert_eq!(found, Some((11, ConnectionEvent::HeaderTimeout)));
    }

    #[test]
    fn waiting_for_a_slow_origin_is_not_idle() {
        let (mut watchdog, now) = watchdog();
        let found =
            gives_up(&mut watchdog, now, 1000, |_| Sample { in_flight: 1, requests: 1, ..Sample::default() });
        assert_eq!(found, None);
    }

    #[test]
    fn a_viewer_who_takes_nothing_is_cut_off_and_a_slow_one_is_not() {
        let (mut stuck, now) = watchdog();
        let blocked =
            |written| Sample { in_flight: 1, requests: 1, blocked: true, written, ..Sample::default() };
        assert_eq!(gives_up(&mut stuck, now, 100, |_| blocked(7)), Some((32, ConnectionEvent::WriteTimeout)));
        let (mut slow, now) = watchdog();
        assert_eq!(gives_up(&mut slow, now, 1000, |second| blocked(second / 20)), None);
    }

    #[test]
    fn requests_between_two_looks_count() {
        let (mut watchdog, now) = watchdog();
        let found = gives_up(&mut watchdog, now, 1000, |second| Sample {
            requests: second / 50,
            ..Sample::default()
        });
        assert_eq!(found, None);
    }
}
