//! A collector with a clock moved by hand, and senders of reports.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use collector::{Clock, Collector, Limits, Options};
use edge::clock::Hand;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::viewer::Response;
use super::{Viewer, loopback, within};

/// A collector over a file in a folder of its own.
pub(crate) struct Collecting {
    pub(crate) collector: Collector,
    pub(crate) folder: TempDir,
    pub(crate) hand: Hand,
}

/// The edge's clock, for a collector.
#[derive(Debug)]
pub(crate) struct ByHand(pub(crate) edge::Clock);

impl Clock for ByHand {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }
}

impl Collecting {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With a change to its options.
    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = options(&folder);
        change(&mut options);
        let (clock, hand) = edge::Clock::by_hand();
        let collector = Collector::start(options, Arc::new(ByHand(clock))).await.expect("it starts");
        Self { collector, folder, hand }
    }

    pub(crate) fn sender(&self) -> Sender {
        Sender::of(self.collector.address())
    }

    pub(crate) fn viewer(&self) -> Viewer {
        Viewer::of(self.collector.address())
    }

    /// Sums, as `query` asks for them.
    pub(crate) async fn counts(&self, query: &str) -> Value {
        self.viewer().get(&format!("/v1/counts?{query}")).await.json()
    }

    /// What all entries have together.
    pub(crate) async fn total(&self) -> u64 {
        total(&self.counts("").await)
    }
}

/// What a collector is told for tests.
pub(crate) fn options(folder: &TempDir) -> Options {
    Options {
        database: folder.path().join("reports.sqlite"),
        listen: loopback(),
        tls: None,
        token: None,
        retention: Duration::from_hours(400 * 24),
        limits: Limits::default(),
    }
}

pub(crate) fn total(counts: &Value) -> u64 {
    assert_eq!(counts["next"], Value::Null);
    let counts = counts["counts"].as_array().expect("a list");
    counts.iter().map(|count| count["count"].as_u64().expect("a number")).sum()
}

/// An edge that sends.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    address: SocketAddr,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl Sender {
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self { address, http: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends a report as edges do.
    pub(crate) async fn send(&self, key: &str, report: &str) -> Response {
        let fields =
            [("content-type", "application/json"), ("content-encoding", "gzip"), ("idempotency-key", key)];
        self.post(&fields, gzip(report.as_bytes())).await
    }

    /// Sends until it is stored, or known.
    pub(crate) async fn deliver(&self, key: &str, report: &str) -> StatusCode {
        loop {
            let answer = self.send(key, report).await;
            if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                return answer.status;
            }
            assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
        }
    }

    /// Sends anything.
    pub(crate) async fn post(&self, fields: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
        let mut request = Request::post(format!("http://{}/v1/reports", self.address));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let answer = self.http.request(request.body(Full::new(body.into())).expect("a request"));
        Response::read(within("an answer", answer).await.expect("an answer")).await
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("into memory");
    encoder.finish().expect("into memory")
}

/// A report's key.
pub(crate) fn key(number: usize) -> String {
    format!("{number:032x}")
}

/// A report of so many segments of one entry, each asked for so often.
pub(crate) fn report(segments: u64, count: u64) -> String {
    let cells: Vec<String> = (0..segments)
        .map(|number| format!(r#"{{"entry_id":"1_abcd1234","segment_number":{number},"count":{count}}}"#))
        .collect();
    let head = r#"{"v":1,"site_id":"munich","bucket":"2026-11-21T10:15Z","width_s":900,"cells":["#;
    format!("{head}{}]}}", cells.join(","))
}

/// What a refusal says.
pub(crate) fn error(answer: &Response) -> String {
    let body = answer.json();
    assert_eq!(body, json!({ "error": body["error"] }), "and no more");
    body["error"].as_str().expect("words").to_owned()
}
