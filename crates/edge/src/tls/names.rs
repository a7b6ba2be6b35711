//! Names that certificates are for.

use std::net::IpAddr;

/// Whether it is a name as the DNS has them for machines (RFC 1123 section 2.1), international ones in their form for
/// the DNS.
pub fn is_dns_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Whether a certificate can be asked for under it: a name, one whose first label is open (`*.office.example`), or an
/// address.
pub fn is_certificate_name(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok() || is_dns_name(name.strip_prefix("*.").unwrap_or(name))
}

/// The form under which a certificate leaves open the first label of `name`; `None` where there is none. `name` is in
/// lower case.
pub(super) fn with_open_label(name: &str) -> Option<String> {
    let (label, parent) = name.split_once('.')?;
    // What a name holds that somebody asks for is theirs to choose: `*` is none of our names.
    (!label.is_empty() && label != "*").then(|| format!("*.{parent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_dns_are_told_from_others() {
        for good in ["a", "edge.office.example", "xn--bcher-kva.example", "1.example", &"a".repeat(63)] {
            assert!(is_dns_name(good) && is_certificate_name(good), "{good}");
        }
        let (long, longer) = ("a".repeat(64), ["abcdefg"; 40].join("."));
        for bad in ["", ".", "a.", "-a", "a-", "a_b", "a b", "*.a", &long, &longer] {
            assert!(!is_dns_name(bad), "{bad}");
        }
        for (text, is_one) in
            [("*.a.example", true), ("10.0.0.1", true), ("::1", true), ("a.*", false), ("*.*.a", false)]
        {
            assert_eq!(is_certificate_name(text), is_one, "{text}");
        }
    }

    #[test]
    fn the_first_label_alone_is_left_open() {
        assert_eq!(with_open_label("a.b.example").as_deref(), Some("*.b.example"));
        for none in ["", "a", "*.b.example", ".b"] {
            assert_eq!(with_open_label(none), None, "{none}");
        }
    }
}
