//! The published schema beside the parser: what the parser takes the schema takes, and a field that is in neither is
//! refused by both.

use boon::{Compiler, SchemaIndex, Schemas};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use telemetry::report::{Report, SCHEMA};

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn load() -> Self {
        let schema = serde_json::from_str(SCHEMA).expect("JSON");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("report.schema.json", schema).expect("a schema");
        let index = compiler.compile("report.schema.json", &mut schemas).expect("of the draft");
        Self { schemas, index }
    }

    fn takes(&self, report: &Value) -> bool {
        self.schemas.validate(report, self.index).is_ok()
    }
}

fn parses(report: &Value) -> bool {
    Report::parse(report.to_string().as_bytes()).is_ok()
}

/// Values about the edges of what a field may hold.
fn values() -> impl Strategy<Value = Value> {
    let texts =
        ["", "1_abcd1234", "a b", "s17", "2026-11-21T10:15Z", "2026-13-21T10:15Z", "\u{e4}", "a~:", "a\n"];
    let long = [64, 65].map(|length| "a".repeat(length));
    let texts: Vec<Value> = texts.iter().map(|text| json!(text)).chain(long.map(Value::from)).collect();
    let numbers = [0_u64, 1, 59, 60, 61, 420, 900, 86_400, 86_460, (1 << 53) - 1, 1 << 53, u64::MAX];
    prop_oneof![
        prop::sample::select(texts),
        prop::sample::select(numbers.to_vec()).prop_map(Value::from),
        prop::sample::select(vec![json!(null), json!(-1), json!(1.5), json!(true), json!([]), json!({})]),
    ]
}

fn reports() -> impl Strategy<Value = Value> {
    let cell = (0..4_u8, 0..30_u64, 1..50_u64, 1..100_u64).prop_map(|(kind, first, more, count)| {
        let entry = format!("1_{}", kind % 2);
        match kind {
            0 => json!({ "entry_id": entry, "count": count }),
            1 => json!({ "entry_id": entry, "first_segment": first, "last_segment": first + more, "count": count }),
            _ => json!({ "entry_id": entry, "segment_number": first, "count": count }),
        }
    });
    let place = |cell: &Value| {
        let number = |name: &str| cell[name].as_u64().or(cell["segment_number"].as_u64()).unwrap_or(u64::MAX);
        (cell["entry_id"].to_string(), number("first_segment"), number("last_segment"))
    };
    prop::collection::vec(cell, 0..6).prop_map(move |mut cells| {
        cells.sort_by_key(place);
        cells.dedup_by_key(|cell| place(cell));
        json!({ "v": 1, "site_id": "s17", "bucket": "2026-11-21T10:15Z", "width_s": 900, "cells": cells })
    })
}

/// What becomes of one object of a report.
#[derive(Clone, Debug)]
enum Change {
    Set(String, Value),
    Remove(String),
}

fn changes() -> impl Strategy<Value = Change> {
    let names = [
        "v",
        "site_id",
        "bucket",
        "width_s",
        "cells",
        "entry_id",
        "segment_number",
        "first_segment",
        "last_segment",
        "count",
        "viewer",
        "V",
        "",
    ];
    let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    prop_oneof![
        (name.clone(), values()).prop_map(|(name, value)| Change::Set(name, value)),
        name.prop_map(Change::Remove),
    ]
}

/// The object that is changed: the report, or one of its cells.
fn object(report: &mut Value, which: usize) -> &mut Map<String, Value> {
    let cells = report["cells"].as_array().map_or(0, Vec::len);
    let object = if which < cells { &mut report["cells"][which] } else { report };
    object.as_object_mut().expect("an object")
}

#[test]
fn the_parser_takes_no_more_than_the_schema() {
    let schema = Schema::load();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(2000));
    let (taken, refused) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let cases = (reports(), prop::option::of((0..8_usize, changes())));
    let agreed = runner.run(&cases, |(mut report, change)| {
        let is_changed = change.is_some();
        if let Some((which, change)) = change {
            match change {
                Change::Set(name, value) => drop(object(&mut report, which).insert(name, value)),
                Change::Remove(name) => drop(object(&mut report, which).remove(&name)),
            }
        }
        let (parsed, valid) = (parses(&report), schema.takes(&report));
        prop_assert!(!parsed || valid, "the parser takes what the schema does not: {report}");
        prop_assert!(is_changed || parsed, "neither may refuse a report: {report}");
        let count = if parsed { &taken } else { &refused };
        count.set(count.get() + 1);
        Ok(())
    });
    agreed.expect("they agree");
    assert!(taken.get() > 200 && refused.get() > 200, "{} taken, {} refused", taken.get(), refused.get());
}

#[test]
fn what_neither_knows_both_refuse() {
    let schema = Schema::load();
    let good = json!({ "v": 1, "site_id": "s17", "bucket": "2026-11-21T10:15Z", "width_s": 900,
        "cells": [{ "entry_id": "1_a", "segment_number": 5, "count": 7 }] });
    assert!(parses(&good) && schema.takes(&good));
    for name in ["viewer", "address", "v2", "Count", "", "segments", "user_agent"] {
        for which in [0, 1] {
            let mut bad = good.clone();
            object(&mut bad, which).insert(name.to_owned(), json!(1));
            assert!(!parses(&bad) && !schema.takes(&bad), "{name}");
        }
    }
}
