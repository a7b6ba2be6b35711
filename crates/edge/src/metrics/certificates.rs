//! When certificates end, for who watches many edges.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::IntGaugeVec;

use super::{Register, signed};

/// A gauge for each certificate, by a name of the operator's own. There are as many as the configuration names, and
/// those that are not shown any more go.
#[derive(Debug)]
pub(crate) struct CertificateMetrics {
    expiry: IntGaugeVec,
    named: Mutex<HashSet<String>>,
}

impl CertificateMetrics {
    pub(super) fn new(register: &Register<'_>) -> Self {
        let expiry = register.gauges(
            "spokecast_certificate_expiry_timestamp_seconds",
            "When a certificate ends that viewers get, in Unix time.",
            &["name"],
        );
        Self { expiry, named: Mutex::default() }
    }

    /// These are shown, each until its moment; of several with one name the first end counts.
    pub(crate) fn note<'n>(&self, shown: impl Iterator<Item = (&'n str, SystemTime)>) {
        // What it protects is whole after each step.
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = std::mem::take(&mut *named);
        for (name, ends) in shown {
            gone.remove(name);
            let ends = signed(ends.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
            let gauge = self.expiry.with_label_values(&[name]);
            let is_first = named.insert(name.into());
            gauge.set(if is_first { ends } else { ends.min(gauge.get()) });
        }
        for name in gone {
            // One that is not there is what is wanted.
            let _gone = self.expiry.remove_label_values(&[&name]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prometheus::core::Collector as _;

    use super::*;

    #[test]
    fn each_name_has_its_first_end_and_goes_with_its_certificate() {
        let metrics = CertificateMetrics::new(&Register(&prometheus::Registry::new()));
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let value = |name| metrics.expiry.with_label_values(&[name]).get();
        metrics.note([("a", at(30)), ("a", at(10)), ("a", at(20)), ("b", at(5))].into_iter());
        assert_eq!((value("a"), value("b")), (10, 5));
        metrics.note([("a", at(40))].into_iter());
        assert_eq!(value("a"), 40, "a renewal is no end that came before");
        assert_eq!(metrics.expiry.collect()[0].get_metric().len(), 1);
    }
}
