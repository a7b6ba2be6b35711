//! Partial content (RFC 9110 section 14, RFC 9111 section 3.3): objects that are kept in slices.
//!
//! A slice is one block of an object. Slices are combined only under the same strong validator, which their
//! index holds: each is asked for with If-Range, and an answer that is of another object ends the index. An
//! object that has no strong validator, or must not be stored, is not cut: it is fetched whole where it fits, and
//! else every request for a range goes its own way.

use std::ops::Range;
use std::sync::Arc;

use http::header::{ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE};
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use segment_cache::content_range::ContentRange;
use segment_cache::fill::writer::Keep;
use segment_cache::freshness::{Freshness, Timing, Verdict};
use segment_cache::object::{BLOCK, Prepared, Validators};
use segment_cache::range::ByteRange;
use segment_cache::validators::Strong;
use segment_cache::{FillError, FillWriter, Head, Join, Lookup};

use super::download::Download;
use super::{Again, Job, Judged, Wanted, body, keep};

/// The bytes of slice `index` of an object of `length` bytes. Never empty, so that a question can be made of it.
pub(super) fn slice_of(index: u32, length: u64) -> Range<u64> {
    let start = u64::from(index) * BLOCK as u64;
    start..length.min(start + BLOCK as u64).max(start + 1)
}

/// Whether a whole answer is better kept in slices: it is too large to be kept whole, and the origin has ranges.
pub(super) fn suits_slices(job: &Job, parts: &Parts, length: Option<u64>) -> bool {
    parts.status == StatusCode::OK
        && !job.kind.is_manifest()
        && !job.core.cache.is_uncut(&job.key.borrowed(), job.core.clock.now())
        && length.is_some_and(|length| length > job.core.cache.max_object() && in_slices(length))
        && Strong::of(&parts.headers).is_some()
        && parts.headers.get(ACCEPT_RANGES).is_some_and(|unit| unit == "bytes")
}

/// Whether a 206 holds what was asked for, or a beginning of it (RFC 9110 section 15.3.7).
pub(super) fn answers(range: ByteRange, answer: &HeaderMap) -> bool {
    let Ok(ContentRange::Part { start, end, complete }) = ContentRange::of(answer) else {
        return false;
    };
    match range {
        ByteRange::FromTo(first, last) => start == first && end - 1 <= last,
        ByteRange::From(first) => start == first,
        ByteRange::Last(count) => end - start <= count && complete.is_none_or(|complete| end == complete),
    }
}

/// Reads the answer to a question for one slice of an object that is not known yet.
pub(super) async fn index(
    job: &Job,
    writer: FillWriter,
    mut parts: Parts,
    body: Download<'_>,
    timing: Timing,
    index: u32,
) -> Option<Again> {
    let uncut = |writer| {
        // Its parts are of no use, and no further ones are asked for.
        job.core.cache.mark_uncut(&job.key.borrowed(), timing.received);
        Some(Again(writer, Wanted::Whole))
    };
    let Ok(ContentRange::Part { start, end, complete: Some(length) }) = ContentRange::of(&parts.headers)
    else {
        return uncut(writer);
    };
    parts.status = StatusCode::OK;
    parts.headers.remove(CONTENT_RANGE);
    let verdict = job.judge(StatusCode::OK, &parts.headers, timing);
    if start == 0 && end == length {
        // The slice is all there is.
        job.whole(writer, Judged { parts, verdict, timing, body }).await;
        return None;
    }
    if (start..end) != slice_of(index, length) || !in_slices(length) {
        return uncut(writer);
    }
    let (Verdict::Store(freshness), Some(_)) = (verdict, Strong::of(&parts.headers)) else {
        let fits = length <= job.core.cache.max_object() && matches!(verdict, Verdict::Store(_));
        if fits {
            return Some(Again(writer, Wanted::Whole));
        }
        writer.disperse();
        return None;
    };
    let known = Arc::new(job.index(&parts, Some(length), freshness));
    let of = Arc::clone(known.head());
    let key = job.slice_key(index, &of);
    // First the slice, then the index: whoever reads the index finds the slice on its way.
    let slice = job.core.cache.join(&key.borrowed(), timing.received, None);
    writer.answer(known, true);
    if let Join::Lead(writer, nobody) = slice {
        // One who never reads would hold up what slides by.
        drop(nobody);
        let kept = (Keep::Store, Some(Freshness::lasting(timing.received)));
        write(job, writer, body, &of, kept, end - start).await;
    }
    None
}

/// Reads the answer to a question for one slice of the object `of`.
pub(super) async fn slice(
    job: &Job,
    writer: FillWriter,
    parts: &Parts,
    body: Download<'_>,
    timing: Timing,
    index: u32,
    of: &Arc<Head>,
) {
    let length = of.length.unwrap_or_default();
    let range = slice_of(index, length);
    let is_same = of.validators.strong.as_ref().is_some_and(|strong| strong.is_of(&parts.headers));
    let part = ContentRange::Part { start: range.start, end: range.end, complete: Some(length) };
    let is_slice = is_same
        && parts.status == StatusCode::PARTIAL_CONTENT
        && parts.headers.get(CONTENT_ENCODING) == of.headers.get(CONTENT_ENCODING)
        && ContentRange::of(&parts.headers).is_ok_and(|stated| stated == part);
    if is_slice {
        let (keep, freshness) = keep(job.judge(StatusCode::OK, &parts.headers, timing));
        if freshness.is_none() {
            // The origin has thought better of it: nothing of this object is found any more.
            job.core.cache.outdate(&job.key.borrowed(), of.version);
        }
        let kept = (keep, freshness.map(|_| Freshness::lasting(timing.received)));
        write(job, writer, body, of, kept, range.end - range.start).await;
    } else if is_temporary(parts.status) {
        writer.fail(FillError::Invalid);
    } else {
        let (cache, key, now) = (&job.core.cache, job.key.borrowed(), job.core.clock.now());
        let is_uncut = parts.status.is_success() && is_same;
        if is_uncut {
            // The same object, but not the range: this origin cannot do it after all.
            cache.mark_uncut(&key, now);
        }
        // What has come whole meanwhile is none the worse for it.
        let is_whole =
            matches!(cache.lookup(&key, now), Lookup::Fresh(held) | Lookup::Stale(held) if !held.is_index());
        if !(is_uncut && is_whole) {
            cache.outdate(&key, of.version);
        }
        writer.fail(FillError::Changed);
    }
}

/// Whether an answer says nothing of the object, only that the origin cannot answer now.
fn is_temporary(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

async fn write(
    job: &Job,
    writer: FillWriter,
    body: Download<'_>,
    of: &Head,
    (keep, freshness): (Keep, Option<Freshness>),
    length: u64,
) {
    let head = Head {
        status: StatusCode::PARTIAL_CONTENT,
        headers: HeaderMap::new(),
        length: Some(length),
        validators: Validators::default(),
        label: job.label.clone(),
        version: of.version,
        changed: None,
        prepared: Prepared::default(),
    };
    if let Err(error) = body::stream(job, writer, head, body, keep, freshness).await {
        tracing::debug!(%error, "a slice failed");
        if error == FillError::Changed {
            job.core.cache.outdate(&job.key.borrowed(), of.version);
        }
    }
}

/// Whether slices can be counted.
fn in_slices(length: u64) -> bool {
    u32::try_from(length / BLOCK as u64).is_ok()
}
