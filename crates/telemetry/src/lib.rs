//! What may leave a site: how often which segment of which entry was asked for, where enough different viewers asked, and
//! nothing else.
//!
//! The edge [records](recorder) an [event] for each answer. A window counts them, and viewers by keyed hashes whose key dies
//! with it ([`viewers`]). When it is over, [`threshold`] says which numbers may leave, and a [`report`] holds them.
//!
//! # Invariants
//! - Nothing here names an address, a user or a URL. What tells viewers apart comes in as bytes, is hashed at once, and can
//!   not be read from anything that this crate gives out or writes.
//! - A number leaves only when at least the threshold's number of different viewers stand behind it, and no sum or
//!   difference of numbers that left tells about fewer.
//! - Equal counts give equal bytes.
//!
//! Deliberately absent: sockets and clocks, which are the edge's.

pub mod audit;
pub mod bucket;
pub mod delivery;
pub mod disk;
pub mod entry;
pub mod event;
mod history;
pub mod recorder;
pub mod report;
pub mod spool;
mod table;
pub mod threshold;
pub mod viewers;
pub mod window;

#[cfg(test)]
mod tests;
