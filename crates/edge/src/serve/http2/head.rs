//! Heads of answers over HTTP/2.

use std::cell::RefCell;

use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING, UPGRADE};
use http::{Response, StatusCode};
use http_framing::fields::Fields;
use http_framing::hpack;

use super::super::connection::Requests;
use crate::body::Body;

/// What is used again for each head.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) fields: Fields,
    pub(super) block: Vec<u8>,
}

thread_local! {
    /// Heads are read and written within one turn of a task: all connections of a thread have one.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Runs `with` the scratch of this thread, or with a new one where it is in use.
pub(super) fn with_scratch<R>(with: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => with(&mut scratch),
        Err(_) => with(&mut Scratch::default()),
    })
}

/// Writes the head of an answer; whether it has no body.
pub(super) fn of_answer(
    requests: &Requests,
    response: &Response<Body>,
    is_head: bool,
    block: &mut Vec<u8>,
) -> bool {
    let status = response.status();
    hpack::encode_status(status.as_u16(), block);
    for (name, value) in response.headers() {
        // They are of HTTP/1.1 alone (RFC 9113 section 8.2.2).
        if ![CONNECTION, TRANSFER_ENCODING, UPGRADE].contains(name) {
            hpack::encode_field(name.as_str(), value.as_bytes(), block);
        }
    }
    if !response.headers().contains_key(DATE) {
        let now = httpdate::fmt_http_date(requests.live.core().clock.wall());
        hpack::encode_field(DATE.as_str(), now.as_bytes(), block);
    }
    let has_none = is_head || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let remaining = response.body().remaining();
    if let (Some(length), false) = (remaining, has_none || response.headers().contains_key(CONTENT_LENGTH)) {
        hpack::encode_field(CONTENT_LENGTH.as_str(), length.to_string().as_bytes(), block);
    }
    has_none || remaining == Some(0)
}

/// Writes where the same is served over HTTP/3.
pub(super) fn alt_svc(requests: &Requests, block: &mut Vec<u8>) {
    if let Some(alt_svc) = &requests.alt_svc {
        hpack::encode_field(http::header::ALT_SVC.as_str(), alt_svc.as_bytes(), block);
    }
}
