//! What tests make objects of.

use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, StatusCode};

use crate::freshness::{Defaults, Freshness, Timing, Verdict, judge};
use crate::object::{Head, Label, Prepared, Validators};

#[expect(
    clippy::disallowed_methods,
    reason = "a monotonic instant has no other constructor; tests only add to it"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Of an answer that came at `now` and says nothing of its lifetime.
pub(crate) fn fresh_for(lifetime: Duration, now: Instant) -> Freshness {
    let timing = Timing { requested: now, received: now, wall: SystemTime::UNIX_EPOCH };
    match judge(StatusCode::OK, &HeaderMap::new(), timing, &Defaults::new(lifetime)) {
        Verdict::Store(freshness) => freshness,
        other => panic!("{other:?}"),
    }
}

/// Without a field; `length` is that of the body, if it is announced.
pub(crate) fn head(length: Option<u64>) -> Head {
    Head {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        length,
        validators: Validators::default(),
        label: Label::default(),
        version: 0,
        changed: None,
        prepared: Prepared::default(),
    }
}
