//! The segments of an HLS playlist.

use super::{Listed, Listing};
use crate::hls::attributes::{Attribute, attributes};
use crate::hls::{HlsError, lines};
use crate::uri::Location;

/// Calls `tell` with every URL that an HLS playlist lists that came from `base`.
///
/// Of a multivariant playlist these are the media playlists; of a media playlist the segments and parts, in order.
/// A range without an offset begins where the one before ends (RFC 8216bis, sections 4.4.4.2 and 4.4.4.9). What is
/// skipped (`EXT-X-SKIP`) or a gap (`EXT-X-GAP`) counts, and discontinuities change nothing.
///
/// # Errors
/// When the text is no playlist or too large.
pub fn hls<'m>(
    playlist: &'m [u8],
    base: &'m Location,
    tell: impl FnMut(&Location, Listed),
) -> Result<(), HlsError> {
    let lines = lines(playlist)?;
    if memchr::memmem::find(playlist, b"#EXT-X-I-FRAMES-ONLY").is_some() {
        return Ok(());
    }
    let mut reader = Reader {
        base,
        listing: Listing::new(tell),
        number: Some(0),
        range: None,
        segments: Ranges::default(),
        parts: Ranges::default(),
        is_variant: false,
    };
    for (_, line) in lines {
        let line = line.trim_ascii_end();
        if let Some(tag) = line.strip_prefix(b"#EXT-X-") {
            reader.tag(tag);
        } else if !line.is_empty() && !line.starts_with(b"#") {
            reader.uri(line);
        }
        if reader.listing.is_full() {
            break;
        }
    }
    Ok(())
}

struct Reader<'m, F> {
    base: &'m Location,
    listing: Listing<F>,
    /// Of the next segment; `None` beyond what can be counted.
    number: Option<u64>,
    /// `EXT-X-BYTERANGE` of the next segment.
    range: Option<ByteRange>,
    segments: Ranges<'m>,
    parts: Ranges<'m>,
    /// Whether the next URI is that of a media playlist.
    is_variant: bool,
}

/// So many bytes, perhaps from an offset on.
#[derive(Clone, Copy)]
struct ByteRange {
    length: u64,
    offset: Option<u64>,
}

/// Where the range before this one ended, and of which resource it was.
#[derive(Default)]
struct Ranges<'m> {
    last: Option<(&'m [u8], u64)>,
}

impl<'m, F: FnMut(&Location, Listed)> Reader<'m, F> {
    fn tag(&mut self, tag: &'m [u8]) {
        let colon = memchr::memchr(b':', tag).unwrap_or(tag.len());
        let value = tag.get(colon + 1..).unwrap_or_default().trim_ascii();
        match &tag[..colon] {
            b"MEDIA-SEQUENCE" => self.number = decimal(value),
            b"BYTERANGE" => self.range = ByteRange::read(value),
            b"STREAM-INF" => self.is_variant = true,
            b"MEDIA" | b"I-FRAME-STREAM-INF" => {
                if let Some(uri) = named(value, b"URI") {
                    self.add(uri.value, Listed::Playlist);
                }
            }
            b"SKIP" => {
                let skipped = named(value, b"SKIPPED-SEGMENTS").and_then(|count| decimal(count.value));
                self.number = self.number.zip(skipped).and_then(|(number, count)| number.checked_add(count));
            }
            b"PART" => {
                let range = named(value, b"BYTERANGE").and_then(|range| ByteRange::read(range.value));
                self.part(value, range);
            }
            b"PRELOAD-HINT" if named(value, b"TYPE").is_some_and(|hint| hint.value == b"PART") => {
                let start = named(value, b"BYTERANGE-START").and_then(|start| decimal(start.value));
                self.part(value, start.map(|start| ByteRange { length: 0, offset: Some(start) }));
            }
            _ => {}
        }
    }

    fn part(&mut self, list: &'m [u8], range: Option<ByteRange>) {
        let (Some(number), Some(uri)) = (self.number, named(list, b"URI")) else { return };
        let what = self.parts.listed(uri.value, range, number);
        self.add(uri.value, what);
    }

    fn uri(&mut self, uri: &'m [u8]) {
        if std::mem::take(&mut self.is_variant) {
            return self.add(uri, Listed::Playlist);
        }
        let range = self.range.take();
        let Some(number) = self.number else { return };
        let what = self.segments.listed(uri, range, number);
        self.number = number.checked_add(1);
        self.add(uri, what);
    }

    fn add(&mut self, uri: &[u8], what: Listed) {
        let Ok(uri) = std::str::from_utf8(uri) else { return };
        let uri = uri.trim_ascii();
        if !uri.is_empty() && !uri.contains("{$") && !uri.contains(char::is_control) {
            self.listing.add(self.base, uri, what);
        }
    }
}

impl<'m> Ranges<'m> {
    /// What the range of a resource is. One that begins where nobody says begins at 0, as players have it.
    fn listed(&mut self, uri: &'m [u8], range: Option<ByteRange>, segment: u64) -> Listed {
        let Some(range) = range else {
            self.last = None;
            return Listed::Segment(segment);
        };
        let before = self.last.filter(|(last, _)| *last == uri).map(|(_, end)| end);
        let byte = range.offset.or(before).unwrap_or_default();
        self.last = byte.checked_add(range.length).map(|end| (uri, end));
        Listed::From { byte, segment }
    }
}

impl ByteRange {
    /// Reads `length[@offset]`.
    fn read(text: &[u8]) -> Option<Self> {
        match memchr::memchr(b'@', text) {
            Some(at) => Some(Self { length: decimal(&text[..at])?, offset: Some(decimal(&text[at + 1..])?) }),
            None => Some(Self { length: decimal(text)?, offset: None }),
        }
    }
}

/// An attribute of a list.
fn named<'m>(list: &'m [u8], name: &[u8]) -> Option<Attribute<'m>> {
    attributes(list, 0).find(|attribute| attribute.name == name)
}

/// A decimal number (RFC 8216bis, section 4.2).
fn decimal(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
