//! Is this request plain? Pure: bytes in, request or nothing out.

use std::mem::MaybeUninit;

/// Fields of a plain request, at most.
const MAX_FIELDS: usize = 64;

/// Fields that change what is answered, or where the request ends: a request that has one is not plain. Every
/// field that is read anywhere behind this file stands here.
const MATTERS: [&str; 16] = [
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
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

/// A GET over HTTP/1.1 that wants an object as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plain<'b> {
    /// Path and query, in origin form.
    pub(super) target: &'b str,
    /// The one `Host`.
    pub(super) host: &'b str,
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
        for field in request.headers.iter() {
            if field.name.eq_ignore_ascii_case("host") {
                if host.is_some() {
                    return None;
                }
                host = Some(std::str::from_utf8(field.value).ok()?);
            } else if field.name.eq_ignore_ascii_case("connection") {
                if !field.value.eq_ignore_ascii_case(b"keep-alive") {
                    return None;
                }
            } else if matters(field.name) {
                return None;
            }
        }
        let target = request.path?;
        let is_target = target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        Some(Self { target, host: host?, length }).filter(|_| is_target)
    }

    /// The target in two.
    pub(super) fn path_and_query(&self) -> (&'b str, Option<&'b str>) {
        self.target.split_once('?').map_or((self.target, None), |(path, query)| (path, Some(query)))
    }
}

fn matters(name: &str) -> bool {
    // Most names of browsers (`accept…`, `user-agent`, `sec-…`, `origin`, `referer`) are out by their first letter.
    matches!(
        name.as_bytes().first().map(u8::to_ascii_lowercase),
        Some(b'r' | b'i' | b'c' | b'p' | b't' | b'e' | b'u' | b'h')
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
            ("/a/b.ts?x=1", "edge.example:8080", text.len())
        );
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
