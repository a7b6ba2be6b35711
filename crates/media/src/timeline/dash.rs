//! The segments of a DASH presentation (ISO/IEC 23009-1, section 5.3.9).

mod level;
mod template;

use std::ops::Range;

use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::{Listed, Listing};
use crate::dash::DashError;
use crate::dash::content::Content;
use crate::dash::document::{Document, Step};
use crate::uri::Location;
use level::Levels;

/// Calls `tell` with every URL that an MPD lists that came from `base`.
///
/// `BaseURL` counts on each level (section 5.6.4), each of several, up to 8, on its own. Of `SegmentTemplate` the
/// attributes that a level leaves out are those of the level above. `SegmentList` and `SegmentBase` count in a
/// `Representation`; an MPD that is not well-formed may have told of its beginning.
///
/// # Errors
/// See [`DashError`].
pub fn dash(mpd: &[u8], base: &Location, tell: impl FnMut(&Location, Listed)) -> Result<(), DashError> {
    let mut document = Document::new(mpd)?;
    let mut levels = Levels::new(base, Listing::new(tell));
    let mut base_url: Option<Content> = None;
    while let Some(Step { event, place, of_mpd, depth }) = document.step()? {
        match event {
            Event::Start(tag) if of_mpd => {
                if let Some(content) = &mut base_url {
                    content.plain = false;
                } else if tag.local_name().into_inner() == "BaseURL" {
                    base_url = Some(Content::new(place.end, depth));
                } else {
                    open(&document, &tag, &place, depth, &mut levels)?;
                }
            }
            Event::Empty(tag) if of_mpd && base_url.is_none() => {
                open(&document, &tag, &place, depth, &mut levels)?;
                levels.end(depth);
            }
            Event::End(_) => {
                if let Some(content) = base_url.take_if(|content| content.depth == depth) {
                    if content.plain {
                        levels.base_url(depth, content.value.trim_ascii());
                    }
                } else {
                    levels.end(depth);
                }
            }
            Event::Comment(_) => {}
            other => {
                if let Some(content) = &mut base_url {
                    content.add(&other);
                }
            }
        }
        if levels.are_full() {
            break;
        }
    }
    Ok(())
}

/// Reads the tag of an element.
fn open<F: FnMut(&Location, Listed)>(
    document: &Document<'_>,
    tag: &BytesStart<'_>,
    place: &Range<usize>,
    depth: usize,
    levels: &mut Levels<F>,
) -> Result<(), DashError> {
    let element = tag.local_name().into_inner();
    levels.begin(depth, element);
    document.attributes(tag, place, |attribute, _| {
        // Prefixes are those of other namespaces.
        if let Ok(value) = unescape(&attribute.value) {
            levels.attribute(depth, element, attribute.key.into_inner(), value.trim_ascii());
        }
        Ok(())
    })?;
    if element == "SegmentURL" {
        levels.segment_url(depth);
    }
    Ok(())
}
