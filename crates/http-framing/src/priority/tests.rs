//! The words of RFC 9218, and dictionaries as the library of structured fields reads them.

use proptest::prelude::*;
use sfv::{BareItem, Dictionary, Item, ListEntry};

use super::*;

const fn of(urgency: u8, incremental: bool) -> Priority {
    Priority { urgency, incremental }
}

#[test]
fn what_clients_send() {
    for (text, expected) in [
        ("", of(3, false)),
        ("u=0", of(0, false)),
        ("u=7, i", of(7, true)),
        ("u=1,i", of(1, true)),
        ("i", of(3, true)),
        ("i, u=5", of(5, true)),
        ("i=?1", of(3, true)),
        ("i=?0, u=2", of(2, false)),
        ("  u=4 ,\ti  ", of(4, true)),
        ("u=1;x=2, i;y", of(1, true)),
        ("u=5, foo=(1 2);bar, baz=:aGVsbG8=:, i", of(5, true)),
    ] {
        assert_eq!(Priority::parse(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn what_is_faulty_is_the_default() {
    for (text, expected) in [
        ("u=8", of(3, false)),
        ("u=-1, i", of(3, true)),
        ("u=5.0", of(3, false)),
        ("u=\"5\"", of(3, false)),
        ("u=(5)", of(3, false)),
        ("u", of(3, false)),
        ("i=1", of(3, false)),
        ("i=(?1), u=1", of(1, false)),
        // The last one counts.
        ("u=1, u=6", of(6, false)),
        ("u=1, u=9", of(3, false)),
        ("u=1, u=(2), i, i=(?1)", of(3, false)),
        ("i, i=?0", of(3, false)),
        // No dictionaries.
        ("u=1,", of(3, false)),
        ("u=1 i", of(3, false)),
        ("u=1, i, !", of(3, false)),
        ("U=1", of(3, false)),
        ("u=1\u{e4}", of(3, false)),
        ("u=0\0", of(3, false)),
    ] {
        assert_eq!(Priority::parse(text.as_bytes()), expected, "{text}");
    }
}

fn naive(text: &[u8]) -> Priority {
    let dictionary: Dictionary = Parser::new(text).parse().unwrap_or_default();
    let item = |key: &str| match dictionary.get(key) {
        Some(ListEntry::Item(Item { bare_item, .. })) => Some(bare_item.clone()),
        _ => None,
    };
    let urgency = (0..=7).find(|level: &u8| item("u") == Some(BareItem::Integer((*level).into())));
    of(urgency.unwrap_or(3), item("i") == Some(BareItem::Boolean(true)))
}

proptest! {
    #[test]
    fn dictionaries_are_read_as_by_their_library(
        members in prop::collection::vec("[ui]|[ui]=[0-9?]{1,2}|u=[0-7]|i=\\?[01]|u=[0-9];a|[a-c]=\\(1 x\\)|.{0,3}", 0..5),
        between in "(,|, | ,|)",
    ) {
        let text = members.join(&between);
        prop_assert_eq!(Priority::parse(text.as_bytes()), naive(text.as_bytes()));
    }
}
