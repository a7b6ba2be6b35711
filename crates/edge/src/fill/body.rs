//! The body of an answer on its way to everybody who waits: passed on as it arrives, or held until it is whole.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use segment_cache::fill::writer::Keep;
use segment_cache::freshness::Freshness;
use segment_cache::{FillError, FillWriter, Head};
use tokio::time::Sleep;

use super::download::Download;
use super::{Job, Judged, keep};
use crate::manifest::{self, Manifest};
use crate::numbers::{IndexReader, Passing};

/// Nothing lies longer than this before those who wait hear of it.
const LONGEST: Duration = Duration::from_millis(20);

/// Passes a body on as it arrives.
pub(super) async fn stream(
    job: &Job,
    mut writer: FillWriter,
    head: Head,
    mut body: Download<'_>,
    keep: Keep,
    freshness: Option<Freshness>,
) -> Result<(), FillError> {
    let mut index = IndexReader::new(&head.label.place, body.position()).filter(|_| head.status.is_success());
    let written = async {
        writer.begin(head, keep)?;
        let mut due = pin!(None);
        while let Some(bytes) = next(&mut body, &mut writer, due.as_mut()).await? {
            if let Some(index) = &mut index {
                index.pass(&bytes);
            }
            append(job, &mut writer, bytes).await?;
        }
        Ok(())
    };
    match written.await {
        Ok(()) => writer.complete(freshness).map(drop),
        Err(error) => {
            writer.fail(error);
            Err(error)
        }
    }
}

/// Holds a manifest until it is whole, points it at the edge, and passes it on.
pub(super) async fn manifest(job: &Job, mut writer: FillWriter, judged: Judged<'_>) -> Result<(), FillError> {
    let (core, Judged { parts, verdict, timing, body }) = (&job.core, judged);
    let written = async {
        let original = collect(job, &mut writer, body).await?;
        let passing =
            Passing { key: &job.key, kind: job.kind, entry: job.label.entry.as_ref(), body: &original };
        core.numbers.learn(&passing, &core.origins, &core.rules);
        let manifest = Manifest::read(job.kind, &original, &parts.headers, &core.origins, job.key.origin());
        let body = manifest.body(&original);
        let mut head = job.head(&parts, None);
        head.changed = manifest.changed(&body, job.stale.as_deref(), timing);
        let (keep, mut freshness) = keep(verdict);
        freshness = freshness.map(|freshness| {
            let lifetimes = &core.config.cache.lifetime;
            manifest.lifetime(freshness, &parts.headers, timing.received, head.changed, lifetimes)
        });
        if manifest.is_rewritten() {
            manifest::mark_rewritten(&mut head.headers);
        }
        head.length = Some(body.len() as u64);
        writer.begin(head, keep)?;
        append(job, &mut writer, body).await?;
        Ok(freshness)
    };
    match written.await {
        Ok(freshness) => writer.complete(freshness).map(drop),
        Err(error) => {
            job.failed(writer, error);
            Err(error)
        }
    }
}

/// The next bytes. Those who wait get meanwhile what is there, when `due`: that runs from the first byte on that they
/// have not heard of.
async fn next(
    body: &mut Download<'_>,
    writer: &mut FillWriter,
    mut due: Pin<&mut Option<Sleep>>,
) -> Result<Option<Bytes>, FillError> {
    if writer.is_flushed() {
        due.set(None);
        return body.next().await;
    }
    if due.is_none() {
        due.set(Some(tokio::time::sleep(LONGEST)));
    }
    let is_due = poll_fn(|cx| due.as_mut().as_pin_mut().map_or(Poll::Ready(()), |due| due.poll(cx)));
    let mut next = pin!(body.next());
    tokio::select! {
        biased;
        bytes = &mut next => return bytes,
        () = is_due => {}
    }
    due.set(None);
    writer.flush();
    next.await
}

async fn append(job: &Job, writer: &mut FillWriter, bytes: Bytes) -> Result<(), FillError> {
    let patience = job.core.config.viewers.write_timeout.get();
    loop {
        match tokio::time::timeout(patience, writer.room(bytes.len())).await {
            Ok(room) => break room?,
            Err(_) => writer.cut_slowest(),
        }
    }
    writer.append(bytes)
}

/// Reads a manifest whole; what is held of it counts against the memory budget.
async fn collect(job: &Job, writer: &mut FillWriter, mut body: Download<'_>) -> Result<Bytes, FillError> {
    let max = job.core.config.cache.max_manifest.get();
    if body.length().is_some_and(|length| length > max) {
        return Err(too_large(max));
    }
    writer.hold(body.length().unwrap_or_default())?;
    let mut whole = Vec::new();
    while let Some(bytes) = body.next().await? {
        let size = (whole.len() + bytes.len()) as u64;
        if size > max {
            return Err(too_large(max));
        }
        writer.hold(size)?;
        whole.extend_from_slice(&bytes);
    }
    Ok(Bytes::from(whole))
}

fn too_large(max: u64) -> FillError {
    tracing::warn!(max, "a manifest is larger than cache.max-manifest");
    FillError::Invalid
}
