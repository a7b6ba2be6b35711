//! The grammar by table, and what viewers cannot do to the words of proxies.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn read(line: &str) -> Vec<Option<String>> {
    hops(line.as_bytes(), usize::MAX).map(|hop| hop.map(|address| address.to_string())).collect()
}

fn one(line: &str) -> Option<String> {
    let hops = read(line);
    assert_eq!(hops.len(), 1, "{line}");
    hops[0].clone()
}

#[test]
fn an_element_states_an_address() {
    for (line, address) in [
        ("for=192.0.2.1", "192.0.2.1"),
        ("for=192.0.2.1:80", "192.0.2.1"),
        ("for=\"192.0.2.1:4711\"", "192.0.2.1"),
        ("FOR=\"[2001:db8::1]:1234\"", "2001:db8::1"),
        ("For=\"[2001:DB8::1]\"", "2001:db8::1"),
        ("for=[2001:db8::1]:80", "2001:db8::1"),
        ("by=203.0.113.43;for=192.0.2.1;proto=http;host=\"a, b;c\"", "192.0.2.1"),
        ("  proto=https ; for=192.0.2.1 ;", "192.0.2.1"),
        (";;for=192.0.2.1;;", "192.0.2.1"),
        ("for=\"1\\92.0.2.1\"", "192.0.2.1"),
        ("host=\"\\\"for=1.1.1.1\\\\\";for=192.0.2.1", "192.0.2.1"),
        ("secret=\"\";for=192.0.2.1:_port", "192.0.2.1"),
    ] {
        assert_eq!(one(line).as_deref(), Some(address), "{line}");
    }
}

#[test]
fn an_element_states_no_address() {
    for line in [
        "",
        " ",
        ";",
        "proto=https",
        "for=unknown",
        "for=_hidden",
        "for=\"_SEVKISEK:_1\"",
        "for=\"2001:db8::1\"",
        "for=",
        "for=\"\"",
        "for",
        "for =192.0.2.1",
        "for= 192.0.2.1",
        "for=192.0.2.1;for=192.0.2.1",
        "for=192.0.2.1;For=192.0.2.2",
        "for=192.0.2.1 proto=http",
        "for=192.0.2.1;proto",
        "for=192.0.2.1;proto=",
        "for=192.0.2.1;=a",
        "for=\"192.0.2.1\"x",
        "for=\"192.0.2.1",
        "for=\"192.0.2.1\\\"",
        "for=\"192.0.2.1\\",
        "for=\"192.0.2.1\u{1}\"",
        "for=192.0.2.1/24",
        "192.0.2.1",
        "\"for=192.0.2.1\"",
    ] {
        assert_eq!(one(line), None, "{line}");
    }
    assert_eq!(hops(b"for=\"192.0.2.1\xff\"", 1).collect::<Vec<_>>(), [None]);
}

#[test]
fn elements_come_from_right_to_left() {
    let some = |text: &str| Some(text.to_owned());
    let line = "for=192.0.2.43, for=\"[2001:db8:cafe::17]\";host=\"a,b\" ,for=unknown";
    assert_eq!(read(line), [None, some("2001:db8:cafe::17"), some("192.0.2.43")]);
    let kept: Vec<_> = hops(line.as_bytes(), 2).collect();
    assert_eq!(kept, [None, "2001:db8:cafe::17".parse().ok()]);
    assert_eq!(hops(line.as_bytes(), 0).count(), 0);
    // Garbage before an element does not hide it, and an open string does.
    assert_eq!(read("(garbage), for=192.0.2.1"), [some("192.0.2.1"), None]);
    assert_eq!(read("for=\", for=192.0.2.1"), [None]);
    assert_eq!(read("for=192.0.2.1,"), [None, some("192.0.2.1")]);
}

/// A value as some proxy writes it: a token, or quoted with an escape wherever `escape` says so.
fn written(value: &str, quoted: bool, escape: u64) -> String {
    if !quoted && !value.is_empty() && value.bytes().all(is_token) {
        return value.to_owned();
    }
    let mut text = String::from("\"");
    for (index, letter) in value.chars().enumerate() {
        if matches!(letter, '"' | '\\') || escape >> (index % 64) & 1 == 1 && letter.is_ascii() {
            text.push('\\');
        }
        text.push(letter);
    }
    text + "\""
}

fn element(address: IpAddr, port: Option<u16>, host: &str, quoted: bool, escape: u64) -> String {
    let mut node = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    if let Some(port) = port {
        write!(node, ":{port}").unwrap();
    }
    let quoted_host = written(host, quoted, escape.rotate_left(7));
    format!("host={quoted_host};for={};proto=https", written(&node, quoted, escape))
}

fn elements() -> impl Strategy<Value = (IpAddr, String)> {
    let parts = (any::<IpAddr>(), any::<Option<u16>>(), "[ -~]{0,20}", any::<bool>(), any::<u64>());
    parts.prop_map(|(address, port, host, quoted, escape)| {
        (address, element(address, port, &host, quoted, escape))
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(elements in prop::collection::vec(elements(), 1..8)) {
        let (addresses, written): (Vec<_>, Vec<_>) = elements.into_iter().unzip();
        let mut read: Vec<_> = hops(written.join(", ").as_bytes(), usize::MAX).collect();
        read.reverse();
        prop_assert_eq!(read, addresses.into_iter().map(Some).collect::<Vec<_>>());
    }

    /// Whatever stands before it, the element of a proxy states its address or none.
    #[test]
    fn nothing_before_an_element_makes_another_of_it(
        before in "(for=192.0.2.9|[,;=\"\\\\ a])*",
        (address, element) in elements(),
    ) {
        let line = format!("{before}, {element}");
        let last = hops(line.as_bytes(), 1).next();
        prop_assert!(matches!(last, Some(None)) || last == Some(Some(address)), "{}: {:?}", line, last);
    }

    #[test]
    fn nothing_breaks_it_and_the_bound_holds(line: Vec<u8>, most in 0_usize..5) {
        let all: Vec<_> = hops(&line, usize::MAX).collect();
        let some: Vec<_> = hops(&line, most).collect();
        prop_assert_eq!(&some[..], &all[..most.min(all.len())]);
    }
}
