//! Tests of the crate's parts together.

pub(crate) mod samples;
#[cfg(feature = "schedules")]
mod schedules;
