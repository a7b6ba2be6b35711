//! Heads of HTTP/2: from compressed fields to a request, and from an answer to compressed fields.

use std::cell::RefCell;

use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, InvalidHeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_framing::fields::Fields;
use http_framing::hpack;
use http_framing::priority::Priority;
use http_framing::request::RequestHead;

use super::super::connection::Requests;
use super::super::quick::{Field, Plain};
use crate::asker::Asker;
use crate::body::Body;
use crate::config::Proxies;

/// Manifests go before segments (RFC 9218 section 4.1): a player waits for them to know what to ask for.
pub(super) const URGENCY_OF_MANIFESTS: u8 = 1;

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

/// The body's length that the request announces; `Err` when it says two things.
pub(super) fn announced(request: &RequestHead<'_>) -> Result<Option<u64>, ()> {
    let mut announced = None;
    for (name, value) in request.fields() {
        if name == CONTENT_LENGTH.as_str() {
            let digits =
                std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            let length = digits.and_then(|digits| digits.parse().ok()).ok_or(())?;
            if announced.replace(length).is_some_and(|before| before != length) {
                return Err(());
            }
        }
    }
    Ok(announced)
}

/// What the viewer says of how urgent it is.
pub(super) fn priority(request: &RequestHead<'_>) -> Option<Priority> {
    request.fields().find(|(name, _)| *name == "priority").map(|(_, value)| Priority::parse(value))
}

/// The request, where it is plain.
pub(super) fn plain<'f>(request: &RequestHead<'f>, fields: &'f Fields) -> Option<Plain<'f>> {
    if request.method != "GET" || !request.path.starts_with('/') || request.authority.is_empty() {
        return None;
    }
    let mut selects = HeaderMap::new();
    for (name, value) in request.fields() {
        match Field::named(name.as_bytes()) {
            Field::Selects(name) => {
                selects.append(name.clone(), HeaderValue::from_bytes(value).ok()?);
            }
            Field::Matters => return None,
            Field::Other => {}
        }
    }
    let length = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    Some(Plain { target: request.path, host: request.authority.as_bytes(), selects, length })
}

/// What a trusted proxy says of who asks.
pub(super) fn said_of_asker(request: &RequestHead<'_>, proxies: &Proxies) -> HeaderMap {
    let mut said = HeaderMap::new();
    for (name, value) in request.fields() {
        let known = Asker::fields(proxies).find(|known| known.as_str() == name);
        if let (Some(name), Ok(value)) = (known, HeaderValue::from_bytes(value)) {
            said.append(name, value);
        }
    }
    said
}

/// The request as the long way takes it.
pub(super) fn request<B>(
    head: &RequestHead<'_>,
    version: Version,
    body: B,
) -> Result<Request<B>, http::Error> {
    let mut uri = Uri::builder().path_and_query(head.path);
    if !head.authority.is_empty() {
        uri = uri.scheme(head.scheme).authority(head.authority);
    }
    let mut request = Request::new(body);
    *request.method_mut() = Method::from_bytes(head.method.as_bytes())?;
    *request.uri_mut() = uri.build()?;
    *request.version_mut() = version;
    for (name, value) in head.fields() {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        let value = HeaderValue::from_bytes(value).map_err(|error: InvalidHeaderValue| error)?;
        request.headers_mut().append(name, value);
    }
    Ok(request)
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

/// Writes how old a stored answer is.
pub(super) fn age(seconds: u64, block: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = seconds;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    hpack::encode_field("age", &digits[at..], block);
}

/// Writes where the same is served over HTTP/3.
pub(super) fn alt_svc(requests: &Requests, block: &mut Vec<u8>) {
    if let Some(alt_svc) = &requests.alt_svc {
        hpack::encode_field(http::header::ALT_SVC.as_str(), alt_svc.as_bytes(), block);
    }
}

/// Writes the answer to a head that is too large.
pub(super) fn too_large(requests: &Requests, block: &mut Vec<u8>) {
    hpack::encode_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.as_u16(), block);
    hpack::encode_field("cache-control", b"no-store", block);
    hpack::encode_field(CONTENT_LENGTH.as_str(), b"0", block);
    let now = httpdate::fmt_http_date(requests.live.core().clock.wall());
    hpack::encode_field(DATE.as_str(), now.as_bytes(), block);
}

/// Whether it is a playlist or an MPD.
pub(super) fn is_manifest(response: &Response<Body>) -> bool {
    const TYPES: [&str; 4] =
        ["application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "application/dash+xml"];
    let media_type = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    TYPES.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(essence))
}
