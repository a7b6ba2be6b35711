//! The map as one file of JSON.

use serde_json::{Map, Value};

use super::map_file::{Block, MapFile};
use crate::description::{Attribute, Description};

pub(super) fn write(description: &Description) -> String {
    let file = MapFile::of(description);
    let sites = file.sites.iter().map(|site| {
        let mut object = Map::new();
        put(&mut object, "id", &site.about.id);
        for attribute in Attribute::ALL {
            if let Some(value) = site.about.attribute(attribute) {
                put(&mut object, attribute.as_str(), value);
            }
        }
        put_list(&mut object, "network", site.networks.iter().map(|block| value(description, block)));
        let edges = site.edges.iter().map(|edge| {
            let mut object = Map::new();
            put(&mut object, "id", &edge.id);
            put(&mut object, "url", &edge.url);
            Value::Object(object)
        });
        put_list(&mut object, "edge", edges);
        Value::Object(object)
    });
    let realms = file.realms.iter().map(|realm| {
        let mut object = Map::new();
        put(&mut object, "name", realm.name);
        put_list(&mut object, "external", realm.externals.iter().map(|net| Value::String(net.to_string())));
        Value::Object(object)
    });
    let mut root = Map::new();
    put_list(&mut root, "site", sites);
    put_list(&mut root, "realm", realms);
    put_list(&mut root, "network", file.networks.iter().map(|block| value(description, block)));
    format!("{:#}\n", Value::Object(root))
}

fn value(description: &Description, block: &Block) -> Value {
    let mut object = Map::new();
    if let Some(realm) = block.realm {
        put(&mut object, "realm", description.realm(realm));
    }
    if let Some(external) = block.external {
        put(&mut object, "external", external);
    }
    put_list(&mut object, "internal", block.internals.iter().map(|net| Value::String(net.to_string())));
    if block.kind != crate::Kind::default() {
        put(&mut object, "kind", block.kind);
    }
    if let Some(policy) = block.policy {
        put(&mut object, "policy", policy);
    }
    Value::Object(object)
}

fn put(object: &mut Map<String, Value>, key: &str, value: impl std::fmt::Display) {
    object.insert(key.to_owned(), Value::String(value.to_string()));
}

fn put_list(object: &mut Map<String, Value>, key: &str, items: impl Iterator<Item = Value>) {
    let items: Vec<Value> = items.collect();
    if !items.is_empty() {
        object.insert(key.to_owned(), Value::Array(items));
    }
}
