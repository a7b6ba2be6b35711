//! Priorities against the dictionary that the library of structured fields makes of them.
#![no_main]

use http_framing::priority::Priority;
use libfuzzer_sys::fuzz_target;
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};

fuzz_target!(|text: &[u8]| {
    let dictionary: Dictionary = Parser::new(text).parse().unwrap_or_default();
    let item = |key: &str| match dictionary.get(key) {
        Some(ListEntry::Item(Item { bare_item, .. })) => Some(bare_item.clone()),
        _ => None,
    };
    let urgency = (0..=7).find(|level: &u8| item("u") == Some(BareItem::Integer((*level).into())));
    let incremental = item("i") == Some(BareItem::Boolean(true));
    assert_eq!(Priority::parse(text), Priority { urgency: urgency.unwrap_or(3), incremental });
});
