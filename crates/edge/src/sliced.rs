//! The body of an object that is kept in slices, as one viewer reads it: slice by slice, with the next one asked
//! for ahead, and none that nobody reads.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use segment_cache::object::BLOCK;
use segment_cache::{FillError, Follower, Head, Join, Lookup, Object, Outcome, Pieces};

use crate::fill::Job;

/// Reads one object.
#[derive(Debug)]
pub(crate) struct Sliced {
    /// What fills of its slices are made from.
    job: Job,
    head: Arc<Head>,
    current: Option<(u32, Slice)>,
    /// The slice that was asked for ahead last.
    ahead: Option<u32>,
    asked_upstream: bool,
}

#[derive(Debug)]
enum Slice {
    Stored(Arc<Object>),
    Coming { follower: Follower, is_known: bool },
}

impl Sliced {
    /// The object that has this head; `job` is any fill of it.
    pub(crate) fn new(job: Job, head: Arc<Head>) -> Self {
        Self { job, head, current: None, ahead: None, asked_upstream: false }
    }

    /// Whether anything was not stored yet.
    pub(crate) fn has_asked_upstream(&self) -> bool {
        self.asked_upstream
    }

    /// Waits until the slice at `position` is known to come, so that a failure can still become a status.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>, position: u64) -> Poll<Result<(), FillError>> {
        self.turn_to(position, position)?;
        match &mut self.current {
            Some((_, slice)) => slice.poll_known(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// The next bytes from `position` up to `end` at most; `None` at `end`.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        position: u64,
        end: u64,
    ) -> Poll<Option<Result<Pieces, FillError>>> {
        if position >= end {
            return Poll::Ready(None);
        }
        if let Err(error) = self.turn_to(position, end) {
            return Poll::Ready(Some(Err(error)));
        }
        let Some((index, slice)) = &mut self.current else {
            return Poll::Ready(Some(Err(FillError::Abandoned)));
        };
        if let Err(error) = ready!(slice.poll_known(cx)) {
            return Poll::Ready(Some(Err(error)));
        }
        let start = u64::from(*index) * BLOCK as u64;
        let (position, end) = (position - start, end.min(start + BLOCK as u64) - start);
        match slice {
            Slice::Stored(object) => {
                let bytes = object.read(position, end);
                // The object was longer when its index was made.
                Poll::Ready(Some(if bytes.is_empty() { Err(FillError::CutOff) } else { Ok(bytes.into()) }))
            }
            Slice::Coming { follower, .. } => {
                follower.poll_read(cx, position, end).map(|read| read.or(Some(Err(FillError::CutOff))))
            }
        }
    }

    /// Makes the slice of `position` the current one, and asks for the next when `end` lies beyond.
    fn turn_to(&mut self, position: u64, end: u64) -> Result<(), FillError> {
        let index = u32::try_from(position / BLOCK as u64).map_err(|_| FillError::Invalid)?;
        if self.current.as_ref().is_none_or(|(current, _)| *current != index) {
            // The one before goes first: it may be what takes the room.
            self.current = None;
            self.current = Some((index, self.open(index)?));
        }
        let next = index.saturating_add(1);
        let keeps_slices = self.job.core().cache.max_object() >= BLOCK as u64;
        if u64::from(next) * (BLOCK as u64) < end && self.ahead != Some(next) && keeps_slices {
            self.ahead = Some(next);
            // Its fill goes on by itself. Whoever read along from here on would hold the slice, or hold it up,
            // for as long as a slow viewer takes for the one before.
            drop(self.open(next));
        }
        Ok(())
    }

    /// Finds a slice, joins its fill, or starts one.
    fn open(&mut self, index: u32) -> Result<Slice, FillError> {
        let (core, key) = (self.job.core(), self.job.slice_key(index, &self.head));
        let now = core.clock.now();
        if let Lookup::Fresh(object) | Lookup::Stale(object) = core.cache.lookup(&key.borrowed(), now) {
            return Ok(Slice::Stored(object));
        }
        match core.cache.join(&key.borrowed(), now, None) {
            Join::Fresh(object) => Ok(Slice::Stored(object)),
            Join::Follow(follower) => {
                self.asked_upstream = true;
                Ok(Slice::Coming { follower, is_known: false })
            }
            Join::Lead(writer, follower) => {
                self.asked_upstream = true;
                self.job.slice(index, &self.head).start(writer);
                Ok(Slice::Coming { follower, is_known: false })
            }
            Join::Full => Err(FillError::Overloaded),
        }
    }
}

impl Slice {
    fn poll_known(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), FillError>> {
        if let Self::Coming { follower, is_known: is_known @ false } = self {
            match ready!(follower.poll_outcome(cx))? {
                Outcome::Complete(object) => *self = Self::Stored(object),
                Outcome::Streaming(_) => *is_known = true,
                Outcome::Alone => return Poll::Ready(Err(FillError::Abandoned)),
            }
        }
        Poll::Ready(Ok(()))
    }
}
