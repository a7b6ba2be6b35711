//! The keys of a table in a tree: known ones, each once, of the kind that is expected.

use std::collections::HashSet;

use ipnet::IpNet;

use super::tree::{Entry, Node, Value};
use super::{nearest, statement};
use crate::fault::{Code, Fault, Faults, Place};

/// A table whose keys were looked at.
pub(super) struct Keys<'n, 't> {
    pub(super) place: Place,
    entries: &'n [Entry<'t>],
}

impl<'n, 't> Keys<'n, 't> {
    /// Notes what is no table, and keys that are not `known`.
    pub(super) fn of(
        node: &'n Node<'t>,
        what: &'static str,
        known: &[&'static str],
        file: u16,
        faults: &mut Faults,
    ) -> Option<Self> {
        let place = Place::new(file, node.line);
        let entries = table(node, what, file, faults)?;
        for entry in entries {
            if !known.contains(&entry.key.as_ref()) {
                let message = nearest::unknown("key", &entry.key, known);
                faults.push(Fault::new(Code::Value, Place::new(file, entry.node.line), "", message));
            }
        }
        Some(Self { place, entries })
    }

    /// The value of a key.
    pub(super) fn find(&self, key: &'static str) -> Option<&'n Node<'t>> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The text of a key; empty where there is none.
    pub(super) fn text(&self, key: &'static str, faults: &mut Faults) -> &'n str {
        let Some(node) = self.find(key) else { return "" };
        if let Value::Text(text) = &node.value {
            return text.trim();
        }
        faults.push(expected("text", key, node, self.place.file));
        ""
    }

    /// The text of a key that has to be there.
    pub(super) fn needed(&self, key: &'static str, faults: &mut Faults) -> Option<&'n str> {
        let before = faults.total();
        let text = self.text(key, faults);
        if text.is_empty() && faults.total() == before {
            faults.push(Fault::new(Code::Missing, self.place, key, "this is missing"));
        }
        (!text.is_empty()).then_some(text)
    }

    /// The items of a key that holds a list; none where it is not there.
    pub(super) fn list(&self, key: &'static str, faults: &mut Faults) -> &'n [Node<'t>] {
        let Some(node) = self.find(key) else { return &[] };
        if let Value::List(items) = &node.value {
            return items;
        }
        faults.push(expected("a list", key, node, self.place.file));
        &[]
    }

    /// The networks of a key: text or a list of texts. `None` when one of them is none.
    pub(super) fn networks(&self, key: &'static str, faults: &mut Faults) -> Option<Vec<IpNet>> {
        let Some(node) = self.find(key) else { return Some(Vec::new()) };
        networks(node, key, self.place.file, faults)
    }
}

/// The entries of a table. A key that stands there twice is noted.
pub(super) fn table<'n, 't>(
    node: &'n Node<'t>,
    what: &'static str,
    file: u16,
    faults: &mut Faults,
) -> Option<&'n [Entry<'t>]> {
    let Value::Table(entries) = &node.value else {
        faults.push(expected("a table", what, node, file));
        return None;
    };
    let mut seen = HashSet::new();
    for entry in entries {
        if !seen.insert(entry.key.as_ref()) {
            let message = format!("the key `{}` stands there twice", crate::description::excerpt(&entry.key));
            faults.push(Fault::new(Code::Duplicate, Place::new(file, entry.node.line), what, message));
        }
    }
    Some(entries)
}

/// Networks as text or a list of texts. `None` when one of them is none.
pub(super) fn networks(
    node: &Node<'_>,
    key: &'static str,
    file: u16,
    faults: &mut Faults,
) -> Option<Vec<IpNet>> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut networks = Vec::with_capacity(items.len());
    let mut is_sound = true;
    for item in items {
        let Value::Text(text) = &item.value else {
            faults.push(expected("text, or a list of texts", key, item, file));
            is_sound = false;
            continue;
        };
        let place = Place::new(file, item.line);
        match statement::networks(text, &[';'], place, key, faults) {
            Some(more) => networks.extend(more),
            None => is_sound = false,
        }
    }
    is_sound.then_some(networks)
}

fn expected(what: &str, key: &'static str, node: &Node<'_>, file: u16) -> Fault {
    let message = format!("this is {}, and should be {what}", node.value.kind());
    Fault::new(Code::Value, Place::new(file, node.line), key, message)
}
