//! Which path leads where, and who is let in.

use http::header::{ALLOW, AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;

use super::answer::{self, Answer};
use super::{Desk, body, counts, reports};

/// Answers one request.
pub(super) async fn answer(desk: &Desk, request: Request<Incoming>) -> Answer {
    let is_post = request.method() == Method::POST;
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    if let Some(refusal) = web_page(desk, &request) {
        return refused(desk, request, refusal).await;
    }
    match request.uri().path() {
        "/v1/reports" if is_post => reports::answer(desk, request).await,
        "/v1/reports" => refused(desk, request, not_allowed("POST")).await,
        "/v1/counts" | "/metrics" if is_get && !is_authorised(desk, &request) => answer::unauthorised(),
        "/v1/counts" if is_get => counts::answer(desk, request.uri().query().unwrap_or_default()).await,
        "/metrics" if is_get => metrics(desk),
        "/healthz" if is_get => answer::with(StatusCode::OK, "text/plain; charset=utf-8", "ok\n"),
        "/v1/report.schema.json" if is_get => {
            answer::with(StatusCode::OK, "application/schema+json", telemetry::report::SCHEMA)
        }
        "/v1/counts" | "/metrics" | "/healthz" | "/v1/report.schema.json" => {
            refused(desk, request, not_allowed("GET, HEAD")).await
        }
        _ => refused(desk, request, answer::fault(StatusCode::NOT_FOUND, "there is nothing here")).await,
    }
}

/// An answer to a request whose body nobody wants. It is read all the same, as far as is fair: a sender that is cut off
/// while it speaks may never hear the answer.
async fn refused(desk: &Desk, request: Request<Incoming>, answer: Answer) -> Answer {
    body::discard(request.into_body(), &desk.limits).await;
    answer
}

/// Whether the token is shown, or none is asked for.
pub(super) fn is_authorised<B>(desk: &Desk, request: &Request<B>) -> bool {
    let Some(token) = &desk.token else { return true };
    let mut shown = request.headers().get_all(AUTHORIZATION).iter();
    shown.next().is_some_and(|shown| token.is_shown_by(shown.as_bytes())) && shown.next().is_none()
}

/// Keeps web pages out: a browser says where a request comes from, and, where there is no token to show, by which name
/// the page reached this machine.
fn web_page<B>(desk: &Desk, request: &Request<B>) -> Option<Answer> {
    if request.headers().contains_key(ORIGIN) {
        return Some(answer::fault(StatusCode::FORBIDDEN, "requests from web pages are not served"));
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).or(request.uri().host());
    let is_known = desk.token.is_some() || host.is_some_and(is_this_machine);
    (!is_known).then(|| answer::fault(StatusCode::FORBIDDEN, "without a token only this machine is served"))
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost")
}

fn not_allowed(methods: &'static str) -> Answer {
    let mut answer = answer::fault(StatusCode::METHOD_NOT_ALLOWED, "not by this method");
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    answer
}

fn metrics(desk: &Desk) -> Answer {
    match desk.metrics.text() {
        Ok(text) => answer::with(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            answer::fault(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written")
        }
    }
}

#[test]
fn only_names_of_this_machine_are_known() {
    for host in ["127.0.0.1:9191", "[::1]:9191", "[::1]", "localhost", "LOCALHOST:1"] {
        assert!(is_this_machine(host), "{host}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "localhost:x"] {
        assert!(!is_this_machine(host), "{host}");
    }
}
