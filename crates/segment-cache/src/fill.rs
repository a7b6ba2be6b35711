//! One object on its way in, and everybody who reads it meanwhile.
//!
//! A fill has one [`FillWriter`], owned by a task that no viewer can cancel, and any number of
//! [`Follower`]s. A follower reads from byte 0 while bytes arrive.
//!
//! # States
//! ```text
//! asking ─► streaming ─► complete(object)      kept to the end, and stored
//!    │         ├────────► ended                 slid by, not stored
//!    │         └────────► failed(error)
//!    ├─► complete(object)                       a 304 renewed what was stored
//!    ├─► dispersed                              every follower has to ask for itself
//!    └─► failed(error)
//! ```
//! A fill starts out *keeping*: all bytes stay until the object is complete and stored. When the object
//! turns out too large, or memory is short, or it must not be stored, it becomes *sliding*: bytes are
//! dropped once every follower has read them, the writer never runs more than a window ahead of the
//! slowest follower, and nobody can join any more. One that stays behind too long is cut off.
//!
//! # Invariants
//! - Dropping the writer before the end fails the fill: no follower ever sees a clean end of a part.
//! - A follower that reads gets all bytes that came before a failure, and then hears of it.
//! - Followers and the bytes kept for them are bounded.

mod follower;
mod growing;
pub mod writer;

use std::sync::{Arc, PoisonError};
use std::task::Waker;

pub use follower::{Follower, Outcome};
pub use writer::FillWriter;

use crate::budget::Reservation;
use crate::object::{Head, Object};
use crate::sync::{Mutex, MutexGuard};
use growing::Growing;

/// Why a fill failed, or a follower was cut off. The edge turns it into a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// No upstream could be reached.
    #[error("the upstream could not be reached")]
    Unreachable,
    /// The upstream did not answer, or stopped sending, within its time.
    #[error("the upstream took too long")]
    TimedOut,
    /// The upstream ended the body early.
    #[error("the upstream cut the answer off")]
    CutOff,
    /// The upstream's answer was longer or shorter than it said, or not HTTP.
    #[error("the upstream sent an invalid answer")]
    Invalid,
    /// More requests wait for this upstream than it is given at once.
    #[error("too many requests wait for the upstream")]
    Overloaded,
    /// The memory budget has no room for another answer.
    #[error("no memory is free")]
    NoMemory,
    /// The fill was given up before its end.
    #[error("the fill was given up")]
    Abandoned,
    /// The upstream has another object now: its parts must not mix with those of the one before.
    #[error("the upstream changed the object meanwhile")]
    Changed,
    /// This reader stayed too far behind the others.
    #[error("the reader is too slow")]
    TooSlow,
}

/// A fill under way, shared by its writer and followers.
#[derive(Debug)]
pub(crate) struct Fill {
    state: Mutex<State>,
    max_followers: usize,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    growing: Growing,
    slots: Vec<Slot>,
    free: Vec<usize>,
    writer: Option<Waker>,
    /// Followers that wait were woken for the bytes up to here.
    flushed: u64,
    /// What `growing` holds when the writer is gone.
    memory: Reservation,
}

#[derive(Debug)]
enum Phase {
    Asking,
    Streaming {
        head: Arc<Head>,
        private: bool,
    },
    Complete(Arc<Object>),
    Ended {
        head: Arc<Head>,
        private: bool,
    },
    /// Every follower is to ask for itself.
    Dispersed,
    Failed(FillError),
}

/// One follower's place.
#[derive(Debug, Default)]
struct Slot {
    taken: bool,
    /// Its request started the fill; whoever gets the place afterwards did not.
    starter: bool,
    position: u64,
    cut: bool,
    waker: Option<Waker>,
}

impl Fill {
    pub(crate) fn new(max_followers: usize) -> Arc<Self> {
        let state = State {
            phase: Phase::Asking,
            growing: Growing::default(),
            slots: Vec::new(),
            free: Vec::new(),
            writer: None,
            flushed: 0,
            memory: Reservation::empty(),
        };
        Arc::new(Self { state: Mutex::new(state), max_followers })
    }

    /// The state is only changed by code that cannot panic half-way, so a poisoned lock still guards
    /// a whole state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the phase and wakes every follower, outside the lock.
    fn advance(&self, change: impl FnOnce(&mut State)) {
        let wakers = {
            let mut state = self.lock();
            change(&mut state);
            state.wakers()
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl State {
    /// Those who wait, to be woken outside the lock: with that they have heard of all that is there.
    fn wakers(&mut self) -> Vec<Waker> {
        self.flushed = self.growing.committed();
        self.slots.iter_mut().filter_map(|slot| slot.waker.take()).collect()
    }

    fn is_flushed(&self) -> bool {
        self.flushed == self.growing.committed()
    }

    /// Takes a follower's place, unless there are too many or the first bytes are gone.
    fn enter(&mut self, max: usize) -> Option<usize> {
        if self.growing.is_sliding() {
            return None;
        }
        let starter = self.slots.is_empty();
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() < max => {
                self.slots.push(Slot::default());
                self.slots.len() - 1
            }
            None => return None,
        };
        self.slots[index] = Slot { taken: true, starter, ..Slot::default() };
        Some(index)
    }

    /// The position of the slowest follower that still counts; `None` when nobody reads.
    fn slowest(&self) -> Option<u64> {
        self.slots.iter().filter(|slot| slot.taken && !slot.cut).map(|slot| slot.position).min()
    }
}
