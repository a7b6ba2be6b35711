//! `Retry-After` (RFC 9110 section 10.2.3): after so many seconds, or at a date.

use std::time::{Duration, SystemTime};

/// A collector is obeyed for so long.
pub const LONGEST: Duration = Duration::from_hours(24);

/// How long from `now` on the sender should wait, up to [`LONGEST`]; a date that is over asks for no time. None for what
/// is neither form.
pub fn parse(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim_matches([' ', '\t']);
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a time beyond all bounds.
        text.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-21T10:15:00Z.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_mins(29_920_935)
    }

    #[test]
    fn both_forms_are_read() {
        for (text, seconds) in [
            ("0", 0),
            ("120", 120),
            (" 120\t", 120),
            ("86400", 86_400),
            ("86401", 86_400),
            ("99999999999999999999999", 86_400),
            ("Sat, 21 Nov 2026 10:15:00 GMT", 0),
            ("Sat, 21 Nov 2026 10:17:00 GMT", 120),
            ("Saturday, 21-Nov-26 10:17:00 GMT", 120),
            ("Sat Nov 21 10:17:00 2026", 120),
            ("Sat, 21 Nov 2026 10:00:00 GMT", 0),
            ("Fri, 21 Nov 2036 10:00:00 GMT", 86_400),
        ] {
            assert_eq!(parse(text, now()), Some(Duration::from_secs(seconds)), "{text:?}");
        }
        for bad in ["", " ", "-1", "+1", "1.5", "1 2", "soon", "Sat, 21 Nov 2026", "120s", "\u{661}"] {
            assert_eq!(parse(bad, now()), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_asks_for_more_than_a_day(text in "\\PC{0,40}", digits in "[0-9]{1,40}") {
            prop_assert!(parse(&text, now()).is_none_or(|wait| wait <= LONGEST));
            prop_assert!(parse(&digits, now()).is_some_and(|wait| wait <= LONGEST));
        }
    }
}
