//! What recording is held against: the way that comes to mind first.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::events::{Asked, Viewers};

/// By entry and segment: how many requests, and all addresses that they came from.
type Counts = HashMap<(String, u64), (u64, HashSet<IpAddr>)>;

/// Everything under one lock.
#[derive(Default)]
pub(crate) struct Naive(Mutex<Counts>);

impl Naive {
    pub(crate) fn record(&self, asked: Asked<'_>, viewers: Viewers) {
        let key = (asked.segment.entry.to_string(), asked.segment.number);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, addresses) = counts.entry(key).or_default();
        *count += 1;
        addresses.extend(asked.address(viewers));
    }
}
