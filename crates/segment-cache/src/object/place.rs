//! Which segments of a video the bytes of an object are.
//!
//! Most objects are one segment. A file of many is read by ranges; where each segment begins in it stands in a
//! playlist or in an index inside the file, and so may be learned after the object was stored.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The most segments of one file; a day in two-second segments.
pub const MAX_OFFSETS: usize = 43_200;

/// The most segments of all files together that are known at a time; they take 64 MB. Objects of the cache hold them, and
/// so they are bounded apart from it.
pub const MAX_KNOWN: usize = 4_000_000;

/// How many are known.
static KNOWN: AtomicUsize = AtomicUsize::new(0);

/// Which segments of its video an object holds.
#[derive(Clone, Debug, Default)]
pub enum Place {
    /// Nobody knows.
    #[default]
    Unknown,
    /// It is the segment of this number.
    Segment(u64),
    /// It is a file of many.
    File(Arc<Offsets>),
}

/// Where the segments of a file begin. All objects that are made of the file share it.
#[derive(Debug, Default)]
pub struct Offsets {
    /// Where in the file its own index stands, if it has one that tells.
    index: Option<Range<u64>>,
    begin: RwLock<Arc<Known>>,
}

/// Where segments begin, in the order of bytes. It counts in [`KNOWN`] as long as somebody has it.
#[derive(Debug, Default)]
struct Known(Box<[Offset]>);

/// Where one segment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Its first byte.
    pub byte: u64,
    /// Its number.
    pub segment: u64,
}

impl Place {
    /// The number of the segment that the byte at `position` belongs to, as far as it is known.
    pub fn segment_at(&self, position: u64) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Segment(number) => Some(*number),
            Self::File(offsets) => offsets.segment_at(position),
        }
    }
}

impl Offsets {
    /// Those of a file whose `index` stands at these bytes, and is yet to be read.
    pub fn in_index(index: Range<u64>) -> Self {
        Self { index: Some(index), begin: RwLock::default() }
    }

    /// Where the file's own index stands.
    pub fn index(&self) -> Option<&Range<u64>> {
        self.index.as_ref()
    }

    /// Whether nothing is known yet.
    pub fn is_empty(&self) -> bool {
        self.known().0.is_empty()
    }

    /// How many segments are known.
    pub fn count(&self) -> usize {
        self.known().0.len()
    }

    /// From now on these are known, in the order of bytes; those beyond [`MAX_OFFSETS`] are left out. Beyond [`MAX_KNOWN`]
    /// nothing changes.
    pub fn learn(&self, mut offsets: Vec<Offset>) {
        offsets.sort_by_key(|offset| offset.byte);
        offsets.truncate(MAX_OFFSETS);
        if let Some(known) = Known::new(offsets, &KNOWN, MAX_KNOWN) {
            *self.begin.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        }
    }

    fn segment_at(&self, position: u64) -> Option<u64> {
        let known = self.known();
        let behind = known.0.partition_point(|offset| offset.byte <= position);
        known.0.get(behind.checked_sub(1)?).map(|offset| offset.segment)
    }

    fn known(&self) -> Arc<Known> {
        // Whoever holds the lock only exchanges one list for another: nothing is ever half done.
        Arc::clone(&self.begin.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    /// These, if there is room for them; `held` counts them all.
    fn new(offsets: Vec<Offset>, held: &AtomicUsize, most: usize) -> Option<Self> {
        let room = |held: usize| held.checked_add(offsets.len()).filter(|held| *held <= most);
        held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).ok()?;
        Some(Self(offsets.into()))
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        KNOWN.fetch_sub(self.0.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_together_have_a_bound() {
        let offsets = |count: u64| (0..count).map(|byte| Offset { byte, segment: byte }).collect::<Vec<_>>();
        let held = AtomicUsize::new(90);
        assert!(Known::new(offsets(11), &held, 100).is_none());
        // What goes counts in the process's own.
        KNOWN.fetch_add(10, Ordering::Relaxed);
        assert_eq!(Known::new(offsets(10), &held, 100).map(|known| known.0.len()), Some(10));
        assert_eq!(held.load(Ordering::Relaxed), 100);
    }

    #[test]
    fn a_byte_belongs_to_the_segment_that_began_last() {
        let offsets = Arc::new(Offsets::in_index(800..1200));
        let place = Place::File(Arc::clone(&offsets));
        assert!(offsets.is_empty() && offsets.index() == Some(&(800..1200)));
        assert_eq!(place.segment_at(5000), None);
        offsets.learn(vec![Offset { byte: 5000, segment: 2 }, Offset { byte: 1200, segment: 1 }]);
        let found: Vec<_> = [0, 1199, 1200, 4999, 5000, u64::MAX].map(|byte| place.segment_at(byte)).into();
        assert_eq!(found, [None, None, Some(1), Some(1), Some(2), Some(2)]);
        assert_eq!((Place::Segment(7).segment_at(9), Place::Unknown.segment_at(0)), (Some(7), None));
    }

    #[test]
    fn no_file_has_more_than_the_bound() {
        let offsets = Offsets::default();
        let all = (0..MAX_OFFSETS as u64 + 10).map(|number| Offset { byte: number, segment: number });
        offsets.learn(all.collect());
        assert_eq!(offsets.segment_at(u64::MAX), Some(MAX_OFFSETS as u64 - 1));
    }
}
