//! A complete, immutable object: the response head as viewers get it, and the whole body, or the word that
//! the body is kept in slices.

pub mod place;

use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use http::header::{ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::budget::Reservation;
use crate::freshness::Freshness;
use crate::validators::Strong;
use place::Place;

/// The size of one piece of a stored body. Every block but the last has exactly this size.
pub const BLOCK: usize = 1 << 20;

/// The head of a response, prepared once for every viewer.
#[derive(Clone, Debug)]
pub struct Head {
    /// The status.
    pub status: StatusCode,
    /// The header fields that viewers get, framing and age excepted.
    pub headers: HeaderMap,
    /// The body's length in bytes, when known before the body is.
    pub length: Option<u64>,
    /// What to send upstream to ask "has it changed?".
    pub validators: Validators,
    /// What the object is, for purge, inspection and counting.
    pub label: Label,
    /// Tells this answer from every other one; a renewal keeps it. Slices belong to a version.
    pub version: u64,
    /// When the body was seen to change, where somebody watched it closely enough to say; a renewal keeps it.
    pub changed: Option<Instant>,
    /// What a server makes of it once and sends many times.
    pub prepared: Prepared,
}

/// A head as a server sends it, made in each form when it is sent first. A clone is not prepared: it is about to be changed.
#[derive(Debug, Default)]
pub struct Prepared([OnceLock<Box<PreparedHead>>; 3]);

/// The forms that heads are sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines (RFC 9112).
    Http1,
    /// Compressed for HTTP/2 (RFC 7541).
    Http2,
    /// Compressed for HTTP/3 (RFC 9204).
    Http3,
}

/// A head in the form in which it is sent: status, fields, those that describe the body, and its length. What
/// changes from one moment to the next is not in it. Other heads of the same object are made of its pieces.
#[derive(Debug)]
pub struct PreparedHead {
    /// All of it.
    pub bytes: Box<[u8]>,
    /// Where the fields begin.
    pub fields: usize,
    /// Where the fields begin that describe the body.
    pub content: usize,
    /// Where the body's length begins.
    pub length: usize,
    /// For whose pages it was made (`Access-Control-Allow-Origin`).
    pub readable_by: HeaderValue,
}

impl Prepared {
    /// The head in this form, made by `prepare` when nobody has sent it yet.
    pub fn made_by(&self, form: Form, prepare: impl FnOnce() -> PreparedHead) -> &PreparedHead {
        self.0[form as usize].get_or_init(|| Box::new(prepare()))
    }

    /// The head in this form, where it is made.
    pub fn made(&self, form: Form) -> Option<&PreparedHead> {
        self.0[form as usize].get().map(Box::as_ref)
    }
}

impl Clone for Prepared {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The origin's own validators. They can differ from those in [`Head::headers`] when the body was
/// rewritten on the way.
#[derive(Clone, Debug, Default)]
pub struct Validators {
    /// For `If-None-Match`.
    pub etag: Option<HeaderValue>,
    /// For `If-Modified-Since`.
    pub last_modified: Option<HeaderValue>,
    /// For `If-Range`: what parts of one object have in common.
    pub strong: Option<Strong>,
}

/// What an object is, in the words of whoever stores it.
#[derive(Clone, Debug, Default)]
pub struct Label {
    /// The kind of object (`segment`, `media-playlist`, …).
    pub kind: &'static str,
    /// The video that it belongs to.
    pub entry: Option<Arc<str>>,
    /// Which of the video's segments it holds.
    pub place: Place,
}

/// A complete response. Cloning an `Arc` of it is all that serving it costs.
#[derive(Debug)]
pub struct Object {
    head: Arc<Head>,
    body: Arc<Body>,
    freshness: Freshness,
}

#[derive(Debug)]
struct Body {
    /// `None` for an index: the bytes are kept in slices, each under a key of its own.
    blocks: Option<Box<[Bytes]>>,
    length: u64,
    _memory: Reservation,
}

impl Validators {
    /// Those of an origin's answer.
    pub fn of(answer: &HeaderMap) -> Self {
        Self {
            etag: answer.get(ETAG).cloned(),
            last_modified: answer.get(LAST_MODIFIED).cloned(),
            strong: Strong::of(answer),
        }
    }

    /// Whether there is anything to ask with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

impl Object {
    /// An object whose `blocks` are all [`BLOCK`] long but the last; `memory` is what they take of the budget.
    pub(crate) fn new(
        head: Arc<Head>,
        blocks: Vec<Bytes>,
        freshness: Freshness,
        memory: Reservation,
    ) -> Self {
        let length = blocks.iter().map(|block| block.len() as u64).sum();
        let body = Body { blocks: Some(blocks.into()), length, _memory: memory };
        Self { head, body: Arc::new(body), freshness }
    }

    /// The index of an object of `length` bytes that is kept in slices: its head, without its body.
    pub fn index(head: Head, length: u64, freshness: Freshness) -> Self {
        let body = Body { blocks: None, length, _memory: Reservation::empty() };
        Self { head: Arc::new(head), body: Arc::new(body), freshness }
    }

    /// Whether the bytes are kept in slices, and this holds none.
    pub fn is_index(&self) -> bool {
        self.body.blocks.is_none()
    }

    /// The same body under a new head and lifetime: what a 304 makes of it (RFC 9111 section 4.3.4).
    #[must_use]
    pub fn renewed(&self, head: Head, freshness: Freshness) -> Self {
        Self { head: Arc::new(head), body: Arc::clone(&self.body), freshness }
    }

    /// Whether one is the renewal of the other: they hold the same bytes, not merely equal ones.
    pub fn has_body_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.body, &other.body)
    }

    /// The response head.
    pub fn head(&self) -> &Arc<Head> {
        &self.head
    }

    /// How long it may be used.
    pub fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// Length of the whole body in bytes.
    pub fn length(&self) -> u64 {
        self.body.length
    }

    /// Bytes from `position` up to `end` or the end of the block, without a copy. Empty at the end, and for
    /// an index.
    pub fn read(&self, position: u64, end: u64) -> Bytes {
        self.locate(position, end).map_or_else(Bytes::new, |(block, place)| block.slice(place))
    }

    /// The same, borrowed.
    pub fn piece(&self, position: u64, end: u64) -> &[u8] {
        self.locate(position, end).map_or(&[], |(block, place)| &block[place])
    }

    /// The block that holds `position`, and where in it the bytes up to `end` are.
    fn locate(&self, position: u64, end: u64) -> Option<(&Bytes, Range<usize>)> {
        let end = end.min(self.body.length);
        let blocks = self.body.blocks.as_ref().filter(|_| position < end)?;
        let block = blocks.get(usize::try_from(position / BLOCK as u64).ok()?)?;
        let offset = usize::try_from(position % BLOCK as u64).ok()?;
        let wanted = usize::try_from(end - position).unwrap_or(usize::MAX);
        Some((block, offset..block.len().min(offset.saturating_add(wanted))))
    }

    /// Bytes that it takes of the memory budget: body, head and bookkeeping.
    pub fn weight(&self) -> u64 {
        const BOOKKEEPING: u64 = 1024;
        if self.is_index() { BOOKKEEPING } else { self.body.length + BOOKKEEPING }
    }
}

#[cfg(test)]
impl Object {
    /// An object for tests, fresh for an hour.
    pub(crate) fn sample(length: usize) -> Self {
        use crate::tests::samples::{fresh_for, head, now};
        let freshness = fresh_for(std::time::Duration::from_hours(1), now());
        let head = head(Some(length as u64));
        let body: Vec<u8> = (0..length).map(|index| u8::try_from(index % 251).unwrap_or_default()).collect();
        let blocks = body.chunks(BLOCK).map(Bytes::copy_from_slice).collect();
        Self::new(Arc::new(head), blocks, freshness, Reservation::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_across_blocks_without_a_copy() {
        let object = Object::sample(BLOCK * 2 + 10);
        let (mut position, end) = (BLOCK as u64 - 3, BLOCK as u64 * 2 + 5);
        let mut pieces = Vec::new();
        while position < end {
            let piece = object.read(position, end);
            assert_eq!(piece, object.piece(position, end));
            position += piece.len() as u64;
            pieces.push(piece);
        }
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [3, BLOCK, 5]);
        assert_eq!(pieces[0][0], u8::try_from((BLOCK - 3) % 251).unwrap());
        assert!(object.read(end + 5, u64::MAX).is_empty());
        assert!(object.piece(u64::MAX, u64::MAX).is_empty());
    }
}
