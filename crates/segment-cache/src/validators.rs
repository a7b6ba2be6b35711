//! What tells one version of an object from another (RFC 9110 section 8.8).
//!
//! A strong validator changes with every byte. Only under one may parts of different answers be put together,
//! so [`Strong`] is a type of its own that nothing weak gets into.

use std::time::{Duration, SystemTime};

use http::header::{DATE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue};

/// An entity tag (RFC 9110 section 8.8.3), borrowed from a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityTag<'v> {
    weak: bool,
    opaque: &'v [u8],
}

/// A validator that two answers share only when their bytes are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strong {
    /// A strong entity tag.
    Tag(HeaderValue),
    /// A Last-Modified that was over when it was sent.
    Date(HeaderValue),
}

impl<'v> EntityTag<'v> {
    /// Reads the one tag that `field` is. More bytes are taken than the standard has in tags (all but a quote),
    /// because all that is done with them is to compare.
    pub fn parse(field: &'v [u8]) -> Option<Self> {
        let (tag, rest) = Self::take(field.trim_ascii())?;
        rest.is_empty().then_some(tag)
    }

    /// The tag of a response; `None` when it is missing, malformed or repeated.
    pub fn of(headers: &'v HeaderMap) -> Option<Self> {
        Self::parse(only(headers, &ETAG)?.as_bytes())
    }

    /// Reads the tag with which `text` begins, and returns what follows.
    pub(crate) fn take(text: &'v [u8]) -> Option<(Self, &'v [u8])> {
        // The prefix is case-sensitive.
        let (weak, quoted) = text.strip_prefix(b"W/").map_or((false, text), |quoted| (true, quoted));
        let inner = quoted.strip_prefix(b"\"")?;
        let end = inner.iter().position(|&byte| byte == b'"')?;
        Some((Self { weak, opaque: &inner[..end] }, &inner[end + 1..]))
    }

    /// Whether it only says that two answers mean the same.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// Strong comparison: both strong and the same (section 8.8.3.2).
    pub fn is_strongly(&self, other: &EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Weak comparison: the same, whether weak or not (section 8.8.3.2).
    pub fn is_weakly(&self, other: &EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }
}

impl Strong {
    /// The strong validator of a response. Beside an entity tag, weak or not, the date does not count: nobody may
    /// ask by it then (RFC 9110 section 13.1.5).
    pub fn of(response: &HeaderMap) -> Option<Self> {
        if response.contains_key(ETAG) {
            let is_strong = EntityTag::of(response).is_some_and(|tag| !tag.weak);
            return response.get(ETAG).filter(|_| is_strong).cloned().map(Self::Tag);
        }
        response.get(LAST_MODIFIED).filter(|_| has_strong_date(response)).cloned().map(Self::Date)
    }

    /// What to send in If-Range, so that the answer is a part of the same bytes or the whole (RFC 9110
    /// section 13.1.5).
    pub fn if_range(&self) -> &HeaderValue {
        let (Self::Tag(value) | Self::Date(value)) = self;
        value
    }

    /// Whether another response has the same one, so that parts of both fit together (RFC 9111 section 3.4).
    pub fn is_of(&self, response: &HeaderMap) -> bool {
        match self {
            Self::Tag(tag) => EntityTag::parse(tag.as_bytes())
                .zip(EntityTag::of(response))
                .is_some_and(|(mine, theirs)| mine.is_strongly(&theirs)),
            Self::Date(_) => Self::of(response).is_some_and(|theirs| theirs == *self),
        }
    }
}

/// How long before Date an object must have been changed last for Last-Modified to be strong. The standard asks for
/// one second, and for enough more to make differing clocks unlikely (RFC 9110 section 8.8.2.2).
const ENOUGH: Duration = Duration::from_mins(1);

/// Whether Last-Modified is a strong validator (RFC 9110 section 8.8.2.2): the object was not changed for a
/// minute before it was sent, so not twice within the second that the date tells apart either.
pub fn has_strong_date(response: &HeaderMap) -> bool {
    let (modified, sent) = (http_date(response, &LAST_MODIFIED), http_date(response, &DATE));
    let unchanged = modified.zip(sent).and_then(|(modified, sent)| sent.duration_since(modified).ok());
    unchanged.is_some_and(|unchanged| unchanged >= ENOUGH)
}

/// A field that holds one date; `None` when it is missing, malformed or repeated.
pub(crate) fn http_date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(only(headers, name)?.to_str().ok()?).ok()
}

/// The value of a field that stands there once.
pub(crate) fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn map(fields: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    const MODIFIED: (HeaderName, &str) = (LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT");
    const LATER: (HeaderName, &str) = (DATE, "Thu, 01 Jan 2026 00:01:00 GMT");

    /// The table of RFC 9110 section 8.8.3.2.
    #[test]
    fn tags_compare_as_in_the_standard() {
        for (a, b, strongly, weakly) in [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
        ] {
            let (a, b) = (EntityTag::parse(a.as_bytes()).unwrap(), EntityTag::parse(b.as_bytes()).unwrap());
            assert_eq!((a.is_strongly(&b), a.is_weakly(&b)), (strongly, weakly), "{a:?} {b:?}");
        }
        for bad in ["", "a", "\"a", "a\"", "w/\"a\"", "W/a", "\"a\" \"b\"", "\"a\"b", "W/ \"a\""] {
            assert_eq!(EntityTag::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_date_is_strong_when_a_minute_had_passed() {
        assert!(has_strong_date(&map(&[MODIFIED, LATER])));
        for sent in [
            "Thu, 01 Jan 2026 00:00:59 GMT",
            "Thu, 01 Jan 2026 00:00:00 GMT",
            "Wed, 31 Dec 2025 23:00:00 GMT",
            "now",
        ] {
            assert!(!has_strong_date(&map(&[MODIFIED, (DATE, sent)])), "{sent}");
        }
        assert!(!has_strong_date(&map(&[MODIFIED])) && !has_strong_date(&map(&[LATER])));
        assert!(!has_strong_date(&map(&[MODIFIED, MODIFIED, LATER])), "two are none");
    }

    #[test]
    fn a_strong_validator_is_a_strong_tag_or_without_any_tag_a_strong_date() {
        let strong = |fields: &[(HeaderName, &str)]| Strong::of(&map(fields)).map(|it| it.if_range().clone());
        assert_eq!(strong(&[(ETAG, "\"a\""), MODIFIED, LATER]).unwrap(), "\"a\"");
        assert_eq!(strong(&[MODIFIED, LATER]).unwrap(), MODIFIED.1);
        for none in
            [&[(ETAG, "W/\"a\""), MODIFIED, LATER][..], &[(ETAG, "a"), MODIFIED, LATER], &[MODIFIED], &[]]
        {
            assert_eq!(strong(none), None, "{none:?}");
        }
    }

    #[test]
    fn parts_fit_together_under_the_same_strong_validator_alone() {
        let tag = Strong::of(&map(&[(ETAG, "\"a\"")])).unwrap();
        assert!(tag.is_of(&map(&[(ETAG, "\"a\"")])));
        for other in [&[(ETAG, "W/\"a\"")][..], &[(ETAG, "\"b\"")], &[], &[(ETAG, "\"a\""), (ETAG, "\"a\"")]]
        {
            assert!(!tag.is_of(&map(other)), "{other:?}");
        }
        let date = Strong::of(&map(&[MODIFIED, LATER])).unwrap();
        assert!(date.is_of(&map(&[MODIFIED, (DATE, "Fri, 02 Jan 2026 00:00:00 GMT")])));
        for other in [&[MODIFIED][..], &[LATER], &[(ETAG, "\"a\""), MODIFIED, LATER]] {
            assert!(!date.is_of(&map(other)), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn strong_equality_is_stricter_and_both_are_symmetric(a in "(W/)?\"[a-c]{0,2}\"", b in "(W/)?\"[a-c]{0,2}\"") {
            let (a, b) = (EntityTag::parse(a.as_bytes()).unwrap(), EntityTag::parse(b.as_bytes()).unwrap());
            prop_assert!(!a.is_strongly(&b) || a.is_weakly(&b) && a == b);
            prop_assert_eq!(a.is_strongly(&b), b.is_strongly(&a));
            prop_assert_eq!(a.is_weakly(&b), b.is_weakly(&a));
            prop_assert_eq!(a.is_strongly(&a), !a.is_weak());
        }
    }
}
