//! A node as proxies name it (RFC 7239 section 6): an address, perhaps with a port. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How an address of IPv6 may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Brackets {
    /// `[2001:db8::1]` alone, as RFC 7239 has it.
    Needed,
    /// `2001:db8::1` as well; there is no port then.
    Optional,
}

/// The address of a node: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80`. `None` for everything that
/// is no address: `unknown`, `_hidden`, a name, a malformed word. The port is not looked at beyond its form.
pub(crate) fn address(node: &[u8], brackets: Brackets) -> Option<IpAddr> {
    let node = std::str::from_utf8(node).ok()?;
    if let Some(rest) = node.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_sound = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse::<Ipv6Addr>().ok().filter(|_| is_sound).map(IpAddr::V6);
    }
    if brackets == Brackets::Optional
        && let Ok(address) = node.parse::<Ipv6Addr>()
    {
        return Some(IpAddr::V6(address));
    }
    let (address, port) = node.split_once(':').map_or((node, None), |(address, port)| (address, Some(port)));
    address.parse::<Ipv4Addr>().ok().filter(|_| port.is_none_or(is_port)).map(IpAddr::V4)
}

/// Up to five digits, or `_` and a name that stands for a port.
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(name) => {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        }
        None => matches!(text.len(), 1..=5) && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_a_port() {
        for (node, address_alone) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("192.0.2.1:_http", "192.0.2.1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:65535", "2001:db8::1"),
            ("[::ffff:192.0.2.1]", "::ffff:192.0.2.1"),
        ] {
            for brackets in [Brackets::Needed, Brackets::Optional] {
                assert_eq!(address(node.as_bytes(), brackets), address_alone.parse().ok(), "{node}");
            }
        }
        let bare = "2001:db8::1";
        assert_eq!(address(bare.as_bytes(), Brackets::Optional), bare.parse().ok());
        assert_eq!(address(bare.as_bytes(), Brackets::Needed), None);
    }

    #[test]
    fn what_is_no_address_is_none() {
        for node in [
            "",
            "unknown",
            "_hidden",
            "localhost",
            "192.0.2",
            "192.0.2.01",
            "192.0.2.256",
            "192.0.2.1:",
            "192.0.2.1:123456",
            "192.0.2.1:-1",
            "192.0.2.1:_",
            "192.0.2.1:80:80",
            " 192.0.2.1",
            "[192.0.2.1]",
            "[2001:db8::1",
            "[2001:db8::1]80",
            "[2001:db8::1]:",
            "[fe80::1%eth0]",
            "fe80::1%1",
            "2001:db8::1]:80",
            "0x7f.1",
            "\u{661}92.0.2.1",
        ] {
            assert_eq!(address(node.as_bytes(), Brackets::Optional), None, "{node}");
        }
        assert_eq!(address(b"192.0.2.1\xff", Brackets::Optional), None);
    }
}
