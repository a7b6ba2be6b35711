//! The index of a file, read while the file's bytes pass.

use std::ops::Range;
use std::sync::Arc;

use segment_cache::object::place::{Offset, Offsets, Place};

/// The largest index that is read, in bytes: as many segments as an index can have, and some boxes before it.
const MAX_INDEX: u64 = 1 << 20;

/// Waits for the bytes of an index among those of an answer, and reads it when they are all there.
///
/// One answer has to hold the whole index: of an object in slices one slice. An index across the border of two is
/// given up, for it would have to be put together from fills that nothing else connects.
#[derive(Debug)]
pub(crate) struct IndexReader {
    offsets: Arc<Offsets>,
    index: Range<u64>,
    /// Where in the file the next byte belongs.
    position: u64,
    held: Vec<u8>,
}

impl IndexReader {
    /// A reader for an answer with the bytes of the file from `position` on; `None` where the file has no index, or
    /// one that begins before them.
    pub(crate) fn new(place: &Place, position: u64) -> Option<Self> {
        let Place::File(offsets) = place else { return None };
        let index = offsets
            .index()
            .filter(|index| position <= index.start && index.end - index.start <= MAX_INDEX)?;
        Some(Self { offsets: Arc::clone(offsets), index: index.clone(), position, held: Vec::new() })
    }

    /// Looks at the next bytes.
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        let begin = self.position;
        self.position = begin.saturating_add(bytes.len() as u64);
        let (start, end) = (self.index.start.max(begin), self.index.end.min(self.position));
        let within = |at: u64| usize::try_from(at - begin).unwrap_or(bytes.len());
        if start >= end {
            return;
        }
        self.held.extend_from_slice(bytes.get(within(start)..within(end)).unwrap_or_default());
        if end == self.index.end {
            self.read();
        }
    }

    fn read(&mut self) {
        let held = std::mem::take(&mut self.held);
        match media::timeline::sidx(&held, self.index.start) {
            Ok(bytes) => {
                let offsets = bytes.into_iter().zip(1..).map(|(byte, segment)| Offset { byte, segment });
                self.offsets.learn(offsets.collect());
            }
            Err(error) => tracing::debug!(%error, "the index of a file tells nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of segments of these sizes, at once behind it.
    fn sidx(sizes: &[u32]) -> Vec<u8> {
        let count = u16::try_from(sizes.len()).unwrap();
        let size = u32::from(count) * 12 + 32;
        let mut index =
            [&size.to_be_bytes(), b"sidx".as_slice(), &[0; 4], &[0; 16], &[0, 0], &count.to_be_bytes()]
                .concat();
        for size in sizes {
            index.extend([&size.to_be_bytes(), [0; 8].as_slice()].concat());
        }
        index
    }

    #[test]
    fn an_index_is_read_from_whatever_pieces_it_comes_in() {
        let index = sidx(&[1000, 2000, 3000]);
        let length = index.len() as u64;
        let file = [vec![7; 100], index, vec![9; 50]].concat();
        for piece in [1, 7, 100, 1000] {
            for skipped in [0, 60, 100] {
                let offsets = Arc::new(Offsets::in_index(100..100 + length));
                let place = Place::File(Arc::clone(&offsets));
                let mut reader = IndexReader::new(&place, skipped as u64).unwrap();
                file[skipped..].chunks(piece).for_each(|bytes| reader.pass(bytes));
                let found =
                    [99, 100 + length, 1099 + length, 1100 + length, 9999].map(|byte| place.segment_at(byte));
                assert_eq!(found, [None, Some(1), Some(1), Some(2), Some(3)], "{piece} {skipped}");
            }
        }
    }

    #[test]
    fn what_does_not_hold_the_index_tells_nothing() {
        let index = sidx(&[1000]);
        let offsets = Arc::new(Offsets::in_index(0..index.len() as u64));
        let place = Place::File(Arc::clone(&offsets));
        assert!(IndexReader::new(&place, 1).is_none() && IndexReader::new(&Place::Segment(1), 0).is_none());
        IndexReader::new(&place, 0).unwrap().pass(&index[..index.len() - 1]);
        IndexReader::new(&place, 0).unwrap().pass(&vec![0; index.len()]);
        assert!(offsets.is_empty());
        let large = Place::File(Arc::new(Offsets::in_index(0..MAX_INDEX + 1)));
        assert!(IndexReader::new(&large, 0).is_none());
    }
}
