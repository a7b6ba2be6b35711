//! What protocols over TLS are judged by: what a request costs the server, whoever of the two ends was the limit.

use std::time::Duration;

use crate::report::Metric;
use crate::statistics::real;

/// Sizes of objects that are asked for.
pub(super) const SIZES: [(&str, usize); 3] = [("4 KiB", 4 << 10), ("64 KiB", 64 << 10), ("1 MiB", 1 << 20)];

/// Names that goals are set for.
pub(super) const PER_CORE: &str = "requests/core-second";
pub(super) const PER_GIGABYTE: &str = "CPU s/GB";

pub(super) const METRICS: [Metric; 5] = [
    Metric { name: PER_CORE, digits: 0, is_compared: true },
    Metric { name: PER_GIGABYTE, digits: 3, is_compared: true },
    Metric { name: "requests/s", digits: 0, is_compared: true },
    Metric::CORE_USED,
    Metric { name: "errors", digits: 0, is_compared: false },
];

/// The same, and how long requests took where the client tells.
pub(super) const WITH_LATENCY: &[Metric] = &[
    METRICS[0],
    METRICS[1],
    METRICS[2],
    METRICS[3],
    METRICS[4],
    Metric { name: "p99 ms", digits: 2, is_compared: true },
];

/// What was seen of one server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Bytes of bodies, those of unfinished answers included.
    pub(super) bytes: u64,
    pub(super) took: Duration,
    /// Processor time of the server.
    pub(super) cpu: Duration,
    pub(super) errors: u64,
}

impl Cost {
    /// In the order of the metrics, for objects of `size`. A request is that many bytes: at 1 MiB the unfinished are many.
    pub(super) fn figures(&self, size: usize) -> [f64; METRICS.len()] {
        let requests = real(self.bytes) / real(size as u64);
        let (cpu, took) = (self.cpu.as_secs_f64(), self.took.as_secs_f64());
        [requests / cpu, cpu * 1e9 / real(self.bytes), requests / took, cpu / took, real(self.errors)]
    }

    /// The same, and what 99 of 100 requests took at most, in milliseconds.
    pub(super) fn with_latency(&self, size: usize, p99: f64) -> [f64; WITH_LATENCY.len()] {
        let [per_core, per_gigabyte, per_second, core_used, errors] = self.figures(size);
        [per_core, per_gigabyte, per_second, core_used, errors, p99]
    }
}

#[test]
fn a_request_is_as_many_bytes_as_its_object_has() {
    let (took, cpu) = (Duration::from_secs(2), Duration::from_secs(1));
    let cost = Cost { bytes: 1_000_000, took, cpu, errors: 3 };
    let figures = cost.figures(1000).map(|figure| format!("{figure:.1}"));
    assert_eq!(figures, ["1000.0", "1000.0", "500.0", "0.5", "3.0"]);
}
