//! From rule sets to automata.
//!
//! Every pattern is compiled alone first. That finds its faults under its own name, and proves that it is a
//! whole expression, before it goes into the automaton of all patterns.

use regex_automata::PatternID;
use regex_automata::meta::{BuildError, Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;

use super::{Groups, Kind, MAX_GROUPS, Rule, Rules, Table};
use crate::pattern::{MAX_PATTERN, MAX_RULES, RuleError, RuleSet};

/// The largest automaton of one pattern, in bytes.
const PATTERN_LIMIT: usize = 256 * 1024;

/// The largest automaton of all patterns of one sort, in bytes.
const TABLE_LIMIT: usize = 4 * 1024 * 1024;

/// What each thread may spend per automaton of all patterns on states seen so far, in bytes.
const STATES_LIMIT: usize = 2 * 1024 * 1024;

pub(super) fn rules(sets: &[RuleSet]) -> Result<Rules, RuleError> {
    let mut entries = Draft::new("entry");
    let mut files = Draft::new("file");
    for set in sets {
        for rule in &set.entries {
            entries.add(set, &rule.name, &rule.pattern, rule.live, |_, groups| match groups.entry {
                Some(_) => Ok(()),
                None => Err("entry"),
            })?;
        }
        for rule in &set.files {
            files.add(set, &rule.name, &rule.pattern, rule.kind, |kind, groups| {
                if groups.segment.is_none() && (groups.shift.is_some() || groups.part.is_some()) {
                    Err("segment")
                } else if *kind == Kind::Part && groups.part.is_none() {
                    Err("part")
                } else {
                    Ok(())
                }
            })?;
        }
    }
    Ok(Rules { entries: entries.finish()?, files: files.finish()? })
}

/// The rules of one sort on their way into a [`Table`].
struct Draft<T> {
    sort: &'static str,
    patterns: Vec<String>,
    rules: Vec<Rule<T>>,
}

impl<T> Draft<T> {
    fn new(sort: &'static str) -> Self {
        Self { sort, patterns: Vec::new(), rules: Vec::new() }
    }

    fn add(
        &mut self,
        set: &RuleSet,
        rule: &str,
        pattern: &str,
        says: T,
        complete: impl FnOnce(&T, &Groups) -> Result<(), &'static str>,
    ) -> Result<(), RuleError> {
        let (set, rule) = (set.name.clone(), rule.to_owned());
        if self.rules.len() == MAX_RULES {
            return Err(RuleError::TooMany { set, sort: self.sort });
        }
        if pattern.len() > MAX_PATTERN {
            return Err(RuleError::TooLong { set, rule, length: pattern.len() });
        }
        let alone = match build(&[pattern], PATTERN_LIMIT, WhichCaptures::All) {
            Ok(alone) => alone,
            Err(error) => return Err(refusal(&error, set, rule)),
        };
        let groups = match groups(&alone, self.sort) {
            Ok(groups) => groups,
            Err(Refused::Unknown(group)) => {
                return Err(RuleError::UnknownGroup { set, rule, group, known: known(self.sort) });
            }
            Err(Refused::TooMany) => {
                let reason = format!("it has more than {} groups", MAX_GROUPS - 1);
                return Err(RuleError::TooLarge { set, rule, reason });
            }
        };
        complete(&says, &groups).map_err(|group| RuleError::MissingGroup {
            set: set.clone(),
            rule: rule.clone(),
            group,
        })?;
        let last_component = self.sort == "file" && !pattern.starts_with('/');
        let (part, whole) = if last_component {
            (format!("^(?:{pattern})$"), format!("^(?s:.*/)?(?:{pattern})$"))
        } else {
            (format!("(?:{pattern})"), format!("^(?s:.*?)(?:{pattern})"))
        };
        let extractor =
            build(&[part], PATTERN_LIMIT, WhichCaptures::All).map_err(|error| refusal(&error, set, rule))?;
        self.patterns.push(whole);
        self.rules.push(Rule { extractor, last_component, groups, says });
        Ok(())
    }

    fn finish(self) -> Result<Table<T>, RuleError> {
        let chooser = build(&self.patterns, TABLE_LIMIT, WhichCaptures::Implicit)
            .map_err(|error| RuleError::TooLargeTogether { sort: self.sort, reason: describe(&error) })?;
        Ok(Table { chooser, rules: self.rules })
    }
}

fn build<P: AsRef<str>>(
    patterns: &[P],
    size_limit: usize,
    captures: WhichCaptures,
) -> Result<Regex, Box<BuildError>> {
    Regex::builder()
        .configure(
            Config::new()
                .utf8_empty(false)
                .nfa_size_limit(Some(size_limit))
                .hybrid_cache_capacity(STATES_LIMIT)
                .which_captures(captures),
        )
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build_many(patterns)
        .map_err(Box::new)
}

enum Refused {
    Unknown(String),
    TooMany,
}

fn groups(regex: &Regex, sort: &str) -> Result<Groups, Refused> {
    let info = regex.group_info();
    if info.group_len(PatternID::ZERO) > MAX_GROUPS {
        return Err(Refused::TooMany);
    }
    let mut groups = Groups::default();
    for (index, name) in info.pattern_names(PatternID::ZERO).enumerate() {
        let Some(name) = name else { continue };
        let place = match (name, sort) {
            ("entry", "entry") => &mut groups.entry,
            ("rendition", _) => &mut groups.rendition,
            ("segment", "file") => &mut groups.segment,
            ("shift", "file") => &mut groups.shift,
            ("part", "file") => &mut groups.part,
            _ => return Err(Refused::Unknown(name.to_owned())),
        };
        // Wrapping a pattern adds no group, so an index holds for every form of it.
        *place = info.slot(PatternID::ZERO, index);
    }
    Ok(groups)
}

fn known(sort: &str) -> &'static str {
    if sort == "entry" { "`entry`, `rendition`" } else { "`segment`, `shift`, `part`, `rendition`" }
}

fn refusal(error: &BuildError, set: String, rule: String) -> RuleError {
    let reason = describe(error);
    if error.size_limit().is_some() {
        RuleError::TooLarge { set, rule, reason }
    } else {
        RuleError::Syntax { set, rule, reason }
    }
}

fn describe(error: &BuildError) -> String {
    match error.syntax_error() {
        Some(syntax) => syntax.to_string(),
        None => match std::error::Error::source(error) {
            Some(source) => source.to_string(),
            None => error.to_string(),
        },
    }
}
