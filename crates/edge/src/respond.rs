//! From a head and a body to the response that a viewer gets: conditions, range, age.

use std::sync::Arc;
use std::time::Duration;

use http::header::{
    AGE, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
    RETRY_AFTER,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use segment_cache::range::ByteRange;
use segment_cache::{Follower, Head, Object, conditional};

use crate::body::Body;
use crate::headers;
use crate::refusal::Refusal;
use crate::sliced::Sliced;

/// Where the bytes of a body are.
#[derive(Debug)]
pub(crate) enum Whole {
    /// Stored.
    Stored(Arc<Object>),
    /// On their way.
    Growing(Follower),
    /// Kept in slices.
    Sliced(Box<Sliced>),
}

/// What a request's conditions and range select of what there is (RFC 9110 section 13.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selected {
    /// All of it.
    Whole,
    /// Nothing: the client holds it already.
    NotModified,
    /// Bytes `start` to `end` (excluded) of the `of` bytes that there are.
    Part {
        /// The first byte.
        start: u64,
        /// Behind the last.
        end: u64,
        /// How many there are in all.
        of: u64,
    },
}

impl Selected {
    /// What a request with this `method` and these `fields` selects of the answer with this `head`, whose body
    /// is `length` bytes long, if that is known.
    ///
    /// # Errors
    /// 416 when the range lies outside the body.
    pub(crate) fn by(
        method: &Method,
        fields: &HeaderMap,
        head: &Head,
        length: Option<u64>,
    ) -> Result<Self, Refusal> {
        if head.status == StatusCode::OK && conditional::is_not_modified(fields, &head.headers) {
            return Ok(Self::NotModified);
        }
        match (wanted_range(method, fields, head), length) {
            (Some(range), Some(of)) => {
                let (start, end) = range.within(of).map_err(|_| Refusal::Range(of))?;
                Ok(Self::Part { start, end, of })
            }
            // A length that nobody knows yet has no last byte to state: the whole is always a right answer.
            _ => Ok(Self::Whole),
        }
    }
}

/// Answers a GET or HEAD with `head` and `whole`, whose length is known or not; `age` is stated when the
/// answer was not made for this request (RFC 9111 section 5.1).
///
/// # Errors
/// 416 when the range lies outside the body.
pub(crate) fn respond(
    request: &Parts,
    head: &Head,
    age: Option<Duration>,
    whole: Whole,
) -> Result<Response<Body>, Refusal> {
    let length = match &whole {
        Whole::Stored(object) => Some(object.length()),
        Whole::Growing(_) | Whole::Sliced(_) => head.length,
    };
    let mut headers = head.headers.clone();
    if let Some(age) = age {
        headers.insert(AGE, HeaderValue::from(age.as_secs()));
    }
    let mut response = Response::new(Body::empty());
    let (status, start, end) = match Selected::by(&request.method, &request.headers, head, length)? {
        Selected::NotModified => {
            headers.remove(CONTENT_TYPE);
            headers.remove(CONTENT_ENCODING);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = headers;
            return Ok(response);
        }
        Selected::Part { start, end, of } => {
            headers.insert(CONTENT_RANGE, content_range(&format!("bytes {start}-{}/{of}", end - 1)));
            (StatusCode::PARTIAL_CONTENT, start, Some(end))
        }
        Selected::Whole => (head.status, 0, length),
    };
    *response.status_mut() = status;
    if request.method == Method::HEAD {
        if let Some(end) = end {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(end - start));
        }
    } else {
        *response.body_mut() = match whole {
            Whole::Stored(object) => Body::stored(object, start, end.unwrap_or_default()),
            Whole::Growing(follower) => Body::growing(follower, start, end),
            Whole::Sliced(sliced) => Body::sliced(sliced, start, end.unwrap_or_default()),
        };
    }
    *response.headers_mut() = headers;
    Ok(response)
}

/// Answers with an error: a short reason, stored nowhere.
pub(crate) fn refuse(method: &Method, refusal: Refusal, allow_origin: &HeaderValue) -> Response<Body> {
    let text = format!("{} {}\n", refusal.status().as_u16(), refusal.reason());
    let mut response = Response::new(Body::empty());
    *response.status_mut() = refusal.status();
    let headers = response.headers_mut();
    headers::allow_scripts(headers, allow_origin);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    match refusal {
        Refusal::Method => {
            headers.insert(ALLOW, HeaderValue::from_static(headers::METHODS));
        }
        Refusal::Range(length) => {
            headers.insert(CONTENT_RANGE, content_range(&format!("bytes */{length}")));
        }
        _ => {}
    }
    if refusal.is_temporary() {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if *method == Method::HEAD {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    } else {
        *response.body_mut() = Body::fixed(text);
    }
    response
}

/// The range that a request asks for, if it is a GET for one range of bytes (RFC 9110 section 14.2).
pub(crate) fn asked_range(method: &Method, fields: &HeaderMap) -> Option<ByteRange> {
    let mut ranges = fields.get_all(RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else {
        return None;
    };
    if *method == Method::GET { ByteRange::parse(range.as_bytes()) } else { None }
}

/// The range of an object with this `head` that a request is to be answered with.
pub(crate) fn wanted_range(method: &Method, fields: &HeaderMap, head: &Head) -> Option<ByteRange> {
    asked_range(method, fields)
        .filter(|_| head.status == StatusCode::OK && conditional::range_applies(fields, &head.headers))
}

fn content_range(text: &str) -> HeaderValue {
    // Digits, spaces and slashes alone.
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("bytes */*"))
}
