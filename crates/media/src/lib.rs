//! What does this URL or manifest say?
//!
//! Everything here is a pure function over text: no socket, no file, no clock, no thread. The edge asks
//! [`url`] what a request wants, [`path`] and [`query`] for the form that a cache key may hold, [`relay`]
//! which hosts a relayed URL names, [`hls`] and [`dash`] to point a manifest at itself, and [`timeline`] which
//! segments a manifest numbers.
//!
//! Invariants that hold for every module:
//! - Input is hostile. Sizes, depths and counts are bounded; bad input is an error that names the place.
//! - What is not understood is passed on byte for byte, never dropped and never reordered.
//! - A slice in an answer is always a slice of the input.
//!
//! Deliberately absent: any decision. Which hosts may be asked, what is cached and for how long, and who may
//! watch are the edge's business.

pub mod authority;
pub mod dash;
pub mod hls;
pub mod path;
pub mod pattern;
pub mod query;
pub mod relay;
pub mod timeline;
pub mod uri;
pub mod url;
