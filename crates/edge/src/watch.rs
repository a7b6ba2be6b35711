//! The watch page that the edge serves itself, and what its panel shows.
//!
//! The page lives at the edge because a page on the edge's own name needs no permission to reach it: no
//! prompt for the local network, no mixed content, no CORS.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use segment_cache::conditional;
use serde_json::json;

use crate::body::Body;
use crate::core::Core;
use crate::metrics::Outcome;

/// Answers what lies under `/watch`; `None` for every other path.
pub(crate) fn answer(core: &Core, request: &Parts) -> Option<Response<Body>> {
    let rest = request.uri.path().strip_prefix("/watch")?;
    let response = match rest {
        "" => page(request, ""),
        "/" => Some(redirect()),
        "/streams.json" => Some(data(&json!({ "streams": core.config.watch.stream }))),
        "/activity.json" => core.config.watch.activity.then(|| data(&activity(core))),
        asset => asset.strip_prefix('/').and_then(|asset| page(request, asset)),
    };
    let known = response.is_some() || rest.is_empty() || rest.starts_with('/');
    known.then(|| finished(request, response))
}

fn finished(request: &Parts, response: Option<Response<Body>>) -> Response<Body> {
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

fn page(request: &Parts, path: &str) -> Option<Response<Body>> {
    let page = ui::watch(path)?;
    let mut response = Response::new(Body::fixed(page.body.into_owned()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(page.content_type));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(ui::content_security_policy()));
    let lifetime = if page.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(lifetime));
    if let Ok(tag) = HeaderValue::from_str(&page.etag) {
        headers.insert(ETAG, tag);
    }
    if conditional::is_not_modified(&request.headers, response.headers()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response = response.map(|_| Body::empty());
    }
    Some(response)
}

fn redirect() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/watch"));
    response
}

fn data(value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::fixed(value.to_string()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Totals of the whole edge: nothing here is about one viewer.
fn activity(core: &Core) -> serde_json::Value {
    let metrics = &core.metrics;
    let [hits, joins, fills, revalidations, stale] =
        [Outcome::Hit, Outcome::Join, Outcome::Fill, Outcome::Revalidated, Outcome::Stale]
            .map(|outcome| metrics.requests(outcome));
    let from_cache: u64 = [Outcome::Hit, Outcome::Join, Outcome::Revalidated, Outcome::Stale]
        .map(|outcome| metrics.sent_bytes(outcome))
        .iter()
        .sum();
    let totals = core.cache.totals();
    json!({
        "uptime_s": core.uptime().as_secs_f64(),
        "requests": hits + joins + fills + revalidations + stale,
        "hits": hits + stale,
        "joins": joins,
        "fills": fills,
        "revalidations": revalidations,
        "errors": metrics.refusals(),
        "bytes_from_cache": from_cache,
        "bytes_from_origin": metrics.origin_bytes(),
        "first_byte_ms": {
            "hit": metrics.first_byte_ms(Outcome::Hit),
            "fill": metrics.first_byte_ms(Outcome::Fill),
        },
        "stored_objects": totals.objects,
        "stored_bytes": totals.stored_bytes,
        "memory_bytes": core.cache.memory(),
        "connections": metrics.connections.get(),
    })
}
