//! The spool and the record of what was sent, with one owner: file operations take as long as the disk does, so they
//! run off the threads that serve, one at a time.
//!
//! It lives as long as configurations name the same folder, and keeps it from every other process.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use telemetry::audit::{Audit, AuditError};
use telemetry::disk::RealDisk;
use telemetry::report::Report;
use telemetry::spool::{Key, Sealed, Spool, SpoolError, Totals, Waiting};
use telemetry::{audit, spool};
use tokio::sync::Notify;

use crate::config;
use crate::metrics::{Metrics, ReportEvent};

/// What is kept in `telemetry.folder`.
pub(super) struct Store {
    folder: PathBuf,
    files: Arc<Mutex<Files>>,
    /// Told when reports came.
    pub(super) came: Notify,
}

/// What is on the disk.
pub(super) struct Files {
    pub(super) spool: Spool,
    pub(super) audit: Audit,
    /// When each report that came in this process may leave, as long as that is to come.
    due: HashMap<Key, Instant>,
    /// When those may that were there before.
    due_before: Instant,
    /// The window of the oldest report.
    oldest: Option<(Key, Option<SystemTime>)>,
    counted: Totals,
    metrics: Arc<Metrics>,
}

/// Why a folder cannot hold reports.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Where they wait.
    #[error("telemetry.folder: {0}")]
    Spool(#[from] SpoolError),
    /// Where stands what was sent.
    #[error("telemetry.folder: {0}")]
    Audit(#[from] AuditError),
}

/// The work was given up: the process ends.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the edge ends")]
pub(crate) struct Gone;

/// The report whose turn it is.
#[derive(Debug)]
pub(super) enum Turn {
    /// None waits.
    Nobody,
    /// One does, until then.
    At(Instant),
    /// This one.
    Now(Sealed),
}

impl Store {
    /// Opens the folder; what waits there leaves from `due` on.
    ///
    /// # Errors
    /// It cannot be used, or another process does.
    pub(super) fn open(
        folder: &Path,
        telemetry: &config::Telemetry,
        due: Instant,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        let (spool, opened) =
            Spool::open(Arc::new(RealDisk), &folder.join("spool"), spool_limits(telemetry))?;
        let audit = Audit::open(Arc::new(RealDisk), &folder.join("audit"), audit_limits(telemetry))?;
        if opened.reports > 0 {
            tracing::info!(reports = opened.reports, "reports wait from before");
        }
        let mut files = Files {
            spool,
            audit,
            due: HashMap::new(),
            due_before: due,
            oldest: None,
            counted: Totals::default(),
            metrics: Arc::clone(metrics),
        };
        metrics.reports.count(ReportEvent::Damaged, opened.damaged as u64);
        metrics.reports.count(ReportEvent::Dropped, opened.dropped);
        files.note();
        Ok(Self { folder: folder.to_owned(), files: Arc::new(Mutex::new(files)), came: Notify::new() })
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does `work` off the threads that serve, when nobody else is at the files.
    ///
    /// # Errors
    /// The process ends before.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Files) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        let files = Arc::clone(&self.files);
        let done = tokio::task::spawn_blocking(move || {
            let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
            let result = work(&mut files);
            files.note();
            result
        });
        done.await.map_err(|_| Gone)
    }
}

impl Files {
    /// Which report's turn it is at `now`: the oldest one's, when its time has come or nobody is to `wait` for that.
    /// A file that turns out to be damaged is passed over.
    pub(super) fn turn(&mut self, now: Instant, wait: bool) -> Result<Turn, SpoolError> {
        loop {
            let Some(Waiting { key, .. }) = self.spool.waiting().next() else {
                return Ok(Turn::Nobody);
            };
            let due = self.due.get(&key).copied().unwrap_or(self.due_before);
            if wait && due > now {
                return Ok(Turn::At(due));
            }
            match self.spool.read(&key) {
                Ok(sealed) => return Ok(Turn::Now(sealed)),
                Err(error @ SpoolError::Damaged { .. }) => {
                    tracing::error!(%error, "reports are lost");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Lets reports wait until `due`.
    pub(super) fn hold(&mut self, keys: impl Iterator<Item = Key>, now: Instant, due: Instant) {
        self.due.retain(|_, due| *due > now);
        self.due.extend(keys.map(|key| (key, due)));
    }

    /// Brings the metrics up to date.
    fn note(&mut self) {
        let (metrics, totals) = (&self.metrics.reports, self.spool.totals());
        metrics.count(ReportEvent::Dropped, totals.dropped - self.counted.dropped);
        metrics.count(ReportEvent::SetAside, totals.refused - self.counted.refused);
        metrics.count(ReportEvent::Damaged, totals.damaged - self.counted.damaged);
        self.counted = totals;
        let oldest = self.spool.waiting().next().map(|waiting| waiting.key);
        if oldest != self.oldest.map(|(key, _)| key) {
            self.oldest = oldest.map(|key| (key, self.begin_of(&key)));
        }
        let begin = self.oldest.and_then(|(_, begin)| begin);
        self.metrics.reports.set_waiting(self.spool.reports(), self.spool.bytes(), begin);
    }

    /// When the window of a report begins.
    fn begin_of(&mut self, key: &Key) -> Option<SystemTime> {
        let sealed = self.spool.read(key).ok()?;
        Report::parse(&sealed.bytes).ok().map(|report| report.bucket.begin())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn spool_limits(telemetry: &config::Telemetry) -> spool::Limits {
    spool::Limits { max_bytes: telemetry.max_spool.get() }
}

fn audit_limits(telemetry: &config::Telemetry) -> audit::Limits {
    audit::Limits { max_file_bytes: telemetry.max_audit_file.get(), files: telemetry.audit_files }
}
