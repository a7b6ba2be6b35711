//! Bytes that follow each other in several pieces, as they came from a network.
//!
//! Whoever reads a growing object gets what is there at once, and hands it to the kernel in one call. Joining the
//! pieces would be a copy for each reader; they are passed on as they are, as a [`Buf`] that knows vectored writes.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// Pieces of one run of bytes, in order; none of them is empty.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    first: Bytes,
    rest: VecDeque<Bytes>,
}

impl Pieces {
    /// How many bytes they have together.
    pub fn len(&self) -> usize {
        self.first.len() + self.rest.iter().map(Bytes::len).sum::<usize>()
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Takes bytes from the front as they are, up to `most` and no more than the first piece has.
    pub fn take_first(&mut self, most: usize) -> Bytes {
        let length = self.first.len().min(most);
        let taken = self.first.split_to(length);
        if self.first.is_empty() {
            self.first = self.rest.pop_front().unwrap_or_default();
        }
        taken
    }

    /// Adds a piece at the end.
    pub fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
        } else if !piece.is_empty() {
            self.rest.push_back(piece);
        }
    }
}

impl From<Bytes> for Pieces {
    fn from(first: Bytes) -> Self {
        Self { first, rest: VecDeque::new() }
    }
}

/// One piece after the other, as they are.
impl IntoIterator for Pieces {
    type Item = Bytes;
    type IntoIter =
        std::iter::Chain<std::option::IntoIter<Bytes>, std::collections::vec_deque::IntoIter<Bytes>>;

    fn into_iter(self) -> Self::IntoIter {
        let first = Some(self.first).filter(|first| !first.is_empty());
        first.into_iter().chain(self.rest)
    }
}

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.first
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let pieces = std::iter::once(&self.first).chain(&self.rest).filter(|piece| !piece.is_empty());
        slices.iter_mut().zip(pieces).map(|(slice, piece)| *slice = IoSlice::new(piece)).count()
    }

    fn advance(&mut self, mut count: usize) {
        while count >= self.first.len() && !self.rest.is_empty() {
            count -= self.first.len();
            self.first = self.rest.pop_front().unwrap_or_default();
        }
        self.first.advance(count);
    }
}

#[cfg(test)]
#[cfg(not(feature = "schedules"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However it is cut and read, the bytes are those that were put in.
        #[test]
        fn it_reads_as_the_bytes_in_one(
            lengths in prop::collection::vec(0_usize..20, 0..12),
            steps in prop::collection::vec(0_usize..30, 0..40),
            slots in 1_usize..5,
        ) {
            let whole: Vec<u8> = (0..lengths.iter().sum()).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let (mut pieces, mut cut) = (Pieces::default(), Bytes::from(whole.clone()));
            for length in lengths {
                pieces.push(cut.split_to(length));
            }
            let one_by_one: Vec<Bytes> = pieces.clone().into_iter().collect();
            prop_assert!(one_by_one.iter().all(|piece| !piece.is_empty()));
            prop_assert_eq!(one_by_one.concat(), &whole[..]);
            let mut read = 0;
            for step in steps {
                prop_assert_eq!(pieces.len(), whole.len() - read);
                prop_assert_eq!(pieces.is_empty(), read == whole.len());
                prop_assert!(whole[read..].starts_with(pieces.chunk()));
                let mut slices = vec![IoSlice::new(&[]); slots];
                let count = pieces.chunks_vectored(&mut slices);
                let shown: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.iter().copied()).collect();
                prop_assert!(whole[read..].starts_with(&shown));
                prop_assert_eq!(count == 0, read == whole.len());
                let step = step.min(pieces.remaining());
                pieces.advance(step);
                read += step;
                let taken = pieces.take_first(slots);
                prop_assert!(taken.len() <= slots && whole[read..].starts_with(&taken));
                prop_assert_eq!(taken.is_empty(), read == whole.len());
                read += taken.len();
            }
            prop_assert_eq!(pieces.copy_to_bytes(pieces.remaining()), &whole[read..]);
        }
    }
}
