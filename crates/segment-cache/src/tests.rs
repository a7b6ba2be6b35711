//! Tests of the crate's parts together.

#[cfg(feature = "schedules")]
mod schedules;
