//! Who gets to the operators' listener through a browser, and what every answer of it tells browsers.
//!
//! Whoever reaches the listener may use it. A browser reaches it too, on behalf of every page that its user visits; so
//! pages of others are kept out by what the browser says of them. Our own pages, which came from here, may read and
//! change nothing.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CACHE_CONTROL, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::fault;
use crate::live::Live;

/// `Cross-Origin-Resource-Policy` (Fetch, section 3.7): no page of others embeds what stands here.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Keeps web pages out: a browser names the page's host, and says where a request to change something
/// comes from.
pub(super) async fn only_operators(State(live): State<Arc<Live>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).or(request.uri().host());
    let response = match host {
        Some(host) if is_known(host, &live.core().config.admin.hosts) => {
            if is_from_other_page(request.method(), request.headers(), host) {
                fault(StatusCode::FORBIDDEN, "requests from web pages are not served")
            } else {
                next.run(request).await
            }
        }
        _ => fault(StatusCode::FORBIDDEN, "this name is not one of admin.hosts"),
    };
    for_this_page_alone(response)
}

fn is_known(host: &str, names: &[String]) -> bool {
    let (name, _port) = media::authority::split(host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a page sends this that did not come from here, or that wants to change something. Browsers name the origin of
/// a page's own module scripts and styles too, because these are fetched with CORS: such a request is for the very host
/// that the page came from, which is known, and only reads.
fn is_from_other_page(method: &Method, fields: &HeaderMap, host: &str) -> bool {
    let mut origins = fields.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => false,
        (Some(origin), None) if *method == Method::GET || *method == Method::HEAD => {
            let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            !authority.is_some_and(|(_scheme, authority)| authority.eq_ignore_ascii_case(host))
        }
        (Some(_), _) => true,
    }
}

/// What stands here is of this moment, unless it says otherwise, and for no page of others.
fn for_this_page_alone(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_localhost_and_configured_names_are_known() {
        let names = ["edge.office.example".to_owned()];
        for host in ["127.0.0.1:9090", "[::1]:9090", "localhost", "LOCALHOST:1", "edge.office.example:9090"] {
            assert!(is_known(host, &names), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", ""] {
            assert!(!is_known(host, &names), "{host}");
        }
    }

    fn from(origins: &[&'static str]) -> HeaderMap {
        origins.iter().map(|origin| (ORIGIN, HeaderValue::from_static(origin))).collect()
    }

    #[test]
    fn our_own_pages_read_and_others_do_not() {
        let host = "127.0.0.1:9090";
        let of_others = |method, origins: &[&'static str]| is_from_other_page(&method, &from(origins), host);
        assert!(!of_others(Method::POST, &[]), "a program, or a person with one");
        assert!(!of_others(Method::GET, &["http://127.0.0.1:9090"]));
        assert!(!of_others(Method::HEAD, &["http://127.0.0.1:9090"]));
        for method in [Method::POST, Method::PUT, Method::OPTIONS] {
            assert!(of_others(method.clone(), &["http://127.0.0.1:9090"]), "{method}");
        }
        for origin in [
            "http://127.0.0.1",
            "http://127.0.0.1:9091",
            "http://127.0.0.1:90900",
            "http://evil.example",
            "http://evil.example/127.0.0.1:9090",
            "http://127.0.0.1:9090@evil.example",
            "127.0.0.1:9090",
            "null",
            "",
        ] {
            assert!(of_others(Method::GET, &[origin]), "{origin}");
        }
        assert!(of_others(Method::GET, &["http://127.0.0.1:9090", "http://evil.example"]));
    }
}
