//! The map as one file of TOML.

use std::fmt::{Display, Write as _};

use super::map_file::{Block, MapFile};
use crate::description::{Attribute, Description};

pub(super) fn write(description: &Description) -> String {
    let file = MapFile::of(description);
    let mut text = String::new();
    for site in &file.sites {
        header(&mut text, "site");
        key(&mut text, "id", &site.about.id);
        for attribute in Attribute::ALL {
            if let Some(value) = site.about.attribute(attribute) {
                key(&mut text, attribute.as_str(), value);
            }
        }
        for block in &site.networks {
            header(&mut text, "site.network");
            push_block(&mut text, description, block);
        }
        for edge in &site.edges {
            header(&mut text, "site.edge");
            key(&mut text, "id", &edge.id);
            key(&mut text, "url", &edge.url);
        }
    }
    for realm in &file.realms {
        header(&mut text, "realm");
        key(&mut text, "name", realm.name);
        list(&mut text, "external", &realm.externals);
    }
    for block in &file.networks {
        header(&mut text, "network");
        push_block(&mut text, description, block);
    }
    text
}

fn push_block(text: &mut String, description: &Description, block: &Block) {
    if let Some(realm) = block.realm {
        key(text, "realm", description.realm(realm));
    }
    if let Some(external) = block.external {
        key(text, "external", external);
    }
    list(text, "internal", &block.internals);
    if block.kind != crate::Kind::default() {
        key(text, "kind", block.kind);
    }
    if let Some(policy) = block.policy {
        key(text, "policy", policy);
    }
}

fn header(text: &mut String, name: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    push(text, format_args!("[[{name}]]\n"));
}

fn key(text: &mut String, name: &str, value: impl Display) {
    let value = toml::Value::String(value.to_string());
    push(text, format_args!("{name} = {value}\n"));
}

/// Nothing where the list is empty, a text where it has one item.
fn list<T: Display>(text: &mut String, name: &str, items: &[T]) {
    match items {
        [] => {}
        [item] => key(text, name, item),
        items => {
            push(text, format_args!("{name} = [\n"));
            for item in items {
                push(text, format_args!("    \"{item}\",\n"));
            }
            text.push_str("]\n");
        }
    }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // A String takes everything.
    let _never_fails = text.write_fmt(arguments);
}
