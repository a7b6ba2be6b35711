//! What is stored is asked about: a 304 renews it (RFC 9111 section 4.3.4), the answer to HEAD may too (section
//! 4.3.5), and one that is about something else does not.

use std::sync::Arc;

use http::header::{AGE, CONTENT_LENGTH};
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use segment_cache::fill::writer::Keep;
use segment_cache::freshness::{Timing, Verdict};
use segment_cache::{FillError, FillWriter, Object, update};

use super::{Again, Job, Wanted};
use crate::headers;
use crate::manifest::{self, Manifest};

/// Reads a 304.
pub(super) fn not_modified(
    job: &Job,
    writer: FillWriter,
    update: &HeaderMap,
    timing: Timing,
) -> Option<Again> {
    let Some(stale) = &job.stale else {
        job.failed(writer, FillError::Invalid);
        return None;
    };
    if !update::selects(&stale.head().validators, update) {
        // It is about another version than the one that is held: ask without a condition.
        let wanted = if stale.is_index() { Wanted::Index(0) } else { Wanted::Whole };
        return Some(Again(writer, wanted));
    }
    match renewed(job, stale, update, timing) {
        Some(renewed) => writer.answer(Arc::new(renewed), true),
        // Not to be stored any more: what is held answers those who wait, and is forgotten when stale.
        None => writer.answer(Arc::clone(stale), false),
    }
    None
}

/// Reads the answer to HEAD, which nobody but the request that caused it waits for.
pub(super) fn head(job: &Job, writer: FillWriter, parts: &Parts, timing: Timing) {
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let held = job.stale.as_ref().filter(|_| parts.status == StatusCode::OK);
    if let Some(stale) = held {
        let key = job.key.borrowed();
        if update::is_outdated(&stale.head().validators, Some(stale.length()), &parts.headers) {
            job.core.cache.outdate(&key, stale.head().version);
        } else if let Some(renewed) = renewed(job, stale, &parts.headers, timing) {
            job.core.cache.renew(&key, stale, Arc::new(renewed));
        }
    }
    writer.answer_head(job.head(parts, length), Keep::Private);
}

/// What is stored, with the head and the lifetime that `update` gives it; `None` when it may not be stored any more.
fn renewed(job: &Job, stale: &Object, update: &HeaderMap, timing: Timing) -> Option<Object> {
    let mut head = (**stale.head()).clone();
    headers::update(&mut head.headers, update);
    let mut said = head.headers.clone();
    said.remove(AGE);
    said.extend(update.get(AGE).map(|age| (AGE, age.clone())));
    let Verdict::Store(mut freshness) = job.judge(head.status, &said, timing) else {
        return None;
    };
    if job.kind.is_manifest() {
        let body = manifest::whole(stale);
        let manifest = Manifest::read(job.kind, &body, &said, &job.core.origins, job.key.origin());
        let lifetimes = &job.core.config.cache.lifetime;
        freshness = manifest.lifetime(freshness, &said, timing.received, head.changed, lifetimes);
    }
    Some(stale.renewed(head, freshness))
}
