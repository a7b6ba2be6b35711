//! Fills, followers, purge and resize under many orders of their steps.
//!
//! A model runs the real code; only its locks, atomics and exchanges (`crate::sync`) ask a scheduler who goes next. Each
//! execution is one order, and what every order has to keep is asserted in `world.rs` and in each scenario. A
//! follower that nobody wakes is a deadlock, which the scheduler reports. An order that fails is printed, and
//! `shuttle::replay` repeats it.
//!
//! Orders are drawn at random, and by PCT, which finds what needs few but badly placed switches. An exhaustive
//! search (as loom does it) has an end only in the smallest scenario: each request takes a dozen locks. What it would add,
//! the reorderings of relaxed atomics, touches nothing here but counters.
//!
//! moka is not watched: each of its calls is one step. It never waits across one, because nothing that it drops takes a
//! watched lock.
//!
//! `SCHEDULES=100000 cargo xtask test --only schedules` looks longer; `SCHEDULES_SEED=2` looks elsewhere.

mod leaving;
mod purging;
mod reader;
mod resizing;
mod sharing;
mod upstream;
mod world;

use shuttle::rand::Rng;
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// Orders tried of each scenario by each scheduler.
const ORDERS: usize = 400;

/// How many badly placed switches PCT places.
const SWITCHES: usize = 3;

/// Runs `model` in many orders.
fn explore(model: fn()) {
    let (orders, seed) = (setting("SCHEDULES", ORDERS), setting("SCHEDULES_SEED", 1) as u64);
    Runner::new(RandomScheduler::new_from_seed(seed, orders), config()).run(model);
    Runner::new(PctScheduler::new_from_seed(seed, SWITCHES, orders), config()).run(model);
}

/// Runs `model`, which draws nothing, in every order, up to a bound.
fn exhaust(model: fn()) {
    let orders = 10 * setting("SCHEDULES", ORDERS);
    Runner::new(DfsScheduler::new(Some(orders), false), config()).run(model);
}

/// One of `choices`, drawn by the scheduler so that an order can be repeated.
fn any<T: Clone>(choices: &[T]) -> T {
    choices[shuttle::rand::thread_rng().gen_range(0..choices.len())].clone()
}

fn config() -> Config {
    let mut config = Config::new();
    // A debug build's futures are large.
    config.stack_size = 256 * 1024;
    config.silence_warnings = true;
    config
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}
