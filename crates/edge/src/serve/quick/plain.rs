//! What makes a request plain: which fields matter. Pure.

use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderName};

/// Fields that select what is answered of an object.
pub(in super::super) const SELECTS: [HeaderName; 4] = [RANGE, IF_RANGE, IF_NONE_MATCH, IF_MODIFIED_SINCE];

/// Other fields that change what is answered, or where the request ends: a request that has one is not plain. Every
/// field that is read anywhere behind this file stands here or above.
pub(in super::super) const MATTERS: [&str; 12] = [
    "if-match",
    "if-unmodified-since",
    "cache-control",
    "pragma",
    "content-length",
    "transfer-encoding",
    "expect",
    "upgrade",
    "http2-settings",
    "cdn-loop",
    "trailer",
    "te",
];

/// A GET for what may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Plain<'b> {
    /// Path and query, in origin form.
    pub(in super::super) target: &'b str,
    /// The one `Host`, or the authority.
    pub(in super::super) host: &'b [u8],
    /// The conditions and the range, in most requests none.
    pub(in super::super) selects: HeaderMap,
    /// How many bytes the request's head is long.
    pub(in super::super) length: usize,
}

/// What a field of a request is to this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Field {
    /// It selects what is answered.
    Selects(&'static HeaderName),
    /// The request is not plain.
    Matters,
    /// Nothing.
    Other,
}

impl Plain<'_> {
    /// The target in two.
    pub(super) fn path_and_query(&self) -> (&str, Option<&str>) {
        let end = memchr::memchr(b'?', self.target.as_bytes());
        end.map_or((self.target, None), |end| (&self.target[..end], Some(&self.target[end + 1..])))
    }
}

impl Field {
    /// What the field with this name is, in any case of letters.
    pub(in super::super) fn named(name: &[u8]) -> Self {
        // Most names of browsers (`accept…`, `user-agent`, `sec-…`, `origin`, `referer`) are out by their first letter.
        let first = name.first().map(u8::to_ascii_lowercase);
        if let Some(b'r' | b'i') = first {
            static NAMES: [HeaderName; 4] = SELECTS;
            let selects = NAMES.iter().find(|known| known.as_str().as_bytes().eq_ignore_ascii_case(name));
            if let Some(known) = selects {
                return Self::Selects(known);
            }
        }
        let may_matter = matches!(first, Some(b'i' | b'c' | b'p' | b't' | b'e' | b'u' | b'h'));
        if may_matter && MATTERS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
            return Self::Matters;
        }
        Self::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_cut_at_its_first_question_mark() {
        let plain = |target| Plain { target, host: b"a", selects: HeaderMap::new(), length: 0 };
        assert_eq!(plain("/a/b.ts?x=1?y").path_and_query(), ("/a/b.ts", Some("x=1?y")));
        assert_eq!(plain("/a/b.ts").path_and_query(), ("/a/b.ts", None));
    }

    #[test]
    fn fields_are_known_in_any_case_of_letters() {
        for name in SELECTS {
            let upper = name.as_str().to_uppercase();
            assert!(matches!(Field::named(upper.as_bytes()), Field::Selects(known) if *known == name));
        }
        for name in MATTERS {
            assert_eq!(Field::named(name.to_uppercase().as_bytes()), Field::Matters, "{name}");
        }
        for name in ["", "accept", "user-agent", "referer", "origin", "priority", "cookie", "rangee"] {
            assert_eq!(Field::named(name.as_bytes()), Field::Other, "{name}");
        }
    }
}
