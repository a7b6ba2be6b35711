//! One count of a report.

use std::cmp::Ordering;
use std::fmt;

use crate::entry::EntryId;

/// How often a segment, or a group of segments, was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Of which entry.
    pub entry: EntryId,
    /// Which of its segments.
    pub segments: Segments,
    /// How many requests for them were answered; 1 to [`super::LARGEST`].
    pub count: u64,
}

/// Which segments a cell counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Segments {
    /// This one; 0 to [`super::LARGEST`].
    One(u64),
    /// Those from `first` to `last` (included) that have no cell of their own; `first` is less than `last`.
    Range {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// Those of the entry that are in no other cell, and requests for it of which no segment is known.
    Entry,
}

impl Segments {
    /// First and last of them; an entry's stand behind all others.
    fn place(self) -> (u64, u64) {
        match self {
            Self::One(number) => (number, number),
            Self::Range { first, last } => (first, last),
            Self::Entry => (u64::MAX, u64::MAX),
        }
    }
}

impl Ord for Segments {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl PartialOrd for Segments {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Cell {
    /// Where it stands among others.
    pub fn place(&self) -> (&EntryId, Segments) {
        (&self.entry, self.segments)
    }
}

impl fmt::Display for Cell {
    /// As it stands in a report. Nothing in an entry needs an escape.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, segments, count } = self;
        write!(f, r#"{{"entry_id":"{entry}","#)?;
        match segments {
            Segments::One(number) => write!(f, r#""segment_number":{number},"#)?,
            Segments::Range { first, last } => {
                write!(f, r#""first_segment":{first},"last_segment":{last},"#)?;
            }
            Segments::Entry => {}
        }
        write!(f, r#""count":{count}}}"#)
    }
}
