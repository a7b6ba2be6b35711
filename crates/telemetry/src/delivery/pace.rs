//! How long to pause between two tries: exponential back-off with full jitter, so that the edges of a company do not come
//! back to a collector all at the same moment.

use std::time::Duration;

use super::Verdict;

/// No pause is shorter.
pub const SHORTEST: Duration = Duration::from_millis(100);

/// The first pause is chosen at random up to this, each further one up to twice as much.
const FIRST: Duration = Duration::from_secs(1);

/// How often in a row nothing could be delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    failures: u32,
}

impl Pace {
    /// How long nothing is sent after this; `None` where the next report may go at once. `longest` bounds what is chosen
    /// here and not what the collector asks for; `random` is any number, each as likely as all others.
    pub fn pause(&mut self, verdict: Verdict, longest: Duration, random: u64) -> Option<Duration> {
        let longest = longest.max(SHORTEST);
        let (least, most, asked) = match verdict {
            Verdict::Delivered | Verdict::TooLarge | Verdict::SetAside => {
                *self = Self::default();
                return None;
            }
            Verdict::Misdirected => (longest / 2, longest, None),
            Verdict::Later(asked) => (SHORTEST, self.bound(longest), asked),
        };
        self.failures = self.failures.saturating_add(1);
        Some(between(least, most, random).max(asked.unwrap_or_default()))
    }

    /// The bound of the next pause.
    fn bound(self, longest: Duration) -> Duration {
        let doubled = 2_u32.checked_pow(self.failures).and_then(|times| FIRST.checked_mul(times));
        doubled.map_or(longest, |bound| bound.min(longest))
    }
}

/// A moment within `longest`: `random` is any number, each as likely as all others.
pub fn within(longest: Duration, random: u64) -> Duration {
    between(Duration::ZERO, longest, random)
}

fn between(least: Duration, most: Duration, random: u64) -> Duration {
    let span = most.saturating_sub(least).as_nanos();
    // A random number of 64 bits is a fraction of 2^64, and no span of time here has more nanoseconds than that.
    let part = u64::try_from(span).unwrap_or(u64::MAX);
    let nanoseconds = (u128::from(part) * u128::from(random)) >> 64;
    least + Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUARTER: Duration = Duration::from_mins(15);

    #[test]
    fn the_bound_doubles_with_each_failure_until_the_longest() {
        let mut pace = Pace::default();
        let mut longest_pause = || pace.pause(Verdict::Later(None), QUARTER, u64::MAX).unwrap().as_secs_f64();
        let pauses: Vec<_> = (0..12).map(|_| longest_pause().round()).collect();
        assert_eq!(pauses, [1., 2., 4., 8., 16., 32., 64., 128., 256., 512., 900., 900.]);
    }

    #[test]
    fn whatever_shows_that_the_collector_works_ends_the_row_of_failures() {
        for verdict in [Verdict::Delivered, Verdict::TooLarge, Verdict::SetAside] {
            let mut pace = Pace { failures: 7 };
            assert_eq!(pace.pause(verdict, QUARTER, 0), None);
            assert_eq!(pace, Pace::default());
        }
    }

    #[test]
    fn a_wrong_destination_is_asked_rarely_from_the_first_time_on() {
        assert_eq!(Pace::default().pause(Verdict::Misdirected, QUARTER, 0), Some(QUARTER / 2));
    }

    #[test]
    fn the_collectors_word_is_kept_also_beyond_the_longest_pause() {
        let hour = Duration::from_hours(1);
        assert_eq!(Pace::default().pause(Verdict::Later(Some(hour)), QUARTER, u64::MAX), Some(hour));
        let none = Pace::default().pause(Verdict::Later(Some(Duration::ZERO)), QUARTER, 0);
        assert_eq!(none, Some(SHORTEST));
    }

    #[test]
    fn all_moments_are_as_likely() {
        let second = Duration::from_secs(1);
        assert_eq!(within(second, 0), Duration::ZERO);
        assert_eq!(within(second, 1 << 63), second / 2);
        assert_eq!(within(second, 1 << 62), second / 4);
        assert!(within(second, u64::MAX) < second);
        assert_eq!(within(Duration::ZERO, u64::MAX), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn pauses_keep_their_bounds(
            failures: u32,
            random: u64,
            longest_ms in 1_000_u64..200_000_000,
            asked_s in proptest::option::of(0_u64..=86_400),
        ) {
            let longest = Duration::from_millis(longest_ms);
            let asked = asked_s.map(Duration::from_secs);
            let pause = Pace { failures }.pause(Verdict::Later(asked), longest, random).unwrap();
            prop_assert!(pause >= SHORTEST && pause >= asked.unwrap_or_default());
            prop_assert!(pause <= longest.max(asked.unwrap_or_default()));
            let pause = Pace { failures }.pause(Verdict::Misdirected, longest, random).unwrap();
            prop_assert!((longest / 2..=longest).contains(&pause));
            prop_assert!(within(longest, random) <= longest);
        }
    }
}
