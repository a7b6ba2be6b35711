//! The head of a request: read from its stream, and made into what the handler of all protocols takes.

use std::cell::RefCell;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};
use http_framing::fields::{Decoded, Fields};
use http_framing::h3::{Code, Fault};
use http_framing::qpack;
use http_framing::request::RequestHead;

use super::super::session::Session;
use super::body::RequestBytes;

/// Heads of one connection that may have come in part: nearly always a head is in one packet. Each may hold
/// `viewers.max-head`.
const MOST_HALF_HEADS: usize = 16;

thread_local! {
    /// Heads are read within one turn of a task: all connections of a thread have one memory for them.
    static FIELDS: RefCell<Fields> = const { RefCell::new(Fields::new()) };
}

/// Why there is no head.
pub(super) enum Unread {
    /// It is larger than the bound.
    TooLarge,
    /// The client gave it up.
    GivenUp,
    /// The client broke a rule.
    Fault(Fault),
}

/// Reads the fields of a request, as QPACK wrote them.
pub(super) async fn read(session: &Session, bytes: &mut RequestBytes<'_>) -> Result<Bytes, Unread> {
    if let Some(read) = bytes.head().now_or_never() {
        return read;
    }
    let half = Half(&session.half_heads);
    if half.0.fetch_add(1, Relaxed) >= MOST_HALF_HEADS {
        return Err(fault(Code::RequestRejected, "too many heads that are not whole"));
    }
    let read = tokio::time::timeout(session.header_timeout, bytes.head()).await;
    drop(half);
    read.unwrap_or_else(|_| Err(fault(Code::RequestIncomplete, "the head took too long")))
}

/// Counts a head that has come in part.
struct Half<'s>(&'s AtomicUsize);

impl Drop for Half<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

fn fault(code: Code, what: &'static str) -> Unread {
    Unread::Fault(Fault::of_stream(code, what))
}

/// What `make` makes of a request's fields, of which there may be so many bytes; where it makes nothing, the request is
/// malformed.
pub(super) fn judged<T>(
    block: &[u8],
    most: usize,
    make: impl FnOnce(&RequestHead<'_>) -> Option<T>,
) -> Result<T, Unread> {
    FIELDS.with_borrow_mut(|fields| {
        fields.clear();
        let request = match qpack::decode(block, most, fields) {
            Ok(Decoded::Whole) => RequestHead::read(fields).map_err(|error| {
                tracing::debug!(%error, "a malformed request");
                fault(Code::MessageError, "the request is malformed")
            }),
            Ok(Decoded::TooLarge) => Err(Unread::TooLarge),
            Err(_) => {
                let what = "fields that cannot be read";
                Err(Unread::Fault(Fault::of_connection(Code::QpackDecompressionFailed, what)))
            }
        };
        let made = request.and_then(|head| {
            make(&head).ok_or_else(|| fault(Code::MessageError, "the request is malformed"))
        });
        fields.shrink();
        made
    })
}

/// The request as the handler of all protocols takes it.
pub(super) fn request_of(head: &RequestHead<'_>) -> Option<Request<()>> {
    let mut request = Request::new(());
    *request.version_mut() = Version::HTTP_3;
    *request.method_mut() = Method::from_bytes(head.method.as_bytes()).ok()?;
    *request.uri_mut() = if head.authority.is_empty() {
        head.path.parse().ok()?
    } else {
        let uri = Uri::builder().scheme(head.scheme).authority(head.authority).path_and_query(head.path);
        uri.build().ok()?
    };
    let mut headers = HeaderMap::with_capacity(head.fields().count());
    for (name, value) in head.fields() {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    *request.headers_mut() = headers;
    Some(request)
}

#[cfg(test)]
mod tests {
    use http_framing::h3::Scope;

    use super::*;

    fn block(fields: &[(&str, &str)]) -> Vec<u8> {
        let mut block = Vec::new();
        qpack::encode_prefix(&mut block);
        for (name, value) in fields {
            qpack::encode_field(name, value.as_bytes(), &mut block);
        }
        block
    }

    fn decode(block: &[u8], most: usize) -> Result<Request<()>, Unread> {
        judged(block, most, request_of)
    }

    const LINE: [(&str, &str); 4] =
        [(":method", "GET"), (":scheme", "https"), (":authority", "edge.example:8443"), (":path", "/a?b=c")];

    #[test]
    fn a_request_of_its_fields() {
        let fields = [&LINE[..], &[("range", "bytes=0-1"), ("accept", "a"), ("accept", "b")]].concat();
        let request = decode(&block(&fields), 16 << 10).ok().unwrap();
        assert_eq!((request.method(), request.version()), (&Method::GET, Version::HTTP_3));
        assert_eq!(request.uri(), "https://edge.example:8443/a?b=c");
        assert_eq!(request.headers()["range"], "bytes=0-1");
        assert_eq!(request.headers().get_all("accept").iter().count(), 2);
        let options = [(":method", "OPTIONS"), LINE[1], LINE[2], (":path", "*")];
        assert!(decode(&block(&options), 16 << 10).is_ok());
    }

    #[test]
    fn what_is_no_request() {
        let code = |block: &[u8]| match decode(block, 300) {
            Err(Unread::Fault(fault)) => Some((fault.code, fault.scope)),
            _ => None,
        };
        assert_eq!(code(&block(&LINE[..3])), Some((Code::MessageError, Scope::Stream)));
        assert_eq!(code(&[0x01, 0x00]), Some((Code::QpackDecompressionFailed, Scope::Connection)));
        let long = "a".repeat(300);
        let large = [&LINE[..], &[("x", &long)]].concat();
        assert!(matches!(decode(&block(&large), 300), Err(Unread::TooLarge)));
    }
}
