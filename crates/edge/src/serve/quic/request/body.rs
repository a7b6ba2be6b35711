//! The bytes of a request's stream: first its head, then its body.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::Frame;
use http_framing::h3::request::{Part, Stop, Stream};
use http_framing::h3::{Code, Fault, Scope};
use quinn::RecvStream;

use super::super::session::{Read, Session, next, stop};
use super::head::Unread;

/// What is left of a request's stream. Dropped before its end, it asks the client for no more.
pub(super) struct RequestBytes<'s> {
    session: &'s Session,
    recv: RecvStream,
    stream: Stream,
    bytes: Bytes,
    /// Whether the client has said that nothing more comes, and everything is read.
    has_ended: bool,
    /// Bytes that the head announces and that have not come.
    announced: Option<u64>,
}

/// A body that did not come as it should.
#[derive(Debug, thiserror::Error)]
#[error("the body of a request breaks off")]
pub(super) struct BodyError;

impl<'s> RequestBytes<'s> {
    pub(super) fn new(recv: RecvStream, session: &'s Session) -> Self {
        let stream = Stream::new(session.max_head);
        Self { session, recv, stream, bytes: Bytes::new(), has_ended: false, announced: None }
    }

    /// Reads the head. May be dropped and asked again.
    pub(super) async fn head(&mut self) -> Result<Bytes, Unread> {
        let block = loop {
            match self.stream.read(&mut self.bytes) {
                Ok(Some(Part::Fields(block))) => break block,
                // Fields come first.
                Ok(Some(Part::Data(_)) | None) => {}
                Err(Stop::TooLarge) => return Err(Unread::TooLarge),
                Err(Stop::Fault(fault)) => return Err(Unread::Fault(fault)),
            }
            match next(&mut self.recv).await {
                Read::Bytes(bytes) => self.bytes = bytes,
                Read::Lost => return Err(Unread::GivenUp),
                Read::End => {
                    self.has_ended = true;
                    let what = "a stream without a request";
                    let missing = Fault::of_stream(Code::RequestIncomplete, what);
                    return Err(Unread::Fault(self.stream.end().err().unwrap_or(missing)));
                }
            }
        };
        // Nearly always the end comes with the head.
        if self.bytes.is_empty()
            && let Some(read) = next(&mut self.recv).now_or_never()
        {
            match read {
                Read::Bytes(bytes) => self.bytes = bytes,
                Read::Lost => return Err(Unread::GivenUp),
                Read::End => self.has_ended = true,
            }
        }
        Ok(block)
    }

    /// Whether the client has said that nothing more comes, and everything is read.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended && self.bytes.is_empty()
    }

    /// Holds the body against what the head says of it.
    pub(super) fn expect(&mut self, headers: &HeaderMap) {
        self.announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Fault>> {
        loop {
            match self.stream.read(&mut self.bytes) {
                Ok(Some(Part::Data(data))) => {
                    if let Some(announced) = &mut self.announced {
                        let left = announced.checked_sub(data.len() as u64);
                        *announced = left.ok_or(WRONG_LENGTH)?;
                    }
                    return Poll::Ready(Ok(Some(data)));
                }
                Ok(Some(Part::Fields(_)) | None) => {}
                Err(Stop::TooLarge) => {
                    return Poll::Ready(Err(Fault::of_stream(Code::ExcessiveLoad, "trailers are too large")));
                }
                Err(Stop::Fault(fault)) => return Poll::Ready(Err(fault)),
            }
            if self.has_ended {
                return Poll::Ready(Ok(None));
            }
            match ready!(pin!(next(&mut self.recv)).poll(cx)) {
                Read::Bytes(bytes) => self.bytes = bytes,
                Read::Lost => {
                    return Poll::Ready(Err(Fault::of_stream(Code::RequestCancelled, "it was given up")));
                }
                Read::End => {
                    self.has_ended = true;
                    self.stream.end()?;
                    if self.announced.is_some_and(|left| left > 0) {
                        return Poll::Ready(Err(WRONG_LENGTH));
                    }
                }
            }
        }
    }
}

const WRONG_LENGTH: Fault =
    Fault::of_stream(Code::MessageError, "a body that is not as long as the head says");

impl http_body::Body for RequestBytes<'_> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        Poll::Ready(match ready!(this.poll_data(cx)) {
            Ok(data) => data.map(|data| Ok(Frame::data(data))),
            Err(fault) => {
                if fault.scope == Scope::Connection {
                    let code = quinn::VarInt::from_u32(fault.code.number());
                    this.session.connection.close(code, fault.what.as_bytes());
                }
                tracing::debug!(error = %fault, "a request's body cannot be read");
                Some(Err(BodyError))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended && self.bytes.is_empty() && self.announced.is_none_or(|left| left == 0)
    }
}

impl Drop for RequestBytes<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            // RFC 9114 section 4.1: no more is needed for the answer.
            let _over = stop(&mut self.recv, Code::NoError);
        }
    }
}
