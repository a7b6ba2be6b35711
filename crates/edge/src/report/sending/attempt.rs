//! One try to send one report: whose turn it is, writing down what will leave, sending it, and what follows from the
//! answer for what waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry::audit::AuditError;
use telemetry::delivery::{Verdict, cut};
use telemetry::report::Report;
use telemetry::spool::{Key, Sealed, SpoolError};

use crate::metrics::ReportEvent;
use crate::report::outlet::{Outcome, Parcel};
use crate::report::store::{Files, Gone, Turn};
use crate::report::{Reports, seal};

/// What the disk refuses is tried again after so long, where nothing else is to be done.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a try.
#[derive(Debug)]
pub(super) enum Attempt {
    /// There is nothing to send.
    Nothing,
    /// Not before then.
    NotYet(Instant),
    /// It was made, or something of this edge stood in its way.
    Made {
        /// The report that was written down, if it waits on.
        told: Option<Key>,
        outcome: Outcome,
    },
}

/// What is left to do when the files have been looked at.
enum Prepared {
    Done(Attempt),
    Send(Sealed, Parcel),
}

impl Reports {
    /// Tries to send the report whose turn it is; `told` was written down already. The times of reports count where
    /// there is time to `wait`.
    pub(super) async fn attempt(self: &Arc<Self>, told: Option<Key>, wait: bool) -> Attempt {
        let reports = Arc::clone(self);
        let prepared = self.store.with(move |files| reports.prepare(files, told, wait)).await;
        let (sealed, parcel) = match prepared {
            Ok(Prepared::Send(sealed, parcel)) => (sealed, parcel),
            Ok(Prepared::Done(attempt)) => return attempt,
            Err(Gone) => return Attempt::Nothing,
        };
        let outcome = self.outlet.send(parcel, &self.clock).await;
        self.metrics.reports.count_attempt(outcome.verdict);
        let reports = Arc::clone(self);
        let conclude = self.store.with(move |files| reports.conclude(files, &sealed, outcome));
        conclude.await.unwrap_or(Attempt::Nothing)
    }

    /// Takes the report whose turn it is, and writes down what will leave.
    fn prepare(&self, files: &mut Files, told: Option<Key>, wait: bool) -> Prepared {
        let now = self.clock.now();
        // The disk's fault was told when reports came; here it is seen whether it is over.
        let is_settled = files.spool.settle().is_ok();
        let sealed = match files.turn(now, wait) {
            Ok(Turn::Now(sealed)) => sealed,
            Ok(Turn::At(due)) => return Prepared::Done(Attempt::NotYet(due)),
            Ok(Turn::Nobody) if is_settled => return Prepared::Done(Attempt::Nothing),
            Ok(Turn::Nobody) => return Prepared::Done(Attempt::NotYet(now + PATIENCE)),
            Err(error) => {
                tracing::warn!(%error, "a report cannot be read");
                return Prepared::Done(hindered(told, "not read"));
            }
        };
        let key = sealed.key;
        let parcel = match self.outlet.parcel(key, &sealed.bytes) {
            Ok(parcel) => parcel,
            Err(error) => {
                tracing::error!(%key, %error, "what waits is no report, and is set aside");
                let outcome = Outcome { verdict: Verdict::SetAside, said: "no report".into() };
                return Prepared::Done(self.conclude(files, &sealed, outcome));
            }
        };
        let wall = self.clock.wall();
        let written = if told == Some(key) {
            files.audit.again(wall, &key)
        } else {
            files.audit.sending(wall, &self.outlet.to(), &key, &parcel.fields(), &sealed.bytes)
        };
        match written {
            Ok(()) => Prepared::Send(sealed, parcel),
            Err(error) => {
                self.not_written(&error);
                Prepared::Done(hindered(told, "not written down"))
            }
        }
    }

    /// Writes down what the collector said, and does with the report what follows from it.
    fn conclude(&self, files: &mut Files, sealed: &Sealed, outcome: Outcome) -> Attempt {
        let key = sealed.key;
        if let Err(error) = files.audit.answered(self.clock.wall(), &key, &outcome.said) {
            self.not_written(&error);
        }
        let done = match outcome.verdict {
            Verdict::Delivered => {
                self.metrics.reports.count(ReportEvent::Delivered, 1);
                if let Err(error) = files.spool.acknowledge(&key) {
                    tracing::warn!(%error, "a report that was delivered stays on the disk for now");
                }
                Ok(())
            }
            Verdict::TooLarge => match halves(sealed) {
                Some(Ok(halves)) => files.spool.replace(&key, &halves),
                Some(Err(_)) => return hindered(Some(key), "no randomness"),
                None => set_aside(files, &key, &outcome.said),
            },
            Verdict::SetAside => set_aside(files, &key, &outcome.said),
            Verdict::Misdirected | Verdict::Later(_) => {
                return Attempt::Made { told: Some(key), outcome };
            }
        };
        match done {
            // It had to go meanwhile, for want of room.
            Ok(()) | Err(SpoolError::Unknown { .. }) => Attempt::Made { told: None, outcome },
            Err(error) => {
                tracing::warn!(%error, "what the collector said cannot be done yet");
                hindered(Some(key), "the disk refused")
            }
        }
    }

    fn not_written(&self, error: &AuditError) {
        self.metrics.reports.count_audit_error();
        tracing::error!(%error, "what is sent cannot be written down: nothing is sent");
    }
}

/// Something of this edge stands in the way.
fn hindered(told: Option<Key>, said: &str) -> Attempt {
    Attempt::Made { told, outcome: Outcome::failed(said) }
}

fn set_aside(files: &mut Files, key: &Key, said: &str) -> Result<(), SpoolError> {
    tracing::warn!(%key, said, "a report was refused for good, and is set aside");
    files.spool.set_aside(key)
}

/// Two reports in the place of one, with keys of their own; `None` where it cannot be cut.
fn halves(sealed: &Sealed) -> Option<Result<Vec<Sealed>, telemetry::spool::NoRandomness>> {
    let halves = cut::halves(&Report::parse(&sealed.bytes).ok()?)?;
    Some(halves.iter().map(seal).collect())
}
