//! Which bytes do we hold?
//!
//! The cache behind every edge. It answers one question per request: is there a fresh [`Object`], a
//! stale one, a [`fill`] under way that this request can follow, or must somebody ask upstream? It
//! opens no socket, reads no clock and spawns nothing: the caller carries out what it decides, and
//! passes `now` in.
//!
//! # Why it is its own
//! An HTTP cache that makes followers wait for a whole object adds a segment's duration to every
//! viewer behind the first. Here a follower reads a growing object from byte 0 while it arrives.
//!
//! # Invariants
//! - A partial body is never stored and never ends cleanly: [`fill::FillError`] reaches every follower.
//! - Between a miss and its completion there is at most one fill per key.
//! - Stored objects and fills draw on one [`budget`] of bytes, which is never exceeded.
//! - The number of followers, per key and in all, is bounded.
//!
//! # Deliberately absent
//! HTTP servers and clients, disk, and anything that knows what a segment is.

pub mod budget;
pub mod cache;
pub mod cache_control;
pub mod conditional;
pub mod content_range;
mod directives;
pub mod fill;
pub mod freshness;
pub mod key;
mod memory;
pub mod object;
mod pieces;
pub mod range;
pub mod request_directives;
mod sync;
pub mod targeted;
pub mod update;
pub mod validators;
pub mod vary;
pub mod withheld;

pub use cache::{Cache, Join, Limits, Lookup};
pub use fill::{FillError, FillWriter, Follower, Outcome};
pub use freshness::{Freshness, Reuse};
pub use key::{Key, KeyRef, OriginId, Part};
pub use object::{Head, Object};
pub use pieces::Pieces;
pub use request_directives::Wish;

#[cfg(test)]
mod tests;
