//! The one side of a fill that writes.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};

use bytes::Bytes;

use super::{Fill, FillError, Phase};
use crate::budget::Reservation;
use crate::cache::Registration;
use crate::freshness::Freshness;
use crate::object::{BLOCK, Head, Object};

/// How far a sliding fill runs ahead of its slowest follower, in bytes.
pub const WINDOW: u64 = 512 * 1024;

/// Followers are woken for so many bytes at once: each wake costs a turn of a task and a system call, however few the
/// bytes are, and a network brings one or two KiB at a time. More would leave too much work for the end, when the
/// last bytes go to everybody.
const AT_ONCE: u64 = 128 * 1024;

/// What is to become of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Every follower gets it, and it is stored.
    Store,
    /// Every follower gets it; it is not stored.
    Share,
    /// Only the request that started the fill gets it.
    Private,
}

/// Writes one fill. Dropped before its end, it fails the fill.
#[derive(Debug)]
pub struct FillWriter {
    fill: Arc<Fill>,
    registration: Registration,
    memory: Reservation,
    /// What it holds of the room that fills are entitled to.
    filling: Reservation,
    length: Option<u64>,
    renewable: bool,
    open: bool,
}

impl FillWriter {
    pub(crate) fn new(fill: Arc<Fill>, registration: Registration, renewable: bool) -> Self {
        let (memory, filling) = (Reservation::empty(), Reservation::empty());
        Self { fill, registration, memory, filling, length: None, renewable, open: true }
    }

    /// Whether what the request held when it joined was still stored then. If not, ask without a condition, and do
    /// not answer with it: it was purged, and must not reach those who came after that.
    pub fn may_renew(&self) -> bool {
        self.renewable
    }

    /// Announces the head. An answer that does not fit the memory becomes a sliding one; where there
    /// is not even room for its window, [`FillError::NoMemory`].
    pub fn begin(&mut self, head: Head, keep: Keep) -> Result<(), FillError> {
        self.length = head.length;
        let fits = keep == Keep::Store && self.reserve_for(head.length);
        if keep == Keep::Private {
            self.registration.mark_private();
        }
        if !fits {
            self.slide()?;
        }
        let (head, private) = (Arc::new(head), keep == Keep::Private);
        self.fill.advance(|state| state.phase = Phase::Streaming { head, private });
        Ok(())
    }

    /// Counts `bytes` in all that the caller holds for this fill before [`Self::begin`], a manifest that is
    /// being read whole.
    pub fn hold(&mut self, bytes: u64) -> Result<(), FillError> {
        let missing = bytes.saturating_sub(self.memory.bytes());
        if missing > 0 {
            let step = missing.max(BLOCK as u64 / 4);
            self.reserve(step).ok_or(FillError::NoMemory)?;
        }
        Ok(())
    }

    /// Waits until `bytes` more may be appended. Fails when nobody reads a fill that is not kept.
    /// The caller bounds the time, and calls [`Self::cut_slowest`] when it is over.
    pub async fn room(&mut self, bytes: usize) -> Result<(), FillError> {
        let committed = {
            let state = self.fill.lock();
            if state.growing.is_sliding() { None } else { Some(state.growing.committed()) }
        };
        if let Some(committed) = committed {
            if self.reserve_up_to(committed + bytes as u64) {
                return Ok(());
            }
            self.slide()?;
        }
        poll_fn(|cx| {
            let unaware = {
                let mut state = self.fill.lock();
                let Some(slowest) = state.slowest() else {
                    return Poll::Ready(Err(FillError::Abandoned));
                };
                state.growing.trim(slowest);
                // Readers of a range may wait far ahead.
                if state.growing.committed().saturating_sub(slowest) < WINDOW {
                    return Poll::Ready(Ok(()));
                }
                state.writer = Some(cx.waker().clone());
                // Whoever keeps up is not to wait for the slowest before the last bytes that are there.
                if state.is_flushed() { Vec::new() } else { state.wakers() }
            };
            unaware.into_iter().for_each(Waker::wake);
            Poll::Pending
        })
        .await
    }

    /// Cuts off every follower that keeps a sliding fill from going on.
    pub fn cut_slowest(&mut self) {
        self.fill.advance(|state| {
            let behind = state.growing.committed().saturating_sub(WINDOW);
            for slot in &mut state.slots {
                slot.cut |= slot.position <= behind;
            }
        });
    }

    /// Adds bytes. More than the head announced is [`FillError::Invalid`].
    ///
    /// Followers that wait are woken for the first ones, and when enough have come together; see
    /// [`Self::is_flushed`].
    pub fn append(&mut self, bytes: Bytes) -> Result<(), FillError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let wakers = {
            let mut state = self.fill.lock();
            let expected = self.length.map(|length| length.saturating_sub(state.growing.committed()));
            if expected.is_some_and(|expected| bytes.len() as u64 > expected) {
                return Err(FillError::Invalid);
            }
            state.growing.append(bytes, expected);
            let enough = if state.flushed == 0 { 1 } else { AT_ONCE };
            if state.growing.committed() - state.flushed < enough {
                return Ok(());
            }
            state.wakers()
        };
        wakers.into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// Whether followers that wait have been woken for all that is there. If not, and nothing more comes for a
    /// moment, the caller is to [`Self::flush`].
    pub fn is_flushed(&self) -> bool {
        self.fill.lock().is_flushed()
    }

    /// Wakes the followers for what is there.
    pub fn flush(&mut self) {
        self.fill.advance(|_| {});
    }

    /// Ends the fill: the object is stored if it was kept and `freshness` is given. A body shorter than
    /// announced fails it with [`FillError::CutOff`].
    pub fn complete(mut self, freshness: Option<Freshness>) -> Result<Option<Arc<Object>>, FillError> {
        let committed = self.fill.lock().growing.committed();
        if self.length.is_some_and(|length| length != committed) {
            self.end(Phase::Failed(FillError::CutOff));
            return Err(FillError::CutOff);
        }
        let (head, private, blocks) = {
            let mut state = self.fill.lock();
            let Phase::Streaming { head, private } = &state.phase else {
                return Err(FillError::Abandoned);
            };
            let (head, private) = (Arc::clone(head), *private);
            let kept = !state.growing.is_sliding() && freshness.is_some();
            (head, private, kept.then(|| state.growing.finish()))
        };
        let (Some(blocks), Some(freshness)) = (blocks, freshness) else {
            self.end(Phase::Ended { head, private });
            return Ok(None);
        };
        let mut memory = std::mem::replace(&mut self.memory, Reservation::empty());
        memory.shrink_to(committed);
        let object = Arc::new(Object::new(head, blocks, freshness, memory));
        self.registration.store(&object);
        self.end(Phase::Complete(Arc::clone(&object)));
        Ok(Some(object))
    }

    /// Answers with an object that is there already, and stores it: a 304, or a stale object in place
    /// of an error (`store` false).
    pub fn answer(mut self, object: Arc<Object>, store: bool) {
        if store {
            self.registration.store(&object);
        }
        self.end(Phase::Complete(object));
    }

    /// Answers with a head that has no body: the answer to HEAD.
    pub fn answer_head(mut self, head: Head, keep: Keep) {
        self.end(Phase::Ended { head: Arc::new(head), private: keep == Keep::Private });
    }

    /// Lets every follower ask for itself, and those who come within the time of a private mark too.
    pub fn disperse(mut self) {
        self.registration.mark_private();
        self.end(Phase::Dispersed);
    }

    /// Fails the fill.
    pub fn fail(mut self, error: FillError) {
        self.end(Phase::Failed(error));
    }

    fn end(&mut self, phase: Phase) {
        self.open = false;
        self.registration.remove();
        let mut memory = std::mem::replace(&mut self.memory, Reservation::empty());
        self.fill.advance(|state| {
            state.phase = phase;
            // Followers still read what has come.
            let left = state.growing.stop();
            memory.shrink_to(with_pins(left));
            state.memory = memory;
        });
    }

    fn reserve_for(&mut self, length: Option<u64>) -> bool {
        length.is_none_or(|length| self.reserve_up_to(length))
    }

    /// Makes sure that the memory for a body of `length` bytes is reserved.
    fn reserve_up_to(&mut self, length: u64) -> bool {
        if length > self.registration.max_object() {
            return false;
        }
        let missing = with_pins(length).saturating_sub(self.memory.bytes());
        if missing == 0 {
            return true;
        }
        // Unknown lengths grow block by block.
        let step = if self.length.is_some() { missing } else { missing.max(BLOCK as u64 / 4) };
        self.reserve(step).is_some()
    }

    fn reserve(&mut self, bytes: u64) -> Option<()> {
        self.memory.add(self.registration.reserve(bytes, &mut self.filling)?);
        Some(())
    }

    /// Stops keeping: nobody joins any more, and only a window of memory is held.
    fn slide(&mut self) -> Result<(), FillError> {
        self.registration.remove();
        if self.memory.bytes() < WINDOW {
            let missing = WINDOW - self.memory.bytes();
            self.reserve(missing).ok_or(FillError::NoMemory)?;
        }
        self.fill.lock().growing.slide();
        Ok(())
    }
}

/// What so many bytes may take: pieces pin network buffers as long as their block is not full, hence one block more.
fn with_pins(bytes: u64) -> u64 {
    bytes.saturating_add(bytes.min(BLOCK as u64))
}

impl Drop for FillWriter {
    fn drop(&mut self) {
        if self.open {
            self.end(Phase::Failed(FillError::Abandoned));
        }
    }
}
