//! The fields of one message, in one buffer that serves message after message.
//!
//! Decoders write names and values one behind the other, so that a request allocates nothing once the buffer has grown to
//! the size that requests have.
//!
//! # Invariants
//! - A decoder keeps no more than it was told, by the size that RFC 9113 section 6.5.2 counts. As the buffers double, they take up to
//!   twice that, and the field beside it that is being read.

use std::fmt;

/// What each field counts beyond its name and its value (RFC 9113 section 6.5.2, RFC 9114 section 4.2.2).
const PER_FIELD: usize = 32;

/// What is kept for the next message: more than nearly all requests have.
const KEPT_BYTES: usize = 4096;
const KEPT_FIELDS: usize = 64;

/// Names and values, in the order in which they came. Their text is a client's, and cannot be printed.
#[derive(Clone, Default)]
pub struct Fields {
    bytes: Vec<u8>,
    ends: Vec<Ends>,
}

/// Where a field's name and value end in the bytes. It begins where the one before it ends.
#[derive(Clone, Copy)]
struct Ends {
    name: usize,
    value: usize,
}

/// Whether a block's fields were all kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// All of them.
    Whole,
    /// They were read to their end, but from the first one on with which they are larger than allowed, none was kept.
    TooLarge,
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fields", self.len())
    }
}

impl Fields {
    /// No fields, and no memory for any.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), ends: Vec::new() }
    }

    /// Forgets the fields and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Forgets the fields, and gives back the memory beyond what nearly all requests need.
    pub fn shrink(&mut self) {
        self.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.ends.shrink_to(KEPT_FIELDS);
    }

    /// Names and values, as they came.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.from(0)
    }

    /// Those after the first `skipped`.
    pub(crate) fn from(&self, skipped: usize) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut start =
            skipped.checked_sub(1).and_then(|last| self.ends.get(last)).map_or(0, |ends| ends.value);
        self.ends.iter().skip(skipped).map(move |ends| {
            let field = (&self.bytes[start..ends.name], &self.bytes[ends.name..ends.value]);
            start = ends.value;
            field
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends one. Its size is the caller's to bound.
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(name);
        let name_end = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.seal(name_end);
    }

    fn seal(&mut self, name_end: usize) {
        self.ends.push(Ends { name: name_end, value: self.bytes.len() });
    }

    /// Where the last one ends.
    fn end(&self) -> usize {
        self.ends.last().map_or(0, |last| last.value)
    }
}

/// How much a decoder reads beyond what it may keep, by the same count, before it gives up: with references into a table, a
/// few bytes can stand for many kilobytes.
const PATIENCE: usize = 1 << 20;

/// Adds the fields of one block, up to a bound.
pub(crate) struct Intake<'f> {
    fields: &'f mut Fields,
    /// What may still be kept.
    left: usize,
    decoded: Decoded,
    /// What came beyond.
    excess: usize,
}

impl<'f> Intake<'f> {
    /// Has `read` add fields of together at most the size `most`; if it fails, all that it added is taken away again.
    pub(crate) fn run<E>(
        fields: &'f mut Fields,
        most: usize,
        read: impl FnOnce(&mut Intake<'_>) -> Result<(), E>,
    ) -> Result<Decoded, E> {
        let (bytes, count) = (fields.bytes.len(), fields.ends.len());
        let mut intake = Intake { fields, left: most, decoded: Decoded::Whole, excess: 0 };
        let outcome = read(&mut intake);
        let decoded = intake.decoded;
        if outcome.is_err() {
            fields.bytes.truncate(bytes);
            fields.ends.truncate(count);
        }
        outcome.map(|()| decoded)
    }

    /// Whether so much came that reading on is of no use.
    pub(crate) fn is_overrun(&self) -> bool {
        self.excess > PATIENCE
    }

    /// Adds a field that stands elsewhere.
    pub(crate) fn push(&mut self, name: &[u8], value: &[u8]) {
        if self.admits(name.len() + value.len()) {
            self.fields.push(name, value);
        }
    }

    /// Counts a field whose name and value have so many bytes, and says whether it is to be kept.
    pub(crate) fn admits(&mut self, length: usize) -> bool {
        let size = length.saturating_add(PER_FIELD);
        if let Some(left) = self.left.checked_sub(size) {
            self.left = left;
            true
        } else {
            // No smaller one comes after it: a list with a gap is none.
            self.left = 0;
            self.excess = self.excess.saturating_add(size);
            self.decoded = Decoded::TooLarge;
            false
        }
    }

    /// Where a field is drafted: first its name is appended, then its value.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.fields.bytes
    }

    /// Name and value of the draft, of which the name ends here.
    pub(crate) fn draft(&self, name_end: usize) -> (&[u8], &[u8]) {
        let start = self.fields.end();
        (&self.fields.bytes[start..name_end], &self.fields.bytes[name_end..])
    }

    /// Makes the draft a field, if it is still allowed.
    pub(crate) fn finish(&mut self, name_end: usize) {
        let start = self.fields.end();
        if self.admits(self.fields.bytes.len() - start) {
            self.keep(name_end);
        } else {
            self.fields.bytes.truncate(start);
        }
    }

    /// Makes the draft a field: it was counted before.
    pub(crate) fn keep(&mut self, name_end: usize) {
        self.fields.seal(name_end);
    }
}

#[cfg(test)]
mod tests;
