//! A time since the Unix epoch as EXT-X-PROGRAM-DATE-TIME wants it (RFC 8216 §4.3.2.6, ISO 8601).

use std::time::Duration;

/// `2031-05-09T07:04:02.120Z`; the proleptic Gregorian calendar, no leap seconds.
pub(super) fn utc(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let millis = since_epoch.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day of a day since 1 January 1970.
///
/// Counts from 1 March of the year 0: then the leap day is the last of a year, and the lengths of the months
/// before any month are a straight line with steps of 153 days in five months.
fn date(days_since_epoch: u64) -> (u64, u64, u64) {
    const DAYS_BEFORE_EPOCH: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = days_since_epoch + DAYS_BEFORE_EPOCH;
    let day_of_cycle = days % DAYS_IN_400_YEARS;
    // Takes away the leap days so far: one in 4 years, none in 100, one in 400.
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = days / DAYS_IN_400_YEARS * 400 + year_of_cycle + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_end_of_a_leap_day() {
        assert_eq!(utc(Duration::from_millis(951_868_799_999)), "2000-02-29T23:59:59.999Z");
        assert_eq!(utc(Duration::ZERO), "1970-01-01T00:00:00.000Z");
    }

    proptest! {
        /// The HTTP date of the same second, read by a crate, is the oracle.
        #[test]
        fn agrees_with_http_dates(seconds in 0_u64..250_000_000_000) {
            let http = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            let ours = utc(Duration::from_secs(seconds));
            let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
            let month = months.find(&http[8..11]).expect("a month") / 3 + 1;
            let expected = format!("{}-{month:02}-{}T{}.000Z", &http[12..16], &http[5..7], &http[17..25]);
            prop_assert_eq!(ours, expected);
        }
    }
}
