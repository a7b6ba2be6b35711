//! What the streams of one connection have in common, and those of its streams that carry no request.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http_framing::h3::control::{Control, Word};
use http_framing::h3::qpack_streams::{self, DecoderStream};
use http_framing::h3::{Code, Fault, StreamKind};
use http_framing::priority::Priority;
use http_framing::varint;
use quinn::{Connection, ReadError, RecvStream, VarInt};
use segment_cache::object::Form;

use super::priorities::Priorities;
use crate::config::Viewers;
use crate::serve::connection::Requests;
use crate::serve::quick::Quick;

/// Bytes that are taken from a stream in one turn.
const TURN: usize = 16 << 10;

/// One connection, as its streams see it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) requests: Requests,
    /// The quick way; its lock is never held while something waits.
    pub(super) quick: Mutex<Quick>,
    pub(super) priorities: Priorities,
    pub(super) max_head: usize,
    pub(super) max_streams: usize,
    pub(super) header_timeout: Duration,
    /// Requests whose heads have come in part.
    pub(super) half_heads: AtomicUsize,
    /// Requests so far.
    begun: AtomicU64,
    /// Which of the client's three streams are there.
    control: AtomicBool,
    encoder: AtomicBool,
    decoder: AtomicBool,
}

/// What a stream gives.
pub(super) enum Read {
    Bytes(Bytes),
    /// The client says that nothing more comes.
    End,
    /// The client gave the stream up, or the connection is over.
    Lost,
}

impl Session {
    pub(super) fn new(requests: Requests, connection: Connection, viewers: &Viewers) -> Self {
        let Requests { live, peer, visit, .. } = requests.clone();
        Self {
            quick: Mutex::new(Quick::new(live, peer, visit, Form::Http3)),
            connection,
            requests,
            priorities: Priorities::default(),
            max_head: viewers.max_head.in_memory(),
            max_streams: usize::try_from(viewers.max_streams).unwrap_or(usize::MAX),
            header_timeout: viewers.header_timeout.get(),
            half_heads: AtomicUsize::new(0),
            begun: AtomicU64::new(0),
            control: AtomicBool::new(false),
            encoder: AtomicBool::new(false),
            decoder: AtomicBool::new(false),
        }
    }

    /// A request was made.
    pub(super) fn earn(&self) {
        self.begun.fetch_add(1, Relaxed);
    }

    /// Reads one of the streams that a client opens in one direction, to its end.
    pub(super) async fn read(&self, mut stream: RecvStream) -> Result<(), Fault> {
        let mut number = varint::Partial::default();
        let (kind, mut bytes) = loop {
            let Read::Bytes(mut bytes) = next(&mut stream).await else { return Ok(()) };
            let mut rest = &bytes[..];
            if let Some(number) = number.read(&mut rest) {
                bytes.advance(bytes.len() - rest.len());
                break (StreamKind::of(number), bytes);
            }
        };
        let is_second = match kind {
            StreamKind::Control => self.control.swap(true, Relaxed),
            StreamKind::QpackEncoder => self.encoder.swap(true, Relaxed),
            StreamKind::QpackDecoder => self.decoder.swap(true, Relaxed),
            StreamKind::Push => {
                return Err(Fault::of_connection(Code::StreamCreationError, "a push by a client"));
            }
            StreamKind::Unknown => {
                // Of a stream that is over already there is nothing to say.
                let _over = stop(&mut stream, Code::StreamCreationError);
                return Ok(());
            }
        };
        if is_second {
            return Err(Fault::of_connection(Code::StreamCreationError, "a second stream of one kind"));
        }
        let (mut control, mut decoder, mut paid) = (Control::default(), DecoderStream::default(), 0);
        loop {
            match kind {
                StreamKind::Control => {
                    let begun = self.begun.load(Relaxed);
                    // Credit has a bound that so many requests fill.
                    (paid..begun).take(64).for_each(|_| control.earn());
                    paid = begun;
                    while let Some(word) = control.read(&mut bytes)? {
                        self.hear(word)?;
                    }
                }
                StreamKind::QpackEncoder => qpack_streams::read_encoder(&bytes)?,
                _ => decoder.read(&bytes)?,
            }
            bytes = match next(&mut stream).await {
                Read::Bytes(bytes) => bytes,
                Read::Lost if self.connection.close_reason().is_some() => return Ok(()),
                Read::End | Read::Lost => {
                    return Err(Fault::of_connection(
                        Code::ClosedCriticalStream,
                        "the end of a stream that stays",
                    ));
                }
            };
        }
    }

    fn hear(&self, word: Word) -> Result<(), Fault> {
        // Answers are small and have no dynamic table: nothing in a client's settings matters to them.
        let Word::Priority { stream, value } = word else { return Ok(()) };
        let most = self.begun.load(Relaxed).saturating_add(2 * self.max_streams as u64);
        if stream / 4 >= most {
            return Err(Fault::of_connection(Code::IdError, "the priority of a request that cannot be made"));
        }
        self.priorities.say(stream, Priority::parse(&value), self.max_streams);
        Ok(())
    }
}

/// The next bytes of a stream.
pub(super) async fn next(stream: &mut RecvStream) -> Read {
    match stream.read_chunk(TURN, true).await {
        Ok(Some(chunk)) => Read::Bytes(chunk.bytes),
        Ok(None) => Read::End,
        Err(
            ReadError::Reset(_)
            | ReadError::ConnectionLost(_)
            | ReadError::ClosedStream
            | ReadError::IllegalOrderedRead
            | ReadError::ZeroRttRejected,
        ) => Read::Lost,
    }
}

/// Takes nothing more of a stream; false where it is over already.
pub(super) fn stop(stream: &mut RecvStream, code: Code) -> bool {
    stream.stop(VarInt::from_u32(code.number())).is_ok()
}
