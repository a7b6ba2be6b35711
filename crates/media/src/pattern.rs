//! Rule sets as data: named regular expressions that say how a packager writes its URLs.
//!
//! A [`RuleSet`] is plain text, so that a configuration file can bring its own. [`crate::url::Rules`] compiles
//! any number of them into automata and tries them in order; [`kaltura`] and [`generic`] are built in.
//!
//! # How patterns are read
//! - The syntax is that of the `regex` crate, without look-around, over bytes: `\d` is `[0-9]`, `.` is any
//!   byte but a line feed. The path comes without its query.
//! - An entry rule is searched for anywhere in the path, and so is a file rule that begins with `/`.
//!   Any other file rule must match the whole last component of the path.
//! - Rules are tried in the order in which they stand, sets in the order in which they are given: the first
//!   that matches wins, wherever in the path it does.
//! - Groups with a name say what was found; there is no other use for a name:
//!
//! | group | in | meaning |
//! |---|---|---|
//! | `entry` | entry rules, required | the video or channel, at most [`MAX_NAME`] bytes |
//! | `rendition` | both | the quality, at most [`MAX_NAME`] bytes; an entry rule's wins over a file rule's |
//! | `segment` | file rules | the segment's number, decimal |
//! | `shift` | file rules with `segment` | is added to the segment's number |
//! | `part` | file rules, required for kind `part` | the number of the part inside its segment |
//!
//! A file rule of kind `segment` may go without the group `segment`: such a URL is known to ask for media,
//! but not for which piece of it.
//!
//! # Bounds
//! Rule sets may come from people in a hurry, so [`MAX_RULES`], [`MAX_PATTERN`] and the size of the compiled
//! automata are limited, and matching takes time linear in the path whatever the pattern is.

mod generic;
mod kaltura;

pub use generic::generic;
pub use kaltura::kaltura;

use crate::url::Kind;

/// The longest pattern, in bytes.
pub const MAX_PATTERN: usize = 1024;

/// The most rules of one sort (entry, file) in all sets together.
pub const MAX_RULES: usize = 256;

/// The longest entry or rendition, in bytes. A longer one counts as not found.
pub const MAX_NAME: usize = 64;

/// How the URLs of one family of packagers look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleSet {
    /// What error messages call the set.
    pub name: String,
    /// Where the entry stands in the path.
    pub entries: Vec<EntryRule>,
    /// What the path's end asks for.
    pub files: Vec<FileRule>,
}

/// Finds the entry in a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntryRule {
    /// What error messages call the rule.
    pub name: String,
    /// A regular expression with the group `entry`, and perhaps `rendition`.
    pub pattern: String,
    /// Whether such an entry is a live channel.
    pub live: bool,
}

/// Finds what a path asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileRule {
    /// What error messages call the rule.
    pub name: String,
    /// A regular expression, perhaps with the groups `segment`, `shift`, `part` and `rendition`.
    pub pattern: String,
    /// What such a path asks for.
    pub kind: Kind,
}

/// Why a rule set was refused.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The sets hold more than [`MAX_RULES`] rules of one sort.
    #[error("rule set `{set}`: more than {MAX_RULES} {sort} rules in all sets together")]
    TooMany {
        /// The set with the first rule too many.
        set: String,
        /// `entry` or `file`.
        sort: &'static str,
    },
    /// A pattern is longer than [`MAX_PATTERN`].
    #[error(
        "rule set `{set}`, rule `{rule}`: the pattern has {length} bytes, at most {MAX_PATTERN} are allowed"
    )]
    TooLong {
        /// The set.
        set: String,
        /// The rule.
        rule: String,
        /// The length of the pattern in bytes.
        length: usize,
    },
    /// A pattern is not a regular expression.
    #[error("rule set `{set}`, rule `{rule}`: {reason}")]
    Syntax {
        /// The set.
        set: String,
        /// The rule.
        rule: String,
        /// What is wrong, with the place in the pattern.
        reason: String,
    },
    /// A group has a name that means nothing in such a rule.
    #[error("rule set `{set}`, rule `{rule}`: the group `{group}` means nothing here; known are {known}")]
    UnknownGroup {
        /// The set.
        set: String,
        /// The rule.
        rule: String,
        /// The name of the group.
        group: String,
        /// The names that such a rule may use.
        known: &'static str,
    },
    /// A group is missing without which the rule says nothing.
    #[error("rule set `{set}`, rule `{rule}`: the group `{group}` is missing")]
    MissingGroup {
        /// The set.
        set: String,
        /// The rule.
        rule: String,
        /// The name of the group.
        group: &'static str,
    },
    /// One pattern compiles into an automaton that is too large, often because of nested repetitions.
    #[error(
        "rule set `{set}`, rule `{rule}`: the pattern compiles into an automaton that is too large: {reason}"
    )]
    TooLarge {
        /// The set.
        set: String,
        /// The rule.
        rule: String,
        /// The limit that was passed.
        reason: String,
    },
    /// All patterns together compile into an automaton that is too large.
    #[error("the {sort} rules of all sets together compile into an automaton that is too large: {reason}")]
    TooLargeTogether {
        /// `entry` or `file`.
        sort: &'static str,
        /// The limit that was passed.
        reason: String,
    },
}

/// Turns a table of (name, pattern, live) into entry rules.
fn entries(table: &[(&str, String, bool)]) -> Vec<EntryRule> {
    table
        .iter()
        .map(|(name, pattern, live)| EntryRule {
            name: (*name).to_owned(),
            pattern: pattern.clone(),
            live: *live,
        })
        .collect()
}

/// Turns a table of (name, kind, pattern) into file rules.
fn files(table: &[(&str, Kind, String)]) -> Vec<FileRule> {
    table
        .iter()
        .map(|(name, kind, pattern)| FileRule {
            name: (*name).to_owned(),
            pattern: pattern.clone(),
            kind: *kind,
        })
        .collect()
}
