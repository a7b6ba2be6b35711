//! What is recorded: a closed list.

use std::sync::Arc;

/// Something that was asked for and answered. There is nothing else that could be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A segment of an entry, or a part of it.
    Segment {
        /// Which entry, as a rule recognised it.
        entry: Arc<str>,
        /// The segment's number.
        number: u64,
    },
    /// Media of an entry of which no segment's number is known.
    Media {
        /// Which entry, as a rule recognised it.
        entry: Arc<str>,
    },
}
