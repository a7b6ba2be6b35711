//! What is read, what is refused, and by which rule.

pub(crate) mod naive;
mod properties;

use super::*;

const LINE: [(&str, &str); 4] = [
    (":method", "GET"),
    (":scheme", "https"),
    (":authority", "edge.example:8443"),
    (":path", "/a/b.mp4?c=d"),
];

fn fields(list: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in list {
        fields.push(name.as_bytes(), value.as_bytes());
    }
    fields
}

/// The rule that a request breaks which has these instead of, or beside, those of the line.
fn broken(changed: &[(&str, &str)]) -> Option<Malformed> {
    let mut list = LINE.to_vec();
    for (name, value) in changed {
        match list.iter_mut().find(|field| field.0 == *name && name.starts_with(':')) {
            Some(field) => field.1 = value,
            None => list.push((name, value)),
        }
    }
    RequestHead::read(&fields(&list)).err()
}

#[test]
fn a_browsers_request() {
    let regular =
        [("accept", "*/*"), ("te", "trailers"), ("cookie", "a=b"), ("cookie", "c"), ("x-empty", "")];
    let fields = fields(&[&LINE[..], &regular].concat());
    let head = RequestHead::read(&fields).unwrap();
    assert_eq!((head.method, head.scheme), ("GET", "https"));
    assert_eq!((head.authority, head.path), ("edge.example:8443", "/a/b.mp4?c=d"));
    assert!(head.fields().eq(regular.map(|(name, value)| (name, value.as_bytes()))));
}

#[test]
fn the_line_in_another_order() {
    let mut line = LINE;
    line.reverse();
    let fields = fields(&line);
    let head = RequestHead::read(&fields).unwrap();
    assert_eq!((head.method, head.path), ("GET", "/a/b.mp4?c=d"));
    assert_eq!(head.fields().count(), 0);
}

#[test]
fn the_line_is_whole() {
    for (index, (name, value)) in LINE.into_iter().enumerate() {
        let mut without = LINE.to_vec();
        without.remove(index);
        assert_eq!(RequestHead::read(&fields(&without)).err(), Some(Malformed::Missing(name)));
        let twice = [&LINE[..], &[(name, value)]].concat();
        assert_eq!(RequestHead::read(&fields(&twice)).err(), Some(Malformed::Twice(name)));
        let late = [&without[..], &[("accept", "*/*"), (name, value)]].concat();
        assert_eq!(RequestHead::read(&fields(&late)).err(), Some(Malformed::LatePseudo));
    }
    assert_eq!(RequestHead::read(&Fields::new()).err(), Some(Malformed::Missing(":method")));
}

#[test]
fn pseudo_fields_that_no_request_has() {
    for name in [":status", ":protocol", ":", ":Method", "::method", ":path "] {
        assert_eq!(broken(&[(name, "200")]), Some(Malformed::UnknownPseudo), "{name}");
    }
}

#[test]
fn names() {
    for name in ["", "Accept", "x y", "x\0", "x:", "x\r\n", "x\u{e4}", "x(", "x\x7f", " x"] {
        assert_eq!(broken(&[(name, "a")]), Some(Malformed::Name), "{name:?}");
    }
    for name in ["a", "x-1", "!#$%&'*+-.^_`|~"] {
        assert_eq!(broken(&[(name, "a")]), None, "{name:?}");
    }
}

#[test]
fn values() {
    for value in ["a\0", "a\nb", "a\r", "\x1b[1m", "a\x7f", " a", "a ", "\ta", "a\t", " "] {
        assert_eq!(broken(&[("x", value)]), Some(Malformed::Value), "{value:?}");
    }
    for value in ["", "a b\tc", "\"!~\"", "\u{e4}"] {
        assert_eq!(broken(&[("x", value)]), None, "{value:?}");
    }
}

#[test]
fn fields_of_a_connection() {
    for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
        assert_eq!(broken(&[(name, "x")]), Some(Malformed::Connection), "{name}");
        assert_eq!(broken(&[(name, "")]), Some(Malformed::Connection), "{name}");
    }
    assert_eq!(broken(&[("te", "Trailers")]), None);
    for value in ["", "gzip", "trailers, gzip", "trailers;q=1"] {
        assert_eq!(broken(&[("te", value)]), Some(Malformed::Te), "{value}");
    }
}

#[test]
fn methods_and_schemes() {
    assert_eq!(broken(&[(":method", "CONNECT")]), Some(Malformed::Connect));
    for method in ["", "GE T", "GET\0", "GET\r\n", "\u{e4}"] {
        assert_eq!(broken(&[(":method", method)]), Some(Malformed::Method), "{method:?}");
    }
    for method in ["HEAD", "M-SEARCH", "connect"] {
        assert_eq!(broken(&[(":method", method)]), None, "{method:?}");
    }
    for scheme in ["", "1http", "http:", "ht tp", "\u{e4}"] {
        assert_eq!(broken(&[(":scheme", scheme)]), Some(Malformed::Scheme), "{scheme:?}");
    }
    for scheme in ["http", "coap+tcp", "HTTPS"] {
        assert_eq!(broken(&[(":scheme", scheme)]), None, "{scheme:?}");
    }
}

#[test]
fn authorities() {
    for text in
        ["", "user@edge.example", "edge.example/x", "a b", "a\0", "a?b", "a#b", "a\\b", "\u{e4}.example"]
    {
        assert_eq!(broken(&[(":authority", text)]), Some(Malformed::Authority), "{text:?}");
        // As Host: where a value may not be so, that is said.
        let rule = if text.contains('\0') { Malformed::Value } else { Malformed::Authority };
        assert_eq!(broken(&[("host", text)]), Some(rule), "{text:?}");
    }
    for text in ["edge", "EDGE.example:80", "[2001:db8::1]:443", "192.0.2.1", "a_b"] {
        assert_eq!(broken(&[(":authority", text)]), None, "{text:?}");
    }
}

#[test]
fn authority_and_host_are_one() {
    assert_eq!(broken(&[("host", "Edge.example:8443")]), None);
    for other in ["edge.example", "edge.example:844", "other.example:8443"] {
        assert_eq!(broken(&[("host", other)]), Some(Malformed::TwoAuthorities));
    }
    let twice = [("host", "edge.example:8443"), ("host", "edge.example:8443")];
    assert_eq!(broken(&twice), Some(Malformed::Twice("host")));

    let host_alone = fields(&[LINE[0], LINE[1], LINE[3], ("host", "edge.example")]);
    let head = RequestHead::read(&host_alone).unwrap();
    assert_eq!(head.authority, "");
    assert!(head.fields().eq([("host", &b"edge.example"[..])]));
}

#[test]
fn paths() {
    for path in
        ["", "a", "*", "?a", "http://edge.example/", "/a b", "/a#b", "/a\0", "/a\r\n", "/\u{e4}", "/\x7f"]
    {
        assert_eq!(broken(&[(":path", path)]), Some(Malformed::Path), "{path:?}");
    }
    for path in ["/", "//", "/*", "/a?b?c", "/%00/../{\"a\":1}"] {
        assert_eq!(broken(&[(":path", path)]), None, "{path:?}");
    }
    assert_eq!(broken(&[(":method", "OPTIONS"), (":path", "*")]), None);
    for path in ["**", "", "*a"] {
        assert_eq!(broken(&[(":method", "OPTIONS"), (":path", path)]), Some(Malformed::Path));
    }
}

#[test]
fn trailers() {
    let check = |list: &[(&str, &str)]| check_trailers(&fields(list)).err();
    assert_eq!(check(&[]), None);
    assert_eq!(check(&[("x-sum", "1"), ("x-empty", "")]), None);
    assert_eq!(check(&[("x-sum", "1"), (":method", "GET")]), Some(Malformed::LatePseudo));
    assert_eq!(check(&[("X-Sum", "1")]), Some(Malformed::Name));
    assert_eq!(check(&[("x-sum", "1\n")]), Some(Malformed::Value));
    assert_eq!(check(&[("transfer-encoding", "chunked")]), Some(Malformed::Connection));
}
