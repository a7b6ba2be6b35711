//! A request that reads a fill while it grows.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{Fill, FillError, Phase, State};
use crate::object::{Head, Object};
use crate::pieces::Pieces;

/// One reader of a fill. Dropping it frees its place; the fill goes on without it.
#[derive(Debug)]
pub struct Follower {
    fill: Arc<Fill>,
    slot: usize,
}

/// What a fill came to, as far as its followers care.
#[derive(Debug)]
pub enum Outcome {
    /// The head is here and the body follows: read it with [`Follower::poll_read`].
    Streaming(Arc<Head>),
    /// The whole object is there.
    Complete(Arc<Object>),
    /// The answer belongs to another request alone: ask upstream again.
    Alone,
}

impl Follower {
    /// Takes a place at `fill`; `None` when there is none left or the first bytes are gone.
    pub(crate) fn enter(fill: &Arc<Fill>) -> Option<Self> {
        let slot = fill.lock().enter(fill.max_followers)?;
        Some(Self { fill: Arc::clone(fill), slot })
    }

    /// Waits until the answer's head is known.
    pub async fn outcome(&mut self) -> Result<Outcome, FillError> {
        poll_fn(|cx| self.poll_outcome(cx)).await
    }

    /// The same, for those who poll.
    pub fn poll_outcome(&mut self, cx: &mut Context<'_>) -> Poll<Result<Outcome, FillError>> {
        let mut state = self.fill.lock();
        Poll::Ready(match &state.phase {
            Phase::Failed(error) => Err(*error),
            Phase::Dispersed => Ok(Outcome::Alone),
            Phase::Complete(object) => Ok(Outcome::Complete(Arc::clone(object))),
            Phase::Streaming { private: true, .. } | Phase::Ended { private: true, .. }
                if !state.slots[self.slot].starter =>
            {
                Ok(Outcome::Alone)
            }
            Phase::Streaming { head, .. } | Phase::Ended { head, .. } => {
                Ok(Outcome::Streaming(Arc::clone(head)))
            }
            Phase::Asking => {
                wait(&mut state, self.slot, cx);
                return Poll::Pending;
            }
        })
    }

    /// Whether the answer is to be stored when it is whole, as far as is known now.
    pub fn is_kept(&self) -> bool {
        !self.fill.lock().growing.is_sliding()
    }

    /// Bytes that have arrived so far.
    pub fn arrived(&self) -> u64 {
        self.fill.lock().growing.committed()
    }

    /// The next bytes from `position` up to `end` at most; `None` at `end` or at the body's end.
    /// Positions must not go back.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        position: u64,
        end: u64,
    ) -> Poll<Option<Result<Pieces, FillError>>> {
        let (ready, writer) = {
            let mut state = self.fill.lock();
            let ready = self.read(&mut state, cx, position, end);
            let writer = if state.growing.is_sliding() { state.writer.take() } else { None };
            (ready, writer)
        };
        if let Some(writer) = writer {
            writer.wake();
        }
        ready
    }

    fn read(
        &self,
        state: &mut State,
        cx: &mut Context<'_>,
        position: u64,
        end: u64,
    ) -> Poll<Option<Result<Pieces, FillError>>> {
        if state.slots[self.slot].cut {
            return Poll::Ready(Some(Err(FillError::TooSlow)));
        }
        if position >= end {
            return Poll::Ready(None);
        }
        let bytes = match &state.phase {
            Phase::Dispersed => return Poll::Ready(Some(Err(FillError::Abandoned))),
            Phase::Complete(object) => object.read(position, end).into(),
            Phase::Asking | Phase::Streaming { .. } | Phase::Ended { .. } | Phase::Failed(_) => {
                state.growing.read(position, end)
            }
        };
        state.slots[self.slot].position = position + bytes.len() as u64;
        if !bytes.is_empty() {
            return Poll::Ready(Some(Ok(bytes)));
        }
        match state.phase {
            Phase::Complete(_) | Phase::Ended { .. } => Poll::Ready(None),
            Phase::Failed(error) => Poll::Ready(Some(Err(error))),
            _ => {
                wait(state, self.slot, cx);
                Poll::Pending
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let writer = {
            let mut state = self.fill.lock();
            state.slots[self.slot] = super::Slot::default();
            state.free.push(self.slot);
            state.writer.take()
        };
        if let Some(writer) = writer {
            writer.wake();
        }
    }
}

fn wait(state: &mut State, slot: usize, cx: &Context<'_>) {
    let waker = &mut state.slots[slot].waker;
    match waker {
        Some(known) if known.will_wake(cx.waker()) => {}
        other => *other = Some(cx.waker().clone()),
    }
}
