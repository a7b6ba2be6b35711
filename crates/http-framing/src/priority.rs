//! How urgent an answer is to the client (RFC 9218): what stands in the Priority field and in `PRIORITY_UPDATE` frames.

use std::convert::Infallible;

use sfv::visitor::{
    DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ParameterVisitor,
};
use sfv::{BareItemFromInput, KeyRef, Parser};

/// The order in which answers are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Priority {
    /// From 0, the most urgent, to 7.
    pub urgency: u8,
    /// Whether a part of the answer is of use by itself, so that answers of one urgency are sent in turns.
    pub incremental: bool,
}

/// What counts where nothing is said (RFC 9218 section 4).
impl Default for Priority {
    fn default() -> Self {
        Self { urgency: 3, incremental: false }
    }
}

impl Priority {
    /// Reads a field or the text of a frame. What is not a dictionary, or out of range in it, counts as not said; parameters that
    /// are unknown are passed over (RFC 9218 section 4). Allocates nothing, unless a parameter that is unknown has bytes or
    /// escapes in it.
    pub fn parse(text: &[u8]) -> Self {
        Self::parse_plain(text).unwrap_or_else(|| {
            let said = Said(Self::default());
            Parser::new(text).parse_dictionary_with_visitor(said).unwrap_or_default()
        })
    }

    /// What browsers write, which is nearly all that comes: `u` with one digit, `i`, or both.
    fn parse_plain(text: &[u8]) -> Option<Self> {
        let (text, incremental) = match text {
            b"i" => return Some(Self { incremental: true, ..Self::default() }),
            [rest @ .., b',', b' ', b'i'] | [rest @ .., b',', b'i'] => (rest, true),
            _ => (text, false),
        };
        match text {
            [b'u', b'=', digit @ b'0'..=b'7'] => Some(Self { urgency: digit - b'0', incremental }),
            _ => None,
        }
    }
}

/// What a dictionary has said so far. Of a parameter that stands twice the last one counts, even if it is faulty.
struct Said(Priority);

/// A parameter that is about to be read.
struct Parameter<'p> {
    priority: &'p mut Priority,
    read: fn(&mut Priority, Option<BareItemFromInput<'_>>),
}

fn read_urgency(priority: &mut Priority, item: Option<BareItemFromInput<'_>>) {
    let number = item.and_then(|item| u8::try_from(item.as_integer()?).ok());
    priority.urgency = number.filter(|number| *number <= 7).unwrap_or(Priority::default().urgency);
}

fn read_incremental(priority: &mut Priority, item: Option<BareItemFromInput<'_>>) {
    priority.incremental = item.and_then(|item| item.as_boolean()).unwrap_or(false);
}

impl<'de> DictionaryVisitor<'de> for Said {
    type Out = Priority;
    type Error = Infallible;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        let read = match key.as_str() {
            "u" => read_urgency,
            "i" => read_incremental,
            _ => return Ok(None),
        };
        Ok(Some(Parameter { priority: &mut self.0, read }))
    }

    fn finish(self) -> Result<Priority, Infallible> {
        Ok(self.0)
    }
}

impl<'de> EntryVisitor<'de> for Parameter<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        (self.read)(self.priority, None);
        Ok(Ignored)
    }
}

impl<'de> ItemVisitor<'de> for Parameter<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        item: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        (self.read)(self.priority, Some(item));
        Ok(Ignored)
    }
}

#[cfg(test)]
mod tests;
