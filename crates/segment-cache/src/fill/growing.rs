//! The bytes of a fill: pieces as they arrived, gathered into blocks as they fill up.
//!
//! A piece is a slice of a network buffer and pins that buffer, so pieces live only until their block
//! is full: then one allocation of exactly [`BLOCK`] bytes takes their place. Followers read pieces and
//! blocks alike, by position.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::object::BLOCK;
use crate::pieces::Pieces;

/// More pieces than this in one block are gathered early: a peer that sends single bytes must not
/// make the bookkeeping larger than the bytes.
const MAX_PIECES: usize = 1024;

/// A reader gets pieces until they are so many bytes together: what it has is held until it is sent.
const ENOUGH_AT_ONCE: usize = 128 * 1024;

/// A reader gets so many pieces at once at the most; the kernel takes up to 1,024, the HTTP library hands it 64, the
/// head among them.
const MAX_AT_ONCE: usize = 60;

#[derive(Debug, Default)]
pub(super) struct Growing {
    /// Runs of bytes with the position of their first one, in order and without gaps.
    runs: VecDeque<(u64, Bytes)>,
    committed: u64,
    block: Vec<u8>,
    block_runs: usize,
    sliding: bool,
}

impl Growing {
    pub(super) fn committed(&self) -> u64 {
        self.committed
    }

    pub(super) fn is_sliding(&self) -> bool {
        self.sliding
    }

    /// From now on bytes are only passed on.
    pub(super) fn slide(&mut self) {
        self.sliding = true;
        self.block = Vec::new();
    }

    /// Adds bytes at the end; `still_expected` is how many are known to come, these included.
    pub(super) fn append(&mut self, mut bytes: Bytes, still_expected: Option<u64>) {
        if self.sliding {
            self.push(bytes);
            return;
        }
        let mut expected = still_expected;
        while !bytes.is_empty() {
            if self.block.is_empty() {
                let size = expected.map_or(bytes.len(), |bytes| usize::try_from(bytes).unwrap_or(BLOCK));
                self.block = Vec::with_capacity(size.min(BLOCK));
            }
            let piece = bytes.split_to(bytes.len().min(BLOCK - self.block.len()));
            expected = expected.map(|bytes| bytes.saturating_sub(piece.len() as u64));
            self.block.extend_from_slice(&piece);
            self.push(piece);
            self.block_runs += 1;
            if self.block.len() == BLOCK {
                self.gather_block();
            } else if self.block_runs > MAX_PIECES {
                self.gather(Bytes::copy_from_slice(&self.block));
                self.block_runs = 1;
            }
        }
    }

    /// Bytes from `position` up to `end` at most, of several runs as long as they are short; empty when there are
    /// none yet, or no longer.
    pub(super) fn read(&self, mut position: u64, end: u64) -> Pieces {
        let end = end.min(self.committed);
        let mut pieces = Pieces::default();
        let Some(first) = self.runs.partition_point(|(start, _)| *start <= position).checked_sub(1) else {
            return pieces;
        };
        let mut length = 0;
        for (start, run) in self.runs.range(first..).take(MAX_AT_ONCE) {
            if position >= end || length >= ENOUGH_AT_ONCE {
                break;
            }
            let offset = usize::try_from(position - start).unwrap_or(usize::MAX);
            let wanted = usize::try_from(end - position).unwrap_or(usize::MAX);
            if offset >= run.len() {
                break;
            }
            let piece = run.slice(offset..run.len().min(offset.saturating_add(wanted)));
            position += piece.len() as u64;
            length += piece.len();
            pieces.push(piece);
        }
        pieces
    }

    /// Drops runs that lie wholly below `position`.
    pub(super) fn trim(&mut self, position: u64) {
        while self.runs.front().is_some_and(|(start, run)| start + run.len() as u64 <= position) {
            self.runs.pop_front();
        }
    }

    /// Nothing more comes: gathers no further, and says how many bytes the runs still hold.
    pub(super) fn stop(&mut self) -> u64 {
        self.block = Vec::new();
        self.runs.front().map_or(0, |(start, _)| self.committed - start)
    }

    /// The whole body in blocks.
    pub(super) fn finish(&mut self) -> Vec<Bytes> {
        self.block.shrink_to_fit();
        if !self.block.is_empty() {
            self.gather_block();
        }
        self.runs.drain(..).map(|(_, block)| block).collect()
    }

    fn push(&mut self, run: Bytes) {
        let start = self.committed;
        self.committed += run.len() as u64;
        self.runs.push_back((start, run));
    }

    fn gather_block(&mut self) {
        let block = Bytes::from(std::mem::take(&mut self.block));
        self.gather(block);
        self.block_runs = 0;
    }

    /// Replaces the last `block_runs` runs by one that holds the same bytes.
    fn gather(&mut self, gathered: Bytes) {
        let start = self.committed - gathered.len() as u64;
        self.runs.truncate(self.runs.len() - self.block_runs);
        self.runs.push_back((start, gathered));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Buf;
    use proptest::prelude::*;

    use super::*;

    fn read_all(growing: &Growing) -> Vec<u8> {
        let mut all = Vec::new();
        while (all.len() as u64) < growing.committed() {
            let pieces = growing.read(all.len() as u64, u64::MAX);
            assert!(!pieces.is_empty());
            all.extend(bytes(pieces));
        }
        all
    }

    fn bytes(mut pieces: Pieces) -> Vec<u8> {
        pieces.copy_to_bytes(pieces.remaining()).into()
    }

    #[test]
    fn a_reader_gets_several_pieces_at_once_but_not_all() {
        let mut growing = Growing::default();
        for _ in 0..10 {
            growing.append(Bytes::from(vec![7; 50_000]), None);
        }
        assert_eq!(growing.read(10, u64::MAX).len(), 149_990, "until it is enough");
        assert_eq!(growing.read(10, 60_000).len(), 59_990, "no further than asked");
        for _ in 0..2 * MAX_AT_ONCE {
            growing.append(Bytes::from_static(b"x"), None);
        }
        assert_eq!(growing.read(500_000, u64::MAX).len(), MAX_AT_ONCE);
    }

    #[test]
    fn single_bytes_do_not_pile_up() {
        let mut growing = Growing::default();
        for _ in 0..10 * MAX_PIECES {
            growing.append(Bytes::from_static(b"x"), None);
        }
        assert!(growing.runs.len() <= MAX_PIECES + 1);
        assert_eq!(read_all(&growing).len(), 10 * MAX_PIECES);
    }

    #[test]
    fn sliding_keeps_only_what_is_not_read_yet() {
        let mut growing = Growing::default();
        growing.append(Bytes::from_static(b"abc"), None);
        growing.slide();
        growing.append(Bytes::from_static(b"def"), None);
        growing.trim(4);
        assert_eq!(growing.runs.len(), 1);
        assert_eq!(bytes(growing.read(4, 6)), b"ef");
        assert!(growing.read(0, 6).is_empty());
    }

    proptest! {
        #[test]
        fn what_went_in_comes_out(sizes in prop::collection::vec(1usize..400_000, 0..12), announced: bool) {
            let total: usize = sizes.iter().sum();
            let body: Vec<u8> = (0..total).map(|index| u8::try_from(index % 253).unwrap_or_default()).collect();
            let (mut growing, mut rest) = (Growing::default(), Bytes::from(body.clone()));
            for size in sizes {
                let expected = announced.then_some(rest.len() as u64);
                growing.append(rest.split_to(size), expected);
                prop_assert_eq!(growing.read(0, u64::MAX).is_empty(), false);
            }
            prop_assert_eq!(&read_all(&growing), &body);
            let blocks = growing.finish();
            prop_assert_eq!(blocks.concat(), body);
            prop_assert!(blocks.iter().rev().skip(1).all(|block| block.len() == BLOCK));
        }
    }
}
