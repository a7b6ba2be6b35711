//! Which header fields of a response must not be stored with it (RFC 9111 section 3.1).

use http::header::{
    CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName};

use crate::cache_control::CacheControl;

/// Fields about one connection, whether `Connection` nominates them or not (RFC 9110 section 7.6.1), and those
/// about the proxy that was asked (RFC 9111 section 3.1).
const OF_A_CONNECTION: [HeaderName; 10] = [
    CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authentication-info"),
];

/// The fields of one response that must not be stored.
///
/// Besides those of the connection: what `Connection` nominates; what `private="…"` names, which is for one viewer;
/// and what `no-cache="…"` names. The standard would let the last be stored and sent once validated; they are
/// dropped instead, for a field that needs the origin's word at each use is of no use to a cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    nominated: Vec<HeaderName>,
}

impl Withheld {
    /// The fields of a response with these `headers` that must not be stored.
    pub fn of(headers: &HeaderMap) -> Self {
        let control = CacheControl::governing(headers).control;
        let mut nominated = control.private_fields;
        nominated.extend(control.no_cache_fields);
        for line in headers.get_all(CONNECTION) {
            let members = line.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
            nominated.extend(members.filter_map(|name| HeaderName::from_bytes(name).ok()));
        }
        Self { nominated }
    }

    /// Whether `name` is one of them.
    pub fn contains(&self, name: &HeaderName) -> bool {
        OF_A_CONNECTION.contains(name) || self.nominated.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn withheld(fields: &[(&'static str, &str)]) -> Withheld {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        Withheld::of(&headers)
    }

    #[test]
    fn what_is_nominated_is_withheld_and_the_rest_is_not() {
        let fields = withheld(&[
            ("connection", "close, X-Hop, bad name"),
            ("connection", "x-other"),
            ("cache-control", "private=\"x-person\", no-cache=\"etag\""),
        ]);
        for name in ["x-hop", "x-other", "x-person", "etag", "transfer-encoding", "keep-alive", "upgrade"] {
            assert!(fields.contains(&HeaderName::from_static(name)), "{name}");
        }
        for name in ["content-type", "last-modified", "set-cookie"] {
            assert!(!fields.contains(&HeaderName::from_static(name)), "{name}");
        }
    }

    #[test]
    fn the_governing_field_names_them() {
        let fields = [("cache-control", "private=\"x-a\""), ("cdn-cache-control", "no-cache=\"x-b\"")];
        assert!(!withheld(&fields).contains(&HeaderName::from_static("x-a")));
        assert!(withheld(&fields).contains(&HeaderName::from_static("x-b")));
    }

    proptest! {
        #[test]
        fn exactly_what_is_named_somewhere_is_withheld(
            hop in prop::collection::btree_set("x-[a-f]", 0..4),
            person in prop::collection::btree_set("x-[a-f]", 1..4),
            asked in "X-[A-F]",
        ) {
            let list = |names: &std::collections::BTreeSet<String>| {
                names.iter().cloned().collect::<Vec<_>>().join(" , ")
            };
            let control = format!("max-age=1, private=\"{}\"", list(&person));
            let found = withheld(&[("connection", &list(&hop)), ("cache-control", &control)]);
            let name = asked.to_ascii_lowercase();
            let expected = hop.contains(&name) || person.contains(&name);
            prop_assert_eq!(found.contains(&asked.parse().unwrap()), expected);
        }
    }
}
