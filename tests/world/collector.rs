//! A collector that takes every report and looks at what came.

use std::io::Read as _;

use super::origin::{Origin, Seen, answer};

/// The collector. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Collector(Origin);

/// A report as it came.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    /// The whole head of the request.
    pub(crate) head: String,
    /// The body as it was on the wire.
    pub(crate) packed: Vec<u8>,
    /// The report.
    pub(crate) report: Vec<u8>,
}

impl Collector {
    /// One on loopback that stores whatever comes.
    pub(crate) async fn start() -> Self {
        Self(Origin::start(Self::stored).await)
    }

    fn stored(_: &Seen) -> super::Script {
        answer("201 Created", "", &[])
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.0.address()
    }

    /// Where reports are posted.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/reports", self.0.address())
    }

    /// What came so far, in order.
    pub(crate) fn delivered(&self) -> Vec<Delivered> {
        self.0.seen().into_iter().map(Delivered::of).collect()
    }

    /// Waits until so many reports have come.
    pub(crate) async fn wait_for(&self, count: usize) {
        self.0.wait_for(count).await;
    }
}

impl Delivered {
    fn of(seen: Seen) -> Self {
        let report = match seen.header("content-encoding") {
            Some("gzip") => unpacked(&seen.body),
            _ => seen.body.clone(),
        };
        Self { head: seen.head, packed: seen.body, report }
    }

    /// The head without the key of the report, which is drawn at random, and without the collector's own port.
    pub(crate) fn head_without_key(&self) -> String {
        let is_one_of_a_kind = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default();
            ["idempotency-key", "host"].iter().any(|known| name.eq_ignore_ascii_case(known))
        };
        self.head.lines().filter(|line| !is_one_of_a_kind(line)).collect::<Vec<_>>().join("\n")
    }
}

/// What a gzip file holds.
pub(crate) fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut report = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut report).expect("gzip");
    report
}
