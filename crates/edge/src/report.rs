//! Reports on their way out of the site: sealed, kept until they are delivered, written down before they leave.
//!
//! When a window closes, [`Reports::commit`] gives each of its reports a key and keeps it on the disk. One task for the
//! whole edge ([`Sending`]) takes the oldest, writes down what will leave, byte for byte, sends it, and obeys the answer.
//! What answers mean and how long pauses are is decided in [`telemetry::delivery`].
//!
//! # Invariants
//! - Nothing leaves that was not written down before: where that fails, nothing is sent.
//! - A report leaves with the same key and the same bytes each time, until it is known to be delivered or refused.
//! - One request at a time; none sooner than the collector asked for.
//! - File operations never run on a thread that serves.
//!
//! Deliberately absent: what reports say and when windows close; what is shown of them.

mod collector;
mod folder;
mod outlet;
mod sending;
mod store;
mod token;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use telemetry::audit::{AuditError, Position, SentPage};
use telemetry::delivery::pace;
use telemetry::report::Report;
use telemetry::spool::{Key, NoRandomness, Sealed, SpoolError};

use crate::clock::Clock;
use crate::config;
use crate::metrics::{Metrics, ReportEvent};
use outlet::Outlet;
use store::{Limits, Store};

pub(crate) use outlet::OutletError;
pub(crate) use sending::Sending;
pub(crate) use store::{Gone, StoreError};

/// Reports that leave the site: where they wait, and where they go. There is one where the configuration names an
/// upstream; without it nothing is kept for anybody.
#[derive(Debug)]
pub(crate) struct Reports {
    store: Arc<Store>,
    limits: Limits,
    outlet: Outlet,
    clock: Clock,
    random: Random,
    metrics: Arc<Metrics>,
}

/// Bytes of what was sent that are read at once.
const PIECE: usize = 256 << 10;

/// Gives numbers of which each is as likely as all others.
type Random = fn() -> u64;

/// Why reports cannot leave as the configuration says.
#[derive(Debug, thiserror::Error)]
pub enum ReportsError {
    /// Where they go.
    #[error(transparent)]
    Outlet(#[from] OutletError),
    /// Where they wait.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why reports were not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommitError {
    /// They have no keys.
    #[error(transparent)]
    Key(#[from] NoRandomness),
    /// They cannot wait.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The folder is not this edge's any more.
    #[error("{Gone}")]
    Gone(Vec<Report>),
}

/// Why it cannot be said what was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SentError {
    /// It cannot be read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The folder is not this edge's any more.
    #[error(transparent)]
    Gone(#[from] Gone),
}

/// What is kept of reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Where they go.
    pub(crate) to: String,
    /// So many wait.
    pub(crate) reports: u64,
    /// So many bytes they take.
    pub(crate) bytes: u64,
    /// So many went since the edge was started, for want of room.
    pub(crate) dropped: u64,
    /// So many were refused for good since then.
    pub(crate) refused: u64,
}

impl Reports {
    /// Makes ready what the configuration says; `None` where nothing leaves. What waits `before` waits on, where the
    /// folder is the same.
    ///
    /// # Errors
    /// The folder, the token or the certificate authorities cannot be used.
    pub(crate) fn open(
        before: Option<&Self>,
        telemetry: &config::Telemetry,
        clock: &Clock,
        metrics: &Arc<Metrics>,
    ) -> Result<Option<Self>, ReportsError> {
        Self::with_random(before, telemetry, clock, metrics, system_random)
    }

    fn with_random(
        before: Option<&Self>,
        telemetry: &config::Telemetry,
        clock: &Clock,
        metrics: &Arc<Metrics>,
        random: Random,
    ) -> Result<Option<Self>, ReportsError> {
        // The configuration was checked: an upstream has a folder.
        let (Some(outlet), Some(folder)) = (Outlet::new(&telemetry.upstream)?, &telemetry.folder) else {
            return Ok(None);
        };
        let store = if let Some(before) = before.filter(|before| before.store.folder() == folder) {
            Arc::clone(&before.store)
        } else {
            // Many edges may come back at once, with the power.
            let due = clock.now() + pace::within(outlet.spread, random());
            Arc::new(Store::open(folder, telemetry, due, metrics)?)
        };
        let (clock, metrics) = (clock.clone(), Arc::clone(metrics));
        let limits = Limits::of(telemetry);
        Ok(Some(Self { store, limits, outlet, clock, random, metrics }))
    }

    /// Looks whether reports could leave as the configuration says, as far as that can be seen without touching what
    /// waits.
    ///
    /// # Errors
    /// The token or the certificate authorities cannot be used.
    pub(crate) fn rehearse(telemetry: &config::Telemetry) -> Result<(), ReportsError> {
        Outlet::new(&telemetry.upstream)?;
        Ok(())
    }

    /// Takes all reports of one window: each gets a key, and waits until it is delivered. They leave at a moment that is
    /// chosen at random within `telemetry.upstream.spread`.
    ///
    /// # Errors
    /// They have no keys, or the spool does not take them; what the disk refuses waits in memory, and that is no error.
    /// [`CommitError::Gone`] gives them back: they belong to the configuration that holds by now, if that has reports.
    pub(crate) async fn commit(&self, reports: Vec<Report>) -> Result<(), CommitError> {
        if reports.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let due = now + pace::within(self.outlet.spread, (self.random)());
        let reports = Arc::new(reports);
        let given = Arc::clone(&reports);
        let committed = self.store.with(move |files| -> Result<_, CommitError> {
            let reports = given;
            let sealed = reports.iter().map(seal).collect::<Result<Vec<_>, _>>()?;
            let committed = files.spool.commit(&sealed)?;
            files.hold(sealed.iter().map(|sealed| sealed.key), now, due);
            Ok(committed)
        });
        let committed =
            committed.await.map_err(|Gone| CommitError::Gone(Arc::unwrap_or_clone(reports)))??;
        if committed.dropped > 0 {
            let dropped = committed.dropped;
            tracing::warn!(dropped, "the oldest reports went: there is no room (telemetry.max-spool)");
        }
        if let Some(error) = committed.fault {
            tracing::error!(%error, "reports wait in memory");
        }
        self.store.came.notify_one();
        Ok(())
    }

    /// What waits, and what became of what does not.
    pub(crate) fn status(&self) -> Status {
        let metrics = &self.metrics.reports;
        let (reports, bytes) = metrics.waiting();
        Status {
            to: self.outlet.to(),
            reports,
            bytes,
            dropped: metrics.counted(ReportEvent::Dropped),
            refused: metrics.counted(ReportEvent::SetAside),
        }
    }

    /// Whether these go on where those are: the same reports to the same place.
    fn goes_on(&self, after: &Self) -> bool {
        self.outlet.is_like(&after.outlet) && Arc::ptr_eq(&self.store, &after.store)
    }

    /// From now on what waits is these reports' own.
    async fn take_over(&self) {
        if self.limits != self.store.limits {
            tracing::warn!(
                "max-spool, max-audit-file and audit-files of telemetry hold from the next start on"
            );
        }
        // The files note by themselves what waits; of those that are closed nobody needs to know.
        let _gone = self.store.with(|_| ()).await;
    }

    /// These are not needed any more: the edge ends, or others come `after` them.
    pub(crate) fn close(&self, after: Option<&Self>) {
        if after.is_some_and(|after| Arc::ptr_eq(&self.store, &after.store)) {
            return;
        }
        self.store.close();
        let (reports, _) = self.metrics.reports.waiting();
        if reports > 0 {
            tracing::info!(reports, folder = %self.store.folder().display(), "reports wait on");
        }
        if after.is_none() {
            self.metrics.reports.set_waiting(0, 0, None);
        }
    }

    /// What was sent, newest first, each with what became of it: up to `limit` reports before that place.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn sent_page(
        &self,
        limit: usize,
        before: Option<Position>,
    ) -> Result<SentPage, SentError> {
        Ok(self.store.with(move |files| files.audit.sent(limit, before)).await??)
    }

    /// All that was sent as it is on the disk, oldest first, in pieces: a line may begin in one and end in the next.
    pub(crate) fn sent_raw(&self) -> impl Stream<Item = Result<Bytes, SentError>> + Send + 'static {
        let store = Arc::clone(&self.store);
        stream::try_unfold((store, None), async |(store, from)| {
            let chunk = store.with(move |files| files.audit.chunk(from, PIECE)).await??;
            Ok(chunk.next.map(|next| (Bytes::from(chunk.bytes), (store, Some(next)))))
        })
    }
}

/// A report as it will stay from now on.
fn seal(report: &Report) -> Result<Sealed, NoRandomness> {
    Ok(Sealed { key: Key::random()?, bytes: report.encode().into() })
}

/// From the library that encrypts. Where the system has no randomness, what is chosen at random is as long as can be.
fn system_random() -> u64 {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map_or(u64::MAX, |()| u64::from_ne_bytes(bytes))
}
