//! The operators' listener: metrics, health, purge, inspection, and pages of what is watched and what left. Never on
//! the viewers' listener.

mod entrance;
mod pages;
mod sent;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Query, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use http::{StatusCode, Uri};
use segment_cache::Key;
use segment_cache::object::place::Place;
use serde_json::json;

use crate::core::Core;
use crate::live::Live;
use crate::recording;
use crate::refusal::Refusal;
use crate::target::Target;
use crate::tls;

/// Objects that one answer of `GET /cache` lists, unless it is asked for another number.
const LISTED: usize = 1000;

/// The routes. Each request is answered by the configuration that holds when it comes.
pub(crate) fn router(live: Arc<Live>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/purge", post(purge))
        .route("/cache", get(cache))
        .route("/telemetry.json", get(telemetry))
        .route("/telemetry/sent.json", get(sent::page))
        .route("/telemetry/sent.jsonl", get(sent::raw))
        .merge(pages::routes())
        .fallback(async || fault(StatusCode::NOT_FOUND, "there is nothing here"))
        .layer(middleware::from_fn_with_state(Arc::clone(&live), entrance::only_operators))
        .with_state(live)
}

/// The configuration that holds when a request comes.
struct Now(Arc<Core>);

impl FromRef<Arc<Live>> for Now {
    fn from_ref(live: &Arc<Live>) -> Self {
        Self(live.core())
    }
}

async fn metrics(State(Now(core)): State<Now>) -> Response {
    if let Some(recorder) = &core.recorder {
        core.metrics.telemetry.note(recorder.totals(), recorder.cells());
    }
    let shown = core.certificates().all();
    core.metrics
        .certificates
        .note(shown.iter().map(|identity| (identity.facts.name(), identity.facts.not_after)));
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], core.metrics.text()).into_response()
}

/// `GET /telemetry.json?entry=…`: what was counted.
async fn telemetry(State(Now(core)): State<Now>, Query(query): Query<HashMap<String, String>>) -> Response {
    // Many segments take a moment to look through.
    let counts =
        tokio::task::spawn_blocking(move || recording::json(&core, query.get("entry").map(String::as_str)));
    match counts.await {
        Ok(counts) => axum::Json(counts).into_response(),
        Err(_) => fault(StatusCode::INTERNAL_SERVER_ERROR, "the counts cannot be shown"),
    }
}

async fn ready(State(Now(core)): State<Now>) -> Response {
    if core.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    match tls::expiry::complaint(&core) {
        Some(complaint) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {complaint}\n")).into_response()
        }
        None => "ready\n".into_response(),
    }
}

/// `POST /purge?url=…`, `?entry=…` or `?all=true`.
async fn purge(State(Now(core)): State<Now>, Query(query): Query<Vec<(String, String)>>) -> Response {
    let what: Vec<(&str, &str)> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let purged = match what[..] {
        [("url", url)] => match purge_url(&core, url) {
            Ok(purged) => purged,
            Err(reason) => return fault(StatusCode::BAD_REQUEST, reason),
        },
        [("entry", entry)] => purge_entry(&core, entry),
        [("all", "true")] => core.cache.purge_where(|_, _| true, |_| true),
        _ => return fault(StatusCode::BAD_REQUEST, "name exactly one of url=…, entry=… and all=true"),
    };
    tracing::info!(purged, "purged");
    axum::Json(json!({ "purged": purged })).into_response()
}

fn purge_url(core: &Core, url: &str) -> Result<usize, &'static str> {
    let uri: Uri = url.parse().map_err(|_| "url is not a path or URL of this edge")?;
    let host = uri.authority().map_or("", http::uri::Authority::as_str);
    let target = Target::read(uri.path(), uri.query(), host, &core.origins, &core.config.relay)
        .map_err(Refusal::reason)?;
    let key = target.key();
    let whole = usize::from(core.cache.purge(&key));
    let is_of_it = |other: &Key| other.origin() == key.origin && other.target() == key.target;
    Ok(whole + core.cache.purge_where(|other, _| is_of_it(other), is_of_it))
}

fn purge_entry(core: &Core, entry: &str) -> usize {
    let is_of_entry = |target: &str| core.rules.recognise(target).entry == Some(entry);
    core.cache.purge_where(
        // What was stored under other rules may have another label.
        |key, object| object.head().label.entry.as_deref() == Some(entry) || is_of_entry(key.target()),
        |key| is_of_entry(key.target()),
    )
}

/// `GET /cache?limit=…`: what is stored.
async fn cache(State(Now(core)): State<Now>, Query(query): Query<HashMap<String, String>>) -> Response {
    let limit = match query.get("limit").map(|limit| limit.parse()) {
        None => LISTED,
        Some(Ok(limit)) => limit,
        Some(Err(_)) => return fault(StatusCode::BAD_REQUEST, "limit is not a number"),
    };
    let now = core.clock.now();
    let totals = core.cache.totals();
    let objects: Vec<_> = core
        .cache
        .objects()
        .take(limit)
        .map(|(key, object)| {
            let (head, freshness) = (object.head(), object.freshness());
            json!({
                "origin": core.origins.by_id(key.origin()).map(|origin| &origin.name),
                "target": key.target(),
                "kind": head.label.kind,
                "entry": head.label.entry.as_deref(),
                "segment": segment(&head.label.place),
                "status": head.status.as_u16(),
                "bytes": object.length(),
                "age_s": freshness.age(now).as_secs(),
                "fresh_for_s": freshness.remaining(now).as_secs(),
            })
        })
        .collect();
    let body = json!({
        "stored_objects": totals.objects,
        "stored_bytes": totals.stored_bytes,
        "held_bytes": totals.held_bytes,
        "limit_bytes": core.cache.memory(),
        "fills": totals.fills,
        "listed": objects.len(),
        "objects": objects,
    });
    axum::Json(body).into_response()
}

/// The number of a segment; that a file holds many, once it is known where; or nothing.
fn segment(place: &Place) -> serde_json::Value {
    match place {
        Place::Segment(number) => json!(number),
        Place::File(offsets) if !offsets.is_empty() => json!("many"),
        Place::File(_) | Place::Unknown => json!(null),
    }
}

fn fault(status: StatusCode, reason: &str) -> Response {
    (status, axum::Json(json!({ "error": reason }))).into_response()
}
