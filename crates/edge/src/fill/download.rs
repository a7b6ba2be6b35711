//! The body of an answer, and its resumption: where the origin cuts it off or stalls, the rest is asked for under
//! the same strong validator (RFC 9110 section 13.1.5), from the same origin, a bounded number of times.

use std::time::Duration;

use bytes::Bytes;
use http::header::TRANSFER_ENCODING;
use http::response::Parts;
use http::{StatusCode, Version};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use segment_cache::FillError;
use segment_cache::content_range::ContentRange;

use super::Job;
use crate::upstream::{Ask, Turn};
use segment_cache::range::ByteRange;
use segment_cache::validators::Strong;

/// A body on its way from an origin.
pub(super) struct Download<'j> {
    job: &'j Job,
    /// The body, and the place in the queue that it holds until it is read.
    source: Option<(Incoming, Turn)>,
    length: Option<u64>,
    ends_with_connection: bool,
    /// Where in the object the next byte belongs.
    position: u64,
    /// Where the object ends, or the range of it that was asked for.
    end: Option<u64>,
    strong: Option<Strong>,
    resumes: u32,
}

impl<'j> Download<'j> {
    pub(super) fn new(job: &'j Job, parts: &Parts, body: Incoming, turn: Turn) -> Self {
        let length = body.size_hint().exact();
        let ends_with_connection = length.is_none()
            && parts.version <= Version::HTTP_11
            && !parts.headers.contains_key(TRANSFER_ENCODING);
        let (position, end, resumable) = match (parts.status, ContentRange::of(&parts.headers)) {
            (StatusCode::PARTIAL_CONTENT, Ok(ContentRange::Part { start, end, .. })) => {
                (start, Some(end), true)
            }
            (status, _) => (0, length, status == StatusCode::OK),
        };
        let strong = Strong::of(&parts.headers).filter(|_| resumable);
        let resumes = job.core.upstreams.limits(&job.fetch).max_resumes;
        Self { job, source: Some((body, turn)), length, ends_with_connection, position, end, strong, resumes }
    }

    /// The body's length in bytes, when the origin states it.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Whether only the end of the connection tells the end of the body.
    pub(super) fn ends_with_connection(&self) -> bool {
        self.ends_with_connection
    }

    /// The next bytes; a body that stops, or ends before its end, and cannot be resumed, is an error.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, FillError> {
        loop {
            match self.read().await {
                Ok(bytes) => {
                    let length = bytes.as_ref().map_or(0, Bytes::len) as u64;
                    self.position += length;
                    self.job.core.upstreams.count_bytes(&self.job.fetch, length);
                    return Ok(bytes);
                }
                Err(error) => self.resume(error).await?,
            }
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>, FillError> {
        let Some((body, _)) = &mut self.source else {
            return Err(FillError::CutOff);
        };
        let stall = self.job.core.upstreams.limits(&self.job.fetch).stall_timeout.get();
        loop {
            let frame = tokio::time::timeout(stall, body.frame()).await.map_err(|_| FillError::TimedOut)?;
            let Some(frame) = frame else {
                return Ok(None);
            };
            // Trailers are dropped: nothing in them is for viewers.
            match frame.map_err(|_| FillError::CutOff)?.into_data() {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Ok(Some(bytes)),
                Err(_trailers) => {}
            }
        }
    }

    /// Asks for the rest, or gives `error` back when that is not possible.
    async fn resume(&mut self, error: FillError) -> Result<(), FillError> {
        // The place in the queue first: the question needs one.
        self.source = None;
        let Some(strong) = self.strong.clone().filter(|_| self.end.is_none_or(|end| self.position < end))
        else {
            return Err(error);
        };
        while self.resumes > 0 {
            self.resumes -= 1;
            let range = match self.end {
                Some(end) => ByteRange::FromTo(self.position, end - 1),
                None => ByteRange::From(self.position),
            };
            let ask = Ask::whole().range(range).of_same(&strong);
            let core = &self.job.core;
            let Ok(answer) = core.upstreams.ask(&self.job.fetch, &ask, &core.clock).await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let (parts, body) = answer.response.into_parts();
            let fits = parts.status == StatusCode::PARTIAL_CONTENT
                && strong.is_of(&parts.headers)
                && matches!(
                    ContentRange::of(&parts.headers),
                    Ok(ContentRange::Part { start, end, .. })
                        if start == self.position && self.end.is_none_or(|expected| end == expected)
                );
            if !fits {
                // Another object, or no ranges: what is here already has no rest.
                return Err(if parts.status.is_success() { FillError::Changed } else { error });
            }
            tracing::debug!(position = self.position, "an answer was resumed");
            self.source = Some((body, answer.turn));
            return Ok(());
        }
        Err(error)
    }
}

/// Between two tries to resume.
const PAUSE: Duration = Duration::from_millis(200);
