//! What is counted of what viewers watch: one event per answer, and the windows that events are counted in.
//!
//! Here an answer becomes an event of [`telemetry`]: which segment of which entry, and what tells its viewer from others. The
//! address goes no further than into the keyed hash. [`look_after`] counts what waits and ends windows; `view.rs` shows
//! operators what was counted.
//!
//! # Invariants
//! - An answer with 200, 206 or 304 to a GET for media of an entry that a rule recognises is one event, whichever way it took;
//!   but for the head of a file whose segments are known.
//! - Recording never makes a request wait.

mod view;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use media::url::Kind;
use segment_cache::object::Label;
use segment_cache::object::place::Place;
use telemetry::event::Event;
use telemetry::recorder::{Closed, Keep, Now, Recorder, Settings};
use telemetry::viewers::{Family, NoRandomness, Viewer};
use tokio::time::MissedTickBehavior;

use crate::asker::Asker;
use crate::clock::Clock;
use crate::config::{Config, LocalView, Telemetry};
use crate::core::Core;
use crate::live::Live;
use crate::report::CommitError;

pub(crate) use view::json;

/// How often what waits is counted. The queue has room for what comes in this time at 600,000 requests in a second.
const EVERY: Duration = Duration::from_millis(50);

/// How often the end of a window is tried when the edge ends and somebody still records.
const LAST_TRIES: usize = 100;

/// A recorder as the configuration says, `None` where it says that nothing is counted. `before` is the one that ran.
///
/// # Errors
/// There are no random numbers.
pub(crate) fn recorder(
    config: &Config,
    clock: &Clock,
    before: Option<&Arc<Recorder>>,
) -> Result<Option<Arc<Recorder>>, NoRandomness> {
    let Some(settings) = settings(&config.telemetry) else {
        return Ok(None);
    };
    if let Some(before) = before {
        return Ok(Some(Arc::clone(before)));
    }
    Recorder::new(settings, now(clock)).map(|recorder| Some(Arc::new(recorder)))
}

/// How the configuration wants it counted.
pub(crate) fn settings(telemetry: &Telemetry) -> Option<Settings> {
    let keep = match telemetry.local_view {
        LocalView::Exact => Keep::Everything,
        LocalView::Threshold => Keep::Published,
        LocalView::Off => Keep::Nothing,
    };
    let settings = Settings {
        threshold: usize::try_from(telemetry.threshold).ok()?,
        width: telemetry.width()?,
        max_cells: telemetry.max_cells,
        keep,
    };
    telemetry.enabled.then_some(settings)
}

/// Records the answer to a GET with an object of this `label`, from the byte at `position` on.
pub(crate) fn record(core: &Core, label: &Label, position: u64, asker: Asker) {
    let Some(recorder) = &core.recorder else {
        return;
    };
    if label.kind != Kind::Segment.as_str() && label.kind != Kind::Part.as_str() {
        return;
    }
    let Some(entry) = label.entry.clone() else {
        return recorder.record_unrecognised();
    };
    let event = match label.place.segment_at(position) {
        Some(number) => Event::Segment { entry, number },
        // What stands before the first segment of a file is its head.
        None if matches!(&label.place, Place::File(offsets) if !offsets.is_empty()) => return,
        None => Event::Media { entry },
    };
    let mut distinction = [0; 16];
    recorder.record(event, viewer(asker, &mut distinction));
}

/// Whether an answer with this status is one to be counted.
pub(crate) fn counts(status: StatusCode) -> bool {
    matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED)
}

/// What tells the viewer from others: the address inside the viewer's own network where it is stated, else the one that
/// the edge sees. Not both: who comes by two ways out of their network is still one.
fn viewer(asker: Asker, distinction: &mut [u8; 16]) -> Option<Viewer<'_>> {
    let address = asker.internal.or(asker.address)?;
    Some(match address.ip() {
        IpAddr::V4(four) => {
            let place = &mut distinction[..4];
            place.copy_from_slice(&four.octets());
            Viewer::new(Family::Four, place)
        }
        IpAddr::V6(six) => {
            *distinction = six.octets();
            Viewer::new(Family::Six, distinction)
        }
    })
}

/// Counts what waits, and ends windows, until the task is aborted.
pub(crate) async fn look_after(live: Arc<Live>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let core = live.core();
        let Some(recorder) = core.counting() else {
            continue;
        };
        recorder.drain();
        // Windows are finished one after the other, and away from here: requests go on coming.
        if let Ok(alone) = Arc::clone(core.finishing()).try_lock_owned()
            && let Some(closed) = recorder.turn(now(&core.clock))
        {
            let live = Arc::clone(&live);
            tokio::spawn(async move {
                finish(&live, closed).await;
                drop(alone);
            });
        }
    }
}

/// Ends the window that runs, when the edge ends, and the one before if it is not ended yet.
pub(crate) async fn end(live: &Live) {
    let core = live.core();
    let Some(recorder) = core.counting() else {
        return;
    };
    let _alone = Arc::clone(core.finishing()).lock_owned().await;
    let now = now(&core.clock);
    recorder.end_window(now);
    let mut ended = Vec::new();
    for _ in 0..LAST_TRIES {
        ended.extend(recorder.turn(now));
        tokio::task::yield_now().await;
    }
    if ended.is_empty() {
        tracing::warn!("the last window of counts could not be ended, and is lost");
    }
    for closed in ended {
        finish(live, closed).await;
    }
}

/// Applies the threshold, and gives what may leave to where it waits. Whoever calls it holds [`Core::finishing`].
async fn finish(live: &Live, closed: Closed) {
    let settled = match tokio::task::spawn_blocking(|| closed.settle()).await {
        Ok(settled) => settled,
        Err(error) => {
            tracing::error!(%error, "a window of counts is lost");
            return;
        }
    };
    let core = live.core();
    let reports = core.config.site().map(|site| settled.reports(&site)).unwrap_or_default();
    if let Some(recorder) = core.counting() {
        recorder.remember(settled);
    }
    if let Some(outlet) = &core.reports {
        let mut committed = outlet.commit(reports).await;
        if let Err(CommitError::Gone(given_back)) = committed {
            // The configuration has changed meanwhile, and reports go elsewhere or nowhere.
            committed = match &live.core().reports {
                Some(reports) => reports.commit(given_back).await,
                None => Ok(()),
            };
        }
        if let Err(error) = committed {
            tracing::error!(%error, "the reports of a window are lost");
        }
    }
}

/// The time, as windows need it.
pub(crate) fn now(clock: &Clock) -> Now {
    Now { monotonic: clock.now(), wall: clock.wall() }
}
