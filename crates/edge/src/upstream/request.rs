//! The request that goes upstream, built from nothing.
//!
//! Its constructor takes the origin, the path and query that the origin's rule allows, and validators that
//! the origin itself gave. There is no way to hand it a viewer's headers, and every viewer's request for
//! the same object gives the same bytes upstream.

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT};
use http::{HeaderName, HeaderValue, Request, Uri};
use http_body_util::Empty;
use segment_cache::FillError;
use segment_cache::object::Validators;

use crate::config::OriginUrl;

/// `CDN-Loop` (RFC 8586).
pub(crate) const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// A GET to an origin.
#[derive(Debug)]
pub(crate) struct UpstreamRequest(Request<Empty<Bytes>>);

/// What the edge holds already, so that 304 can answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition(Validators);

impl Condition {
    /// Holds nothing: the answer must be whole.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Holds an object with these validators of the origin.
    pub(crate) fn unless(validators: &Validators) -> Self {
        Self(validators.clone())
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
        condition: &Condition,
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
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(HOST, host);
        headers
            .insert(USER_AGENT, HeaderValue::from_static(concat!("spokecast/", env!("CARGO_PKG_VERSION"))));
        // Media is compressed already, and a manifest must be readable to be rewritten.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(CDN_LOOP, cdn_loop);
        if let Some(etag) = &condition.0.etag {
            headers.insert(IF_NONE_MATCH, etag.clone());
        } else if let Some(modified) = &condition.0.last_modified {
            headers.insert(IF_MODIFIED_SINCE, modified.clone());
        }
        Ok(Self(request))
    }

    pub(super) fn into_http(self) -> Request<Empty<Bytes>> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_these_fields_and_no_others() {
        let origin: OriginUrl = "https://cdn.example:8443".parse().unwrap();
        let validators = Validators { etag: Some(HeaderValue::from_static("\"a\"")), last_modified: None };
        let request =
            UpstreamRequest::new(&origin, "/a.ts?x=1", &Condition::unless(&validators), "spokecast; id=1");
        let request = request.unwrap().into_http();
        assert_eq!(request.uri(), "https://cdn.example:8443/a.ts?x=1");
        let mut names: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept-encoding", "cdn-loop", "host", "if-none-match", "user-agent"]);
    }
}
