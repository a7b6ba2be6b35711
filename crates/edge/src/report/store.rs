//! The spool and the record of what was sent, with one owner: file operations take as long as the disk does, so they
//! run off the threads that serve, one at a time.
//!
//! It lives as long as configurations name the same folder, and keeps it from every other process.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// Those that it was opened with, and has to its end.
    pub(super) limits: Limits,
    files: Arc<Shared>,
    /// Told when reports came.
    pub(super) came: Notify,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    spool: spool::Limits,
    audit: audit::Limits,
}

/// The files, until nobody needs them any more.
struct Shared {
    files: Mutex<Option<Files>>,
    is_closed: AtomicBool,
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

/// The folder is not this edge's any more.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the edge ends, or its reports are elsewhere by now")]
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
        let limits = Limits::of(telemetry);
        let (spool, opened) = Spool::open(Arc::new(RealDisk), &folder.join("spool"), limits.spool)?;
        let audit = Audit::open(Arc::new(RealDisk), &folder.join("audit"), limits.audit)?;
        if opened.reports > 0 {
            tracing::info!(reports = opened.reports, "reports wait from before");
        }
        if opened.damaged > 0 {
            tracing::error!(files = opened.damaged, "files with reports are damaged, and set aside");
        }
        let files = Files {
            spool,
            audit,
            due: HashMap::new(),
            due_before: due,
            oldest: None,
            counted: Totals::default(),
            metrics: Arc::clone(metrics),
        };
        let files = Arc::new(Shared { files: Mutex::new(Some(files)), is_closed: AtomicBool::new(false) });
        Ok(Self { folder: folder.to_owned(), limits, files, came: Notify::new() })
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does `work` off the threads that serve, when nobody else is at the files.
    ///
    /// # Errors
    /// The store is closed.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Files) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        let files = Arc::clone(&self.files);
        let done = tokio::task::spawn_blocking(move || {
            let result = files.with(work);
            // Closed while that went on.
            files.close_if_told();
            result
        });
        done.await.unwrap_or(Err(Gone))
    }

    /// Leaves the folder to others, at the latest when what is being done there is done.
    pub(super) fn close(&self) {
        self.files.is_closed.store(true, Ordering::SeqCst);
        self.files.close_if_told();
    }
}

impl Limits {
    /// As the configuration says.
    pub(super) fn of(telemetry: &config::Telemetry) -> Self {
        let (max_bytes, max_file_bytes) = (telemetry.max_spool.get(), telemetry.max_audit_file.get());
        Self {
            spool: spool::Limits { max_bytes },
            audit: audit::Limits { max_file_bytes, files: telemetry.audit_files },
        }
    }
}

impl Shared {
    fn with<T>(&self, work: impl FnOnce(&mut Files) -> T) -> Result<T, Gone> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let files = files.as_mut().filter(|_| !self.is_closed.load(Ordering::SeqCst)).ok_or(Gone)?;
        let result = work(files);
        files.note();
        Ok(result)
    }

    fn close_if_told(&self) {
        if self.is_closed.load(Ordering::SeqCst)
            && let Ok(mut files) = self.files.try_lock()
        {
            *files = None;
        }
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
