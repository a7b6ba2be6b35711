//! The events of an XML document with their places, checked for what the XML library lets pass.

use std::fmt::Display;
use std::ops::Range;

use quick_xml::NsReader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};

use super::{DashError, MAX_ATTRIBUTES, MAX_DEPTH, MAX_SIZE};

/// The namespace of MPDs, without the year. Early packagers wrote it in upper case.
const MPD_NAMESPACE: &str = "urn:mpeg:dash:schema:mpd:";

/// Reads a document from its first byte to its last.
pub(crate) struct Document<'m> {
    /// The document without a byte order mark. All ranges are ranges of it.
    pub(crate) text: &'m str,
    /// The length of the byte order mark.
    pub(crate) bom: usize,
    reader: NsReader<&'m [u8]>,
    depth: usize,
    root_seen: bool,
}

/// One event of a document.
pub(crate) struct Step<'m> {
    pub(crate) event: Event<'m>,
    pub(crate) place: Range<usize>,
    /// Whether an element's name is in the namespace of MPDs, or in none.
    pub(crate) of_mpd: bool,
    /// How many elements are open, the event's own included.
    pub(crate) depth: usize,
}

impl<'m> Document<'m> {
    pub(crate) fn new(mpd: &'m [u8]) -> Result<Self, DashError> {
        if mpd.len() > MAX_SIZE {
            return Err(DashError::TooLarge { size: mpd.len() });
        }
        let text =
            std::str::from_utf8(mpd).map_err(|error| DashError::NotUtf8 { at: error.valid_up_to() })?;
        let unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = NsReader::from_str(unmarked);
        reader.config_mut().check_comments = true;
        Ok(Self { text: unmarked, bom: text.len() - unmarked.len(), reader, depth: 0, root_seen: false })
    }

    /// What prefixes mean at the last event.
    pub(crate) fn names(&self) -> &NamespaceResolver {
        self.reader.resolver()
    }

    /// The next event; nothing at the end of a whole document.
    pub(crate) fn step(&mut self) -> Result<Option<Step<'m>>, DashError> {
        let start = self.position();
        let event =
            self.reader.read_event().map_err(|error| self.malformed(self.error_position(), &error))?;
        let place = start..self.position();
        let mut depth = self.depth;
        let mut of_mpd = false;
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                of_mpd = self.is_of_mpd(tag);
                self.check_root(tag, of_mpd, start)?;
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(DashError::TooDeep { at: self.bom + start });
                }
                if matches!(event, Event::Start(_)) {
                    self.depth = depth;
                }
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Text(text) if self.depth == 0 && !text.trim_ascii().is_empty() => {
                return Err(self.malformed(start, &"text outside the outermost element"));
            }
            Event::CData(_) | Event::GeneralRef(_) if self.depth == 0 => {
                return Err(self.malformed(start, &"text outside the outermost element"));
            }
            Event::Decl(_) if start != 0 => {
                return Err(self.malformed(start, &"an XML declaration that is not at the beginning"));
            }
            Event::DocType(_) if self.root_seen => {
                return Err(self.malformed(start, &"a document type declaration inside the document"));
            }
            Event::Eof if self.depth > 0 || !self.root_seen => {
                return Err(self.malformed(start, &"the document ends before its outermost element does"));
            }
            Event::Eof => return Ok(None),
            _ => {}
        }
        Ok(Some(Step { event, place, of_mpd, depth }))
    }

    /// Calls `visit` with each attribute of a tag and the place of its value, and checks them all.
    pub(crate) fn attributes(
        &self,
        tag: &BytesStart<'_>,
        place: &Range<usize>,
        mut visit: impl FnMut(&Attribute<'_>, Range<usize>) -> Result<(), DashError>,
    ) -> Result<(), DashError> {
        for (index, attribute) in tag.attributes().enumerate() {
            if index == MAX_ATTRIBUTES {
                return Err(DashError::TooManyAttributes { at: self.bom + place.start });
            }
            let attribute = attribute.map_err(|error| self.malformed(place.start, &error))?;
            // The library gives no place for a value, but its slice lies inside the text.
            let start = attribute.value.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
            let value = start..start.wrapping_add(attribute.value.len());
            if self.text.get(value.clone()) != Some(&*attribute.value) {
                return Err(self.malformed(place.start, &"an attribute without a place"));
            }
            visit(&attribute, value)?;
        }
        Ok(())
    }

    fn is_of_mpd(&self, tag: &BytesStart<'_>) -> bool {
        match self.reader.resolver().resolve_element(tag.name()).0 {
            ResolveResult::Bound(namespace) => namespace
                .into_inner()
                .get(..MPD_NAMESPACE.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(MPD_NAMESPACE)),
            ResolveResult::Unbound => true,
            ResolveResult::Unknown(_) => false,
        }
    }

    fn check_root(&mut self, tag: &BytesStart<'_>, of_mpd: bool, start: usize) -> Result<(), DashError> {
        if self.depth > 0 {
            return Ok(());
        }
        if self.root_seen {
            return Err(self.malformed(start, &"a second outermost element"));
        }
        self.root_seen = true;
        if of_mpd && tag.local_name().into_inner() == "MPD" {
            Ok(())
        } else {
            Err(DashError::NotAnMpd { at: self.bom + start })
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn error_position(&self) -> usize {
        usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX)
    }

    fn malformed(&self, at: usize, reason: &dyn Display) -> DashError {
        DashError::Malformed { at: self.bom + at, reason: reason.to_string() }
    }
}
