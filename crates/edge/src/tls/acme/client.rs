//! The way to the authority: HTTPS alone, with bounds on time and size, and a name of our own.
//!
//! What the library makes of an answer leaves out when the authority wants to be asked again, and which status an answer
//! had that is no problem document: both are kept here.

use std::error::Error;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use instant_acme::{BodyWrapper, BytesResponse, HttpClient};

use crate::clock::Clock;
use crate::upstream::{self, StartError};

/// Time for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for a request from beginning to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// Larger answers are none: a directory, an order or a chain of certificates has a few KiB.
const LARGEST: usize = 1 << 20;
/// Connections that wait for the next request are closed after this time.
const IDLE: Duration = Duration::from_secs(30);

/// Asks the authority.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, BodyWrapper<Bytes>>,
    clock: Clock,
    last: Arc<Mutex<Last>>,
}

/// What the last answer said beside its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Last {
    /// The status, where that tells of an error.
    pub(super) error: Option<StatusCode>,
    /// How long not to ask.
    pub(super) retry_after: Option<Duration>,
}

/// There is no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("{}", chain(.0))]
    Http(legacy::Error),
    #[error("no answer within {PATIENCE:?}")]
    TooLong,
    #[error("the answer breaks off, or is larger than {LARGEST} bytes")]
    Body,
}

impl Client {
    /// Ready to ask.
    ///
    /// # Errors
    /// The file of certificate authorities cannot be used, or the system has none.
    pub(super) fn new(ca_file: Option<&Path>, clock: &Clock) -> Result<Self, StartError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(upstream::tls("tls.acme", ca_file, true)?)
            .https_only()
            .enable_http1()
            .enable_http2()
            .wrap_connector(tcp);
        let http = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(1)
            .build(connector);
        Ok(Self { http, clock: clock.clone(), last: Arc::default() })
    }

    /// What the last answer said.
    pub(super) fn last(&self) -> Last {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(self, mut request: Request<BodyWrapper<Bytes>>) -> Result<Response<Bytes>, Unanswered> {
        let name = HeaderValue::from_static(concat!("spokecast/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(USER_AGENT, name);
        self.note(Last::default());
        let answered = tokio::time::timeout(PATIENCE, async {
            let (head, body) = self.http.request(request).await.map_err(Unanswered::Http)?.into_parts();
            self.note(Last::of(head.status, &head.headers, self.clock.wall()));
            let body: Limited<Incoming> = Limited::new(body, LARGEST);
            let body = body.collect().await.map_err(|_| Unanswered::Body)?.to_bytes();
            Ok(Response::from_parts(head, body))
        });
        answered.await.unwrap_or(Err(Unanswered::TooLong))
    }

    fn note(&self, last: Last) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }
}

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let asking = self.clone().ask(request);
        Box::pin(async move {
            let (parts, body) =
                asking.await.map_err(|error| instant_acme::Error::Other(Box::new(error)))?.into_parts();
            Ok(BytesResponse { parts, body: Box::new(body) })
        })
    }
}

impl Last {
    fn of(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Self {
        let is_error = status.is_client_error() || status.is_server_error();
        let asked = headers.get(RETRY_AFTER).filter(|_| is_error).and_then(|value| value.to_str().ok());
        Self {
            error: is_error.then_some(status),
            retry_after: asked.and_then(|asked| retry_after(asked.trim(), now)),
        }
    }
}

/// Seconds, or a date (RFC 9110 section 10.2.3).
fn retry_after(asked: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(asked).ok()?.duration_since(now).ok()
}

/// An error with all that caused it: alone it says little.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_error_says_when_to_ask_again() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let last = |status, asked: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(asked).unwrap())]);
            Last::of(status, &headers, now)
        };
        let after = |asked| last(StatusCode::TOO_MANY_REQUESTS, asked).retry_after;
        assert_eq!(after("120"), Some(Duration::from_mins(2)));
        assert_eq!(after("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_mins(1)));
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), None);
        assert_eq!(after("soon"), None);
        assert_eq!(after("-1"), None);
        assert_eq!(last(StatusCode::OK, "120"), Last::default());
        let unavailable = last(StatusCode::SERVICE_UNAVAILABLE, "x");
        assert_eq!(unavailable.error, Some(StatusCode::SERVICE_UNAVAILABLE));
    }
}
