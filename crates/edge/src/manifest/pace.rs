//! When to ask for a live playlist again: soon after it has changed, and not much more often than it changes.
//!
//! Half a segment's length, as players wait that have seen nothing new (RFC 8216 section 6.3.4), leaves it to chance how
//! long a new segment lies at the origin before anybody hears of it. Segments come at regular times. So the next question
//! is put a little before the next change is due, counted from when the last one was *seen*: as long as it is seen late,
//! each question comes earlier than the one before, until one comes too early and is put again a moment later.
//!
//! Two questions per segment at most while the origin keeps its pace; one that does not is asked ever more rarely.

use std::time::{Duration, Instant};

/// A question comes before its time by this part of the cadence.
const EARLY: u32 = 10;

/// Questions are this far apart at the least.
const SHORTEST: Duration = Duration::from_millis(100);

/// How long from `now` on a playlist is used that was seen to change at `changed` and does so once in a `cadence`.
pub(super) fn lifetime(now: Instant, changed: Instant, cadence: Duration) -> Duration {
    let early = (cadence / EARLY).max(SHORTEST);
    let passed = now.saturating_duration_since(changed);
    let due = cadence.saturating_sub(early);
    let left = due.saturating_sub(passed);
    if left > early {
        return left;
    }
    // It is due: the later it is, the less it is known when it will come.
    passed.saturating_sub(due).clamp(early, (cadence / 2).max(early))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    const CADENCE: Duration = Duration::from_secs(2);
    const MILLISECOND: Duration = Duration::from_millis(1);

    /// Asks for so many seconds what is `published` so many milliseconds after the beginning, `late` after it is
    /// allowed each time. How long each change lay there unseen, and how many questions that were.
    fn watch(
        published: impl Fn(u32) -> u32,
        first: Duration,
        late: Duration,
        seconds: u32,
    ) -> (Vec<Duration>, u32) {
        let start = Clock::system().now();
        let (mut now, mut changed, mut seen) = (start + first, start + first, 0);
        let (mut unseen, mut questions) = (Vec::new(), 0);
        while now < start + Duration::from_secs(u64::from(seconds)) {
            questions += 1;
            let newest =
                (0..seconds).take_while(|index| start + MILLISECOND * published(*index) <= now).count();
            if newest > seen {
                let last = u32::try_from(newest - 1).unwrap();
                unseen.push(now - (start + MILLISECOND * published(last)));
                (seen, changed) = (newest, now);
            }
            now += lifetime(now, changed, CADENCE) + late;
        }
        (unseen, questions)
    }

    #[test]
    fn wherever_it_begins_it_comes_to_see_changes_soon() {
        for first in (0..20).map(|tenth| MILLISECOND * 100 * tenth) {
            for late in [1, 20, 60] {
                let (unseen, questions) = watch(|index| 2000 * index, first, MILLISECOND * late, 60);
                // One step earlier with each segment.
                assert!(unseen[12..].iter().all(|lag| *lag <= CADENCE / 6), "{first:?} {late} {unseen:?}");
                assert!(questions <= 61, "{first:?} {late}: {questions}");
                assert!(unseen.len() >= 29, "none is missed");
            }
        }
    }

    #[test]
    fn an_unsteady_pace_is_followed_no_worse_than_by_half_the_cadence() {
        for jitter in [100, 300] {
            let unsteady = |index: u32| 2000 * index + index * 7919 % jitter;
            let (unseen, questions) = watch(unsteady, Duration::ZERO, MILLISECOND * 20, 120);
            let mean = unseen.iter().sum::<Duration>() / u32::try_from(unseen.len()).unwrap();
            assert!(mean <= CADENCE / 4, "{jitter}: {mean:?}");
            assert!(questions <= 130, "{jitter}: {questions}");
        }
    }

    #[test]
    fn one_that_stands_still_is_asked_ever_more_rarely() {
        let still = |index| if index == 0 { 0 } else { u32::MAX };
        let (_, questions) = watch(still, Duration::ZERO, MILLISECOND, 100);
        assert!(questions <= 106, "{questions}");
    }

    #[test]
    fn short_and_long_cadences_have_sensible_steps() {
        let now = Clock::system().now();
        for (cadence, first) in [(200, 100), (1000, 900), (6000, 5400)] {
            assert_eq!(lifetime(now, now, MILLISECOND * cadence), MILLISECOND * first, "{cadence}");
        }
        assert_eq!(lifetime(now, now, Duration::ZERO), SHORTEST);
        assert_eq!(lifetime(now + Duration::from_secs(1000), now, CADENCE), CADENCE / 2);
    }
}
