//! When a window is: a bucket of wall-clock time, as long as all others and aligned with them.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use time::{Date, Month, OffsetDateTime, Time};

/// How long windows are: whole minutes that divide a day, so that midnight (UTC) begins one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Width(u32);

/// A number of seconds that is no [`Width`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a window is whole minutes long, and a day is a whole number of windows")]
pub struct NotAWidth;

/// The begin of a window, in whole minutes since 1970-01-01T00:00Z; up to the end of the year 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bucket(u32);

/// A text that is no [`Bucket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the begin of a window is written like 2026-11-21T10:15Z")]
pub struct NotABucket;

/// The last minute of the year 9999.
const LAST_MINUTE: u32 = 4_223_371_679;

impl Width {
    /// A quarter of an hour.
    pub const DEFAULT: Self = Self(900);

    /// In seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

impl TryFrom<u64> for Width {
    type Error = NotAWidth;

    fn try_from(seconds: u64) -> Result<Self, NotAWidth> {
        const DAY: u64 = 86_400;
        let fits = (60..=DAY).contains(&seconds) && seconds.is_multiple_of(60) && DAY.is_multiple_of(seconds);
        u32::try_from(seconds).ok().filter(|_| fits).map(Self).ok_or(NotAWidth)
    }
}

impl Bucket {
    /// The window of this `width` that `wall` lies in. Times before 1970 count as its first moment, times after 9999 as
    /// its last.
    pub fn of(wall: SystemTime, width: Width) -> Self {
        let seconds = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let begin = seconds.min(u64::from(LAST_MINUTE) * 60) / u64::from(width.0) * u64::from(width.0);
        Self(u32::try_from(begin / 60).unwrap_or(LAST_MINUTE))
    }

    /// Its first moment.
    pub fn begin(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(self.0) * 60)
    }

    /// In seconds since 1970-01-01T00:00Z.
    pub fn unix_seconds(self) -> u64 {
        u64::from(self.0) * 60
    }

    /// Whether it begins where windows of this width do.
    pub fn is_of(self, width: Width) -> bool {
        self.unix_seconds().is_multiple_of(width.0.into())
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::from(self.0) * 60;
        // The last minute that there can be is one that a date has.
        let begin = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (date, time) = (begin.date(), begin.time());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}Z", time.hour(), time.minute())
    }
}

impl FromStr for Bucket {
    type Err = NotABucket;

    fn from_str(text: &str) -> Result<Self, NotABucket> {
        let shape = b"0000-00-00T00:00Z";
        let fits = text.len() == shape.len()
            && text.bytes().zip(shape).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                _ => byte == *shape,
            });
        if !fits {
            return Err(NotABucket);
        }
        let number = |range: std::ops::Range<usize>| text[range].parse::<u16>().unwrap_or(u16::MAX);
        let small = |range| u8::try_from(number(range)).unwrap_or(u8::MAX);
        let month = Month::try_from(small(5..7)).map_err(|_| NotABucket)?;
        let date = Date::from_calendar_date(number(0..4).into(), month, small(8..10));
        let time = Time::from_hms(small(11..13), small(14..16), 0).map_err(|_| NotABucket)?;
        let begin = OffsetDateTime::new_utc(date.map_err(|_| NotABucket)?, time);
        u32::try_from(begin.unix_timestamp() / 60).map(Self).map_err(|_| NotABucket)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bucket_is_written_by_its_first_minute() {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_256_543);
        let bucket = Bucket::of(wall, Width::DEFAULT);
        assert_eq!(bucket.to_string(), "2026-11-21T10:15Z");
        assert_eq!("2026-11-21T10:15Z".parse(), Ok(bucket));
        assert!(bucket.begin() <= wall && wall < bucket.begin() + Width::DEFAULT.duration());
        assert!(bucket.is_of(Width::DEFAULT) && !bucket.is_of(Width::try_from(3600).unwrap()));
    }

    #[test]
    fn every_time_has_a_bucket() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        let after = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(Bucket::of(before, Width::DEFAULT).to_string(), "1970-01-01T00:00Z");
        assert_eq!(Bucket::of(after, Width::DEFAULT).to_string(), "9999-12-31T23:45Z");
        assert_eq!(Bucket(LAST_MINUTE).to_string(), "9999-12-31T23:59Z");
    }

    #[test]
    fn what_is_no_bucket_is_refused() {
        for bad in [
            "",
            "2026-11-21",
            "2026-11-21T10:15",
            "2026-11-21T10:15:00Z",
            "2026-11-21T24:00Z",
            "2026-02-30T10:15Z",
            "1969-12-31T23:59Z",
            "2026-13-01T00:00Z",
            "+026-11-21T10:15Z",
            "2026-11-21t10:15z",
            "2026-11-21T1\u{e4}5Z",
        ] {
            assert_eq!(bad.parse::<Bucket>(), Err(NotABucket), "{bad:?}");
        }
    }

    #[test]
    fn windows_divide_a_day() {
        for good in [60, 300, 900, 3600, 86_400] {
            assert_eq!(u64::from(Width::try_from(good).unwrap().seconds()), good);
        }
        for bad in [0, 1, 59, 61, 420, 86_401, 172_800, u64::MAX] {
            assert_eq!(Width::try_from(bad), Err(NotAWidth), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn text_goes_there_and_back(minute in 0..=LAST_MINUTE) {
            prop_assert_eq!(Bucket(minute).to_string().parse(), Ok(Bucket(minute)));
        }
    }
}
