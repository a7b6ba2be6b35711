//! Totals of what is counted for reports: without entries, for any dashboard.

use std::sync::{Mutex, PoisonError};

use ::telemetry::recorder::Totals;
use prometheus::{IntCounter, IntCounterVec, IntGauge};

use super::{Register, signed};

/// What became of events.
const RESULTS: [&str; 4] = ["recorded", "dropped", "unrecognised", "beyond-max-cells"];

/// Totals of the recorder.
#[derive(Debug)]
pub(crate) struct Telemetry {
    events: [IntCounter; RESULTS.len()],
    cells: IntGauge,
    /// One at a time brings the totals up.
    noting: Mutex<()>,
}

impl Telemetry {
    pub(super) fn new(register: &Register<'_>) -> Self {
        let events: IntCounterVec = register.counters(
            "spokecast_telemetry_events_total",
            "Answers with media that were to be counted.",
            &["result"],
        );
        Self {
            events: RESULTS.map(|result| events.with_label_values(&[result])),
            cells: register.gauge(
                "spokecast_telemetry_cells",
                "Segments and entries that the running window tells apart.",
            ),
            noting: Mutex::default(),
        }
    }

    /// Brings the totals up to these, and says how many `cells` the running window has.
    pub(crate) fn note(&self, totals: Totals, cells: usize) {
        let _alone = self.noting.lock().unwrap_or_else(PoisonError::into_inner);
        let Totals { recorded, dropped, unrecognised, no_room, beyond_max_cells } = totals;
        let values = [recorded, dropped + no_room, unrecognised, beyond_max_cells];
        for (counter, value) in self.events.iter().zip(values) {
            counter.inc_by(value.saturating_sub(counter.get()));
        }
        self.cells.set(signed(cells as u64));
    }
}
