//! A response body: nothing, fixed bytes, a stored object, one in slices, or a fill as it grows.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use segment_cache::{FillError, Follower, Object, Pieces};

use crate::metrics::Meter;
use crate::serve::InFlight;
use crate::sliced::Sliced;

/// The body of a response to a viewer.
#[derive(Debug)]
pub(crate) struct Body {
    source: Source,
    position: u64,
    end: u64,
    /// Whether `end` is known to be the body's end; otherwise it ends where the fill ends.
    exact: bool,
    breaking: Breaking,
    meter: Option<Meter>,
    in_flight: Option<InFlight>,
}

/// How far a body is from being broken off. The library throws away what it has not yet handed to the socket when a
/// body fails; so it gets a turn to do that between the last bytes and the error.
#[derive(Debug, Default)]
enum Breaking {
    /// Not at all, and the library holds nothing.
    #[default]
    Waiting,
    /// Not at all, and the library may hold bytes.
    Sending,
    /// With this, at the next turn.
    Failed(FillError),
}

#[derive(Debug)]
enum Source {
    Fixed(Bytes),
    Stored(Arc<Object>),
    Growing(Follower),
    Sliced(Box<Sliced>),
}

impl Body {
    /// No bytes.
    pub(crate) fn empty() -> Self {
        Self::fixed(Bytes::new())
    }

    /// These bytes.
    pub(crate) fn fixed(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let end = bytes.len() as u64;
        Self::over(Source::Fixed(bytes), 0, end, true)
    }

    /// Bytes `start` to `end` (excluded) of a stored object.
    pub(crate) fn stored(object: Arc<Object>, start: u64, end: u64) -> Self {
        Self::over(Source::Stored(object), start, end, true)
    }

    /// Bytes `start` to `end` (excluded) of a fill; to its end, wherever that is, when `end` is `None`.
    pub(crate) fn growing(follower: Follower, start: u64, end: Option<u64>) -> Self {
        Self::over(Source::Growing(follower), start, end.unwrap_or(u64::MAX), end.is_some())
    }

    /// Bytes `start` to `end` (excluded) of an object in slices.
    pub(crate) fn sliced(sliced: Box<Sliced>, start: u64, end: u64) -> Self {
        Self::over(Source::Sliced(sliced), start, end, true)
    }

    /// Waits until the first bytes are known to come; others than those in slices are by now. Says whether an
    /// origin is asked for them.
    pub(crate) async fn ready(&mut self) -> Result<bool, FillError> {
        let (position, end) = (self.position, self.end);
        let Source::Sliced(sliced) = &mut self.source else {
            return Ok(false);
        };
        if position < end {
            std::future::poll_fn(|cx| sliced.poll_ready(cx, position)).await?;
        }
        Ok(sliced.has_asked_upstream())
    }

    fn over(source: Source, position: u64, end: u64, exact: bool) -> Self {
        Self { source, position, end, exact, breaking: Breaking::default(), meter: None, in_flight: None }
    }

    /// Counts what is sent.
    #[must_use]
    pub(crate) fn metered(mut self, meter: Meter) -> Self {
        self.meter = Some(meter);
        self
    }

    /// Keeps the connection counted as busy until the body is gone.
    #[must_use]
    pub(crate) fn keeping(mut self, mut in_flight: InFlight) -> Self {
        in_flight.waits(false);
        self.in_flight = Some(in_flight);
        self
    }

    /// Bytes that are still to come, when known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.exact.then(|| self.end - self.position)
    }

    /// The next bytes; an error not in the same turn as the bytes before it.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Pieces, FillError>>> {
        if let Breaking::Failed(error) = self.breaking {
            return Poll::Ready(Some(Err(error)));
        }
        let next = match self.poll_bytes(cx) {
            // A fill that ends before its announced length has failed and says so; this is the second line.
            Poll::Ready(None) if self.exact && self.position < self.end => {
                Poll::Ready(Some(Err(FillError::CutOff)))
            }
            next => next,
        };
        match (&next, &self.breaking) {
            (Poll::Ready(Some(Err(error))), Breaking::Sending) => {
                self.breaking = Breaking::Failed(*error);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            (Poll::Ready(Some(Ok(_))), _) => self.breaking = Breaking::Sending,
            (Poll::Pending, _) => self.breaking = Breaking::Waiting,
            _ => {}
        }
        next
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Pieces, FillError>>> {
        match &mut self.source {
            Source::Fixed(bytes) => {
                Poll::Ready((!bytes.is_empty()).then(|| Ok(std::mem::take(bytes).into())))
            }
            Source::Stored(object) => {
                let bytes = object.read(self.position, self.end);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(bytes.into())))
            }
            Source::Growing(follower) => follower.poll_read(cx, self.position, self.end),
            Source::Sliced(sliced) => sliced.poll_read(cx, self.position, self.end),
        }
    }
}

impl http_body::Body for Body {
    type Data = Pieces;
    type Error = FillError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Pieces>, FillError>>> {
        let this = self.get_mut();
        let next = this.poll_next(cx);
        if let Some(in_flight) = &mut this.in_flight {
            in_flight.waits(next.is_pending());
        }
        next.map_ok(|bytes| {
            this.position += bytes.len() as u64;
            if let Some(meter) = &mut this.meter {
                meter.sent(bytes.len() as u64);
            }
            Frame::data(bytes)
        })
    }

    fn is_end_stream(&self) -> bool {
        self.exact && self.position >= self.end
    }

    fn size_hint(&self) -> SizeHint {
        self.remaining().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
