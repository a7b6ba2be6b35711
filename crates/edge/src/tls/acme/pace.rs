//! When to try, of times and numbers alone: when a certificate is due, and how long to pause after a try.
//!
//! Authorities bound how often they are asked, some to five failures an hour and five equal certificates a week, and whoever
//! goes beyond is locked out for longer than a certificate may have left. So a pause grows with each failure, is chosen at
//! random (the edges of a company do not come back together), and holds after a success too, should that not have
//! changed anything.

use std::time::{Duration, SystemTime};

/// No pause after a failure is shorter.
pub(super) const SHORTEST: Duration = Duration::from_mins(1);

/// The pause after the first failure is chosen up to this, each further one up to twice as much.
const FIRST: Duration = Duration::from_mins(10);

/// The longest pause that is chosen here.
pub(super) const LONGEST: Duration = Duration::from_hours(6);

/// Longer is not waited whatever an authority asks for: it would be a mistake of one of the two.
const LONGEST_ASKED: Duration = Duration::from_hours(7 * 24);

/// Whoever starts the edge again wants to see what becomes of it: of a pause that was chosen here so much counts.
const AFTER_START: Duration = Duration::from_mins(15);

/// After a certificate came the next is not asked for within a quarter of its life, or this.
const AFTER_SUCCESS: Duration = Duration::from_hours(24);

/// When a certificate that holds from `begin` to `end` is renewed: when `renew_before` of its life is left, or a third of it
/// if that is less, or up to a tenth of that later; `random` is any number, each as likely as all others.
pub(super) fn due((begin, end): (SystemTime, SystemTime), renew_before: Duration, random: u64) -> SystemTime {
    let length = end.duration_since(begin).unwrap_or_default();
    let window = renew_before.min(length / 3);
    let due = end.checked_sub(window).unwrap_or(begin);
    due + within(window / 10, random)
}

/// How long to pause after so many `failures` in a row, of which there is one at least; at least as long as the authority
/// `asked` for.
pub(super) fn pause(failures: u32, asked: Option<Duration>, random: u64) -> Duration {
    let doubled = 2_u32.checked_pow(failures.saturating_sub(1)).and_then(|times| FIRST.checked_mul(times));
    let longest = doubled.map_or(LONGEST, |bound| bound.min(LONGEST));
    let chosen = SHORTEST + within(longest.saturating_sub(SHORTEST), random);
    chosen.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

/// How long to pause after a certificate came whose life has this `length`.
pub(super) fn pause_after_success(length: Duration) -> Duration {
    (length / 4).clamp(SHORTEST, AFTER_SUCCESS)
}

/// When the next try may be after a start at `now`, where the last one before began at `began` and the next was to be
/// `not_before` a moment, which the authority `asked` for or was chosen here.
pub(super) fn after_start(
    now: SystemTime,
    began: SystemTime,
    not_before: SystemTime,
    asked: bool,
) -> SystemTime {
    // A clock that was wrong may have put both years ahead.
    let bound = if asked { now + LONGEST_ASKED } else { began.min(now) + AFTER_START };
    not_before.min(bound)
}

/// Whether a moment is further away than any pause: the clock was set back meanwhile.
pub(super) fn is_beyond(now: SystemTime, moment: SystemTime) -> bool {
    moment > now + LONGEST_ASKED
}

/// A moment within `longest`.
fn within(longest: Duration, random: u64) -> Duration {
    let span = longest.as_nanos();
    // A random number of 64 bits is a fraction of 2^64; the span has fewer nanoseconds than that.
    let part = u64::try_from(span).unwrap_or(u64::MAX);
    Duration::from_nanos(u64::try_from((u128::from(part) * u128::from(random)) >> 64).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn day(number: u32) -> SystemTime {
        SystemTime::UNIX_EPOCH + DAY * number
    }

    #[test]
    fn a_certificate_is_due_when_that_much_is_left_or_a_third_of_its_life() {
        let life = (day(100), day(190));
        assert_eq!(due(life, DAY * 30, 0), day(160));
        assert_eq!(due(life, DAY * 10, 0), day(180));
        assert_eq!(due(life, DAY * 80, 0), day(160));
        let latest = due(life, DAY * 30, u64::MAX);
        assert!(latest > day(162) + DAY / 2 && latest < day(163) + DAY / 100);
        // A life that ends before it begins is none.
        assert_eq!(due((day(5), day(4)), DAY, 0), day(4));
    }

    #[test]
    fn a_restart_shortens_a_pause_of_our_own_but_none_that_was_asked_for() {
        let minute = Duration::from_mins(1);
        let (now, began) = (day(100), day(100) - 2 * minute);
        assert_eq!(after_start(now, began, now + 5 * minute, false), now + 5 * minute);
        assert_eq!(after_start(now, began, now + LONGEST, false), now + 13 * minute);
        assert_eq!(after_start(now, began, now + LONGEST, true), now + LONGEST);
        assert_eq!(after_start(now, began, now - minute, true), now - minute);
        // The clock was years ahead when that was written.
        assert!(after_start(now, day(9000), day(9001), false) <= now + AFTER_START);
        assert!(after_start(now, day(9000), day(9001), true) <= now + LONGEST_ASKED);
    }

    #[test]
    fn after_a_success_nobody_asks_at_once() {
        assert_eq!(pause_after_success(DAY * 90), DAY);
        assert_eq!(pause_after_success(DAY), DAY / 4);
        assert_eq!(pause_after_success(Duration::ZERO), SHORTEST);
    }

    proptest! {
        #[test]
        fn a_pause_has_its_bounds(failures in 1_u32.., asked in proptest::option::of(0_u64..), random: u64) {
            let asked = asked.map(Duration::from_secs);
            let pause = pause(failures, asked, random);
            prop_assert!(pause >= SHORTEST && pause <= LONGEST_ASKED);
            prop_assert!(pause >= asked.unwrap_or_default().min(LONGEST_ASKED));
            prop_assert!(asked.is_some() || pause <= LONGEST);
            prop_assert!(failures > 1 || asked.is_some() || pause <= FIRST);
        }

        #[test]
        fn a_due_moment_lies_in_the_last_third(length in 1_u64..400_000_000, before: u32, random: u64) {
            let (begin, end) = (day(100), day(100) + Duration::from_secs(length));
            let due = due((begin, end), Duration::from_secs(before.into()), random);
            prop_assert!(due <= end && due >= begin + Duration::from_secs(length) / 3 * 2 - Duration::from_secs(1));
        }
    }
}
