//! The request that goes upstream, built from nothing.
//!
//! Its constructor takes the origin, the path and query that the origin's rule allows, and what the edge itself
//! wants: validators that the origin gave, a range of its own choice. There is no way to hand it a viewer's
//! headers, and every viewer's request for the same object gives the same bytes upstream. The one exception
//! is an unsafe method that the origin's rule passes on: its body and media type are what it is about.

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CONTENT_TYPE, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE, USER_AGENT,
};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use segment_cache::FillError;
use segment_cache::object::Validators;
use segment_cache::validators::Strong;

use crate::config::OriginUrl;
use segment_cache::range::ByteRange;

/// `CDN-Loop` (RFC 8586).
pub(crate) const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// A request to an origin.
#[derive(Clone, Debug)]
pub(crate) struct UpstreamRequest(Request<Full<Bytes>>);

/// What the edge asks an origin for: by default a whole object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    method: Method,
    held: Validators,
    range: Option<ByteRange>,
    same: Option<HeaderValue>,
    media_type: Option<HeaderValue>,
    body: Bytes,
}

impl Ask {
    /// A whole object.
    pub(crate) fn whole() -> Self {
        Self::default()
    }

    /// The head alone.
    pub(crate) fn head() -> Self {
        Self { method: Method::HEAD, ..Self::default() }
    }

    /// An unsafe method with its body.
    pub(crate) fn to_do(method: Method, media_type: Option<HeaderValue>, body: Bytes) -> Self {
        Self { method, media_type, body, ..Self::default() }
    }

    /// These bytes alone.
    #[must_use]
    pub(crate) fn range(mut self, range: ByteRange) -> Self {
        self.range = Some(range);
        self
    }

    /// The range only if the object still has this strong validator (RFC 9110 section 13.1.5).
    #[must_use]
    pub(crate) fn of_same(mut self, strong: &Strong) -> Self {
        self.same = Some(strong.if_range().clone());
        self
    }

    /// Nothing if these validators still hold: the origin's own, of what is stored.
    #[must_use]
    pub(crate) fn unless(mut self, held: &Validators) -> Self {
        self.held = held.clone();
        self
    }

    /// Whether asking twice does no more than asking once (RFC 9110 section 9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        self.method.is_idempotent()
    }
}

impl UpstreamRequest {
    /// A request for `path_and_query` at `origin`.
    ///
    /// # Errors
    /// The path is not one that can stand in a request.
    pub(crate) fn new(
        origin: &OriginUrl,
        path_and_query: &str,
        ask: &Ask,
        instance: &str,
    ) -> Result<Self, FillError> {
        let uri = Uri::builder()
            .scheme(origin.scheme())
            .authority(origin.authority().as_str())
            .path_and_query(path_and_query)
            .build()
            .map_err(|_| FillError::Invalid)?;
        let host = HeaderValue::from_str(origin.authority().as_str()).map_err(|_| FillError::Invalid)?;
        let cdn_loop = HeaderValue::from_str(instance).map_err(|_| FillError::Invalid)?;
        let mut request = Request::new(Full::new(ask.body.clone()));
        *request.uri_mut() = uri;
        *request.method_mut() = ask.method.clone();
        let headers = request.headers_mut();
        headers.insert(HOST, host);
        headers
            .insert(USER_AGENT, HeaderValue::from_static(concat!("spokecast/", env!("CARGO_PKG_VERSION"))));
        // Media is compressed already, and a manifest must be readable to be rewritten.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(CDN_LOOP, cdn_loop);
        // Both, where there are both: an origin of today looks at the tag alone (RFC 9111 section 4.3.1).
        headers.extend(ask.held.etag.clone().map(|etag| (IF_NONE_MATCH, etag)));
        headers.extend(ask.held.last_modified.clone().map(|date| (IF_MODIFIED_SINCE, date)));
        if let Some(range) = ask.range {
            headers.insert(RANGE, HeaderValue::try_from(range.to_string()).map_err(|_| FillError::Invalid)?);
            headers.extend(ask.same.clone().map(|strong| (IF_RANGE, strong)));
        }
        headers.extend(ask.media_type.clone().map(|media_type| (CONTENT_TYPE, media_type)));
        Ok(Self(request))
    }

    pub(super) fn into_http(self) -> Request<Full<Bytes>> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(ask: &Ask) -> (String, Vec<String>) {
        let origin: OriginUrl = "https://cdn.example:8443".parse().unwrap();
        let request = UpstreamRequest::new(&origin, "/a.ts?x=1", ask, "spokecast; id=1").unwrap().into_http();
        let mut fields: Vec<_> = request
            .headers()
            .iter()
            .filter(|(name, _)| *name != USER_AGENT)
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        fields.sort_unstable();
        (format!("{} {}", request.method(), request.uri()), fields)
    }

    const ALWAYS: [&str; 3] =
        ["accept-encoding: identity", "cdn-loop: spokecast; id=1", "host: cdn.example:8443"];

    #[test]
    fn it_holds_these_fields_and_no_others() {
        let (line, fields) = sent(&Ask::whole());
        assert_eq!(
            (line.as_str(), &fields[..]),
            ("GET https://cdn.example:8443/a.ts?x=1", &ALWAYS.map(String::from)[..])
        );
        let held = Validators {
            etag: Some(HeaderValue::from_static("\"a\"")),
            last_modified: Some(HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT")),
            strong: None,
        };
        let (_, fields) = sent(&Ask::whole().unless(&held));
        assert_eq!(fields[3..], ["if-modified-since: Thu, 01 Jan 2026 00:00:00 GMT", "if-none-match: \"a\""]);
    }

    #[test]
    fn a_range_is_of_the_edges_choice() {
        let same = Strong::Tag(HeaderValue::from_static("\"a\""));
        let (_, fields) = sent(&Ask::whole().range(ByteRange::FromTo(5, 9)).of_same(&same));
        assert_eq!(fields[3..], ["if-range: \"a\"", "range: bytes=5-9"]);
        assert_eq!(sent(&Ask::whole().range(ByteRange::From(7))).1[3..], ["range: bytes=7-"]);
    }
}
