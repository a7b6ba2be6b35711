//! A collector that does as it is told, and what it got.

use telemetry::report::Report;

use crate::world::collector::unpacked;
use crate::world::origin::answer;
use crate::world::{Origin, Script, Seen};

/// What came with one request.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) key: String,
    /// The body as it is without compression.
    pub(super) bytes: Vec<u8>,
}

impl Received {
    pub(super) fn of(seen: &Seen) -> Self {
        let bytes = unpacked(&seen.body);
        let key = seen.header("idempotency-key").expect("a key").to_owned();
        Self { key, bytes }
    }

    pub(super) fn report(&self) -> Report {
        Report::parse(&self.bytes).expect("a report")
    }
}

/// All that came so far.
pub(super) fn received(collector: &Origin) -> Vec<Received> {
    collector.seen().iter().map(Received::of).collect()
}

/// Where it takes reports.
pub(super) fn url(collector: &Origin) -> String {
    format!("http://{}/v1/reports", collector.address())
}

/// An answer without a word more.
pub(super) fn status(status: &str) -> Script {
    answer(status, "", &[])
}

/// A collector that answers each time with what `script` gives for the how-manieth request from 0 it is.
pub(super) async fn in_turn(script: impl Fn(usize) -> Script + Send + Sync + 'static) -> Origin {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Origin::start(move |_| script(count.fetch_add(1, std::sync::atomic::Ordering::Relaxed))).await
}

/// A collector that takes everything.
pub(super) async fn willing() -> Origin {
    Origin::start(|_| status("201 Created")).await
}
