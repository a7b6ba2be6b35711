//! Which parts of a query name the object, and which name the viewer?
//!
//! Tokens, signatures, client addresses and player measurements travel in queries. They must be in no cache
//! key, no log and no report: they would split one object into many, and say who watched what.
//!
//! Names are compared after percent-decoding, since an origin would decode them too, and with regard to case.
//! Nothing here decodes a value.

use std::borrow::Cow;

/// Names that carry a credential, an address or a measurement of the viewer.
const CREDENTIALS: [&str; 10] = [
    "ks",
    "Policy",
    "Signature",
    "Key-Pair-Id",
    "hdnts",
    "ip",
    "__gda__",
    "CMCD",
    "_HLS_throughput",
    "_HLS_pathway",
];

/// The beginning of the names that DASH content steering adds.
const DASH_STEERING: &str = "_DASH_";

/// One `name=value` of a query, both as written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair<'q> {
    /// The name, not decoded. May be empty.
    pub name: &'q str,
    /// The value, not decoded; nothing when there is no equals sign.
    pub value: Option<&'q str>,
    /// The whole pair.
    pub text: &'q str,
}

/// The pairs of a query, which comes without its question mark. Empty pairs are skipped.
pub fn pairs(query: &str) -> impl Iterator<Item = Pair<'_>> + Clone {
    query.split('&').filter(|text| !text.is_empty()).map(|text| match text.split_once('=') {
        Some((name, value)) => Pair { name, value: Some(value), text },
        None => Pair { name: text, value: None, text },
    })
}

/// Whether a parameter of this name carries a credential or tells something about the viewer.
///
/// A link that expires carries `e` with `h`; each alone may mean anything, so only [`without_credentials`],
/// which sees the whole query, treats them as credentials.
pub fn is_credential(name: &str) -> bool {
    CREDENTIALS.iter().any(|credential| is(name, credential)) || begins(name, DASH_STEERING)
}

/// The query without its credentials; borrowed when there are none. Order and spelling of the rest stay.
pub fn without_credentials(query: &str) -> Cow<'_, str> {
    let expiring = pairs(query).any(|pair| is(pair.name, "e")) && pairs(query).any(|pair| is(pair.name, "h"));
    let leaves = |name: &str| is_credential(name) || (expiring && (is(name, "e") || is(name, "h")));
    if !pairs(query).any(|pair| leaves(pair.name)) {
        return Cow::Borrowed(query);
    }
    let mut kept = String::with_capacity(query.len());
    for pair in pairs(query).filter(|pair| !leaves(pair.name)) {
        if !kept.is_empty() {
            kept.push('&');
        }
        kept.push_str(pair.text);
    }
    Cow::Owned(kept)
}

fn is(name: &str, expected: &str) -> bool {
    decoded(name).eq(expected.bytes())
}

fn begins(name: &str, expected: &str) -> bool {
    let mut bytes = decoded(name);
    expected.bytes().all(|byte| bytes.next() == Some(byte))
}

/// The bytes of a name with its escapes decoded; a malformed escape stands for itself.
fn decoded(name: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = name.as_bytes();
    std::iter::from_fn(move || {
        let (&first, behind) = rest.split_first()?;
        if first == b'%'
            && let [high, low, behind @ ..] = behind
            && let (Some(high), Some(low)) = (char::from(*high).to_digit(16), char::from(*low).to_digit(16))
        {
            rest = behind;
            return u8::try_from(high * 16 + low).ok();
        }
        rest = behind;
        Some(first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_cut_at_the_first_equals_sign() {
        let found: Vec<_> = pairs("a=1&&b&=x&c=d=e").map(|pair| (pair.name, pair.value)).collect();
        assert_eq!(found, [("a", Some("1")), ("b", None), ("", Some("x")), ("c", Some("d=e"))]);
        assert_eq!(pairs("").count(), 0);
    }

    #[test]
    fn credentials_are_known_by_their_decoded_names() {
        for name in [
            "ks",
            "Policy",
            "Signature",
            "Key-Pair-Id",
            "hdnts",
            "ip",
            "__gda__",
            "CMCD",
            "_HLS_throughput",
            "_DASH_pathway",
            "_DASH_throughput",
            "%6bs",
            "k%73",
            "%5FDASH_x",
            "Key%2DPair-Id",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in
            ["", "k", "kss", "policy", "e", "h", "_HLS_msn", "_HLS_part", "_HLS_skip", "_DASH", "%6", "ip%"]
        {
            assert!(!is_credential(name), "{name}");
        }
    }

    #[test]
    fn what_is_left_names_the_object() {
        for (query, expected) in [
            ("", ""),
            ("a=1&b=2", "a=1&b=2"),
            ("_HLS_msn=7&_HLS_part=1&CMCD=bl%3D1", "_HLS_msn=7&_HLS_part=1"),
            ("ks=abc", ""),
            ("a=1&ks=abc&b", "a=1&b"),
            ("e=1&a=2&h=3", "a=2"),
            ("e=1&a=2", "e=1&a=2"),
            ("h=1&a=2", "h=1&a=2"),
        ] {
            assert_eq!(without_credentials(query), expected, "{query}");
        }
        assert!(matches!(without_credentials("a=1&b"), Cow::Borrowed(_)));
    }
}
