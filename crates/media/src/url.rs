//! What does this URL ask for?
//!
//! [`Rules`] is the compiled form of the rule sets in [`crate::pattern`]. Recognition runs once per request,
//! so it does not allocate once a thread has warmed up: two automata, one for the entry and one for the file,
//! read the path once and name the rule that matches, and that rule's own small expression takes the path apart.
//! A combined expression with all groups would need time in proportion to all rules for the second step.
//!
//! Deliberately absent: percent-decoding and relay prefixes ([`crate::path`], [`crate::relay`]). The rules do
//! not need either: they search the whole path, and what they look for is written without escapes.

mod compile;
mod kind;

pub use kind::Kind;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::primitives::NonMaxUsize;

use crate::pattern::{self, MAX_NAME, RuleError, RuleSet};

/// The longest path that is looked at, in bytes. A longer one asks for [`Kind::Other`].
pub const MAX_PATH: usize = 8 * 1024;

/// The most groups that one pattern may have, named or not, with the whole match as the first.
const MAX_GROUPS: usize = 16;

/// What a URL asks for. The slices are slices of the path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target<'u> {
    /// The kind of object.
    pub kind: Kind,
    /// The video or live channel; 1 to [`MAX_NAME`] bytes.
    pub entry: Option<&'u str>,
    /// The number of the segment, with any shift added. Whether 0 is a number is the rule set's choice.
    pub segment: Option<u64>,
    /// The number of the part inside the segment.
    pub part: Option<u32>,
    /// The quality; 1 to [`MAX_NAME`] bytes. Comparable only between URLs of the same entry.
    pub rendition: Option<&'u str>,
    /// Whether the URL says that the entry is a live channel.
    pub live: bool,
}

/// Compiled rule sets. Cheap to share between threads; compile once per configuration.
#[derive(Debug)]
pub struct Rules {
    entries: Table<bool>,
    files: Table<Kind>,
}

/// The rules of one sort: the automaton that chooses, and the rules that it chooses from.
#[derive(Debug)]
struct Table<T> {
    chooser: Regex,
    rules: Vec<Rule<T>>,
}

/// One rule: its expression with groups, and what it says.
#[derive(Debug)]
struct Rule<T> {
    extractor: Regex,
    /// Whether the extractor reads the last component only.
    last_component: bool,
    groups: Groups,
    says: T,
}

/// The slots (regex-automata's word for group boundaries) of the named groups.
#[derive(Clone, Copy, Default, Debug)]
struct Groups {
    entry: Option<usize>,
    rendition: Option<usize>,
    segment: Option<usize>,
    shift: Option<usize>,
    part: Option<usize>,
}

/// Where a rule's groups matched in a text.
struct Found<'u> {
    text: &'u str,
    slots: [Option<NonMaxUsize>; 2 * MAX_GROUPS],
}

impl Rules {
    /// Kaltura's rules, then the generic ones.
    pub fn builtin() -> Self {
        // The sets are constants, and every test of recognition compiles them.
        Self::compile(&[pattern::kaltura(), pattern::generic()]).expect("the built-in rule sets compile")
    }

    /// Compiles rule sets, which are tried in the order given.
    ///
    /// # Errors
    /// The first fault found, with the set and the rule; see [`RuleError`].
    pub fn compile(sets: &[RuleSet]) -> Result<Self, RuleError> {
        compile::rules(sets)
    }

    /// What `path` asks for.
    ///
    /// The path may carry a relay prefix, doubled slashes, and a query, which is not looked at. No input is an
    /// error: what no rule knows is [`Kind::Other`].
    pub fn recognise<'u>(&self, path: &'u str) -> Target<'u> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut target = Target {
            kind: Kind::Other,
            entry: None,
            segment: None,
            part: None,
            rendition: None,
            live: false,
        };
        if path.len() > MAX_PATH {
            return target;
        }
        if let Some((rule, found)) = self.entries.find(path) {
            target.entry = found.name(rule.groups.entry);
            target.rendition = found.name(rule.groups.rendition);
            target.live = rule.says;
        }
        if let Some((rule, found)) = self.files.find(path) {
            target.kind = rule.says;
            target.segment = found.segment(rule.groups);
            target.part = found.number(rule.groups.part).and_then(|part| u32::try_from(part).ok());
            target.rendition = target.rendition.or_else(|| found.name(rule.groups.rendition));
        }
        target
    }
}

impl<T> Table<T> {
    /// The first rule that matches, with its groups.
    fn find<'u>(&self, path: &'u str) -> Option<(&Rule<T>, Found<'u>)> {
        let chosen = self.chooser.search_half(&Input::new(path))?;
        let rule = self.rules.get(chosen.pattern().as_usize())?;
        let text = if rule.last_component { last_component(path) } else { path };
        let mut found = Found { text, slots: [None; 2 * MAX_GROUPS] };
        rule.extractor.search_slots(&Input::new(text), &mut found.slots)?;
        Some((rule, found))
    }
}

impl<'u> Found<'u> {
    /// The text of a group, unless the group is no part of the match or splits a character.
    fn text(&self, slot: Option<usize>) -> Option<&'u str> {
        let slot = slot?;
        let start = (*self.slots.get(slot)?)?;
        let end = (*self.slots.get(slot + 1)?)?;
        self.text.get(start.get()..end.get())
    }

    fn name(&self, slot: Option<usize>) -> Option<&'u str> {
        self.text(slot).filter(|name| (1..=MAX_NAME).contains(&name.len()))
    }

    fn number(&self, slot: Option<usize>) -> Option<u64> {
        self.text(slot).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
    }

    /// The number of the segment; nothing if there is none or if it is out of range.
    fn segment(&self, groups: Groups) -> Option<u64> {
        let segment = self.number(groups.segment)?;
        match self.text(groups.shift) {
            Some(_) => segment.checked_add(self.number(groups.shift)?),
            None => Some(segment),
        }
    }
}

fn last_component(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
