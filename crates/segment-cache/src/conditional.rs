//! Conditional requests by viewers (RFC 9110 section 13, RFC 9111 section 4.3.2): is what they hold still right?
//!
//! # Deliberately absent
//! If-Match and If-Unmodified-Since are ignored. They keep a writer from overwriting what somebody else changed;
//! a cache may ignore them, for only an origin needs them (RFC 9110 sections 13.1.1 and 13.1.4), and nothing is
//! written here. So they never turn a GET into 412, and they do not reach the origin.

use http::HeaderMap;
use http::header::{DATE, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED};

use crate::validators::{EntityTag, has_strong_date, http_date, only};

/// Whether the client's copy is current, so that 304 answers it. If-None-Match counts before
/// If-Modified-Since (RFC 9110 section 13.2.2).
///
/// A date is compared with Last-Modified, or where the response has none, with its Date (RFC 9111
/// section 4.3.2). One that is malformed or repeated is ignored, as is one that can be compared with nothing.
pub fn is_not_modified(request: &HeaderMap, response: &HeaderMap) -> bool {
    if request.contains_key(IF_NONE_MATCH) {
        let lists = || request.get_all(IF_NONE_MATCH).iter().map(http::HeaderValue::as_bytes);
        return names_anything(lists())
            || EntityTag::of(response).is_some_and(|tag| lists().any(|list| names_weakly(list, &tag)));
    }
    let Some(since) = http_date(request, &IF_MODIFIED_SINCE) else {
        return false;
    };
    let changed = if response.contains_key(LAST_MODIFIED) { LAST_MODIFIED } else { DATE };
    http_date(response, &changed).is_some_and(|changed| changed <= since)
}

/// Whether a Range is to be obeyed under this If-Range (section 13.1.5): only a strong validator that is
/// the same says that the parts fit together. A date is one only when it was over when the response was sent.
pub fn range_applies(request: &HeaderMap, response: &HeaderMap) -> bool {
    if !request.contains_key(IF_RANGE) {
        return true;
    }
    let Some(condition) = only(request, &IF_RANGE) else {
        return false;
    };
    if let Some(tag) = EntityTag::parse(condition.as_bytes()) {
        return EntityTag::of(response).is_some_and(|current| current.is_strongly(&tag));
    }
    has_strong_date(response) && only(response, &LAST_MODIFIED) == Some(condition)
}

/// Whether the whole field is `*`, which stands for every version there is.
fn names_anything<'l>(mut lines: impl Iterator<Item = &'l [u8]>) -> bool {
    lines.next().is_some_and(|line| line.trim_ascii() == b"*") && lines.next().is_none()
}

/// The weak comparison of section 8.8.3.2 against each tag of a list. Tags may hold commas, so that a list
/// cannot be split before it is read; what follows something malformed is not looked at.
fn names_weakly(mut list: &[u8], wanted: &EntityTag<'_>) -> bool {
    loop {
        list = list.trim_ascii_start();
        if let Some(rest) = list.strip_prefix(b",") {
            list = rest;
            continue;
        }
        let Some((tag, rest)) = EntityTag::take(list) else {
            return false;
        };
        if tag.is_weakly(wanted) {
            return true;
        }
        list = rest.trim_ascii_start();
        if !list.starts_with(b",") {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::ETAG;
    use proptest::prelude::*;

    use super::*;

    fn map(fields: &[(http::HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    const JAN_1: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
    const JAN_2: &str = "Fri, 02 Jan 2026 00:00:00 GMT";

    #[test]
    fn tags_are_compared_weakly_one_by_one() {
        let response = map(&[(ETAG, "\"a,b\"")]);
        for (list, same) in [
            ("\"a,b\"", true),
            ("W/\"a,b\"", true),
            ("\"x\" , W/\"a,b\"", true),
            (",, \"x\",,\"a,b\"", true),
            (" * ", true),
            ("*, \"x\"", false),
            ("*x", false),
            ("\"x\", *", false),
            ("\"a\", \"b\"", false),
            ("\"x\" \"a,b\"", false),
            ("a,b", false),
            ("", false),
            ("\"a,b", false),
        ] {
            assert_eq!(is_not_modified(&map(&[(IF_NONE_MATCH, list)]), &response), same, "{list}");
        }
    }

    #[test]
    fn a_list_may_stand_on_several_lines_and_an_asterisk_needs_no_tag() {
        let response = map(&[(ETAG, "W/\"b\"")]);
        assert!(is_not_modified(&map(&[(IF_NONE_MATCH, "\"a\""), (IF_NONE_MATCH, "\"b\"")]), &response));
        assert!(is_not_modified(&map(&[(IF_NONE_MATCH, "bad"), (IF_NONE_MATCH, "\"b\"")]), &response));
        assert!(!is_not_modified(&map(&[(IF_NONE_MATCH, "*"), (IF_NONE_MATCH, "\"a\"")]), &response));
        assert!(is_not_modified(&map(&[(IF_NONE_MATCH, "*")]), &HeaderMap::new()));
        assert!(!is_not_modified(&map(&[(IF_NONE_MATCH, "\"b\"")]), &map(&[(ETAG, "b")])));
    }

    #[test]
    fn a_date_counts_only_without_a_tag() {
        let response = map(&[(LAST_MODIFIED, JAN_1), (ETAG, "\"a\"")]);
        assert!(is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_1)]), &response));
        assert!(is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_2)]), &response));
        assert!(!is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_2), (IF_NONE_MATCH, "\"b\"")]), &response));
        assert!(!is_not_modified(&map(&[(IF_MODIFIED_SINCE, "yesterday")]), &response));
        assert!(!is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_2), (IF_MODIFIED_SINCE, JAN_2)]), &response));
        let newer = map(&[(LAST_MODIFIED, JAN_2)]);
        assert!(!is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_1)]), &newer));
    }

    #[test]
    fn a_date_is_compared_with_date_where_nothing_was_modified() {
        let since = map(&[(IF_MODIFIED_SINCE, JAN_1)]);
        assert!(is_not_modified(&since, &map(&[(DATE, JAN_1)])));
        assert!(!is_not_modified(&since, &map(&[(DATE, JAN_2)])));
        assert!(!is_not_modified(&since, &HeaderMap::new()));
        assert!(!is_not_modified(&since, &map(&[(DATE, JAN_1), (LAST_MODIFIED, "garbage")])));
    }

    #[test]
    fn if_match_and_if_unmodified_since_change_nothing() {
        let response = map(&[(LAST_MODIFIED, JAN_2), (ETAG, "\"a\"")]);
        let request = map(&[(http::header::IF_MATCH, "\"b\""), (http::header::IF_UNMODIFIED_SINCE, JAN_1)]);
        assert!(!is_not_modified(&request, &response) && range_applies(&request, &response));
    }

    #[test]
    fn a_range_needs_the_same_strong_validator() {
        let response = map(&[(ETAG, "\"a\""), (LAST_MODIFIED, JAN_1), (DATE, JAN_2)]);
        for (condition, applies) in [
            ("\"a\"", true),
            ("\"b\"", false),
            ("W/\"a\"", false),
            ("\"a\", \"b\"", false),
            ("*", false),
            ("", false),
            (JAN_1, true),
            (JAN_2, false),
        ] {
            assert_eq!(range_applies(&map(&[(IF_RANGE, condition)]), &response), applies, "{condition}");
        }
        assert!(!range_applies(&map(&[(IF_RANGE, "W/\"a\"")]), &map(&[(ETAG, "W/\"a\"")])));
        assert!(!range_applies(&map(&[(IF_RANGE, "\"a\""), (IF_RANGE, "\"a\"")]), &response));
        assert!(range_applies(&HeaderMap::new(), &response));
        // Changed in the second in which it was sent: another change may have followed.
        for date in [&[(DATE, JAN_1)][..], &[]] {
            let weak = map(&[&[(LAST_MODIFIED, JAN_1)], date].concat());
            assert!(!range_applies(&map(&[(IF_RANGE, JAN_1)]), &weak));
        }
    }

    proptest! {
        #[test]
        fn a_tag_is_found_in_a_list_exactly_when_it_stands_there(
            tags in prop::collection::vec("[ -!#-~]{0,6}", 0..5),
            wanted in "[ -!#-~]{0,6}",
        ) {
            let list: Vec<_> = tags.iter().map(|tag| format!("\"{tag}\"")).collect();
            let response = map(&[(ETAG, &format!("W/\"{wanted}\""))]);
            let found = is_not_modified(&map(&[(IF_NONE_MATCH, &list.join(" , W/"))]), &response);
            prop_assert_eq!(found, tags.contains(&wanted));
        }

        /// What answers a condition with 304 or obeys a range on its word must have been named by it.
        #[test]
        fn any_condition_is_read(condition in "[ -~]{0,30}") {
            let response = map(&[(ETAG, "\"the tag\"")]);
            let names = condition.contains("\"the tag\"");
            let none_match = is_not_modified(&map(&[(IF_NONE_MATCH, &condition)]), &response);
            prop_assert!(!none_match || names || condition.trim() == "*");
            prop_assert!(!range_applies(&map(&[(IF_RANGE, &condition)]), &response) || names);
        }
    }
}
