//! Conditional requests by viewers (RFC 9110 section 13): is what they hold still right?

use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue};

/// Whether the client's copy is current, so that 304 answers it. If-None-Match counts before
/// If-Modified-Since (section 13.2.2).
pub fn is_not_modified(request: &HeaderMap, response: &HeaderMap) -> bool {
    if request.contains_key(IF_NONE_MATCH) {
        let Some(etag) = response.get(ETAG) else {
            return false;
        };
        return request
            .get_all(IF_NONE_MATCH)
            .iter()
            .any(|list| names_weakly(list.as_bytes(), etag.as_bytes()));
    }
    match (date(request.get(IF_MODIFIED_SINCE)), date(response.get(LAST_MODIFIED))) {
        (Some(since), Some(modified)) => modified <= since,
        _ => false,
    }
}

/// Whether a Range is to be obeyed under this If-Range (section 13.1.5): only a strong validator that is
/// the same says that the parts fit together.
pub fn range_applies(request: &HeaderMap, response: &HeaderMap) -> bool {
    let Some(condition) = request.get(IF_RANGE) else {
        return true;
    };
    let condition = condition.as_bytes();
    if condition.starts_with(b"\"") {
        return response.get(ETAG).is_some_and(|etag| etag.as_bytes() == condition);
    }
    !condition.starts_with(b"W/")
        && response.get(LAST_MODIFIED).is_some_and(|modified| modified.as_bytes() == condition)
}

fn date(field: Option<&HeaderValue>) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(field?.to_str().ok()?).ok()
}

/// The weak comparison of section 8.8.3.2 against each tag of a list. Tags may hold commas.
fn names_weakly(mut list: &[u8], etag: &[u8]) -> bool {
    let wanted = etag.strip_prefix(b"W/").unwrap_or(etag);
    loop {
        list = list.trim_ascii_start();
        list = list.strip_prefix(b",").unwrap_or(list).trim_ascii_start();
        if list.is_empty() {
            return false;
        }
        if list.starts_with(b"*") {
            return true;
        }
        list = list.strip_prefix(b"W/").unwrap_or(list);
        let Some(end) = list.strip_prefix(b"\"").and_then(|rest| rest.iter().position(|&byte| byte == b'"'))
        else {
            return false;
        };
        let (tag, rest) = list.split_at(end + 2);
        if tag == wanted {
            return true;
        }
        list = rest;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn map(fields: &[(http::HeaderName, &str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
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
            ("*", true),
            ("\"a\", \"b\"", false),
            ("a,b", false),
            ("", false),
            ("\"a,b", false),
        ] {
            assert_eq!(is_not_modified(&map(&[(IF_NONE_MATCH, list)]), &response), same, "{list}");
        }
    }

    #[test]
    fn a_date_counts_only_without_a_tag() {
        let response = map(&[(LAST_MODIFIED, JAN_1), (ETAG, "\"a\"")]);
        assert!(is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_1)]), &response));
        assert!(is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_2)]), &response));
        assert!(!is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_2), (IF_NONE_MATCH, "\"b\"")]), &response));
        assert!(!is_not_modified(&map(&[(IF_MODIFIED_SINCE, "yesterday")]), &response));
        let newer = map(&[(LAST_MODIFIED, JAN_2)]);
        assert!(!is_not_modified(&map(&[(IF_MODIFIED_SINCE, JAN_1)]), &newer));
    }

    #[test]
    fn a_range_needs_the_same_strong_validator() {
        let response = map(&[(ETAG, "\"a\""), (LAST_MODIFIED, JAN_1)]);
        for (condition, applies) in
            [("\"a\"", true), ("\"b\"", false), ("W/\"a\"", false), (JAN_1, true), (JAN_2, false)]
        {
            assert_eq!(range_applies(&map(&[(IF_RANGE, condition)]), &response), applies, "{condition}");
        }
        assert!(!range_applies(&map(&[(IF_RANGE, "W/\"a\"")]), &map(&[(ETAG, "W/\"a\"")])));
        assert!(range_applies(&HeaderMap::new(), &response));
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

        #[test]
        fn any_list_is_read(list in prop::collection::vec(any::<u8>(), 0..40)) {
            names_weakly(&list, b"\"a\"");
        }
    }
}
