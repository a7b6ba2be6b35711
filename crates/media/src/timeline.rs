//! Which segments does a manifest number, and under which URLs?
//!
//! Where a segment's URL holds its number, [`crate::url::Rules`] read it there. Elsewhere it stands in the manifest:
//! in HLS by the order of the list, in DASH by the template, the list, or an index inside the file. [`hls`] and
//! [`dash`] read a manifest once, from its first byte to its last, and call a function with each [`Listed`] URL; no
//! model of it is made, and nothing is remembered. [`sidx`] reads an index.
//!
//! What the numbers are:
//! - HLS: `EXT-X-MEDIA-SEQUENCE` and the position in the list. A part, and a part that is hinted at, has the number of
//!   the segment that it is a part of.
//! - DASH, `$Time$`: the time in whole milliseconds, which does not depend on how much of a live stream the MPD lists.
//! - DASH, `$Number$`: the number less `@startNumber` where that is constant (`@duration`). With a `SegmentTimeline` a
//!   live stream's `@startNumber` moves with what is listed, so there it is the number itself.
//! - DASH, `SegmentList`: `@startNumber` and the position in the list.
//! - DASH, `SegmentBase@indexRange`: the position in the file, from 1.
//!
//! Templates are not written out. One says in a few bytes what all segments of a representation are called, those to
//! come included, so a `SegmentTimeline` need not be walked, however long it is or says that it is.
//!
//! Invariants: a URL is resolved (RFC 3986, section 5.2) against the manifest's own, and at most 16 KiB long;
//! there are at most [`MAX_LISTED`] of them, made of at most [`MAX_BYTES`] together; what is beyond is left out.
//!
//! Deliberately absent: I-frame playlists, whose numbers count pictures; URIs with variables (`{$name}`), which the
//! client alone can fill in; `$SubNumber$`; URLs of initialization segments and keys, which have no number.

mod dash;
mod hls;
mod sidx;

pub use dash::dash;
pub use hls::hls;
pub use sidx::{SidxError, sidx};

use std::ops::Range;

use crate::uri::Location;

/// The most URLs that one manifest lists; a day in two-second segments is below it.
pub const MAX_LISTED: usize = 65_536;

/// The most bytes of bases and references that the URLs of one manifest are made of.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// What stands in the URL of a template in place of the number: digits, which are left alone wherever they stand,
/// and more than any number here has in its place.
pub const ANY: &str = "18446744073709551615";

/// What a manifest says of one URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Listed {
    /// It is a media playlist.
    Playlist,
    /// It is the segment of this number, or a part of it.
    Segment(u64),
    /// From this byte on, it is the segment of this number.
    From {
        /// The first byte.
        byte: u64,
        /// The number.
        segment: u64,
    },
    /// It is a file of segments, with their index at these bytes.
    Indexed(Range<u64>),
    /// URLs like it, with decimal numbers for [`ANY`], are segments.
    Template(Template),
}

/// How the number in a URL makes the number of the segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Template {
    /// How many digits the number has at least, with zeros before it.
    pub width: usize,
    /// What the number is.
    pub counts: Counts,
}

/// What a number in a URL is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counts {
    /// `$Number$`, of which this one is the first.
    From(u64),
    /// `$Time$`, with so many of its units in a second; never 0.
    Time(u64),
}

impl Template {
    /// The number of the segment whose URL holds these digits, unless the template would have written them otherwise.
    pub fn segment(&self, digits: &str) -> Option<u64> {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_padded = digits.len() > 1 && digits.starts_with('0');
        let has_width = digits.len() == self.width || (digits.len() > self.width && !is_padded);
        let number: u64 = digits.parse().ok().filter(|_| is_number && has_width)?;
        match self.counts {
            Counts::From(first) => number.checked_sub(first),
            Counts::Time(timescale) => {
                u64::try_from(u128::from(number) * 1000 / u128::from(timescale.max(1))).ok()
            }
        }
    }
}

/// Resolves what a manifest lists, and tells of it, within the bounds.
struct Listing<F> {
    tell: F,
    urls: usize,
    bytes: usize,
}

impl<F: FnMut(&Location, Listed)> Listing<F> {
    fn new(tell: F) -> Self {
        Self { tell, urls: 0, bytes: 0 }
    }

    /// Tells what `reference` is, if it leads anywhere.
    fn add(&mut self, base: &Location, reference: &str, what: Listed) {
        if let Some(location) = self.join(base, reference) {
            self.urls += 1;
            (self.tell)(&location, what);
        }
    }

    /// What `reference` means, if it leads anywhere. The work counts, whatever comes of it.
    fn join(&mut self, base: &Location, reference: &str) -> Option<Location> {
        self.charge(base.path_and_query.len() + reference.len());
        if self.is_full() { None } else { base.join(reference) }
    }

    fn charge(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn is_full(&self) -> bool {
        self.urls >= MAX_LISTED || self.bytes > MAX_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_count_as_their_template_writes_them() {
        let number = |width| Template { width, counts: Counts::From(1) };
        for (width, digits, expected) in [
            (1, "7", Some(6)),
            (1, "1", Some(0)),
            (1, "0", None),
            (1, "07", None),
            (5, "00007", Some(6)),
            (5, "123456", Some(123_455)),
            (5, "7", None),
            (5, "000007", None),
            (1, "", None),
            (1, "+7", None),
            (1, ANY, Some(u64::MAX - 1)),
            (1, "18446744073709551616", None),
        ] {
            assert_eq!(number(width).segment(digits), expected, "{width} {digits}");
        }
        let time = |timescale| Template { width: 1, counts: Counts::Time(timescale) };
        assert_eq!(time(90_000).segment("180045"), Some(2000));
        assert_eq!(time(1).segment("0"), Some(0));
        assert_eq!(time(10_000_000).segment(ANY), Some(1_844_674_407_370_955));
        assert_eq!(time(1).segment(ANY), None);
    }
}
