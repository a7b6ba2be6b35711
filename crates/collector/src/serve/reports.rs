//! `POST /v1/reports`.

use std::sync::Arc;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Request, StatusCode};
use hyper::body::Incoming;
use telemetry::report::Report;

use super::answer::{self, Answer};
use super::body::{self, BodyError};
use super::refusal::Refusal;
use super::{Desk, routes};
use crate::clock::day;
use crate::key::Key;
use crate::metrics::Outcome;
use crate::store::Stored;

/// What a report is known by.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What the head says of the body.
struct Head {
    key: Key,
    is_packed: bool,
}

/// Stores a report, and says so when it is on the disk.
pub(super) async fn answer(desk: &Desk, request: Request<Incoming>) -> Answer {
    let since = desk.clock.now();
    let (outcome, answer) = match take(desk, request).await {
        Ok(outcome @ Outcome::Known) => (outcome, answer::result(StatusCode::OK, "known")),
        Ok(outcome) => (outcome, answer::result(StatusCode::CREATED, "stored")),
        Err(refusal) => (refusal.outcome(), refusal.answer()),
    };
    desk.metrics.count(outcome, desk.clock.now().saturating_duration_since(since));
    answer
}

/// What became of it: [`Outcome::Stored`] or [`Outcome::Known`].
async fn take(desk: &Desk, request: Request<Incoming>) -> Result<Outcome, Refusal> {
    let head = judge_head(desk, &request);
    let mut body = request.into_body();
    let taken = match head {
        Ok(head) => take_body(desk, head, &mut body).await,
        Err(refusal) => Err(refusal),
    };
    // What was not read. One that was waited for already gets no more time.
    if !matches!(taken, Ok(_) | Err(Refusal::Body(BodyError::Slow | BodyError::Broken))) {
        body::discard(body, &desk.limits).await;
    }
    taken
}

async fn take_body(desk: &Desk, head: Head, body: &mut Incoming) -> Result<Outcome, Refusal> {
    // One that waited for a place would hold its connection; as it is, its sender knows when to come back.
    let _place = desk.places.try_acquire().map_err(|_| Refusal::Busy)?;
    let bytes = body::read(body, &desk.limits).await.map_err(Refusal::Body)?;
    // Two megabytes of JSON take long enough to keep others waiting.
    let read = tokio::task::spawn_blocking(move || read(&bytes, head.is_packed)).await;
    // Fails only at the end of the runtime, or where the parser has a defect.
    store(desk, head.key, read.unwrap_or(Err(Refusal::Unavailable))?).await
}

fn judge_head(desk: &Desk, request: &Request<Incoming>) -> Result<Head, Refusal> {
    if !routes::is_authorised(desk, request) {
        return Err(Refusal::Unauthorised);
    }
    let headers = request.headers();
    let kind = only(headers, &CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or_default().trim());
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
        return Err(Refusal::Type);
    }
    let is_packed = match only(headers, &CONTENT_ENCODING) {
        None if !headers.contains_key(CONTENT_ENCODING) => false,
        Some(encoding) if encoding.eq_ignore_ascii_case("identity") => false,
        Some(encoding) if encoding.eq_ignore_ascii_case("gzip") => true,
        _ => return Err(Refusal::Encoding),
    };
    let key = only(headers, &KEY).and_then(|key| key.parse().ok()).ok_or(Refusal::Key)?;
    Ok(Head { key, is_packed })
}

/// The value of a field that is there once, in ASCII.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn read(bytes: &[u8], is_packed: bool) -> Result<Report, Refusal> {
    let parse = |bytes: &[u8]| Report::parse(bytes).map_err(Refusal::Malformed);
    if is_packed { parse(&body::unpack(bytes).map_err(Refusal::Body)?) } else { parse(bytes) }
}

async fn store(desk: &Desk, key: Key, report: Report) -> Result<Outcome, Refusal> {
    let (store, today, cells) = (Arc::clone(&desk.store), day(desk.clock.wall()), report.cells.len());
    // As a task of its own: a sender that leaves takes nothing with it.
    match tokio::spawn(async move { store.store(key, &report, today).await }).await {
        Ok(Ok(Stored::New)) => {
            desk.metrics.count_cells(cells);
            Ok(Outcome::Stored)
        }
        Ok(Ok(Stored::Known)) => Ok(Outcome::Known),
        Ok(Ok(Stored::Conflict)) => Err(Refusal::Conflict),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a report could not be stored; its sender is asked to come back");
            Err(Refusal::Unavailable)
        }
        Err(_) => Err(Refusal::Unavailable),
    }
}
