//! What left this site, as the audit log has it: in pages for people, and whole for programs.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use telemetry::audit::{Entry, Event, Position, SentPage};

use super::{Now, fault};

/// Reports that a page has, unless it is asked for another number.
const REPORTS: usize = 20;
/// Reports that a page has at most.
const MOST_REPORTS: usize = 1000;

/// `GET /telemetry/sent.json?limit=…&before=…`: newest first.
pub(super) async fn page(
    State(Now(core)): State<Now>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let Ok(limit) = query.get("limit").map_or(Ok(REPORTS), |limit| limit.parse()) else {
        return fault(StatusCode::BAD_REQUEST, "limit is not a number");
    };
    let before = query.get("before").map(|before| before.parse::<Position>()).transpose();
    let Ok(before) = before else {
        return fault(StatusCode::BAD_REQUEST, "before is no position: take the one that came with a page");
    };
    let Some(reports) = &core.reports else {
        return axum::Json(json!({ "sent": [], "more": null })).into_response();
    };
    match reports.sent_page(limit.clamp(1, MOST_REPORTS), before).await {
        Ok(page) => axum::Json(written(&page)).into_response(),
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
    ([kind], body).into_response()
}

/// The reports in their order, each with what became of it.
fn written(page: &SentPage) -> Value {
    let reports = page.sent.iter().map(|sent| {
        let mut written = line(&sent.entry);
        written["answers"] = sent.after.iter().map(line).collect();
        written
    });
    json!({
        "sent": reports.collect::<Vec<_>>(),
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
