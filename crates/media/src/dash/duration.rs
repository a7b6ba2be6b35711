//! Durations of XML Schema (part 2, section 3.2.6), such as `PT2.5S`.

use std::time::Duration;

/// Reads a duration that has a length.
///
/// Years and months have none, so they must be zero; a negative duration is none either.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (date, time) = match text.trim_ascii().strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text.trim_ascii().strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = sum(date, &[('Y', None), ('M', None), ('D', Some(86_400))])?;
    days.checked_add(sum(time, &[('H', Some(3_600)), ('M', Some(60)), ('S', Some(1))])?)
}

/// Adds up numbers with units, which must stand in the order given. A unit without seconds takes zero only.
fn sum(mut text: &str, units: &[(char, Option<u32>)]) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|char: char| char.is_ascii_alphabetic())?;
        let (number, behind) = text.split_at(end);
        let unit = behind.chars().next()?;
        let (_, seconds) = units.by_ref().find(|(name, _)| *name == unit)?;
        let number = if unit == 'S' { decimal(number)? } else { Duration::from_secs(whole(number)?) };
        total = match seconds {
            Some(seconds) => total.checked_add(number.checked_mul(*seconds)?)?,
            None if number.is_zero() => total,
            None => return None,
        };
        text = &behind[unit.len_utf8()..];
    }
    Some(total)
}

fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Seconds with a fraction, of which nanoseconds are kept.
fn decimal(text: &str) -> Option<Duration> {
    let Some((seconds, fraction)) = text.split_once('.') else { return whole(text).map(Duration::from_secs) };
    let seconds = whole(seconds)?;
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: u32 = format!("{:0<9}", fraction.get(..9).unwrap_or(fraction)).parse().ok()?;
    Some(Duration::new(seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_have_a_length() {
        for (text, millis) in [
            ("PT2S", 2_000),
            ("PT0S", 0),
            (" PT1.5S ", 1_500),
            ("PT0.0335S", 33),
            ("PT1H2M3S", 3_723_000),
            ("PT90M", 5_400_000),
            ("P1D", 86_400_000),
            ("P0Y0M0DT0H3M30.000S", 210_000),
        ] {
            assert_eq!(duration(text).map(|found| found.as_millis()), Some(millis), "{text}");
        }
    }

    #[test]
    fn everything_else_has_none() {
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "2S",
            "-PT2S",
            "PT-2S",
            "PT2",
            "PT2S3",
            "PT2M1H",
            "PTS",
            "PT.5S",
            "PT1.S",
            "P1Y",
            "P1M",
            "P1S",
            "PT1D",
            "PT1.5M",
            "PT2s",
            "PT1é",
            "PT99999999999999999999S",
            "PT18446744073709551615H",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "P?[0-9]{0,22}[YMDT.]?[0-9]{0,12}[A-Z]?\\PC{0,3}") {
            let _ = duration(&text);
        }

        #[test]
        fn what_is_written_is_read(days in 0..10_000u64, seconds in 0..100_000u64, nanos in 0..1_000_000_000u32) {
            let text = format!("P{days}DT{seconds}.{nanos:09}S");
            prop_assert_eq!(duration(&text), Some(Duration::new(days * 86_400 + seconds, nanos)));
        }
    }
}
