//! Any list of fields, against the rules one by one.

use proptest::prelude::*;

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

fn is_sound(list: &List) -> bool {
    let all = |name: &str| {
        let those = list.iter().filter(move |field| field.0 == name.as_bytes());
        those.map(|field| String::from_utf8_lossy(&field.1).into_owned()).collect::<Vec<_>>()
    };
    let one = |name| <[String; 1]>::try_from(all(name)).ok().map(|[value]| value);
    let (Some(method), Some(scheme), Some(path)) = (one(":method"), one(":scheme"), one(":path")) else {
        return false;
    };
    let hosts = [all(":authority"), all("host")];
    let is_one_host = hosts.iter().all(|hosts| hosts.len() < 2)
        && !hosts.concat().is_empty()
        && hosts.concat().windows(2).all(|two| two[0].eq_ignore_ascii_case(&two[1]));
    let is_host = |host: &String| {
        !host.is_empty() && host.chars().all(|c| c.is_ascii_graphic() && !"@/?#\\\"<>^`{|}".contains(c))
    };
    let is_first = |list: &[(Vec<u8>, Vec<u8>)]| list.iter().all(|field| !field.0.starts_with(b":"));
    let count = list.iter().take_while(|field| field.0.starts_with(b":")).count();
    let is_known = |field: &(Vec<u8>, Vec<u8>)| {
        [":method", ":scheme", ":authority", ":path"].iter().any(|name| name.as_bytes() == field.0)
    };
    let is_token = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
    };
    is_one_host
        && hosts.concat().iter().all(is_host)
        && is_first(&list[count..])
        && list[..count].iter().all(is_known)
        && list[count..].iter().all(is_field)
        && is_token(&method)
        && method != "CONNECT"
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && path.chars().all(|c| c.is_ascii_graphic() && c != '#')
        && (path.starts_with('/') || path == "*" && method == "OPTIONS")
}

fn is_field((name, value): &(Vec<u8>, Vec<u8>)) -> bool {
    let Ok(name) = str::from_utf8(name) else { return false };
    let is_name = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase() || "!#$%&'*+-.^_`|~".contains(c);
    let is_of_connection =
        ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"].contains(&name);
    !name.is_empty()
        && name.chars().all(is_name)
        && !is_of_connection
        && (name != "te" || value.eq_ignore_ascii_case(b"trailers"))
        && value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control())
        && value.trim_ascii().len() == value.len()
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
        prop_assert_eq!(head.is_ok(), is_sound(&list), "{:?}", head);
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
