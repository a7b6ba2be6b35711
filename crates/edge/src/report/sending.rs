//! The task that sends what waits, one report at a time, as the configuration of the moment says.

mod attempt;

use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry::delivery::Verdict;
use telemetry::delivery::pace::Pace;
use telemetry::spool::Key;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::Reports;
use super::outlet::Outcome;
use crate::clock::Clock;
use crate::live::Live;
use attempt::Attempt;

/// The task. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Sending {
    task: JoinHandle<()>,
    end: Option<oneshot::Sender<()>>,
}

/// Where the task is in its course.
#[derive(Debug, Default)]
struct Course {
    /// What it sends.
    reports: Option<Arc<Reports>>,
    pace: Pace,
    pause: Option<Pause>,
    /// The report that was written down last, with where it goes; another try is told in a word.
    told: Option<Key>,
    /// The last try failed.
    fails: bool,
}

/// A time in which nothing is sent.
#[derive(Clone, Copy, Debug)]
struct Pause {
    until: Instant,
    /// The collector asked for it.
    asked: bool,
}

/// When there is something to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    At(Instant),
    /// When reports come.
    Reports,
}

impl Sending {
    /// Sends from now on, as the configuration of the moment says.
    pub(crate) fn begin(live: &Arc<Live>) -> Self {
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(run(Arc::clone(live), ended));
        Self { task, end: Some(end) }
    }

    /// Tries once to send what waits, for as long as `patience` lasts; the rest waits on.
    pub(crate) async fn end(mut self, patience: Duration) {
        drop(self.end.take());
        if tokio::time::timeout(patience, &mut self.task).await.is_err() {
            tracing::debug!("no time is left to send reports");
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(live: Arc<Live>, mut ended: oneshot::Receiver<()>) {
    let mut changes = live.changes();
    let mut course = Course::default();
    loop {
        changes.borrow_and_update();
        let core = live.core();
        course.follow(core.reports.as_ref()).await;
        let (clock, reports) = (core.clock.clone(), course.reports.clone());
        // A configuration that is exchanged goes, whatever is waited for here.
        drop(core);
        let next = course.step(&clock).await;
        let something_to_do = async {
            match (next, &reports) {
                (Next::At(moment), _) => clock.reaches(moment).await,
                (Next::Reports, Some(reports)) => reports.store.came.notified().await,
                (Next::Reports, None) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = &mut ended => break,
            _ = changes.changed() => {}
            () = something_to_do => {}
        }
    }
    let core = live.core();
    course.follow(core.reports.as_ref()).await;
    course.last_try(&core.clock).await;
}

impl Course {
    /// Goes on with these reports. Another configuration is a reason to try at once, unless the collector itself asked
    /// for patience.
    async fn follow(&mut self, reports: Option<&Arc<Reports>>) {
        if self.reports.as_ref().map(Arc::as_ptr) == reports.map(Arc::as_ptr) {
            return;
        }
        let before = self.reports.take();
        let goes_on = before.as_ref().zip(reports).is_some_and(|(before, reports)| before.goes_on(reports));
        *self = Self {
            reports: reports.cloned(),
            pause: self.pause.filter(|pause| goes_on && pause.asked),
            told: self.told.filter(|_| goes_on),
            ..Self::default()
        };
        match (&self.reports, before) {
            (Some(reports), _) => reports.take_over().await,
            (None, Some(before)) => before.leave(),
            (None, None) => {}
        }
    }

    /// Sends the report whose turn it is, if its time has come.
    async fn step(&mut self, clock: &Clock) -> Next {
        let Some(reports) = self.reports.clone() else {
            return Next::Reports;
        };
        let now = clock.now();
        if let Some(pause) = self.pause.take_if(|pause| pause.until > now) {
            self.pause = Some(pause);
            return Next::At(pause.until);
        }
        match reports.attempt(self.told, true).await {
            Attempt::Nothing => Next::Reports,
            Attempt::NotYet(due) => Next::At(due),
            Attempt::Made { told, outcome } => {
                self.told = told;
                self.obey(&reports, &outcome, clock.now())
            }
        }
    }

    /// Does what the collector says: goes on, or pauses.
    fn obey(&mut self, reports: &Reports, outcome: &Outcome, now: Instant) -> Next {
        let verdict = outcome.verdict;
        let pause = self.pace.pause(verdict, reports.outlet.max_pause, (reports.random)());
        let (to, said) = (reports.outlet.to(), &outcome.said);
        match (pause, self.fails) {
            (Some(_), false) => tracing::warn!(to, said, "reports cannot be delivered, and wait"),
            (None, true) => tracing::info!(to, "reports are delivered again"),
            _ => {}
        }
        self.fails = pause.is_some();
        self.pause = pause
            .map(|pause| Pause { until: now + pause, asked: matches!(verdict, Verdict::Later(Some(_))) });
        Next::At(self.pause.map_or(now, |pause| pause.until))
    }

    /// Sends all that waits, up to the first failure: whatever their time, but no sooner than the collector asked for.
    async fn last_try(&mut self, clock: &Clock) {
        let Some(reports) = self.reports.clone() else {
            return;
        };
        if self.pause.is_some_and(|pause| pause.asked && pause.until > clock.now()) {
            return;
        }
        while let Attempt::Made { told, outcome } = reports.attempt(self.told, false).await {
            self.told = told;
            self.obey(&reports, &outcome, clock.now());
            if self.fails {
                break;
            }
        }
    }
}
