//! TOML and JSON as one kind of tree, each value with its line.

mod json;
mod toml;

use std::borrow::Cow;

pub(super) use json::read as of_json;
pub(super) use toml::read as of_toml;

/// Deeper than any of the formats.
const DEEPEST: usize = 16;

/// A value and its line.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) line: u32,
    pub(super) value: Value<'t>,
}

#[derive(Debug)]
pub(super) enum Value<'t> {
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Table(Vec<Entry<'t>>),
    /// Of no kind that the formats know: what it is, in words.
    Other(&'static str),
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub(super) key: Cow<'t, str>,
    pub(super) node: Node<'t>,
}

impl Value<'_> {
    /// What it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(what) => what,
        }
    }
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line of a byte.
    fn at(&self, byte: usize) -> u32 {
        let before = self.0.partition_point(|newline| *newline < byte);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }
}
