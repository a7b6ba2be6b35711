//! The operators' pages: where to find what, what is watched here, what left this site.
//!
//! The pages are files; what they show they read from `/telemetry.json` and `/telemetry/sent.json`. They are served
//! whether or not anything is counted, and say so.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, StatusCode};

use super::fault;
use crate::live::Live;
use crate::page;

const INDEX: &str = include_str!("pages/index.html");
const TELEMETRY: &str = "/telemetry";
const SENT: &str = "/telemetry/sent";

/// The paths of the pages and their files.
pub(super) fn routes() -> Router<Arc<Live>> {
    Router::new()
        .route("/", get(index))
        .merge(page_at(TELEMETRY, ui::telemetry))
        .merge(page_at(SENT, ui::sent))
}

/// The page at `path`, whose files `find` knows.
fn page_at(path: &'static str, find: fn(&str) -> Option<ui::Page>) -> Router<Arc<Live>> {
    let file = async move |Path(name): Path<String>, fields: HeaderMap| {
        answer(&fields, find(&format!("assets/{name}")))
    };
    Router::new()
        .route(path, get(async move |fields: HeaderMap| answer(&fields, find(""))))
        .route(&format!("{path}/"), get(async move || Redirect::permanent(path)))
        .route(&format!("{path}/assets/{{name}}"), get(file))
}

/// Plain markup, so that nothing has to be allowed.
async fn index() -> Response {
    ([(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")], Html(INDEX)).into_response()
}

fn answer(request: &HeaderMap, file: Option<ui::Page>) -> Response {
    match file {
        Some(file) => page::bytes_of_file(request, file).map(Body::from).into_response(),
        None => fault(StatusCode::NOT_FOUND, "there is nothing here"),
    }
}
