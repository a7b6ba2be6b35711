//! Changes the URIs of an MPD, and nothing else.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};

use super::DashError;
use super::content::Content;
use super::document::{Document, Step};
use super::places::{Holds, holds, is_clock_over_http, is_uri_element};

/// Asks `to_edge` about every URI of an MPD, and puts its answer in the URI's place.
///
/// URIs are the texts of `BaseURL`, `Location`, `PatchLocation` and `ContentSteering`; the attributes `media`,
/// `initialization`, `index`, `bitstreamSwitching` and `sourceURL` where the standard has them; `xlink:href`;
/// and the values of `UTCTiming` over HTTP, which may list several. `to_edge` sees them unescaped, without
/// blanks around them, in the order of the document (the attributes of an element before its text), templates
/// (`$Number$`) included; `None` leaves a URI alone. Every other byte stays as it is. The MPD is borrowed
/// when nothing changes.
///
/// Not asked about, and so left alone: texts with a comment, a processing instruction, an element or an
/// entity of the document's own inside, URIs with control characters, and elements of other namespaces.
///
/// # Errors
/// See [`DashError`]. The caller then passes the original on.
pub fn rewrite<F>(mpd: &[u8], to_edge: F) -> Result<Cow<'_, [u8]>, DashError>
where
    F: FnMut(&str) -> Option<String>,
{
    let mut document = Document::new(mpd)?;
    let mut edits = Edits { text: document.text, bom: document.bom, to_edge, out: String::new(), kept: 0 };
    let mut open: Option<Content> = None;
    while let Some(Step { event, place, of_mpd, depth }) = document.step()? {
        match event {
            Event::Start(tag) => {
                attributes(&document, &tag, &place, of_mpd, &mut edits)?;
                if let Some(content) = &mut open {
                    content.plain = false;
                } else if of_mpd && is_uri_element(tag.local_name()) {
                    open = Some(Content::new(place.end, depth));
                }
            }
            Event::Empty(tag) => {
                attributes(&document, &tag, &place, of_mpd, &mut edits)?;
                if let Some(content) = &mut open {
                    content.plain = false;
                }
            }
            Event::End(_) => {
                if let Some(content) = open.take_if(|content| content.depth == depth)
                    && content.plain
                {
                    edits.ask(content.start..place.start, &content.value)?;
                }
            }
            other => {
                if let Some(content) = &mut open {
                    content.add(&other);
                }
            }
        }
    }
    Ok(edits.finish().map_or(Cow::Borrowed(mpd), Cow::Owned))
}

/// Asks about the attributes of one tag.
fn attributes<F>(
    document: &Document<'_>,
    tag: &BytesStart<'_>,
    place: &Range<usize>,
    of_mpd: bool,
    edits: &mut Edits<'_, F>,
) -> Result<(), DashError>
where
    F: FnMut(&str) -> Option<String>,
{
    let element = tag.local_name();
    let mut over_http = false;
    if element.into_inner() == "UTCTiming" {
        document.attributes(tag, place, |attribute, _| {
            over_http |= attribute.key.into_inner() == "schemeIdUri" && is_clock_over_http(&attribute.value);
            Ok(())
        })?;
    }
    document.attributes(tag, place, |attribute, value| {
        let Some(sort) = holds(element, attribute, document.names(), over_http).filter(|_| of_mpd) else {
            return Ok(());
        };
        // A value with an entity of the document's own, or with a bad reference, is left alone.
        let Ok(text) = unescape(&attribute.value) else { return Ok(()) };
        match sort {
            Holds::Uri => edits.ask(value, &text),
            Holds::Uris => edits.ask_each(value, &text),
        }
    })
}

/// The new text of an MPD as it grows.
struct Edits<'m, F> {
    text: &'m str,
    bom: usize,
    to_edge: F,
    out: String,
    /// Everything before it is in `out`.
    kept: usize,
}

impl<F: FnMut(&str) -> Option<String>> Edits<'_, F> {
    /// Asks about the URI `value`, whose escaped form stands at `place`.
    fn ask(&mut self, place: Range<usize>, value: &str) -> Result<(), DashError> {
        let value = value.trim_ascii();
        if value.is_empty() || value.contains(is_odd) {
            return Ok(());
        }
        match (self.to_edge)(value).filter(|new| new != value) {
            Some(new) => self.put(place, &new),
            None => Ok(()),
        }
    }

    /// Asks about each of several URIs with blanks between them.
    fn ask_each(&mut self, place: Range<usize>, value: &str) -> Result<(), DashError> {
        let mut changed = false;
        let mut new = String::with_capacity(value.len());
        if value.split_ascii_whitespace().any(|uri| uri.contains(is_odd)) {
            return Ok(());
        }
        for uri in value.split_ascii_whitespace() {
            let answer = (self.to_edge)(uri).filter(|answer| answer != uri);
            changed |= answer.is_some();
            if !new.is_empty() {
                new.push(' ');
            }
            new.push_str(answer.as_deref().unwrap_or(uri));
        }
        if changed { self.put(place, &new) } else { Ok(()) }
    }

    /// Puts a URI in the place of what stands at `place`, blanks around it left out.
    fn put(&mut self, place: Range<usize>, new: &str) -> Result<(), DashError> {
        let old = &self.text[place.clone()];
        let start = place.start + (old.len() - old.trim_ascii_start().len());
        if new.is_empty() || new.contains(is_odd) {
            return Err(DashError::BadReplacement { at: self.bom + start });
        }
        self.out.push_str(&self.text[self.kept..start]);
        self.out.push_str(&escape(new));
        self.kept = start + old.trim_ascii().len();
        Ok(())
    }

    /// The new document, if there was any change.
    fn finish(mut self) -> Option<Vec<u8>> {
        if self.kept == 0 {
            return None;
        }
        self.out.push_str(&self.text[self.kept..]);
        if self.bom > 0 {
            self.out.insert(0, '\u{feff}');
        }
        Some(self.out.into_bytes())
    }
}

/// Whether no URI holds the character, and XML perhaps can't (XML 1.0, section 2.2).
fn is_odd(char: char) -> bool {
    char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}')
}
