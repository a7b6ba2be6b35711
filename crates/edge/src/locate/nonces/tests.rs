//! Against an oracle that keeps a list of everything, and at the edges of time and room.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::clock::Clock;

fn nonce(number: usize) -> Nonce {
    format!("nonce-of-a-test-{number}").parse().unwrap()
}

fn start() -> Instant {
    Clock::by_hand().0.now()
}

/// The last moment of a lifetime.
const LAST: Duration = Duration::from_millis(59_999);

#[test]
fn a_nonce_is_answered_once_while_its_statement_holds() {
    // In a generation's first moment and in its last.
    for offset in [Duration::ZERO, LAST, LIFETIME, 3 * LIFETIME / 2] {
        let began = start();
        let nonces = Nonces::new(10, began);
        let used = began + offset;
        assert_eq!(nonces.use_once(&nonce(1), used), Ok(()));
        for later in [Duration::ZERO, LIFETIME / 2, LAST] {
            assert_eq!(nonces.use_once(&nonce(1), used + later), Err(Unanswered::Used), "{later:?}");
        }
        assert_eq!(nonces.use_once(&nonce(2), used), Ok(()));
        assert_eq!(nonces.use_once(&nonce(1), used + 2 * LIFETIME), Ok(()), "{offset:?}: forgotten");
    }
}

#[test]
fn a_full_generation_refuses_and_forgets_nothing() {
    let began = start();
    let nonces = Nonces::new(3, began);
    for number in 0..3 {
        assert_eq!(nonces.use_once(&nonce(number), began), Ok(()));
    }
    let last = began + LAST;
    assert_eq!(nonces.use_once(&nonce(3), last), Err(Unanswered::Full));
    assert_eq!(nonces.use_once(&nonce(0), last), Err(Unanswered::Used));
    // The next one has room of its own, and what was refused was not remembered.
    assert_eq!(nonces.use_once(&nonce(3), began + LIFETIME), Ok(()));
    assert_eq!(nonces.use_once(&nonce(0), began + LIFETIME), Err(Unanswered::Used));
    assert_eq!(Nonces::new(0, began).use_once(&nonce(0), began), Err(Unanswered::Full));
}

#[test]
fn a_pause_empties_both_generations() {
    let began = start();
    let nonces = Nonces::new(3, began);
    nonces.use_once(&nonce(0), began).unwrap();
    nonces.use_once(&nonce(1), began + LIFETIME).unwrap();
    nonces.use_once(&nonce(2), began + 30 * LIFETIME).unwrap();
    let generations = nonces.generations.lock().unwrap();
    assert_eq!((generations.younger.len(), generations.older.len()), (1, 0));
}

/// Two requests may have read the clock in another order than they come here.
#[test]
fn a_moment_before_the_last_one_does_no_harm() {
    let began = start();
    let nonces = Nonces::new(3, began);
    nonces.use_once(&nonce(0), began + LIFETIME).unwrap();
    assert_eq!(nonces.use_once(&nonce(1), began), Ok(()));
    assert_eq!(nonces.use_once(&nonce(0), began), Err(Unanswered::Used));
    assert_eq!(nonces.use_once(&nonce(1), began + LIFETIME), Err(Unanswered::Used));
}

#[test]
fn the_two_halves_of_a_hash_and_the_keys_of_two_memories_differ() {
    let (one, other) = (Nonces::new(1, start()), Nonces::new(1, start()));
    let hash = one.hash(&nonce(1));
    assert_eq!(hash, one.hash(&nonce(1)));
    assert_ne!(hash >> 64, hash & u128::from(u64::MAX));
    assert_ne!(hash, one.hash(&nonce(2)));
    assert_ne!(hash, other.hash(&nonce(1)));
}

proptest! {
    /// The oracle knows when each was answered last. Between one and two lifetimes after, either is right.
    #[test]
    fn never_twice_within_a_lifetime_and_never_refused_after_two(
        most in 1_usize..8,
        steps in proptest::collection::vec((0_usize..12, 0_u32..25), 1..200),
    ) {
        let mut now = start();
        let nonces = Nonces::new(most, now);
        let mut answered: HashMap<usize, Instant> = HashMap::new();
        for (number, seconds) in steps {
            now += Duration::from_secs(1) * seconds;
            let age = answered.get(&number).map(|then| now.duration_since(*then));
            let lately = answered.values().filter(|then| now.duration_since(**then) < LIFETIME).count();
            match nonces.use_once(&nonce(number), now) {
                Ok(()) => {
                    prop_assert!(age.is_none_or(|age| age >= LIFETIME), "answered twice: {:?}", age);
                    answered.insert(number, now);
                }
                Err(Unanswered::Used) => prop_assert!(age.is_some_and(|age| age < 2 * LIFETIME), "{:?}", age),
                Err(Unanswered::Full) => prop_assert!(lately >= most, "room for {} of {}", lately, most),
            }
            let generations = nonces.generations.lock().unwrap();
            prop_assert!(generations.younger.len() <= most && generations.older.len() <= most);
        }
    }
}
