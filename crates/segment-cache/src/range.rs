//! The Range field (RFC 9110 section 14.2), for one range of bytes.
//!
//! A field that is malformed, in another unit or asks for several ranges is ignored, which the standard
//! allows and which keeps many small ranges from costing more than the whole.

use std::fmt;

/// One range as the client wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// `bytes=a-b`, both included.
    FromTo(u64, u64),
    /// `bytes=a-`.
    From(u64),
    /// `bytes=-n`: the last n bytes.
    Last(u64),
}

/// As it stands in a request.
impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromTo(first, last) => write!(f, "bytes={first}-{last}"),
            Self::From(first) => write!(f, "bytes={first}-"),
            Self::Last(count) => write!(f, "bytes=-{count}"),
        }
    }
}

/// No byte of the range exists: 416.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsatisfiable;

impl ByteRange {
    /// Reads the field; `None` means that it is to be ignored. Numbers beyond 64 bits count as the largest.
    pub fn parse(field: &[u8]) -> Option<Self> {
        let (unit, set) = split_once(field, b'=')?;
        if !unit.eq_ignore_ascii_case(b"bytes") || set.contains(&b',') {
            return None;
        }
        let (first, last) = split_once(set.trim_ascii(), b'-')?;
        match (first, last) {
            (b"", last) => Some(Self::Last(number(last)?)),
            (first, b"") => Some(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::FromTo(first, last))
            }
        }
    }

    /// First byte and the one after the last, within a body of `length` bytes.
    ///
    /// # Errors
    /// The range lies wholly outside.
    pub fn within(self, length: u64) -> Result<(u64, u64), Unsatisfiable> {
        let (start, end) = match self {
            Self::FromTo(first, last) => (first, last.saturating_add(1).min(length)),
            Self::From(first) => (first, length),
            Self::Last(count) => (length.saturating_sub(count), length),
        };
        if start < end { Ok((start, end)) } else { Err(Unsatisfiable) }
    }
}

fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = text.iter().position(|&byte| byte == at)?;
    Some((&text[..index], &text[index + 1..]))
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(
        digits
            .iter()
            .fold(0, |sum: u64, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'))),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_three_forms_are_read() {
        assert_eq!(ByteRange::parse(b"bytes=0-99"), Some(ByteRange::FromTo(0, 99)));
        assert_eq!(ByteRange::parse(b"Bytes=5-"), Some(ByteRange::From(5)));
        assert_eq!(ByteRange::parse(b"bytes=-7"), Some(ByteRange::Last(7)));
    }

    #[test]
    fn what_is_not_one_range_of_bytes_is_ignored() {
        for bad in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=+1-2",
            "items=0-1",
            "bytes=0-1,3-4",
            "bytes=0--1",
            "bytes=1-2-3",
        ] {
            assert_eq!(ByteRange::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn the_ends_of_64_bits_hold() {
        let huge = ByteRange::parse(b"bytes=18446744073709551615-99999999999999999999999").unwrap();
        assert_eq!(huge.within(u64::MAX), Err(Unsatisfiable));
        assert_eq!(huge.within(10), Err(Unsatisfiable));
        assert_eq!(ByteRange::parse(b"bytes=0-18446744073709551615").unwrap().within(10), Ok((0, 10)));
        assert_eq!(ByteRange::Last(u64::MAX).within(10), Ok((0, 10)));
        assert_eq!(ByteRange::Last(0).within(10), Err(Unsatisfiable));
        assert_eq!(ByteRange::From(0).within(0), Err(Unsatisfiable));
    }

    proptest! {
        #[test]
        fn a_range_lies_within_the_body_and_holds_what_was_asked(a: u64, b: u64, length: u64) {
            for range in [ByteRange::FromTo(a.min(b), a.max(b)), ByteRange::From(a), ByteRange::Last(a)] {
                if let Ok((start, end)) = range.within(length) {
                    prop_assert!(start < end && end <= length);
                    match range {
                        ByteRange::FromTo(first, last) => prop_assert!(start == first && end - 1 <= last),
                        ByteRange::From(first) => prop_assert!(start == first && end == length),
                        ByteRange::Last(count) => prop_assert!(end - start <= count && end == length),
                    }
                }
            }
        }

        #[test]
        fn any_field_is_read_or_ignored(field in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(range) = ByteRange::parse(&field) {
                let _bounds = range.within(1000);
            }
        }
    }
}
