//! Which part of an object a response holds (RFC 9110 section 14.4).
//!
//! Unlike a viewer's Range this comes from an origin and decides where bytes are put: nothing is rounded, and
//! anything odd is an error.

use http::HeaderMap;
use http::header::CONTENT_RANGE;

use crate::validators::only;

/// The Content-Range of a 206 or 416, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentRange {
    /// `bytes a-b/N` or `bytes a-b/*`: the bytes from `start` up to `end`, which is not included. `start` is less
    /// than `end`, and `end` at most `complete`.
    Part {
        /// First byte.
        start: u64,
        /// The byte after the last.
        end: u64,
        /// Length of the whole, when the origin knows it.
        complete: Option<u64>,
    },
    /// `bytes */N`: nothing, because the range that was asked for lies outside.
    Unsatisfied {
        /// Length of the whole.
        complete: u64,
    },
}

/// Why a Content-Range cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentRangeError {
    /// There is none.
    #[error("there is no Content-Range")]
    Missing,
    /// It stands there twice.
    #[error("there are several Content-Ranges")]
    Repeated,
    /// It counts in another unit.
    #[error("the Content-Range is not in bytes")]
    Unit,
    /// It is not of the form `bytes a-b/N`, or a number exceeds 64 bits.
    #[error("the Content-Range is malformed")]
    Malformed,
    /// It ends before it starts, or beyond the whole.
    #[error("the Content-Range contradicts itself")]
    Contradictory,
}

impl ContentRange {
    /// Reads the field of a response.
    ///
    /// # Errors
    /// It is missing, repeated or unusable.
    pub fn of(response: &HeaderMap) -> Result<Self, ContentRangeError> {
        match only(response, &CONTENT_RANGE) {
            Some(field) => Self::parse(field.as_bytes()),
            None if response.contains_key(CONTENT_RANGE) => Err(ContentRangeError::Repeated),
            None => Err(ContentRangeError::Missing),
        }
    }

    /// Reads a field.
    ///
    /// # Errors
    /// It is unusable.
    pub fn parse(field: &[u8]) -> Result<Self, ContentRangeError> {
        let (unit, rest) = split(field.trim_ascii(), b' ').ok_or(ContentRangeError::Malformed)?;
        if !unit.eq_ignore_ascii_case(b"bytes") {
            return Err(ContentRangeError::Unit);
        }
        let (range, complete) = split(rest, b'/').ok_or(ContentRangeError::Malformed)?;
        if range == b"*" {
            return Ok(Self::Unsatisfied { complete: number(complete)? });
        }
        let complete = if complete == b"*" { None } else { Some(number(complete)?) };
        let (first, last) = split(range, b'-').ok_or(ContentRangeError::Malformed)?;
        let (start, last) = (number(first)?, number(last)?);
        // The last byte of 2^64 has no end that can be counted.
        let end = last.checked_add(1).ok_or(ContentRangeError::Malformed)?;
        if start >= end || complete.is_some_and(|complete| complete < end) {
            return Err(ContentRangeError::Contradictory);
        }
        Ok(Self::Part { start, end, complete })
    }
}

fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = text.iter().position(|&byte| byte == at)?;
    Some((&text[..index], &text[index + 1..]))
}

fn number(digits: &[u8]) -> Result<u64, ContentRangeError> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    text.and_then(|text| text.parse().ok()).ok_or(ContentRangeError::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_three_forms_are_read() {
        let part = |start, end, complete| Ok(ContentRange::Part { start, end, complete });
        assert_eq!(ContentRange::parse(b"bytes 0-9/10"), part(0, 10, Some(10)));
        assert_eq!(ContentRange::parse(b" Bytes 5-5/* "), part(5, 6, None));
        assert_eq!(ContentRange::parse(b"bytes */0"), Ok(ContentRange::Unsatisfied { complete: 0 }));
    }

    #[test]
    fn what_is_malformed_or_contradicts_itself_is_an_error() {
        use ContentRangeError::{Contradictory, Malformed, Unit};
        for (field, error) in [
            ("", Malformed),
            ("bytes", Malformed),
            ("bytes=0-1/2", Malformed),
            ("items 0-1/2", Unit),
            ("bytes  0-1/2", Malformed),
            ("bytes 0-1", Malformed),
            ("bytes 0/2", Malformed),
            ("bytes -1/2", Malformed),
            ("bytes 0-/2", Malformed),
            ("bytes +0-1/2", Malformed),
            ("bytes 0-1/2, 3-4/5", Malformed),
            ("bytes */*", Malformed),
            ("bytes 0-18446744073709551616/*", Malformed),
            ("bytes 0-18446744073709551615/*", Malformed),
            ("bytes 1-0/2", Contradictory),
            ("bytes 0-2/2", Contradictory),
            ("bytes 0-0/0", Contradictory),
        ] {
            assert_eq!(ContentRange::parse(field.as_bytes()), Err(error), "{field}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(ContentRange::of(&headers), Err(ContentRangeError::Missing));
        for expected in [ContentRange::parse(b"bytes 0-1/2"), Err(ContentRangeError::Repeated)] {
            headers.append(CONTENT_RANGE, "bytes 0-1/2".parse().unwrap());
            assert_eq!(ContentRange::of(&headers), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            first in prop_oneof![any::<u64>(), Just(0), Just(u64::MAX - 1)],
            last in prop_oneof![any::<u64>(), Just(u64::MAX), Just(u64::MAX - 1)],
            complete in prop::option::of(prop_oneof![any::<u64>(), Just(u64::MAX)]),
        ) {
            let shown = complete.map_or("*".into(), |complete| complete.to_string());
            let read = ContentRange::parse(format!("bytes {first}-{last}/{shown}").as_bytes());
            let is_sound = first <= last && last < u64::MAX && complete.is_none_or(|complete| last < complete);
            let expected = is_sound.then(|| ContentRange::Part { start: first, end: last + 1, complete });
            prop_assert_eq!(read.ok(), expected);
        }
    }
}
