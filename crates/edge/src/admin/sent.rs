//! What left this site, as the audit log has it: in pages for people, and whole for programs.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Value, json};
use telemetry::audit::{Entry, Event, Page, Position};
use telemetry::spool::Key;

use super::{Now, fault};

/// Lines that a page has, unless it is asked for another number.
const LINES: usize = 50;
/// Lines that a page has at most.
const MOST_LINES: usize = 1000;

/// `GET /telemetry/sent.json?limit=…&before=…`: newest first.
pub(super) async fn page(
    State(Now(core)): State<Now>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let Ok(limit) = query.get("limit").map_or(Ok(LINES), |limit| limit.parse()) else {
        return fault(StatusCode::BAD_REQUEST, "limit is not a number");
    };
    let before = query.get("before").map(|before| before.parse::<Position>()).transpose();
    let Ok(before) = before else {
        return fault(StatusCode::BAD_REQUEST, "before is no position: take the one that came with a page");
    };
    let Some(reports) = &core.reports else {
        return no_store(axum::Json(json!({ "sent": [], "of_older": [], "unreadable": 0, "more": null })));
    };
    match reports.sent_page(limit.clamp(1, MOST_LINES), before).await {
        Ok(page) => no_store(axum::Json(written(&page))),
        Err(error) => {
            tracing::error!(%error, "the log of what was sent cannot be read");
            fault(StatusCode::INTERNAL_SERVER_ERROR, "it cannot be read; the log of the edge says why")
        }
    }
}

/// `GET /telemetry/sent.jsonl`: the log as it is, oldest first.
pub(super) async fn raw(State(Now(core)): State<Now>) -> Response {
    let body =
        core.reports.as_ref().map_or_else(Body::empty, |reports| Body::from_stream(reports.sent_raw()));
    let kind = (CONTENT_TYPE, "application/jsonl; charset=utf-8");
    ([kind, (CACHE_CONTROL, "no-store")], body).into_response()
}

/// The reports in their order, each with what became of it as far as this page has it; and what became of others, which
/// older pages have.
fn written(page: &Page) -> Value {
    // Lines come newest first: what became of a report comes before it.
    let mut became: HashMap<Key, Vec<Value>> = HashMap::new();
    let mut sent = Vec::new();
    for (_, entry) in &page.entries {
        let mut line = line(entry);
        if matches!(entry.event, Event::Sent { .. }) {
            let answers = became.remove(&entry.key).unwrap_or_default();
            line["answers"] = answers.into_iter().rev().collect();
            sent.push(line);
        } else {
            became.entry(entry.key).or_default().push(line);
        }
    }
    let is_left =
        |entry: &Entry| became.contains_key(&entry.key) && !matches!(entry.event, Event::Sent { .. });
    let of_older: Vec<_> =
        page.entries.iter().filter(|(_, entry)| is_left(entry)).map(|(_, entry)| line(entry)).collect();
    json!({
        "sent": sent,
        "of_older": of_older,
        "unreadable": page.unreadable,
        "more": page.more.map(|more| more.to_string()),
    })
}

fn line(entry: &Entry) -> Value {
    let mut line = json!({ "time": entry.time, "event": entry.event.name(), "key": entry.key.to_string() });
    match &entry.event {
        Event::Sent { to, fields, report } => {
            line["to"] = to.as_str().into();
            line["fields"] = fields.iter().map(|(name, value)| json!([name, value])).collect();
            line["report"] = report.as_str().into();
        }
        Event::Again => {}
        Event::Answered { outcome } => line["outcome"] = outcome.as_str().into(),
    }
    line
}

fn no_store(answer: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, "no-store")], answer).into_response()
}
