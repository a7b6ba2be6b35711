//! The body of an answer, and its resumption: where the origin cuts it off or stalls, the rest is asked for under
//! the same strong validator (RFC 9110 section 13.1.5), from the same origin, a bounded number of times.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use segment_cache::FillError;
use segment_cache::content_range::ContentRange;

use super::{Job, Wanted};
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
    /// Where the object ends.
    complete: Option<u64>,
    coding: Option<HeaderValue>,
    strong: Option<Strong>,
    resumes: u32,
}

impl<'j> Download<'j> {
    pub(super) fn new(job: &'j Job, parts: &Parts, body: Incoming, turn: Turn) -> Self {
        let stated = body.size_hint().exact();
        let (position, end, complete, has_rest) = match (parts.status, ContentRange::of(&parts.headers)) {
            (StatusCode::PARTIAL_CONTENT, Ok(ContentRange::Part { start, end, complete })) => {
                (start, Some(end), complete, true)
            }
            (status, _) => (0, stated, stated, status == StatusCode::OK),
        };
        // Where a part ends is known, whatever its framing says.
        let length = end.map(|end| end - position);
        let ends_with_connection = length.is_none()
            && parts.version <= Version::HTTP_11
            && !parts.headers.contains_key(TRANSFER_ENCODING);
        // The answer to an unsafe method is no state of the object, even where it has the object's tag.
        let is_state = has_rest && !matches!(job.wanted, Wanted::Done(_));
        let strong = Strong::of(&parts.headers).filter(|_| is_state);
        let coding = parts.headers.get(CONTENT_ENCODING).cloned();
        let resumes = job.core.upstreams.limits(&job.fetch).max_resumes;
        let source = Some((body, turn));
        Self { job, source, length, ends_with_connection, position, end, complete, coding, strong, resumes }
    }

    /// The body's length in bytes, when the origin states it, for a part by its Content-Range.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Where in the object the next byte belongs.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Whether only the end of the connection tells the end of the body.
    pub(super) fn ends_with_connection(&self) -> bool {
        self.ends_with_connection
    }

    /// The next bytes; a body that stops, or ends before its end, and cannot be resumed, is an error.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, FillError> {
        loop {
            match self.read().await {
                Ok(Some(bytes)) => {
                    let length = bytes.len() as u64;
                    self.position += length;
                    self.job.core.upstreams.count_bytes(&self.job.fetch, length);
                    let is_beyond = self.end.is_some_and(|end| self.position > end);
                    return if is_beyond { Err(FillError::Invalid) } else { Ok(Some(bytes)) };
                }
                // Chunks may end well before what Content-Range announced.
                Ok(None) if self.has_rest() => self.resume(FillError::CutOff).await?,
                Ok(None) => return Ok(None),
                Err(error) => self.resume(error).await?,
            }
        }
    }

    /// Whether bytes are known to be missing.
    fn has_rest(&self) -> bool {
        self.end.is_some_and(|end| self.position < end)
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
            let is_part = parts.status == StatusCode::PARTIAL_CONTENT;
            let rest = is_part && strong.is_of(&parts.headers) && self.is_coded_like(&parts.headers);
            let Some(end) = self.end_of_rest(&parts.headers).filter(|_| rest) else {
                // Another object, or no ranges: what is here already has no rest.
                return Err(if parts.status.is_success() { FillError::Changed } else { error });
            };
            tracing::debug!(position = self.position, "an answer was resumed");
            self.end = Some(end);
            self.source = Some((body, answer.turn));
            return Ok(());
        }
        Err(error)
    }

    /// Where the rest that an answer holds ends; `None` when it is not the rest.
    fn end_of_rest(&self, answer: &HeaderMap) -> Option<u64> {
        let Ok(ContentRange::Part { start, end, complete }) = ContentRange::of(answer) else {
            return None;
        };
        // Without an end known before, only that of the whole object is the end of the body.
        let is_end = match self.end {
            Some(known) => end == known,
            None => complete == Some(end),
        };
        let is_same_object = self.complete.zip(complete).is_none_or(|(known, stated)| known == stated);
        (start == self.position && is_end && is_same_object).then_some(end)
    }

    /// Whether an answer's bytes are coded as those before. Chunks are taken off already.
    fn is_coded_like(&self, answer: &HeaderMap) -> bool {
        answer.get(CONTENT_ENCODING) == self.coding.as_ref() && !super::has_foreign_coding(answer)
    }
}

/// Between two tries to resume.
const PAUSE: Duration = Duration::from_millis(200);
