//! The answer on a request's stream: fields, and a body as references to what is stored.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, TRANSFER_ENCODING, UPGRADE};
use http::{Response, StatusCode};
use http_body::{Body as _, Frame as BodyFrame};
use http_framing::h3::{Code, Fault, Frame, write_head};
use http_framing::priority::Priority;
use http_framing::qpack;
use quinn::{SendStream, WriteError};
use segment_cache::{FillError, Pieces};

use super::priorities::{self, PLAYLIST};
use super::request::unless_stopped;
use super::session::Session;
use crate::body::Body;

/// Bytes of the head of a frame, at most.
const LONGEST_HEAD: usize = 2 * 8;

/// Room for the fields of most answers.
const FIELDS: usize = 512;

/// Why an answer did not get to its end.
pub(super) enum Failure {
    /// The client wants no more of it, or is gone.
    Stopped,
    /// The stream is reset with this.
    Fault(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The body broke off: never a clean end.
const BROKEN_OFF: Fault = Fault::of_stream(Code::InternalError, "the body broke off");

/// Sends an answer on the client's stream `id`, with the priority that was `said` in the request.
pub(super) async fn send(
    session: &Session,
    send: &mut SendStream,
    id: u64,
    said: Option<Priority>,
    is_head: bool,
    response: Response<Body>,
) -> Result<(), Failure> {
    let (parts, mut body) = response.into_parts();
    let mut sending = Sending {
        session,
        send,
        id,
        said: said.unwrap_or_else(|| by_kind(&parts.headers)),
        changes: None,
        chunks: Vec::new(),
    };
    let has_body = !is_head && !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let length = body.remaining();
    let mut head = fields(session, parts.status, &parts.headers, length.filter(|_| has_body));
    if !has_body || length == Some(0) {
        sending.chunks.push(head.into());
        return sending.finish().await;
    }
    if let Some(length) = length {
        // One frame, however many pieces the body comes in.
        write_head(Frame::Data, length, &mut head);
    }
    sending.chunks.push(head.into());
    // What is there goes out with the head; what is not makes it wait no longer.
    let mut next = poll_fn(|cx| Poll::Ready(Pin::new(&mut body).poll_frame(cx))).await;
    loop {
        let frame = match next {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                sending.write().await?;
                let waiting = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx));
                unless_stopped(sending.send, waiting).await.ok_or(Failure::Stopped)?
            }
        };
        match frame {
            None => return sending.finish().await,
            Some(frame) => sending.push(frame, length.is_some())?,
        }
        sending.write().await?;
        next = poll_fn(|cx| Poll::Ready(Pin::new(&mut body).poll_frame(cx))).await;
    }
}

/// An answer on its way.
struct Sending<'s> {
    session: &'s Session,
    send: &'s mut SendStream,
    id: u64,
    said: Priority,
    /// How often priorities had changed when this one's was set.
    changes: Option<u64>,
    chunks: Vec<Bytes>,
}

impl Sending<'_> {
    /// Adds a part of the body.
    fn push(
        &mut self,
        frame: Result<BodyFrame<Pieces>, FillError>,
        is_announced: bool,
    ) -> Result<(), Failure> {
        let frame = frame.map_err(|error| {
            tracing::debug!(%error, "an answer breaks off");
            BROKEN_OFF
        })?;
        let Ok(pieces) = frame.into_data() else { return Ok(()) };
        if !is_announced {
            let mut head = Vec::with_capacity(LONGEST_HEAD);
            write_head(Frame::Data, pieces.len() as u64, &mut head);
            self.chunks.push(head.into());
        }
        self.chunks.extend(pieces);
        Ok(())
    }

    /// Hands over what is there, as fast as the client takes it.
    async fn write(&mut self) -> Result<(), Failure> {
        let mut rest = &mut self.chunks[..];
        while !rest.is_empty() {
            if self.changes != Some(self.session.priorities.changes()) {
                let (said_later, changes) = self.session.priorities.of(self.id);
                let number = priorities::number(said_later.unwrap_or(self.said), self.id / 4);
                // A stream that is over says so when it is written to.
                let _over = self.send.set_priority(number).is_err();
                self.changes = Some(changes);
            }
            let written = match self.send.write_chunks(rest).await {
                Ok(written) => written,
                Err(
                    WriteError::Stopped(_)
                    | WriteError::ConnectionLost(_)
                    | WriteError::ClosedStream
                    | WriteError::ZeroRttRejected,
                ) => return Err(Failure::Stopped),
            };
            self.session.requests.activity.note_sent(written.bytes);
            rest = &mut rest[written.chunks..];
        }
        self.chunks.clear();
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Failure> {
        self.write().await?;
        self.send.finish().map_err(|_| Failure::Stopped)
    }
}

/// The frame of an answer's fields.
fn fields(session: &Session, status: StatusCode, headers: &HeaderMap, length: Option<u64>) -> Vec<u8> {
    let mut block = Vec::with_capacity(FIELDS);
    qpack::encode_prefix(&mut block);
    qpack::encode_status(status.as_u16(), &mut block);
    // RFC 9114 section 4.2: nothing about a connection of HTTP/1.1.
    let passes = |name: &http::HeaderName| ![CONNECTION, TRANSFER_ENCODING, UPGRADE].contains(name);
    for (name, value) in headers.iter().filter(|(name, _)| passes(name)) {
        qpack::encode_field(name.as_str(), value.as_bytes(), &mut block);
    }
    if let Some(length) = length.filter(|_| !headers.contains_key(CONTENT_LENGTH)) {
        qpack::encode_field(CONTENT_LENGTH.as_str(), length.to_string().as_bytes(), &mut block);
    }
    if !headers.contains_key(DATE) {
        // RFC 9110 section 6.6.1: whoever has a clock states a date.
        let date = httpdate::fmt_http_date(session.requests.live.core().clock.wall());
        qpack::encode_field(DATE.as_str(), date.as_bytes(), &mut block);
    }
    let mut frame = Vec::with_capacity(block.len() + 2 * LONGEST_HEAD);
    write_head(Frame::Headers, block.len() as u64, &mut frame);
    frame.extend_from_slice(&block);
    frame
}

/// The priority of an answer of which the client says nothing.
fn by_kind(headers: &HeaderMap) -> Priority {
    let of = headers.get(CONTENT_TYPE).map_or(&b""[..], http::HeaderValue::as_bytes);
    let of = of.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let is_playlist = PLAYLISTS.iter().any(|known| of.eq_ignore_ascii_case(known.as_bytes()));
    if is_playlist { PLAYLIST } else { Priority::default() }
}

/// The media types of playlists (RFC 8216 section 10, ISO/IEC 23009-1 annex C).
const PLAYLISTS: [&str; 5] = [
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "audio/mpegurl",
    "audio/x-mpegurl",
    "application/dash+xml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playlists_go_before_segments() {
        let of = |text: &'static str| {
            by_kind(&HeaderMap::from_iter([(CONTENT_TYPE, http::HeaderValue::from_static(text))]))
        };
        for playlist in ["application/vnd.apple.mpegurl", "Application/DASH+XML; charset=utf-8"] {
            assert_eq!(of(playlist), PLAYLIST);
        }
        for other in ["video/mp4", "application/dash", ""] {
            assert_eq!(of(other), Priority::default());
        }
        assert_eq!(by_kind(&HeaderMap::new()), Priority::default());
    }
}
