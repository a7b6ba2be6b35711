//! The one place where the benchmarks read the time.

use std::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures time; this is the one place that reads it"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
