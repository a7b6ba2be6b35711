//! Header fields: what a viewer gets of the origin's, and what players in a page need.

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, AGE, ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION,
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, EXPIRES, LAST_MODIFIED,
    RETRY_AFTER, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use segment_cache::freshness::stated_age;
use segment_cache::targeted::{CDN_CACHE_CONTROL, SPOKECAST_CACHE_CONTROL};
use segment_cache::withheld::Withheld;

use crate::config::PassedMethod;

/// The methods that are served everywhere.
pub(crate) const METHODS: &str = "GET, HEAD, OPTIONS";

/// `Timing-Allow-Origin`: lets players measure.
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

/// What passes from an origin to viewers. Anything that could name a person or make a browser talk to
/// somebody else (cookies, reporting endpoints, alternative services) does not stand here. Targeted cache control
/// passes because a cache behind this edge may be meant too (RFC 9213 section 2.2), and because what is stored has
/// to say after a renewal what governs it.
const PASSED: [HeaderName; 14] = [
    CACHE_CONTROL,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_TYPE,
    DATE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    RETRY_AFTER,
    SPOKECAST_CACHE_CONTROL,
    CDN_CACHE_CONTROL,
    HeaderName::from_static("cmsd-static"),
    HeaderName::from_static("cmsd-dynamic"),
];

/// The head that every viewer of this answer gets, prepared once. Framing, age and range come later. What may
/// not be stored reaches nobody, for nobody knows how many share the answer.
pub(crate) fn for_viewers(origin: &HeaderMap, status: StatusCode, allow_origin: &HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    let withheld = Withheld::of(origin);
    for name in PASSED.into_iter().filter(|name| !withheld.contains(name)) {
        for value in origin.get_all(&name) {
            headers.append(&name, value.clone());
        }
    }
    // A cache before this one had it for so long; what is stored here states its own age in place of it.
    headers.extend(stated_age(origin).map(|age| (AGE, HeaderValue::from(age.as_secs()))));
    match status {
        StatusCode::OK => {
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        }
        // Of what is passed on as it came: of everything else the edge cuts ranges itself.
        StatusCode::PARTIAL_CONTENT => {
            headers.extend(origin.get(CONTENT_RANGE).map(|range| (CONTENT_RANGE, range.clone())));
        }
        _ => {}
    }
    allow_scripts(&mut headers, allow_origin);
    headers
}

/// What a 304 changes in a stored head (RFC 9111 section 3.2): every field that passes to viewers, but for those
/// that the body depends on.
pub(crate) fn update(stored: &mut HeaderMap, update: &HeaderMap) {
    segment_cache::update::apply(stored, update, |name| PASSED.contains(name));
}

/// The same fields in memory of their own. As they come from the library they are slices of the buffer that they were
/// read into, with the first part of the body behind them: a stored head would hold all of it.
pub(crate) fn owned(headers: &HeaderMap) -> HeaderMap {
    let all: Vec<u8> = headers.values().flat_map(HeaderValue::as_bytes).copied().collect();
    let mut rest = Bytes::from(all);
    let mut owned = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in headers {
        let own = HeaderValue::from_maybe_shared(rest.split_to(value.len()));
        // What was a value is one.
        owned.extend(own.ok().map(|own| (name.clone(), own)));
    }
    owned
}

/// The methods that are served where a rule passes some on.
pub(crate) fn allowed(passed: &[PassedMethod]) -> HeaderValue {
    let names = passed.iter().map(|method| method.as_str());
    let all: Vec<_> = std::iter::once(METHODS).chain(names).collect();
    HeaderValue::try_from(all.join(", ")).unwrap_or_else(|_| HeaderValue::from_static(METHODS))
}

/// Lets players that run in a page read and time the response.
pub(crate) fn allow_scripts(headers: &mut HeaderMap, allow_origin: &HeaderValue) {
    const EXPOSED: &str = "Age, Date, Content-Length, Content-Range, Retry-After, CMSD-Static, CMSD-Dynamic";
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allow_origin.clone());
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.insert(TIMING_ALLOW_ORIGIN, allow_origin.clone());
    if allow_origin != "*" {
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
}

/// The answer to a preflight and to any other OPTIONS.
pub(crate) fn for_preflight(allow_origin: &HeaderValue, passed: &[PassedMethod]) -> HeaderMap {
    const REQUESTED: &str = "Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control, \
                             Content-Type, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status";
    let mut headers = HeaderMap::new();
    allow_scripts(&mut headers, allow_origin);
    headers.insert(ALLOW, allowed(passed));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, allowed(passed));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUESTED));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_passes() {
        let mut origin = HeaderMap::new();
        for name in [
            "set-cookie",
            "alt-svc",
            "report-to",
            "nel",
            "via",
            "server",
            "x-viewer",
            "connection",
            "access-control-allow-origin",
        ] {
            origin.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
        }
        origin.insert(ETAG, HeaderValue::from_static("\"a\""));
        let passed = for_viewers(&origin, StatusCode::OK, &HeaderValue::from_static("*"));
        assert_eq!(passed[ETAG], "\"a\"");
        assert_eq!(passed[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!passed.values().any(|value| value == "x"), "{passed:?}");
    }

    #[test]
    fn owned_fields_are_the_same_and_hold_nothing_else() {
        let read = Bytes::from(vec![b'x'; 1 << 20]);
        let mut headers = HeaderMap::new();
        headers.append(ETAG, HeaderValue::from_maybe_shared(read.slice(..4)).unwrap());
        headers.append(CACHE_CONTROL, HeaderValue::from_static("max-age=1"));
        headers.append(CACHE_CONTROL, HeaderValue::from_static(""));
        drop(read);
        let own = owned(&headers);
        assert_eq!(own, headers);
        let kept = headers[ETAG].as_bytes().as_ptr_range();
        assert!(own.values().all(|value| !kept.contains(&value.as_bytes().as_ptr())));
    }

    #[test]
    fn what_is_named_for_one_viewer_alone_passes_to_nobody() {
        let mut origin = HeaderMap::new();
        origin.insert(CACHE_CONTROL, HeaderValue::from_static("private=\"etag\", max-age=60"));
        for name in [ETAG, CONTENT_TYPE, LAST_MODIFIED] {
            origin.insert(name, HeaderValue::from_static("x"));
        }
        origin.insert("connection", HeaderValue::from_static("last-modified"));
        let passed = for_viewers(&origin, StatusCode::OK, &HeaderValue::from_static("*"));
        assert!(passed.contains_key(CONTENT_TYPE) && passed.contains_key(CACHE_CONTROL));
        assert!(!passed.contains_key(ETAG) && !passed.contains_key(LAST_MODIFIED));
    }
}
