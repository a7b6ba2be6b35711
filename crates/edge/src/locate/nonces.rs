//! Nonces are used once: the memory of those that were answered.
//!
//! It is two generations. What comes is kept in the younger; when that has lasted a [`LIFETIME`], it becomes the older, and
//! the older goes. So a nonce is remembered for at least as long as the statement that it was answered with holds, and
//! forgetting costs no walk and no timer.
//!
//! # Invariants
//! - A nonce that was answered is not answered again while its statement holds.
//! - The memory is bounded: a generation that is full refuses new nonces, and forgets none early. The portal goes on
//!   without an answer then, as it does for viewers outside.
//! - No nonce is kept: only 128 bits of its hash, under a key that the process drew at random. Nobody outside can choose
//!   nonces that fall together.
//!
//! Pure: time comes in.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use control::statement::{LIFETIME, Nonce};

/// Those that were answered.
#[derive(Debug)]
pub(crate) struct Nonces {
    /// The most of one generation.
    most: usize,
    /// Draws its key at random.
    hasher: RandomState,
    generations: Mutex<Generations>,
}

#[derive(Debug)]
struct Generations {
    younger: HashSet<u128>,
    older: HashSet<u128>,
    /// When the younger began.
    began: Instant,
}

/// Why a nonce is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unanswered {
    /// It was, lately.
    #[error("this nonce was answered already")]
    Used,
    /// There is no room to remember that it was.
    #[error("too many questions in this minute")]
    Full,
}

impl Nonces {
    /// None; remembers up to `most` in each [`LIFETIME`]. `now` is any moment before those that follow.
    pub(crate) fn new(most: usize, now: Instant) -> Self {
        let generations = Generations { younger: HashSet::new(), older: HashSet::new(), began: now };
        Self { most, hasher: RandomState::new(), generations: Mutex::new(generations) }
    }

    /// Takes a nonce that is to be answered: once.
    pub(crate) fn use_once(&self, nonce: &Nonce, now: Instant) -> Result<(), Unanswered> {
        let hash = self.hash(nonce);
        // Every change under this lock leaves whole generations.
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.age(now);
        if generations.younger.contains(&hash) || generations.older.contains(&hash) {
            return Err(Unanswered::Used);
        }
        if generations.younger.len() >= self.most {
            return Err(Unanswered::Full);
        }
        generations.younger.insert(hash);
        Ok(())
    }

    /// The two halves are the hashes of two things.
    fn hash(&self, nonce: &Nonce) -> u128 {
        let half = |which: u8| u128::from(self.hasher.hash_one((which, nonce)));
        half(0) << 64 | half(1)
    }
}

impl Generations {
    /// A younger generation takes over where the one before has lasted long enough. An old one gives its memory back.
    fn age(&mut self, now: Instant) {
        let age = now.saturating_duration_since(self.began);
        if age < LIFETIME {
            return;
        }
        self.older = std::mem::take(&mut self.younger);
        self.began += LIFETIME;
        if age >= 2 * LIFETIME {
            self.older = HashSet::new();
            self.began = now;
        }
    }
}

#[cfg(test)]
mod tests;
