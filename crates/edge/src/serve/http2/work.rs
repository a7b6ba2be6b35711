//! What a stream is doing.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::AbortHandle;
use http::Request;
use http_body::Body as _;
use segment_cache::{FillError, Pieces};

use super::super::activity::InFlight;
use super::super::quick::Hit;
use super::received::{Feed, Received};
use crate::body::Body;

/// What a stream is doing. Dropped, it stops.
#[derive(Debug)]
pub(super) enum Work {
    /// The request waits to be begun with; what comes of its body is kept with it.
    Asked { request: Box<Request<Received>>, feed: Option<Feed> },
    /// The answer's head is being made.
    Answering { _end: EndWithStream, feed: Option<Feed>, is_head: bool },
    /// A stored object is sent.
    Hit { hit: Hit, _in_flight: InFlight },
    /// A body is sent: what was read of it, and the rest.
    Body { body: Box<Body>, read: Pieces },
    /// Nothing any more.
    Over,
}

/// A piece of an answer's body.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    pub(super) is_last: bool,
}

/// Ends what makes an answer when it is dropped.
#[derive(Debug)]
pub(super) struct EndWithStream(AbortHandle);

impl Drop for EndWithStream {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Work {
    /// An answer's head is being made; `end` ends that.
    pub(super) fn answering(end: AbortHandle, feed: Option<Feed>, is_head: bool) -> Self {
        Self::Answering { _end: EndWithStream(end), feed, is_head }
    }

    /// This body is to be sent.
    pub(super) fn body(body: Body) -> Self {
        Self::Body { body: Box::new(body), read: Pieces::default() }
    }

    /// Whether looking again may bring more to send.
    pub(super) fn may_have_more(&self) -> bool {
        matches!(self, Self::Hit { .. } | Self::Body { .. })
    }

    /// Takes a piece of the request's body; false where nobody reads it.
    pub(super) fn receive(&mut self, bytes: Bytes, ends: bool) -> bool {
        match self {
            Self::Answering { feed: Some(feed), .. } | Self::Asked { feed: Some(feed), .. } => {
                feed.give(bytes, ends)
            }
            _ => false,
        }
    }

    /// The next piece of the answer's body, up to `most` bytes.
    pub(super) fn poll_take(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Result<Piece, FillError>> {
        match self {
            Self::Asked { .. } | Self::Answering { .. } | Self::Over => Poll::Pending,
            Self::Hit { hit, .. } => {
                let bytes = hit.take(most);
                Poll::Ready(Ok(Piece { bytes, is_last: hit.remaining() == 0 }))
            }
            Self::Body { body, read } => {
                if read.is_empty() {
                    match std::task::ready!(Pin::new(&mut **body).poll_frame(cx)) {
                        Some(Ok(frame)) => *read = frame.into_data().unwrap_or_default(),
                        Some(Err(error)) => return Poll::Ready(Err(error)),
                        None => return Poll::Ready(Ok(Piece { bytes: Bytes::new(), is_last: true })),
                    }
                }
                let bytes = read.take_first(most);
                Poll::Ready(Ok(Piece { bytes, is_last: read.is_empty() && body.is_end_stream() }))
            }
        }
    }
}
