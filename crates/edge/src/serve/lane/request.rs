//! Is this request plain? Pure: bytes in, request or nothing out.

use std::mem::MaybeUninit;

use http::{HeaderMap, HeaderValue};

use super::super::quick::{Field, Plain};
use crate::asker::Asker;
use crate::config::Proxies;

/// Fields of a plain request, at most.
const MAX_FIELDS: usize = 64;

/// Reads the request that `bytes` begin with; `None` when it is not whole, not well-formed or not plain.
pub(super) fn read(bytes: &[u8]) -> Option<Plain<'_>> {
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
        } else if field.name.eq_ignore_ascii_case("connection") {
            if !field.value.eq_ignore_ascii_case(b"keep-alive") {
                return None;
            }
        } else {
            match Field::named(field.name.as_bytes()) {
                Field::Selects(name) => {
                    selects.append(name.clone(), HeaderValue::from_bytes(field.value).ok()?);
                }
                Field::Matters => return None,
                Field::Other => {}
            }
        }
    }
    // The parser lets no blank and no control byte pass.
    let target = request.path?;
    if !target.is_ascii() || memchr::memchr(b'#', target.as_bytes()).is_some() {
        return None;
    }
    Some(Plain { target, host: host?, selects, length })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::quick::{MATTERS, SELECTS};
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
        let plain = read(text.as_bytes()).unwrap();
        assert_eq!(
            (plain.target, plain.host, plain.length),
            ("/a/b.ts?x=1", &b"edge.example:8080"[..], text.len())
        );
        assert!(plain.selects.is_empty());
        let two = text.clone() + &text;
        assert_eq!(read(two.as_bytes()).unwrap().length, text.len());
    }

    #[test]
    fn what_matters_elsewhere_is_not_plain_in_any_case() {
        for name in MATTERS {
            for name in [name.to_owned(), name.to_uppercase()] {
                assert_eq!(read(request(&format!("{name}: x\r\n")).as_bytes()), None, "{name}");
            }
        }
        for field in ["Connection: close", "Connection: keep-alive, x", "Host: other.example"] {
            assert_eq!(read(request(&format!("{field}\r\n")).as_bytes()), None, "{field}");
        }
    }

    #[test]
    fn conditions_and_ranges_are_read_in_any_case_and_all_of_them() {
        for name in SELECTS {
            let upper = name.as_str().to_uppercase();
            let text = request(&format!("{name}: 1\r\n{upper}:  \"2\" \r\n"));
            let plain = read(text.as_bytes()).unwrap();
            let values: Vec<_> = plain.selects.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
            assert_eq!(values, [&b"1"[..], b"\"2\""], "{name}");
            assert_eq!(plain.selects.len(), 2);
        }
    }

    #[test]
    fn only_whole_and_well_formed_requests_are_read() {
        let text = request("");
        for end in 0..text.len() {
            assert_eq!(read(&text.as_bytes()[..end]), None, "{end}");
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
            assert_eq!(read(bad.as_bytes()), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_left(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut request = b"GET /".to_vec();
            request.extend(&bytes);
            if let Some(plain) = read(&request) {
                prop_assert!(plain.length <= request.len() && request[..plain.length].ends_with(b"\n"));
            }
        }
    }
}
