//! Where time comes from: from outside, so that tests move it.

use std::fmt::Debug;
use std::time::{Duration, Instant, SystemTime};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// Monotonic time.
    fn now(&self) -> Instant;

    /// Wall-clock time.
    fn wall(&self) -> SystemTime;
}

/// The day of `wall`, counted from 1970-01-01 (UTC): as exactly as the receipt of a report is kept.
pub fn day(wall: SystemTime) -> i64 {
    let seconds = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds / DAY).unwrap_or(i64::MAX)
}

/// Whole days of a period.
pub(crate) fn days(period: Duration) -> i64 {
    i64::try_from(period.as_secs() / DAY).unwrap_or(i64::MAX)
}

#[test]
fn a_day_is_all_that_is_told() {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(10 * DAY + DAY / 2);
    assert_eq!(day(noon), 10);
    assert_eq!(day(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), 0);
    assert_eq!(days(Duration::from_secs(2 * DAY + 1)), 2);
}
