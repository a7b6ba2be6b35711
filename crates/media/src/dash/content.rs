//! The text of an element, as far as it is nothing but text.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// The text of an element so far.
pub(crate) struct Content {
    /// Where it begins.
    pub(crate) start: usize,
    /// How many elements are open inside it, its own included.
    pub(crate) depth: usize,
    /// What it is, unescaped.
    pub(crate) value: String,
    /// Whether there was nothing but text yet.
    pub(crate) plain: bool,
}

impl Content {
    pub(crate) fn new(start: usize, depth: usize) -> Self {
        Self { start, depth, value: String::new(), plain: true }
    }

    pub(crate) fn add(&mut self, event: &Event<'_>) {
        match event {
            Event::Text(text) => self.value.push_str(text),
            Event::CData(text) => self.value.push_str(text),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => self.value.push(character),
                Ok(None) => match resolve_predefined_entity(reference) {
                    Some(text) => self.value.push_str(text),
                    None => self.plain = false,
                },
                Err(_) => self.plain = false,
            },
            _ => self.plain = false,
        }
    }
}
