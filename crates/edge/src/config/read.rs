//! From text to a [`Config`], or to every fault at once.
//!
//! The TOML reader stops at the first fault. So a faulty key is noted, taken out, and the rest is read
//! again: each round removes one key, which bounds the rounds.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Config;
use super::check::{self, Step};
use super::fault::{Fault, Faults};

/// Faults beyond this many are not looked for.
const MAX_FAULTS: usize = 50;

pub(super) fn read(name: &str, text: &str) -> Result<Config, Faults> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let fault = |error: &toml::de::Error| Fault::at(name, text, error.span(), one_line(error.message()));
        return Err(Faults::new(errors.iter().take(MAX_FAULTS).map(fault).collect()));
    }
    let mut faults = Vec::new();
    let mut rest = document.clone();
    let mut removed_keys = Vec::new();
    let config = loop {
        match Config::deserialize(toml::de::Deserializer::from(rest.clone())) {
            Ok(config) => break Some(config),
            Err(error) => {
                let span = error.span();
                if !follows_from(&removed_keys, error.message()) {
                    faults.push(Fault::at(name, text, span.clone(), explain(error.message())));
                }
                match span.and_then(|span| remove(rest.get_mut(), &span)) {
                    Some(key) if faults.len() < MAX_FAULTS => removed_keys.push(key),
                    _ => break None,
                }
            }
        }
    };
    // The parts are only compared when each of them is sound.
    if let (true, Some(config)) = (faults.is_empty(), &config) {
        for fault in check::faults(config) {
            let span = locate(document.get_ref(), &fault.path);
            faults.push(Fault::at(name, text, span, format!("{}: {}", fault.key(), fault.message)));
        }
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    match config {
        Some(config) if faults.is_empty() => Ok(config),
        _ => Err(Faults::new(faults)),
    }
}

/// A required key is only missing because its faulty value was taken out.
fn follows_from(removed_keys: &[String], message: &str) -> bool {
    removed_keys.iter().any(|key| message.trim() == format!("missing field `{key}`"))
}

/// The reader's message, with the nearest known key where one was unknown.
fn explain(message: &str) -> String {
    let message = one_line(message);
    if message == "invalid socket address syntax" {
        return format!("{message}; write an address and a port, such as `127.0.0.1:8080` or `[::1]:8080`");
    }
    let Some(rest) = message.strip_prefix("unknown field `") else {
        return message;
    };
    let Some((unknown, expected)) = rest.split_once('`') else {
        return message;
    };
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let nearest = known
        .iter()
        .map(|key| (strsim::osa_distance(unknown, key), key))
        .min()
        .filter(|(distance, key)| *distance <= key.len().max(unknown.len()).div_ceil(3));
    let list = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    match nearest {
        Some((_, key)) => format!("unknown key `{unknown}`; did you mean `{key}`? Known here: {list}"),
        None => format!("unknown key `{unknown}`; known here: {list}"),
    }
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

/// Takes the innermost key that covers `span` out of `table`; its name, or `None` when there is none.
fn remove(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let covers = |outer: &Range<usize>| outer.start <= span.start && span.end <= outer.end;
    let mut found = None;
    for (key, value) in table.iter_mut() {
        let value_span = value.span();
        if covers(&key.span()) || value_span == *span {
            found = Some(key.clone());
            break;
        }
        if let Some(name) = remove_within(value.get_mut(), span) {
            return Some(name);
        }
        if covers(&value_span) {
            found = Some(key.clone());
            break;
        }
    }
    let key = found?;
    table.remove(&key)?;
    Some(key.get_ref().to_string())
}

fn remove_within(value: &mut DeValue<'_>, span: &Range<usize>) -> Option<String> {
    match value {
        DeValue::Table(table) => remove(table, span),
        DeValue::Array(items) => {
            let before = items.len();
            *items = items.iter().filter(|item| item.span() != *span).cloned().collect();
            if items.len() < before {
                return Some(String::new());
            }
            items.iter_mut().find_map(|item| remove_within(item.get_mut(), span))
        }
        _ => None,
    }
}

/// Where the value at `path` stands, or the nearest thing around it that the file has.
fn locate(table: &DeTable<'_>, path: &[Step]) -> Option<Range<usize>> {
    let (Step::Key(name), rest) = path.split_first()? else {
        return None;
    };
    let (_, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    Some(locate_within(value, rest))
}

fn locate_within(value: &Spanned<DeValue<'_>>, path: &[Step]) -> Range<usize> {
    let inner = match (value.get_ref(), path.first()) {
        (DeValue::Table(table), Some(Step::Key(_))) => locate(table, path),
        (DeValue::Array(items), Some(Step::Index(index))) => {
            items.get(*index).map(|item| locate_within(item, &path[1..]))
        }
        _ => None,
    };
    inner.unwrap_or_else(|| value.span())
}
