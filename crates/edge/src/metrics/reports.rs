//! What becomes of reports.

use std::time::SystemTime;

use prometheus::{IntCounter, IntGauge};
use telemetry::delivery::Verdict;

use super::{Register, signed};

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportEvent {
    /// The collector has it.
    Delivered,
    /// The collector will never take it.
    SetAside,
    /// There was no room for it.
    Dropped,
    /// It was not what had been written.
    Damaged,
}

/// Counters of reports.
#[derive(Debug)]
pub(crate) struct ReportMetrics {
    reports: [IntCounter; 4],
    attempts: [IntCounter; 5],
    waiting: IntGauge,
    waiting_bytes: IntGauge,
    oldest: IntGauge,
    audit_errors: IntCounter,
}

/// In the order of [`ReportEvent`].
const EVENTS: [&str; 4] = ["delivered", "set-aside", "dropped", "damaged"];

const ATTEMPTS: [&str; 5] = ["delivered", "too-large", "set-aside", "misdirected", "later"];

impl ReportMetrics {
    pub(super) fn new(register: &Register<'_>) -> Self {
        let reports =
            register.counters("spokecast_reports_total", "Reports, by what became of them.", &["result"]);
        let attempts = register.counters(
            "spokecast_report_attempts_total",
            "Times that a report was sent, by what came of it.",
            &["result"],
        );
        Self {
            reports: EVENTS.map(|result| reports.with_label_values(&[result])),
            attempts: ATTEMPTS.map(|result| attempts.with_label_values(&[result])),
            waiting: register.gauge("spokecast_reports_waiting", "Reports that wait to be delivered."),
            waiting_bytes: register
                .gauge("spokecast_reports_waiting_bytes", "Bytes of reports that wait to be delivered."),
            oldest: register.gauge(
                "spokecast_report_oldest_timestamp_seconds",
                "Begin of the oldest window of which a report waits, in Unix time; 0 when none waits.",
            ),
            audit_errors: register.counter(
                "spokecast_audit_errors_total",
                "Entries that could not be written into the record of what was sent; nothing is sent without one.",
            ),
        }
    }

    /// Counts reports.
    pub(crate) fn count(&self, event: ReportEvent, reports: u64) {
        self.reports[event as usize].inc_by(reports);
    }

    /// How many reports that became of.
    pub(crate) fn counted(&self, event: ReportEvent) -> u64 {
        self.reports[event as usize].get()
    }

    /// Counts a report that was sent.
    pub(crate) fn count_attempt(&self, verdict: Verdict) {
        let index = match verdict {
            Verdict::Delivered => 0,
            Verdict::TooLarge => 1,
            Verdict::SetAside => 2,
            Verdict::Misdirected => 3,
            Verdict::Later(_) => 4,
        };
        self.attempts[index].inc();
    }

    /// Counts an entry that could not be written.
    pub(crate) fn count_audit_error(&self) {
        self.audit_errors.inc();
    }

    /// How many reports wait, and how many bytes they take.
    pub(crate) fn waiting(&self) -> (u64, u64) {
        [&self.waiting, &self.waiting_bytes]
            .map(|gauge| u64::try_from(gauge.get()).unwrap_or_default())
            .into()
    }

    /// Notes what waits, and since when the oldest of it.
    pub(crate) fn set_waiting(&self, reports: usize, bytes: u64, oldest: Option<SystemTime>) {
        self.waiting.set(signed(reports as u64));
        self.waiting_bytes.set(signed(bytes));
        let since = oldest.and_then(|begin| begin.duration_since(SystemTime::UNIX_EPOCH).ok());
        self.oldest.set(signed(since.unwrap_or_default().as_secs()));
    }
}
