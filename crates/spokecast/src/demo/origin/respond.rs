//! A request's way to its response: method, target, conditions, range, body.

use std::{fmt, io, sync::Arc};

use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{
        ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CACHE_CONTROL,
        CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LAST_MODIFIED, RANGE,
    },
};

use super::{
    body::{self, Body},
    conditional,
    pace::Pacer,
    range::{self, Extent},
    representation::{Content, Representation},
    requests::Requests,
    route::route,
};

/// How long an absence may be kept: a live segment that is not out yet will be soon.
const ABSENT: &str = "max-age=1";

/// Answers requests.
pub(super) struct Responder {
    pub(super) content: Content,
    pub(super) requests: Arc<Requests>,
    pub(super) pacer: Pacer,
}

impl Responder {
    /// Counts the request, lets the way there and back pass, and answers.
    pub(super) async fn respond(&self, request: &Request<Incoming>) -> Response<Body> {
        let path = request.uri().path();
        self.requests.count(path);
        self.pacer.travel().await;
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return field(bare(StatusCode::METHOD_NOT_ALLOWED), ALLOW, "GET, HEAD");
        }
        let found = match route(path) {
            Some(target) => self.content.find(target).await,
            None => Ok(None),
        };
        let response = match found {
            Ok(Some(representation)) => self.represent(request, representation).await,
            Ok(None) => Ok(field(bare(StatusCode::NOT_FOUND), CACHE_CONTROL, ABSENT)),
            Err(error) => Err(error),
        };
        let response = response.unwrap_or_else(|_| bare(StatusCode::INTERNAL_SERVER_ERROR));
        // Players that are sent here by an edge come from its pages.
        let response = field(response, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        field(response, ACCESS_CONTROL_EXPOSE_HEADERS, "Age, Date, Content-Length, Content-Range")
    }

    async fn represent(
        &self,
        request: &Request<Incoming>,
        representation: Representation,
    ) -> io::Result<Response<Body>> {
        let Representation { source, length, etag, modified, content_type, cache_control } = representation;
        let headers = request.headers();
        let described = |response| {
            let response = field(response, ETAG, &etag);
            let response = field(response, LAST_MODIFIED, httpdate::fmt_http_date(modified));
            field(response, CACHE_CONTROL, cache_control)
        };
        if conditional::is_current(headers, &etag, modified) {
            return Ok(described(bare(StatusCode::NOT_MODIFIED)));
        }
        let asked = headers.get(RANGE).and_then(|field| field.to_str().ok());
        // A range means something for GET alone, RFC 9110 §14.2.
        let asked = asked.filter(|_| {
            request.method() == Method::GET && conditional::range_applies(headers, &etag, modified)
        });
        let (mut response, start, sent) =
            match asked.map_or(Extent::Whole, |asked| range::extent(asked, length)) {
                Extent::Whole => (bare(StatusCode::OK), 0, length),
                Extent::Part { start, length: sent } => {
                    let range = format!("bytes {start}-{}/{length}", start + sent - 1);
                    (field(bare(StatusCode::PARTIAL_CONTENT), CONTENT_RANGE, range), start, sent)
                }
                Extent::Unsatisfiable => {
                    let response = bare(StatusCode::RANGE_NOT_SATISFIABLE);
                    return Ok(field(response, CONTENT_RANGE, format!("bytes */{length}")));
                }
            };
        if request.method() == Method::GET {
            *response.body_mut() = body::body(source, start, sent, self.pacer.clone()).await?;
        }
        let response = field(described(response), CONTENT_TYPE, content_type);
        let response = field(response, ACCEPT_RANGES, "bytes");
        Ok(field(response, CONTENT_LENGTH, sent))
    }
}

fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(body::empty());
    *response.status_mut() = status;
    response
}

/// Sets a field of text that was made here, which is always a valid value.
fn field(mut response: Response<Body>, name: HeaderName, value: impl fmt::Display) -> Response<Body> {
    if let Ok(value) = HeaderValue::try_from(value.to_string()) {
        response.headers_mut().insert(name, value);
    }
    response
}
