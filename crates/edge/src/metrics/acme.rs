//! What becomes of the certificate that the edge gets itself.

use std::time::SystemTime;

use prometheus::{IntCounter, IntGauge};

use super::{Register, signed};

/// Counters of tries to get a certificate.
#[derive(Debug)]
pub(crate) struct AcmeMetrics {
    /// Those that got one, and those that did not.
    renewals: [IntCounter; 2],
    next_try: IntGauge,
}

impl AcmeMetrics {
    pub(super) fn new(register: &Register<'_>) -> Self {
        let renewals = register.counters(
            "spokecast_acme_renewals_total",
            "Tries to get a certificate by ACME, by what came of them.",
            &["result"],
        );
        Self {
            renewals: ["ok", "failed"].map(|result| renewals.with_label_values(&[result])),
            next_try: register.gauge(
                "spokecast_acme_next_try_timestamp_seconds",
                "When a certificate is got next by ACME, in Unix time; 0 without ACME.",
            ),
        }
    }

    /// Counts a try.
    pub(crate) fn count(&self, is_success: bool) {
        self.renewals[usize::from(!is_success)].inc();
    }

    /// Notes when the next one is.
    pub(crate) fn set_next_try(&self, next: SystemTime) {
        let since = next.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.next_try.set(signed(since.as_secs()));
    }
}
