//! `POST /v1/reports`.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Request, StatusCode};
use hyper::body::Incoming;
use telemetry::report::{Report, ReportError};

use super::answer::{self, Answer};
use super::body::{self, BodyError};
use super::{Desk, malformed, routes};
use crate::clock::day;
use crate::key::Key;
use crate::metrics::Outcome;
use crate::store::Stored;

/// What a report is known by.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A report, or why it is none.
type Read<T> = Result<T, (Outcome, Answer)>;

/// What the head says of the body.
struct Head {
    key: Key,
    is_packed: bool,
}

/// Stores a report, and says so when it is on the disk.
pub(super) async fn answer(desk: &Desk, request: Request<Incoming>) -> Answer {
    let since = desk.clock.now();
    let (outcome, answer) = match judged(desk, request).await {
        Ok((key, report)) => store(desk, key, report).await,
        Err(refused) => refused,
    };
    desk.metrics.count(outcome, desk.clock.now().saturating_duration_since(since));
    answer
}

async fn judged(desk: &Desk, request: Request<Incoming>) -> Read<(Key, Report)> {
    let head = match judge_head(desk, &request) {
        Ok(head) => head,
        Err((outcome, answer)) => return Err((outcome, routes::refused(desk, request, answer).await)),
    };
    let Ok(_place) = desk.places.try_acquire() else {
        return Err((Outcome::Busy, routes::refused(desk, request, answer::busy()).await));
    };
    let mut body = request.into_body();
    let bytes = match body::read(&mut body, &desk.limits).await {
        Ok(bytes) => bytes,
        Err(error) => {
            if error == BodyError::TooLarge {
                body::discard(body, &desk.limits).await;
            }
            return Err(refuse_body(&error));
        }
    };
    // Two megabytes of JSON take long enough to keep others waiting.
    match tokio::task::spawn_blocking(move || read(&bytes, head.is_packed)).await {
        Ok(read) => Ok((head.key, read?)),
        // Only at the end of the runtime, or where the parser has a defect.
        Err(_) => Err((Outcome::Unavailable, answer::unavailable())),
    }
}

fn judge_head(desk: &Desk, request: &Request<Incoming>) -> Read<Head> {
    if let Some(refusal) = routes::unauthorised(desk, request) {
        return Err((Outcome::Unauthorised, refusal));
    }
    let headers = request.headers();
    let kind = only(headers, &CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or_default().trim());
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
        return Err((Outcome::Unsupported, answer::other_type()));
    }
    let is_packed = match only(headers, &CONTENT_ENCODING) {
        None if !headers.contains_key(CONTENT_ENCODING) => false,
        Some(encoding) if encoding.eq_ignore_ascii_case("identity") => false,
        Some(encoding) if encoding.eq_ignore_ascii_case("gzip") => true,
        _ => return Err((Outcome::Unsupported, answer::other_encoding())),
    };
    match only(headers, &KEY).and_then(|key| key.parse().ok()) {
        Some(key) => Ok(Head { key, is_packed }),
        None => {
            let reason = "idempotency-key: a key has 32 hexadecimal digits";
            Err((Outcome::Malformed, answer::fault(StatusCode::BAD_REQUEST, reason)))
        }
    }
}

/// The value of a field that is there once, in ASCII.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn read(bytes: &Bytes, is_packed: bool) -> Read<Report> {
    let unpacked =
        if is_packed { Some(body::unpack(bytes).map_err(|error| refuse_body(&error))?) } else { None };
    Report::parse(unpacked.as_deref().unwrap_or(bytes)).map_err(|error| match error {
        ReportError::TooLong => refuse_body(&BodyError::TooLarge),
        error => (Outcome::Malformed, answer::fault(StatusCode::BAD_REQUEST, &malformed::words(&error))),
    })
}

fn refuse_body(error: &BodyError) -> (Outcome, Answer) {
    let (outcome, status, reason) = match error {
        BodyError::TooLarge => {
            (Outcome::TooLarge, StatusCode::PAYLOAD_TOO_LARGE, ReportError::TooLong.to_string())
        }
        BodyError::Slow => {
            (Outcome::CutOff, StatusCode::REQUEST_TIMEOUT, "the body did not come in time".into())
        }
        BodyError::Broken => (Outcome::CutOff, StatusCode::BAD_REQUEST, "the body broke off".into()),
        BodyError::NotGzip => (
            Outcome::Malformed,
            StatusCode::BAD_REQUEST,
            "content-encoding: the body is not one member of gzip".into(),
        ),
    };
    (outcome, answer::fault(status, &reason))
}

async fn store(desk: &Desk, key: Key, report: Report) -> (Outcome, Answer) {
    let (store, today, cells) = (Arc::clone(&desk.store), day(desk.clock.wall()), report.cells.len());
    // As a task of its own: a sender that leaves takes nothing with it.
    let stored = tokio::spawn(async move { store.store(key, &report, today).await });
    match stored.await {
        Ok(Ok(Stored::New)) => {
            desk.metrics.count_cells(cells);
            (Outcome::Stored, answer::result(StatusCode::CREATED, "stored"))
        }
        Ok(Ok(Stored::Known)) => (Outcome::Known, answer::result(StatusCode::OK, "known")),
        Ok(Ok(Stored::Conflict)) => {
            let reason = "idempotency-key: another report has this key";
            (Outcome::Conflict, answer::fault(StatusCode::UNPROCESSABLE_ENTITY, reason))
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "a report could not be stored; its sender is asked to come back");
            (Outcome::Unavailable, answer::unavailable())
        }
        Err(_) => (Outcome::Unavailable, answer::unavailable()),
    }
}
