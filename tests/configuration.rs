//! The shipped example against the code: it parses, shows the defaults, and knows every key and no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use edge::Config;
use serde_json::Value;

/// The one key that has no default, as the example has it.
const URL: &str = "https://cdn.example.com";

/// What stands before a line that is an example of something without a default value.
const COMMENTED: &str = "#: ";

/// Stands for a key that the operator chooses.
const ANY: &str = "<any>";

/// The text of `config/edge.toml`.
fn example() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/edge.toml");
    fs::read_to_string(file).expect("config/edge.toml is there")
}

/// The example with every commented line switched on.
fn uncommented() -> String {
    let example = example();
    let lines: Vec<&str> = example.lines().map(|line| line.strip_prefix(COMMENTED).unwrap_or(line)).collect();
    lines.join("\n")
}

#[test]
fn it_is_the_defaults_with_an_origin() {
    let config = Config::parse("edge.toml", &example()).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config, Config::for_origin(URL.parse().expect("a URL")));

    let mine = "http://origin.office.example:8081";
    let changed = Config::parse("edge.toml", &example().replace(URL, mine)).expect("it parses");
    assert_eq!(changed, Config::for_origin(mine.parse().expect("a URL")));
}

#[test]
fn its_commented_lines_are_valid_too_and_say_something_else_than_the_defaults() {
    let text = uncommented();
    let config = Config::parse("edge.toml", &text).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.origin.len(), 2);
    assert!(!config.origin[0].relay_hosts.is_empty() && config.origin[0].ca_file.is_some());
    assert_eq!((config.media.rules.len(), config.watch.stream.len()), (1, 1));
    assert!(config.watch.stream[0].live && !config.admin.hosts.is_empty());
    assert!(config.proxies.trusted.len() == 2 && config.proxies.internal_address.is_some());
}

#[test]
fn its_commented_rules_recognise_what_they_are_made_for() {
    let config = Config::parse("edge.toml", &uncommented()).expect("it parses");
    let rules = config.media.compile().expect("they compile");
    let found = rules.recognise("/shows/monday-review/chunk_17_hd.m4s");
    assert_eq!((found.kind.as_str(), found.entry), ("segment", Some("monday-review")));
}

#[test]
fn it_shows_every_key_that_the_schema_knows_and_no_other() {
    let schema = Config::schema();
    let mut known = BTreeSet::new();
    properties(&schema, &schema, "", &mut known);
    let mut shown = BTreeSet::new();
    keys(&uncommented().parse().map(toml::Value::Table).expect("TOML"), "", &mut shown);

    // The walk through the schema must not have stopped early.
    for deep in [
        "cache.stale-if-error.manifest",
        "cache.negative.<any>",
        "origin.ca-file",
        "media.rules.files.kind",
        "drain.timeout",
    ] {
        assert!(known.contains(deep), "{deep} is missing in {known:#?}");
    }
    // Keys that are the operator's to choose stand for all of them.
    let shown: BTreeSet<_> = shown
        .into_iter()
        .map(|name| {
            name.rsplit_once('.')
                .map(|(table, _)| format!("{table}.{ANY}"))
                .filter(|any| known.contains(any))
                .unwrap_or(name)
        })
        .collect();
    let missing: Vec<_> = known.difference(&shown).collect();
    assert!(missing.is_empty(), "config/edge.toml does not show {missing:?}");
    let unknown: Vec<_> = shown.difference(&known).collect();
    assert!(unknown.is_empty(), "config/edge.toml shows {unknown:?}, which the schema does not know");
}

#[test]
fn every_key_has_a_line_of_help_above_it() {
    let example = example();
    let mut explained = false;
    for (number, line) in (1..).zip(example.lines()) {
        let shown = line.strip_prefix(COMMENTED);
        let is_key = shown.unwrap_or(line).contains(" = ") && !(shown.is_none() && line.starts_with('#'));
        // Inside an example of a table the help stands above the table.
        let is_table = shown.is_some_and(|line| line.starts_with('['));
        assert!(explained || !is_key, "config/edge.toml:{number}: no line of help above `{line}`");
        explained = line.starts_with("# ") || is_table || (explained && shown.is_some());
    }
}

/// The dotted names of everything that may be written, lists of tables without an index.
fn properties(root: &Value, schema: &Value, prefix: &str, names: &mut BTreeSet<String>) {
    if let Some(definition) = schema["$ref"].as_str() {
        let pointer = definition.strip_prefix('#').expect("a definition in the same schema");
        return properties(root, root.pointer(pointer).expect("it is there"), prefix, names);
    }
    for part in ["allOf", "anyOf", "oneOf"] {
        schema[part].as_array().into_iter().flatten().for_each(|part| properties(root, part, prefix, names));
    }
    if schema["items"].is_object() {
        properties(root, &schema["items"], prefix, names);
    }
    // A table whose keys are the operator's: each of them is known.
    if schema["additionalProperties"].is_object() {
        names.insert(format!("{prefix}.{ANY}"));
    }
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        properties(root, value, &name, names);
        names.insert(name);
    }
}

/// The dotted names of everything that is written.
fn keys(value: &toml::Value, prefix: &str, names: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                keys(value, &name, names);
                names.insert(name);
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| keys(item, prefix, names)),
        _ => {}
    }
}
