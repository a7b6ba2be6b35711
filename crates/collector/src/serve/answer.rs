//! Answers: a status, JSON, and never a word of what was sent.

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::Full;
use serde_json::json;

pub(super) type Answer = http::Response<Full<Bytes>>;

/// When a sender is asked to come back, in seconds: after others are done, and after the disk is well.
const SOON: HeaderValue = HeaderValue::from_static("5");
const LATER: HeaderValue = HeaderValue::from_static("30");

/// A body of this type.
pub(super) fn with(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Answer::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

/// What became of a report.
pub(super) fn result(status: StatusCode, result: &str) -> Answer {
    with(status, "application/json", json!({ "result": result }).to_string())
}

/// What is wrong.
pub(super) fn fault(status: StatusCode, reason: &str) -> Answer {
    with(status, "application/json", json!({ "error": reason }).to_string())
}

fn fault_with(status: StatusCode, reason: &str, name: HeaderName, value: HeaderValue) -> Answer {
    let mut answer = fault(status, reason);
    answer.headers_mut().insert(name, value);
    answer
}

pub(super) fn unauthorised() -> Answer {
    let value = HeaderValue::from_static("Bearer");
    fault_with(StatusCode::UNAUTHORIZED, "the token is missing or wrong", WWW_AUTHENTICATE, value)
}

pub(super) fn other_type() -> Answer {
    let value = HeaderValue::from_static("application/json");
    fault_with(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content-type: a report is application/json",
        ACCEPT,
        value,
    )
}

pub(super) fn other_encoding() -> Answer {
    let reason = "content-encoding: a report is packed by gzip, or not at all";
    let value = HeaderValue::from_static("gzip, identity");
    fault_with(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason, ACCEPT_ENCODING, value)
}

pub(super) fn busy() -> Answer {
    fault_with(StatusCode::SERVICE_UNAVAILABLE, "too many at once", RETRY_AFTER, SOON)
}

pub(super) fn unavailable() -> Answer {
    let reason = "the database takes nothing at the moment";
    fault_with(StatusCode::SERVICE_UNAVAILABLE, reason, RETRY_AFTER, LATER)
}
