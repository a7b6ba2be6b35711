//! The dynamic table of a decoder (RFC 7541 section 2.3.2).
//!
//! Names and values stand one behind the other in one ring of bytes, the oldest first, so that an entry is no block of memory of
//! its own. Nothing is held before the first entry.

use std::collections::VecDeque;

/// What an entry counts beyond its name and its value (RFC 7541 section 4.1).
const PER_ENTRY: usize = 32;

pub(super) struct DynamicTable {
    bytes: VecDeque<u8>,
    /// The oldest first.
    entries: VecDeque<Entry>,
    /// How many bytes were dropped off the front since the beginning.
    dropped: usize,
    /// The largest size that the encoder wants to use now.
    capacity: usize,
}

/// Where name and value end, counted since the beginning. An entry begins where the one before it ends.
#[derive(Clone, Copy)]
struct Entry {
    name_end: usize,
    value_end: usize,
}

/// Where the name and the value of an entry stand in the ring.
#[derive(Clone, Copy)]
pub(super) struct Place {
    start: usize,
    pub(super) name_length: usize,
    pub(super) value_length: usize,
}

impl DynamicTable {
    pub(super) const fn new(capacity: usize) -> Self {
        Self { bytes: VecDeque::new(), entries: VecDeque::new(), dropped: 0, capacity }
    }

    /// The entry at `index`, the newest at zero.
    pub(super) fn find(&self, index: usize) -> Option<Place> {
        let place = self.entries.len().checked_sub(index)?.checked_sub(1)?;
        let entry = self.entries.get(place)?;
        let before = place.checked_sub(1).and_then(|before| self.entries.get(before));
        let start = before.map_or(self.dropped, |before| before.value_end);
        Some(Place {
            start: start.wrapping_sub(self.dropped),
            name_length: entry.name_end.wrapping_sub(start),
            value_length: entry.value_end.wrapping_sub(entry.name_end),
        })
    }

    /// Appends the name at `place` to `out`.
    pub(super) fn copy_name(&self, place: Place, out: &mut Vec<u8>) {
        self.copy(place.start, place.name_length, out);
    }

    /// Appends the value at `place` to `out`.
    pub(super) fn copy_value(&self, place: Place, out: &mut Vec<u8>) {
        self.copy(place.start + place.name_length, place.value_length, out);
    }

    fn copy(&self, start: usize, length: usize, out: &mut Vec<u8>) {
        let (front, back) = self.bytes.as_slices();
        let end = start + length;
        if let Some(text) = front.get(start..end) {
            out.extend_from_slice(text);
        } else if let Some(start) = start.checked_sub(front.len()) {
            out.extend_from_slice(&back[start..start + length]);
        } else {
            out.extend_from_slice(&front[start..]);
            out.extend_from_slice(&back[..end - front.len()]);
        }
    }

    /// Makes room by dropping the oldest entries; one that is larger than the table only empties it (RFC 7541 section 4.4).
    pub(super) fn insert(&mut self, name: &[u8], value: &[u8]) {
        let length = name.len() + value.len();
        let Some(room) = self.capacity.checked_sub(length + PER_ENTRY) else {
            self.keep(0);
            return;
        };
        self.keep(room);
        self.reserve(length);
        self.bytes.extend(name);
        let name_end = self.end();
        self.bytes.extend(value);
        self.entries.push_back(Entry { name_end, value_end: self.end() });
    }

    /// Changes how large it may be, and drops what is beyond.
    pub(super) fn resize(&mut self, capacity: usize) {
        self.capacity = capacity;
        self.keep(capacity);
    }

    fn end(&self) -> usize {
        self.dropped.wrapping_add(self.bytes.len())
    }

    /// Drops the oldest entries until those left have at most this size.
    fn keep(&mut self, size: usize) {
        let start = self.dropped;
        let mut gone = 0;
        while self.bytes.len() - gone + self.entries.len() * PER_ENTRY > size
            && let Some(oldest) = self.entries.pop_front()
        {
            gone = oldest.value_end.wrapping_sub(start);
        }
        self.bytes.drain(..gone);
        self.dropped = start.wrapping_add(gone);
    }

    /// Doubles the ring where it must grow, but not beyond what the table can fill.
    fn reserve(&mut self, more: usize) {
        let needed = self.bytes.len() + more;
        if needed > self.bytes.capacity() {
            let wanted = needed.max(self.bytes.capacity() * 2).min(self.capacity);
            self.bytes.reserve_exact(wanted - self.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests;
