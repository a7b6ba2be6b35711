//! Conditional requests: what the client holds already, RFC 9110 §13. Pure.

use std::time::{Duration, SystemTime};

use hyper::header::{HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE};

/// Whether the client's copy is current, so that 304 answers it.
pub(super) fn is_current(headers: &HeaderMap, etag: &str, modified: SystemTime) -> bool {
    if headers.contains_key(IF_NONE_MATCH) {
        return headers.get_all(IF_NONE_MATCH).iter().any(|field| {
            let field = field.to_str().unwrap_or_default();
            // Our tags hold no comma. Comparison is the weak one here: `W/` does not count.
            field.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
        });
    }
    let since =
        headers.get(IF_MODIFIED_SINCE).and_then(|field| httpdate::parse_http_date(field.to_str().ok()?).ok());
    since.is_some_and(|since| whole_seconds(modified) <= since)
}

/// Whether a Range field counts: it does not if If-Range names another state of the representation.
pub(super) fn range_applies(headers: &HeaderMap, etag: &str, modified: SystemTime) -> bool {
    headers.get(IF_RANGE).is_none_or(|field| {
        let field = field.to_str().unwrap_or_default();
        field == etag || httpdate::parse_http_date(field).is_ok_and(|date| date == whole_seconds(modified))
    })
}

/// A time as far as an HTTP date can tell it.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderName;

    use super::*;

    fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.clone(), value.parse().expect("a field value"))).collect()
    }

    /// Sun, 06 Nov 1994 08:49:37 GMT and half a second.
    fn modified() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_500)
    }

    #[test]
    fn tags_decide_before_dates() {
        let now = "Sun, 06 Nov 1994 08:49:37 GMT";
        let before = "Sun, 06 Nov 1994 08:49:36 GMT";
        for (fields, expected) in [
            (vec![], false),
            (vec![(IF_NONE_MATCH, "\"a\"")], true),
            (vec![(IF_NONE_MATCH, "\"b\", W/\"a\"")], true),
            (vec![(IF_NONE_MATCH, "\"b\""), (IF_NONE_MATCH, "\"a\"")], true),
            (vec![(IF_NONE_MATCH, "*")], true),
            (vec![(IF_NONE_MATCH, "\"b\"")], false),
            (vec![(IF_NONE_MATCH, "a")], false),
            (vec![(IF_MODIFIED_SINCE, now)], true),
            (vec![(IF_MODIFIED_SINCE, before)], false),
            (vec![(IF_MODIFIED_SINCE, "yesterday")], false),
            (vec![(IF_NONE_MATCH, "\"b\""), (IF_MODIFIED_SINCE, now)], false),
        ] {
            assert_eq!(is_current(&headers(&fields), "\"a\"", modified()), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_range_of_another_state_does_not_count() {
        for (field, expected) in [
            ("\"a\"", true),
            ("\"b\"", false),
            ("W/\"a\"", false),
            ("Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false),
        ] {
            assert_eq!(
                range_applies(&headers(&[(IF_RANGE, field)]), "\"a\"", modified()),
                expected,
                "{field}"
            );
        }
        assert!(range_applies(&HeaderMap::new(), "\"a\"", modified()));
    }
}
