//! The recorder, fed as the edge feeds it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use telemetry::bucket::Width;
use telemetry::event::Event;
use telemetry::recorder::{Keep, Now, Recorder, Settings};

use crate::clock;
use crate::events::{Asked, Viewers, viewer};

/// As an edge counts that nothing is configured of, and it has just begun a window.
pub(crate) fn recorder() -> Recorder {
    with_bound(100_000)
}

/// One that tells so many segments apart.
pub(crate) fn with_bound(max_cells: usize) -> Recorder {
    let settings = Settings { threshold: 5, width: Width::DEFAULT, max_cells, keep: Keep::Nothing };
    Recorder::new(settings, now()).expect("there are random numbers")
}

/// This moment, at the begin of a window.
pub(crate) fn now() -> Now {
    Now { monotonic: clock::now(), wall: SystemTime::UNIX_EPOCH + Duration::from_hours(400_000) }
}

/// One event, of a label's own name of the entry.
pub(crate) fn record(recorder: &Recorder, asked: Asked<'_>, viewers: Viewers) {
    let event = Event::Segment { entry: Arc::clone(&asked.segment.entry), number: asked.segment.number };
    let mut room = [0; 16];
    recorder.record(event, asked.address(viewers).map(|address| viewer(address, &mut room)));
}
