//! Elements of X-Forwarded-For against what the standard library reads.
#![no_main]

#[path = "../../../crates/edge/src/asker/node.rs"]
#[expect(dead_code, reason = "the other field demands brackets")]
mod node;
#[path = "../../../crates/edge/src/asker/x_forwarded_for.rs"]
mod x_forwarded_for;

use std::net::{IpAddr, SocketAddr};

use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &[u8]| {
    let mut found: Vec<_> = x_forwarded_for::hops(line).collect();
    found.reverse();
    let elements: Vec<_> = line.split(|&byte| byte == b',').collect();
    assert_eq!(found.len(), elements.len());
    for (found, element) in found.into_iter().zip(elements) {
        let text = String::from_utf8_lossy(element.trim_ascii()).into_owned();
        if let Some(address) = naive(&text) {
            assert!(found == Some(address), "{text}");
        } else if let Some(found) = found {
            // Ports that are none of TCP: names, and numbers that are too large.
            let (address, port) = text.rsplit_once(':').expect("an address alone is one to everybody");
            assert!(naive(address) == Some(found), "{text}");
            assert!(port.starts_with('_') || (port.len() == 5 && port > "65535"), "{text}");
        }
    }
});

fn naive(text: &str) -> Option<IpAddr> {
    let alone = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().filter(IpAddr::is_ipv6);
    let with_port = || {
        let port = text.rsplit_once(':')?.1;
        // The standard library takes zones of IPv6, and zeros before a port without end.
        let address: SocketAddr = text.parse().ok().filter(|_| !text.contains('%') && port.len() <= 5)?;
        Some(address.ip())
    };
    text.parse().ok().or_else(alone).or_else(with_port)
}
