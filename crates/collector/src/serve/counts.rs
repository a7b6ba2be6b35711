//! `GET /v1/counts`.

use http::StatusCode;

use super::answer::{self, Answer};
use super::{Desk, query};
use crate::store::StoreError;

/// One page of sums.
pub(super) async fn answer(desk: &Desk, query: &str) -> Answer {
    let question = match query::read(query) {
        Ok(question) => question,
        Err(reason) => return answer::fault(StatusCode::BAD_REQUEST, &reason),
    };
    let Ok(_place) = desk.places.try_acquire() else { return answer::busy() };
    let page = match desk.store.reader().sums(&question, Some(desk.limits.question_steps)).await {
        Ok(page) => page,
        Err(error @ StoreError::TooMuch) => {
            return answer::fault(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string());
        }
        Err(error) => {
            tracing::warn!(%error, "a question could not be answered");
            return answer::unavailable();
        }
    };
    match serde_json::to_vec(&page) {
        Ok(body) => answer::with(StatusCode::OK, "application/json", body),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            answer::fault(StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written")
        }
    }
}
