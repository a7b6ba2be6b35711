//! The self-test: what a viewer's helpdesk asks first, answered by one page.
//!
//! The page compares what the browser knows of the connection with what arrived here, and measures the round trip.
//! It is served by the edge itself for the reason that the watch page is, so it works where that works.
//!
//! # Invariants
//! - No answer holds a viewer's address, or the value of a field that the request had. Of fields that proxies add,
//!   the names are told, from a fixed list ([`HINTS`]).
//! - Other pages cannot read what this edge says of a viewer: only the round trip is open to them.

use http::header::{CACHE_CONTROL, HOST};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Version};
use serde_json::{Value, json};

use crate::asker::{Asker, Peer};
use crate::body::Body;
use crate::core::Core;
use crate::locate::{describe, locate};
use crate::{headers, page};

/// Where the page is.
pub(crate) const PATH: &str = "/self-test";

/// The data by themselves, which stand beside the page and not below it.
const DATA: &str = "/self-test.json";

/// Fields that proxies and load balancers add, and browsers do not send when they ask the edge itself.
const HINTS: [&str; 20] = [
    "via",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-originating-ip",
    "x-proxyuser-ip",
    "x-bluecoat-via",
    "x-envoy-external-address",
    "true-client-ip",
    "client-ip",
    "cf-connecting-ip",
    "cdn-loop",
    "proxy-connection",
    "surrogate-capability",
];

/// Answers what belongs to the self-test; `None` for every other path.
pub(crate) fn answer(core: &Core, peer: Peer, asker: Asker, request: &Parts) -> Option<Response<Body>> {
    let path = request.uri.path();
    if path == DATA {
        return Some(page::finished(request, Some(page::data(&findings(core, peer, asker, request)))));
    }
    let response = match page::below(PATH, path)? {
        "/" => Some(page::redirect(PATH)),
        "/ping" => Some(ping(core)),
        file => ui::self_test(file.strip_prefix('/').unwrap_or(file)).map(|file| page::file(request, file)),
    };
    Some(page::finished(request, response))
}

/// The shortest answer there is, for its round trip. Players' pages may measure it too.
fn ping(core: &Core) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers::allow_scripts(headers, &core.allow_origin);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What this edge sees of the request.
fn findings(core: &Core, peer: Peer, asker: Asker, request: &Parts) -> Value {
    let hints = hints(&request.headers);
    let is_encrypted = peer.is_over_tls() || request.version == Version::HTTP_3;
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "protocol": protocol(request.version),
        "encrypted": is_encrypted,
        "certificate": is_encrypted.then(|| certificate(core, request)),
        "location": describe(core, locate(core, asker)),
        "proxy": { "seen": !hints.is_empty(), "hints": hints },
    })
}

/// The certificate that a browser was shown, which asked for it under the name that its request is for.
fn certificate(core: &Core, request: &Parts) -> Option<Value> {
    let field = request.headers.get(HOST).and_then(|host| host.to_str().ok()?.parse().ok());
    let authority: Option<Authority> = request.uri.authority().cloned().or(field);
    let identity = core.certificates().named(authority.as_ref().map(Authority::host))?;
    let facts = &identity.facts;
    Some(json!({
        "names": facts.names,
        "issuer": facts.issuer,
        "days_left": facts.days_left(core.clock.wall()),
    }))
}

/// The names, never the values, of the fields that something between browser and edge added.
fn hints(fields: &HeaderMap) -> Vec<&'static str> {
    HINTS.into_iter().filter(|name| fields.contains_key(*name)).collect()
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_11 => "HTTP/1.1",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    #[test]
    fn a_hint_is_a_name_from_the_list_and_never_a_value() {
        let mut fields = HeaderMap::new();
        for name in ["X-Forwarded-For", "VIA", "x-canary", "accept"] {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            fields.append(name, HeaderValue::from_static("canary"));
        }
        assert_eq!(hints(&fields), ["via", "x-forwarded-for"]);
        assert!(hints(&HeaderMap::new()).is_empty());
    }

    #[test]
    fn every_hint_can_be_found() {
        for name in HINTS {
            let mut fields = HeaderMap::new();
            fields.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
            assert_eq!(hints(&fields), [name]);
        }
    }
}
