//! The head of a request: read from its stream, and made into what the handler of all protocols takes.

use std::cell::RefCell;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Version};
use http_framing::fields::{Decoded, Fields};
use http_framing::h3::{Code, Fault};
use http_framing::priority::Priority;
use http_framing::qpack;
use http_framing::request::RequestHead;

use super::super::session::Session;
use super::body::RequestBytes;
use crate::serve::head;
use crate::serve::quick::{Hit, Quick};

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

/// What a request asks.
pub(super) enum Asked {
    /// What is stored.
    Stored(Hit),
    /// Something that goes the long way.
    Long(Box<Request<()>>),
}

/// Reads a request out of its fields, with what the client says of how urgent it is; `quick` finds what is stored.
pub(super) fn decode(
    block: &[u8],
    most: usize,
    mut quick: Option<&mut Quick>,
) -> Result<(Asked, Option<Priority>), Unread> {
    FIELDS.with_borrow_mut(|fields| {
        fields.clear();
        match qpack::decode(block, most, fields) {
            Ok(Decoded::Whole) => {}
            Ok(Decoded::TooLarge) => return Err(Unread::TooLarge),
            Err(_) => {
                let what = "fields that cannot be read";
                return Err(Unread::Fault(Fault::of_connection(Code::QpackDecompressionFailed, what)));
            }
        }
        let malformed = || fault(Code::MessageError, "the request is malformed");
        let head = RequestHead::read(fields).map_err(|error| {
            tracing::debug!(%error, "a malformed request");
            malformed()
        })?;
        let said = head::priority(&head);
        let hit = quick
            .as_mut()
            .zip(head::plain(&head, fields))
            .and_then(|(quick, plain)| quick.hit(&plain, |proxies| head::said_of_asker(&head, proxies)));
        let asked = if let Some(hit) = hit {
            Asked::Stored(hit)
        } else {
            let request = head::request(&head, Version::HTTP_3, ()).map_err(|_| malformed())?;
            Asked::Long(Box::new(request))
        };
        fields.shrink();
        Ok((asked, said))
    })
}

#[cfg(test)]
mod tests {
    use http::Method;
    use http_framing::h3::Scope;

    use super::*;

    fn read(block: &[u8], most: usize) -> Result<Request<()>, Unread> {
        match decode(block, most, None)? {
            (Asked::Long(request), _) => Ok(*request),
            (Asked::Stored(_), _) => unreachable!("nothing is stored"),
        }
    }

    fn block(fields: &[(&str, &str)]) -> Vec<u8> {
        let mut block = Vec::new();
        qpack::encode_prefix(&mut block);
        for (name, value) in fields {
            qpack::encode_field(name, value.as_bytes(), &mut block);
        }
        block
    }

    const LINE: [(&str, &str); 4] =
        [(":method", "GET"), (":scheme", "https"), (":authority", "edge.example:8443"), (":path", "/a?b=c")];

    #[test]
    fn a_request_of_its_fields() {
        let fields = [&LINE[..], &[("range", "bytes=0-1"), ("accept", "a"), ("accept", "b")]].concat();
        let request = read(&block(&fields), 16 << 10).ok().unwrap();
        assert_eq!((request.method(), request.version()), (&Method::GET, Version::HTTP_3));
        assert_eq!(request.uri(), "https://edge.example:8443/a?b=c");
        assert_eq!(request.headers()["range"], "bytes=0-1");
        assert_eq!(request.headers().get_all("accept").iter().count(), 2);
        let options = [(":method", "OPTIONS"), LINE[1], LINE[2], (":path", "*")];
        assert!(read(&block(&options), 16 << 10).is_ok());
    }

    #[test]
    fn what_is_no_request() {
        let code = |block: &[u8]| match read(block, 300) {
            Err(Unread::Fault(fault)) => Some((fault.code, fault.scope)),
            _ => None,
        };
        assert_eq!(code(&block(&LINE[..3])), Some((Code::MessageError, Scope::Stream)));
        assert_eq!(code(&[0x01, 0x00]), Some((Code::QpackDecompressionFailed, Scope::Connection)));
        let long = "a".repeat(300);
        let large = [&LINE[..], &[("x", &long)]].concat();
        assert!(matches!(read(&block(&large), 300), Err(Unread::TooLarge)));
    }
}
