//! Forwarded: without quotes against a reader that only splits; with them, what stands before an element makes no
//! other of it.
#![no_main]

#[path = "../../../crates/edge/src/asker/forwarded.rs"]
mod forwarded;
#[path = "../../../crates/edge/src/asker/node.rs"]
mod node;

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;

/// Elements as proxies write them.
const WRITTEN: [(&str, &str); 3] = [
    ("for=192.0.2.1", "192.0.2.1"),
    ("by=_me;for=\"[2001:db8::1]:80\";host=\"a, b\"", "2001:db8::1"),
    ("host=\"a\\\", for=192.0.2.9;x=\\\"\\\\\";FOR=\"192.0.2.1:_p\"", "192.0.2.1"),
];

fuzz_target!(|line: &[u8]| {
    let all: Vec<_> = forwarded::hops(line, usize::MAX).collect();
    for most in 0..3 {
        let some: Vec<_> = forwarded::hops(line, most).collect();
        assert!(some[..] == all[..most.min(all.len())]);
    }
    for (element, address) in WRITTEN {
        let address: IpAddr = address.parse().expect("an address");
        assert!(forwarded::hops(element.as_bytes(), 1).eq([Some(address)]));
        let last = forwarded::hops(&[line, b",", element.as_bytes()].concat(), 1).next().flatten();
        assert!(last.is_none_or(|last| last == address));
    }
    if let Some(line) = std::str::from_utf8(line).ok().filter(|line| !line.contains(['"', '\\'])) {
        let mut naive: Vec<_> = line.split(',').map(naive).collect();
        naive.reverse();
        assert!(all == naive, "{line}");
    }
});

/// The address of an element without quotes.
fn naive(element: &str) -> Option<IpAddr> {
    let space = [' ', '\t'];
    let mut sources = Vec::new();
    for pair in element.split(';').map(|pair| pair.trim_matches(space)).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let is_token = |text: &str, more: &str| {
            let may = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
            !text.is_empty() && text.chars().all(|letter| may(letter) || more.contains(letter))
        };
        if !is_token(name, "") || !is_token(value, ":[]") {
            return None;
        }
        if name.eq_ignore_ascii_case("for") {
            sources.push(value);
        }
    }
    let [source] = sources[..] else { return None };
    node::address(source.as_bytes(), node::Brackets::Needed)
}
