//! Is this request plain? Pure: bytes in, request or nothing out.

use std::mem::MaybeUninit;

use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::asker::Asker;
use crate::config::Proxies;

/// Fields of a plain request, at most.
const MAX_FIELDS: usize = 64;

/// Fields that select what is answered of an object.
const SELECTS: [HeaderName; 4] = [RANGE, IF_RANGE, IF_NONE_MATCH, IF_MODIFIED_SINCE];

/// Other fields that change what is answered, or where the request ends: a request that has one is not plain. Every
/// field that is read anywhere behind this file stands here or above.
const MATTERS: [&str; 12] = [
    "if-match",
    "if-unmodified-since",
    "cache-control",
    "pragma",
    "content-length",
    "transfer-encoding",
    "expect",
    "upgrade",
    "http2-settings",
    "cdn-loop",
    "trailer",
    "te",
];

/// A GET over HTTP/1.1 for what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plain<'b> {
    /// Path and query, in origin form.
    pub(super) target: &'b str,
    /// The one `Host`.
    pub(super) host: &'b [u8],
    /// The conditions and the range, in most requests none.
    pub(super) selects: HeaderMap,
    /// How many bytes the request is long.
    pub(super) length: usize,
}

impl<'b> Plain<'b> {
    /// Reads the request that `bytes` begin with; `None` when it is not whole, not well-formed or not plain.
    pub(super) fn read(bytes: &'b [u8]) -> Option<Self> {
        if !bytes.starts_with(b"GET /") {
            return None;
        }
        let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(bytes, &mut fields);
        let Ok(httparse::Status::Complete(length)) = parsed else {
            return None;
        };
        if request.version != Some(1) {
            return None;
        }
        let mut host = None;
        let mut selects = HeaderMap::new();
        for field in request.headers.iter() {
            if field.name.eq_ignore_ascii_case("host") {
                if host.is_some() {
                    return None;
                }
                host = Some(field.value);
            } else if let Some(name) = selecting(field.name) {
                selects.append(name.clone(), HeaderValue::from_bytes(field.value).ok()?);
            } else if field.name.eq_ignore_ascii_case("connection") {
                if !field.value.eq_ignore_ascii_case(b"keep-alive") {
                    return None;
                }
            } else if matters(field.name) {
                return None;
            }
        }
        // The parser lets no blank and no control byte pass.
        let target = request.path?;
        if !target.is_ascii() || memchr::memchr(b'#', target.as_bytes()).is_some() {
            return None;
        }
        Some(Self { target, host: host?, selects, length })
    }

    /// The target in two.
    pub(super) fn path_and_query(&self) -> (&'b str, Option<&'b str>) {
        let end = memchr::memchr(b'?', self.target.as_bytes());
        end.map_or((self.target, None), |end| (&self.target[..end], Some(&self.target[end + 1..])))
    }
}

/// What a trusted proxy says of who asks, in the head that `bytes` begin with; it was read once already.
pub(super) fn said_of_asker(bytes: &[u8], proxies: &Proxies) -> HeaderMap {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut []);
    let mut said = HeaderMap::new();
    if request.parse_with_uninit_headers(bytes, &mut fields).is_err() {
        return said;
    }
    for field in request.headers.iter() {
        let name = Asker::fields(proxies).find(|name| name.as_str().eq_ignore_ascii_case(field.name));
        if let (Some(name), Ok(value)) = (name, HeaderValue::from_bytes(field.value)) {
            said.append(name, value);
        }
    }
    said
}

fn selecting(name: &str) -> Option<&'static HeaderName> {
    match name.as_bytes().first() {
        Some(b'r' | b'R' | b'i' | b'I') => {
            SELECTS.iter().find(|known| known.as_str().eq_ignore_ascii_case(name))
        }
        _ => None,
    }
}

fn matters(name: &str) -> bool {
    // Most names of browsers (`accept…`, `user-agent`, `sec-…`, `origin`, `referer`) are out by their first letter.
    matches!(
        name.as_bytes().first().map(u8::to_ascii_lowercase),
        Some(b'i' | b'c' | b'p' | b't' | b'e' | b'u' | b'h')
    ) && MATTERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(fields: &str) -> String {
        format!("GET /a/b.ts?x=1 HTTP/1.1\r\nHost: edge.example:8080\r\n{fields}\r\n")
    }

    #[test]
    fn what_browsers_send_for_a_segment_is_plain() {
        let text = request(
            "Connection: keep-alive\r\nsec-ch-ua-platform: \"Linux\"\r\nUser-Agent: x\r\nAccept: */*\r\n\
             Origin: https://portal.example\r\nReferer: https://portal.example/\r\nAccept-Encoding: gzip\r\n",
        );
        let plain = Plain::read(text.as_bytes()).unwrap();
        assert_eq!(
            (plain.target, plain.host, plain.length),
            ("/a/b.ts?x=1", &b"edge.example:8080"[..], text.len())
        );
        assert!(plain.selects.is_empty());
        assert_eq!(plain.path_and_query(), ("/a/b.ts", Some("x=1")));
        let two = text.clone() + &text;
        assert_eq!(Plain::read(two.as_bytes()).unwrap().length, text.len());
    }

    #[test]
    fn what_matters_elsewhere_is_not_plain_in_any_case() {
        for name in MATTERS {
            for name in [name.to_owned(), name.to_uppercase()] {
                assert_eq!(Plain::read(request(&format!("{name}: x\r\n")).as_bytes()), None, "{name}");
            }
        }
        for field in ["Connection: close", "Connection: keep-alive, x", "Host: other.example"] {
            assert_eq!(Plain::read(request(&format!("{field}\r\n")).as_bytes()), None, "{field}");
        }
    }

    #[test]
    fn conditions_and_ranges_are_read_in_any_case_and_all_of_them() {
        for name in SELECTS {
            let upper = name.as_str().to_uppercase();
            let text = request(&format!("{name}: 1\r\n{upper}:  \"2\" \r\n"));
            let plain = Plain::read(text.as_bytes()).unwrap();
            let values: Vec<_> = plain.selects.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
            assert_eq!(values, [&b"1"[..], b"\"2\""], "{name}");
            assert_eq!(plain.selects.len(), 2);
        }
    }

    #[test]
    fn only_whole_and_well_formed_requests_are_read() {
        let text = request("");
        for end in 0..text.len() {
            assert_eq!(Plain::read(&text.as_bytes()[..end]), None, "{end}");
        }
        for bad in [
            "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\u{e4} HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            assert_eq!(Plain::read(bad.as_bytes()), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_left(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut request = b"GET /".to_vec();
            request.extend(&bytes);
            if let Some(plain) = Plain::read(&request) {
                prop_assert!(plain.length <= request.len() && request[..plain.length].ends_with(b"\n"));
            }
        }
    }
}
