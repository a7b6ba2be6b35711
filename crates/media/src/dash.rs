//! DASH media presentation descriptions (ISO/IEC 23009-1): pointing them at the edge, and reading the few
//! facts that caching needs.
//!
//! An MPD is streamed and never turned into a model: models lose the elements that they do not know.
//! [`rewrite`] notes the places of URIs and changes the bytes there; all others are copied as they are.
//!
//! Invariants: no entity but the five predefined ones and character references is ever expanded; nothing
//! outside the text is read; size, depth and the number of attributes of an element are bounded.
//!
//! Deliberately absent: resolving relative references, which clients do against the MPD's own URL, and
//! whatever an MPD links to (remote periods, chained MPDs, patches), whose documents are fetched and rewritten one by one.

pub(crate) mod content;
pub(crate) mod document;
mod duration;
mod places;
mod rewrite;
mod survey;

pub use rewrite::rewrite;
pub use survey::{Survey, survey};

/// The largest MPD, in bytes.
pub const MAX_SIZE: usize = 16 * 1024 * 1024;

/// The deepest nesting of elements. The standard's own elements need fewer than 10 levels.
pub const MAX_DEPTH: usize = 64;

/// The most attributes of one element.
pub const MAX_ATTRIBUTES: usize = 256;

/// Why an MPD was refused. Places are byte offsets.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DashError {
    /// The MPD is larger than [`MAX_SIZE`].
    #[error("the MPD has {size} bytes, at most {MAX_SIZE} are allowed")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// The MPD is not UTF-8, the only encoding that is read.
    #[error("byte {at}: not UTF-8")]
    NotUtf8 {
        /// The first byte that is wrong.
        at: usize,
    },
    /// The outermost element is not `MPD`.
    #[error("byte {at}: not an MPD: the outermost element is another one")]
    NotAnMpd {
        /// Where the element begins.
        at: usize,
    },
    /// The text is not well-formed XML.
    #[error("byte {at}: malformed XML: {reason}")]
    Malformed {
        /// Where the fault is, or begins.
        at: usize,
        /// What it is.
        reason: String,
    },
    /// Elements nest deeper than [`MAX_DEPTH`].
    #[error("byte {at}: elements nest deeper than {MAX_DEPTH}")]
    TooDeep {
        /// Where the first element that is too deep begins.
        at: usize,
    },
    /// An element has more than [`MAX_ATTRIBUTES`] attributes.
    #[error("byte {at}: more than {MAX_ATTRIBUTES} attributes")]
    TooManyAttributes {
        /// Where the element begins.
        at: usize,
    },
    /// The caller's function answered with text that can't stand in an MPD.
    #[error("byte {at}: the new URI can't stand there: it is empty, or holds a control character")]
    BadReplacement {
        /// Where the old URI begins.
        at: usize,
    },
}
