//! The answer on a request's stream: fields, and a body as references to what is stored.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING, UPGRADE};
use http::{Response, StatusCode, Version};
use http_body::{Body as _, Frame as BodyFrame};
use http_framing::h3::{Code, Fault, Frame, write_head};
use http_framing::priority::Priority;
use http_framing::qpack;
use quinn::{SendStream, WriteError};
use segment_cache::object::{BLOCK, Form};
use segment_cache::{FillError, Pieces};

use super::priorities::{self, PLAYLIST};
use super::request::unless_stopped;
use super::session::Session;
use crate::body::Body;
use crate::serve::InFlight;
use crate::serve::head::are_of_manifest;
use crate::serve::quick::{self, Hit};

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
        said: said.unwrap_or(if are_of_manifest(&parts.headers) { PLAYLIST } else { Priority::default() }),
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

/// Sends a stored object, or what was asked for of it.
pub(super) async fn send_stored(
    session: &Session,
    send: &mut SendStream,
    id: u64,
    said: Option<Priority>,
    mut hit: Hit,
) -> Result<(), Failure> {
    hit.begin();
    let mut in_flight = InFlight::begin(&session.requests.activity, Version::HTTP_3);
    in_flight.waits(false);
    let by_kind = if hit.kind().is_manifest() { PLAYLIST } else { Priority::default() };
    let said = said.unwrap_or(by_kind);
    let mut sending = Sending { session, send, id, said, changes: None, chunks: Vec::with_capacity(2) };
    let mut head = frame_of_fields(|block| {
        hit.write_head(block);
        quick::write_age(Form::Http3, hit.age, block);
    });
    if hit.remaining() > 0 {
        write_head(Frame::Data, hit.remaining(), &mut head);
    }
    sending.chunks.push(head.into());
    while hit.remaining() > 0 {
        sending.chunks.push(hit.take(BLOCK));
        sending.write().await?;
    }
    sending.finish().await
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
    frame_of_fields(|block| {
        qpack::encode_prefix(block);
        qpack::encode_status(status.as_u16(), block);
        // RFC 9114 section 4.2: nothing about a connection of HTTP/1.1.
        let passes = |name: &http::HeaderName| ![CONNECTION, TRANSFER_ENCODING, UPGRADE].contains(name);
        for (name, value) in headers.iter().filter(|(name, _)| passes(name)) {
            qpack::encode_field(name.as_str(), value.as_bytes(), block);
        }
        if let Some(length) = length.filter(|_| !headers.contains_key(CONTENT_LENGTH)) {
            qpack::encode_field(CONTENT_LENGTH.as_str(), length.to_string().as_bytes(), block);
        }
        if !headers.contains_key(DATE) {
            // RFC 9110 section 6.6.1: whoever has a clock states a date.
            let date = httpdate::fmt_http_date(session.requests.live.core().clock.wall());
            qpack::encode_field(DATE.as_str(), date.as_bytes(), block);
        }
    })
}

/// The frame of the fields that `write` writes.
fn frame_of_fields(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut block = Vec::with_capacity(FIELDS);
    write(&mut block);
    let mut frame = Vec::with_capacity(block.len() + 2 * LONGEST_HEAD);
    write_head(Frame::Headers, block.len() as u64, &mut frame);
    frame.extend_from_slice(&block);
    frame
}
