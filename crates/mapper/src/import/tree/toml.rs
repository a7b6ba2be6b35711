//! TOML.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{DEEPEST, Entry, Lines, Node, Value};
use crate::fault::{Code, Fault, Faults, Place};

/// The tree of a text; what is no TOML is noted, and then there is no tree.
pub(in crate::import) fn read<'t>(text: &'t str, file: u16, faults: &mut Faults) -> Option<Node<'t>> {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let line = error.span().map_or(0, |span| lines.at(span.start));
        let message: Vec<&str> = error.message().lines().map(str::trim).collect();
        faults.push(Fault::new(Code::Unreadable, Place::new(file, line), "", message.join(", ")));
    }
    errors.is_empty().then(|| Node { line: 1, value: table_of(table.into_inner(), &lines, 0) })
}

fn table_of<'t>(table: DeTable<'t>, lines: &Lines, depth: usize) -> Value<'t> {
    let entry = |(key, value): (Spanned<Cow<'t, str>>, Spanned<DeValue<'t>>)| {
        let line = lines.at(key.span().start);
        let mut node = node(value, lines, depth);
        // A table may have no place of its own; a value stands beside its key.
        if !matches!(node.value, Value::List(_)) {
            node.line = line;
        }
        Entry { key: key.into_inner(), node }
    };
    Value::Table(table.into_iter().map(entry).collect())
}

fn node<'t>(value: Spanned<DeValue<'t>>, lines: &Lines, depth: usize) -> Node<'t> {
    let line = lines.at(value.span().start);
    let value = match value.into_inner() {
        DeValue::Array(_) | DeValue::Table(_) if depth >= DEEPEST => Value::Other("nested too deeply"),
        DeValue::String(text) => Value::Text(text),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|item| node(item, lines, depth + 1)).collect())
        }
        DeValue::Table(table) => table_of(table, lines, depth + 1),
        DeValue::Integer(_) | DeValue::Float(_) => Value::Other("a number"),
        DeValue::Boolean(_) => Value::Other("true or false"),
        DeValue::Datetime(_) => Value::Other("a date"),
    };
    Node { line, value }
}
