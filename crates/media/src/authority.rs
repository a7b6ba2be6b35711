//! Which host names may stand in a URL that this program follows.
//!
//! A host that reaches here comes from a client or from a manifest, and may become the target of a request.
//! So the grammar is narrower than RFC 3986, section 3.2: no user information, no escapes, no empty labels,
//! and whatever ends in a number must be a plain dotted IPv4 address (`0x7f.1` and `2130706433` are not).
//! Whether a valid host may be asked at all is decided elsewhere, against an allow-list.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest host name, in bytes (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;

/// Whether `text` is `host` or `host:port`.
///
/// A host is a name of letters, digits, `-` and `_` in labels of 1 to 63 bytes, an IPv4 address, or an IPv6
/// address in brackets without a zone. A port is 1 to 65535, without leading zeros.
pub fn is_valid(text: &str) -> bool {
    let (host, port) = split(text);
    port.is_none_or(is_port) && is_host(host)
}

/// Whether two authorities are the same text when letters differ in case only (RFC 3986, section 3.2.2).
///
/// A default port is not removed: `a` and `a:443` differ.
pub fn eq(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// The authority in lower case; borrowed when it already is.
pub fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Splits `host:port` at the port's colon; brackets stay with the host.
///
/// Nothing is checked: see [`is_valid`].
pub fn split(text: &str) -> (&str, Option<&str>) {
    let host_end = if text.starts_with('[') { text.find(']').map_or(text.len(), |at| at + 1) } else { 0 };
    match text[host_end..].find(':') {
        Some(colon) => (&text[..host_end + colon], Some(&text[host_end + colon + 1..])),
        None => (text, None),
    }
}

fn is_port(text: &str) -> bool {
    text.len() <= 5
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u16>().is_ok()
}

fn is_host(text: &str) -> bool {
    if let Some(inner) = text.strip_prefix('[') {
        return inner.strip_suffix(']').is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok());
    }
    if text.len() > MAX_NAME || !text.split('.').all(is_label) {
        return false;
    }
    !ends_in_number(text) || text.parse::<Ipv4Addr>().is_ok()
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether resolvers may read the name as a number (the URL standard's "ends in a number" check).
fn ends_in_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    last.bytes().all(|byte| byte.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_ports() {
        for good in [
            "cdn.example.com",
            "CDN.Example.com:8080",
            "localhost",
            "a_b-c",
            "192.0.2.7",
            "192.0.2.7:65535",
            "[2001:db8::1]",
            "[2001:db8::1]:443",
            "1.example",
        ] {
            assert!(is_valid(good), "{good}");
        }
    }

    #[test]
    fn refuses_what_could_name_another_host() {
        for bad in [
            "",
            ":80",
            "a:",
            "a:0",
            "a:080",
            "a:65536",
            "a:8a",
            "a:1:2",
            "user@a",
            "a%2eb",
            "a..b",
            ".a",
            "a.",
            "a b",
            "a/b",
            "1.2.3",
            "256.1.1.1",
            "0x7f.1",
            "a.0x7f",
            "2130706433",
            "127.0.0.01",
            "::1",
            "[::1",
            "[::1]x",
            "[fe80::1%25eth0]",
            "[1.2.3.4]",
            "ä.example",
            "a\u{0}",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(!is_valid(&"a".repeat(64)));
        assert!(!is_valid(&"a.".repeat(127).repeat(2)));
    }

    #[test]
    fn case_is_folded_without_allocation_when_possible() {
        assert!(eq("CDN.example:80", "cdn.EXAMPLE:80"));
        assert!(!eq("cdn.example", "cdn.example:80"));
        assert!(matches!(lower("cdn.example"), Cow::Borrowed(_)));
        assert_eq!(lower("Cdn.Example"), "cdn.example");
    }
}
