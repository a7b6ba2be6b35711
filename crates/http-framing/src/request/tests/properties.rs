//! Any list of fields, against the rules one by one.

use proptest::prelude::*;

use super::naive::is_sound;
use super::*;

type List = Vec<(Vec<u8>, Vec<u8>)>;

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "host", "te", "accept", "cookie", "connection", "upgrade", ":method", ":path", ":status", "x", "Host",
        ])
        .prop_map(|name| name.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::sample::select(vec!["/", "*", "GET", "OPTIONS", "CONNECT", "https", "a.example", "trailers", "", " a"])
            .prop_map(|value| value.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

/// A request line with a few changes, and other fields.
fn list() -> impl Strategy<Value = List> {
    let line = [(":method", "GET"), (":scheme", "https"), (":authority", "a.example"), (":path", "/a")];
    let line: List = line.map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).to_vec();
    let changes = prop::collection::vec((0..line.len(), value()), 0..2);
    let more = prop::collection::vec((name(), value()), 0..3);
    (Just(line), changes, prop::option::of(0..4_usize), more).prop_map(
        |(mut line, changes, without, more)| {
            for (index, value) in changes {
                line[index].1 = value;
            }
            if let Some(index) = without {
                line.remove(index);
            }
            line.extend(more);
            line
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_keeps_every_rule_is_read_as_it_came(list in list()) {
        let mut fields = Fields::new();
        for (name, value) in &list {
            fields.push(name, value);
        }
        let head = RequestHead::read(&fields);
        prop_assert_eq!(head.is_ok(), is_sound(&list), "{:?}", head.err());
        if let Ok(head) = head {
            let regular = list.iter().filter(|field| !field.0.starts_with(b":"));
            let found = head.fields().map(|(name, value)| (name.as_bytes(), value));
            prop_assert!(found.eq(regular.map(|(name, value)| (&name[..], &value[..]))));
            let line = [(":method", head.method), (":scheme", head.scheme), (":path", head.path)];
            for (name, value) in line {
                prop_assert!(list.contains(&(name.as_bytes().to_vec(), value.as_bytes().to_vec())));
            }
        }
    }
}
