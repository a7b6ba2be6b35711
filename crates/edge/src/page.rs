//! What the pages that the edge serves itself have in common: their files, their data, and how an answer is finished.
//!
//! Which paths a page has is its own affair ([`crate::watch`], [`crate::self_test`]; those of operators:
//! [`crate::admin`]).

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use segment_cache::conditional;

use crate::asker::{Asker, Peer};
use crate::body::Body;
use crate::core::Core;
use crate::{locate, redirect, self_test, watch};

/// Answers a GET or HEAD for a page or a part of one; `None` when its path belongs to no page that is served.
pub(crate) fn answer(core: &Core, peer: Peer, asker: Asker, request: &Parts) -> Option<Response<Body>> {
    let watch = core.config.watch.enabled.then(|| watch::answer(core, asker, request)).flatten();
    let self_test = || self_test::answer(core, peer, asker, request);
    watch.or_else(|| core.config.self_test.enabled.then(self_test).flatten())
}

/// Whether [`answer`] may answer a request for this target, which is a path and perhaps a query. It says no to none
/// that it does answer, and yes to a few more, which costs them a longer way and nothing else.
pub(crate) fn may_answer(core: &Core, target: &str) -> bool {
    let config = &core.config;
    is_for_everybody(core, target)
        || config.watch.enabled && target.starts_with(watch::PATH)
        || core.tokens().may_answer(target)
}

/// Whether a target belongs to what answers viewers who are not served here too: where they are, where they find an
/// edge, and what may be wrong. It may say yes to a little more, which then is found to be something else.
pub(crate) fn is_for_everybody(core: &Core, target: &str) -> bool {
    // Most requests are for media, and none of these is asked for much.
    let Some(b's' | b'w' | b'g') = target.as_bytes().get(1) else {
        return false;
    };
    core.config.self_test.enabled && target.starts_with(self_test::PATH)
        || core.locator.is_some() && target.starts_with(locate::PATH)
        || core.config.redirect.enabled && target.starts_with(redirect::PATH)
}

/// What `path` has after that of the page, beginning with `/` where there is more; `None` when it does not lie there.
pub(crate) fn below<'p>(page: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(page).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A file of a page, or that the browser has it already.
pub(crate) fn file(request: &Parts, file: ui::Page) -> Response<Body> {
    bytes_of_file(&request.headers, file).map(Body::fixed)
}

/// The same for whichever listener.
pub(crate) fn bytes_of_file(request: &HeaderMap, file: ui::Page) -> Response<Bytes> {
    let lifetime = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = HeaderValue::from_str(&file.etag);
    let policy = HeaderValue::from_static(file.policy);
    let mut response = with_policy(file, policy, HeaderValue::from_static(lifetime));
    if let Ok(tag) = tag {
        response.headers_mut().insert(ETAG, tag);
    }
    if conditional::is_not_modified(request, response.headers()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response = response.map(|_| Bytes::new());
    }
    response
}

/// A file of a page whose streams may lead to `places`. It is for this viewer at this moment, so that no browser puts the
/// places of another network beside it.
pub(crate) fn file_with_streams_at(file: ui::Page, places: &[String]) -> Response<Body> {
    let policy = ui::policy_for_streams_at(places.iter().map(String::as_str));
    let policy = HeaderValue::try_from(policy)
        .unwrap_or_else(|_| HeaderValue::from_static(ui::content_security_policy()));
    with_policy(file, policy, HeaderValue::from_static("no-store")).map(Body::fixed)
}

fn with_policy(file: ui::Page, policy: HeaderValue, cache_control: HeaderValue) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(file.body.into_owned()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(CACHE_CONTROL, cache_control);
    response
}

/// Data for a page, which is of this moment.
pub(crate) fn data(value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::fixed(value.to_string()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// To the one address that a page has.
pub(crate) fn redirect(to: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(to));
    response
}

/// What every answer below a page has; where there is none, that nothing is there.
pub(crate) fn finished(request: &Parts, response: Option<Response<Body>>) -> Response<Body> {
    let mut response = response.unwrap_or_else(|| {
        let mut response = Response::new(Body::fixed("404 there is nothing here\n"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    });
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if request.method == Method::HEAD {
        response = response.map(|_| Body::empty());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_a_page_is_its_own() {
        assert_eq!(below("/watch", "/watch"), Some(""));
        assert_eq!(below("/watch", "/watch/assets/a.js"), Some("/assets/a.js"));
        for other in ["/", "/watcher", "/watch.json", "/vod/watch", ""] {
            assert_eq!(below("/watch", other), None, "{other}");
        }
    }
}
