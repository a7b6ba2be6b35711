//! JSON: the text is taken apart level by level, so that each part still knows where in it it stands.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{DEEPEST, Entry, Lines, Node, Value};
use crate::fault::{Code, Fault, Faults, Place};

/// The tree of a text; what is no JSON is noted, and then there is no tree.
pub(in crate::import) fn read<'t>(text: &'t str, file: u16, faults: &mut Faults) -> Option<Node<'t>> {
    let source = Source { text, lines: Lines::of(text) };
    let read = serde_json::from_str::<&RawValue>(text).map_err(|error| source.wrong(0, &error));
    match read.and_then(|raw| source.node(raw, 0)) {
        Ok(node) => Some(node),
        Err((line, message)) => {
            faults.push(Fault::new(Code::Unreadable, Place::new(file, line), "", message));
            None
        }
    }
}

/// A line, and what is wrong there.
type Wrong = (u32, String);

struct Source<'t> {
    text: &'t str,
    lines: Lines,
}

impl<'t> Source<'t> {
    fn node(&self, raw: &'t RawValue, depth: usize) -> Result<Node<'t>, Wrong> {
        let part = raw.get();
        // Both are of the same text.
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let line = self.lines.at(start);
        let wrong = |error: serde_json::Error| self.wrong(start, &error);
        let value = match part.as_bytes().first() {
            Some(b'{' | b'[') if depth >= DEEPEST => return Err((line, "it is nested too deeply".into())),
            Some(b'{') => {
                let Pairs(pairs) = serde_json::from_str(part).map_err(wrong)?;
                let entry = |(key, raw)| Ok(Entry { key, node: self.node(raw, depth + 1)? });
                Value::Table(pairs.into_iter().map(entry).collect::<Result<_, Wrong>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(part).map_err(wrong)?;
                let items = items.into_iter().map(|raw| self.node(raw, depth + 1));
                Value::List(items.collect::<Result<_, Wrong>>()?)
            }
            Some(b'"') => Value::Text(serde_json::from_str::<Text<'_>>(part).map_err(wrong)?.0),
            Some(b't' | b'f') => Value::Other("true or false"),
            Some(b'n') => Value::Other("null"),
            _ => Value::Other("a number"),
        };
        Ok(Node { line, value })
    }

    /// An error in the part that starts at that byte.
    fn wrong(&self, start: usize, error: &serde_json::Error) -> Wrong {
        let line = u32::try_from(error.line().saturating_sub(1)).unwrap_or(u32::MAX);
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        (self.lines.at(start).saturating_add(line), format!("this is no JSON: {message}"))
    }
}

/// An object, with all its keys: also those that stand there twice.
struct Pairs<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

/// A text, borrowed where it has no escapes.
struct Text<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap;

        impl<'de> Visitor<'de> for OfMap {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(Text(key)) = map.next_key_seed(OfText)? {
                    pairs.push((key, map.next_value()?));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(OfMap)
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        OfText.deserialize(deserializer)
    }
}

struct OfText;

impl<'de> DeserializeSeed<'de> for OfText {
    type Value = Text<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for OfText {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(text.to_owned().into()))
    }
}
