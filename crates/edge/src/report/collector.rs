//! A collector as the place where reports go: one request each, over a connection of its own.
//!
//! The request is built from nothing: a report, its key, and what the configuration says. The head of the answer says
//! what became of the report; its body is read up to [`MOST_OF_BODY`] and dropped, so that a collector that writes it
//! is not cut off. Time bounds the whole exchange.
//!
//! Deliberately absent: redirects, cookies, proxies, HTTP/2 (there is one request at a time, and what was written
//! down before it left is its head to the letter), connections that are kept (a site reports every quarter of an hour).

use std::error::Error as _;
use std::io::Write as _;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT,
};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use telemetry::delivery::Verdict;
use telemetry::spool::Key;

use super::outlet::{Outcome, OutletError};
use super::token;
use crate::clock::Clock;
use crate::config;
use crate::upstream;

/// What collectors know a report by.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// So much of an answer's body is read.
const MOST_OF_BODY: usize = 64 << 10;
/// An answer's head may take this much, in bytes and in fields.
const MAX_HEAD: usize = 64 << 10;
const MAX_FIELDS: usize = 128;

/// Where reports are posted to.
#[derive(Debug)]
pub(super) struct Collector {
    uri: Uri,
    host: HeaderValue,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Collector {
    /// Ready to send to `uri`.
    ///
    /// # Errors
    /// The token or the certificate authorities cannot be used.
    pub(super) fn new(uri: &Uri, upstream: &config::Upstream) -> Result<Self, OutletError> {
        let is_https = uri.scheme_str() == Some("https");
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls = upstream::tls("telemetry.upstream", upstream.ca_file.as_deref(), is_https)?;
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls);
        let connector = if is_https { connector.https_only() } else { connector.https_or_http() };
        let http = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_max_idle_per_host(0)
            .retry_canceled_requests(false)
            .http1_max_headers(MAX_FIELDS)
            .http1_max_buf_size(MAX_HEAD)
            .build(connector.enable_http1().wrap_connector(tcp));
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        Ok(Self {
            host: HeaderValue::from_str(authority).map_err(|_| OutletError::Host)?,
            authorization: upstream.token_file.as_deref().map(token::authorization).transpose()?,
            uri: uri.clone(),
            timeout: upstream.timeout.get(),
            http,
        })
    }

    /// Where that is.
    pub(super) fn to(&self) -> String {
        self.uri.to_string()
    }

    /// Whether both send the same to the same place.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (&self.uri, &self.authorization) == (&other.uri, &other.authorization)
    }

    /// The request that brings a report there.
    pub(super) fn request(&self, key: Key, report: &[u8]) -> Request<Full<Bytes>> {
        let body = compressed(report);
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(USER_AGENT, HeaderValue::from_static("spokecast"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        let key = HeaderValue::from_str(&key.to_string());
        headers.extend(key.ok().map(|key| (IDEMPOTENCY_KEY, key)));
        headers.extend(self.authorization.clone().map(|value| (AUTHORIZATION, value)));
        request
    }

    /// Sends it, and says what became of it.
    pub(super) async fn send(&self, request: Request<Full<Bytes>>, clock: &Clock) -> Outcome {
        let mut over = pin!(tokio::time::sleep(self.timeout));
        let answer = tokio::select! {
            answer = self.http.request(request) => answer,
            () = &mut over => return Outcome::failed("no answer in time"),
        };
        match answer {
            Ok(answer) => {
                let outcome = judged(&answer, clock);
                tokio::select! {
                    () = drop_body(answer.into_body()) => {}
                    () = &mut over => {}
                }
                outcome
            }
            Err(error) => {
                tracing::debug!(error = error.source(), "the collector did not answer");
                Outcome::failed(if error.is_connect() { "no connection" } else { "no answer of HTTP" })
            }
        }
    }
}

/// The fields of a request in the order in which they leave; secrets are left out.
pub(super) fn fields(request: &Request<Full<Bytes>>) -> Vec<(&str, &str)> {
    let fields = request.headers().iter();
    fields
        .map(|(name, value)| {
            let value = if value.is_sensitive() { None } else { value.to_str().ok() };
            (name.as_str(), value.unwrap_or("(secret)"))
        })
        .collect()
}

fn judged(answer: &Response<Incoming>, clock: &Clock) -> Outcome {
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let verdict = Verdict::of_answer(status, retry_after, clock.wall());
    Outcome { verdict, said: status.to_string() }
}

/// Always the same for the same report: without a time, a name or the system's.
fn compressed(report: &[u8]) -> Bytes {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    // Writing into memory cannot fail.
    let _infallible = gzip.write_all(report);
    gzip.finish().unwrap_or_default().into()
}

async fn drop_body(mut body: Incoming) {
    let mut left = MOST_OF_BODY;
    while left > 0 {
        let Some(Ok(frame)) = body.frame().await else { return };
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
    }
}
