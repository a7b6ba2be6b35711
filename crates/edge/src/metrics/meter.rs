//! Measures one response while it is sent.

use std::time::Instant;

use media::url::Kind;
use prometheus::{Histogram, IntCounter};

use super::{Metrics, Outcome};
use crate::clock::Clock;

/// Counts the bytes of one response and the time to its first one.
#[derive(Debug)]
pub(crate) struct Meter {
    sent: IntCounter,
    waiting: Option<(Histogram, Clock, Instant)>,
}

impl Meter {
    /// Counts the request, and from now on its response; `received` is when the request's head was there.
    pub(crate) fn start(
        metrics: &Metrics,
        clock: &Clock,
        outcome: Outcome,
        kind: Kind,
        received: Instant,
    ) -> Self {
        let index = outcome.index();
        metrics.count_request(outcome, kind);
        let waiting = Some((metrics.first_byte[index].clone(), clock.clone(), received));
        Self { sent: metrics.sent[index].clone(), waiting }
    }

    /// Counts bytes that are on their way to the viewer.
    pub(crate) fn sent(&mut self, bytes: u64) {
        if let Some((histogram, clock, received)) = self.waiting.take() {
            histogram.observe(clock.now().saturating_duration_since(received).as_secs_f64());
        }
        self.sent.inc_by(bytes);
    }
}
