//! One connection of HTTP/2, the server's end (RFC 9113, and RFC 9218 for what goes first).
//!
//! Pure: whoever has the socket gives it the bytes that came ([`Connection::read`]) and hears what they ask
//! ([`Event`]); takes what the protocol itself has to say ([`Connection::control`]); and asks which answer goes next and
//! how much of it ([`Connection::next_to_send`], [`Connection::sent`]). The bytes of answers never come here.
//!
//! # Invariants
//! - What a peer can make this end hold is bounded: half a frame ([`frame::LARGEST`]), half a block of fields and the table
//!   of fields ([`Config`]), what was not taken of what the protocol says (`MOST_CONTROL`), and per stream what `T` is.
//! - Bodies of requests: never more than [`RECEIVE_WINDOW`] for the whole connection.
//! - Who makes work and gets nothing done is told to be calm (`limits`).
//!
//! Deliberately absent: push, CONNECT, trailers of answers, and 1xx.

mod answer;
pub mod frame;
mod limits;
mod receive;
mod settings;
mod streams;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::fields::Fields;
use crate::hpack;
use frame::{Code, Header, kind};
use limits::Limits;
pub use settings::Config;
use settings::Peer;
use streams::Streams;

/// What every connection of HTTP/2 begins with (RFC 9113 section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of request bodies that may be under way, of one and of all (RFC 9113 section 6.9.2).
pub const RECEIVE_WINDOW: u32 = 65_535;

/// Bytes that the protocol has to say and a peer does not take, at most.
const MOST_CONTROL: usize = 64 << 10;

/// Frames that one block of fields may come in.
const MOST_CONTINUATIONS: u32 = 16;

/// The last number that a stream can have.
const LAST: u32 = 0x7fff_ffff;

/// The word with which an end is asked whether it has heard that no more requests are taken.
const LEAVING: [u8; 8] = *b"leaving!";

/// The server's end of a connection. `T` is what whoever answers keeps with each request; it is dropped with the stream.
#[derive(Debug)]
pub struct Connection<T> {
    config: Config,
    /// Bytes of the preface that have come.
    preface: usize,
    has_settings: bool,
    peer: Peer,
    decoder: hpack::Decoder,
    /// A frame that has come in part.
    part: Vec<u8>,
    block: Option<Block>,
    streams: Streams<T>,
    /// The highest number that a client has used.
    last: u32,
    send_window: i64,
    receive_window: i64,
    leaving: Leaving,
    limits: Limits,
    control: Vec<u8>,
}

/// A block of fields of which more is to come.
#[derive(Debug)]
struct Block {
    header: Header,
    bytes: Vec<u8>,
    continuations: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    No,
    /// The peer was told, and what it sent before it heard is still answered.
    Announced,
    /// Streams above this one are not looked at.
    After(u32),
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request; its fields are where the caller said. [`Connection::open`] takes it, [`Connection::reset`] refuses it.
    Request {
        /// The stream.
        stream: u32,
        /// Whether it has no body.
        ends: bool,
    },
    /// A request whose fields are more than allowed: 431 says so.
    TooLarge {
        /// The stream.
        stream: u32,
        /// Whether it has no body.
        ends: bool,
    },
    /// A piece of a request's body.
    Body {
        /// The stream.
        stream: u32,
        /// The piece; [`Connection::release`] gives room for more.
        bytes: Bytes,
        /// Whether it is the last.
        ends: bool,
    },
    /// A stream is over before its time; its `T` is dropped.
    Gone {
        /// The stream.
        stream: u32,
    },
}

/// Who sends next, and how much may be sent.
#[derive(Debug)]
pub struct Next<'c, T> {
    /// The stream.
    pub stream: u32,
    /// Bytes that its peer takes, in frames of at most [`frame::LARGEST`].
    pub window: usize,
    /// Whether others want their turn after one frame.
    pub yields: bool,
    /// What whoever answers keeps with it.
    pub work: &'c mut T,
}

/// What becomes of a frame.
type Taken = Result<Option<Event>, Code>;

impl<T> Connection<T> {
    /// A connection of which nothing has come.
    pub fn new(config: Config) -> Self {
        let mut control = Vec::new();
        frame::write(kind::SETTINGS, 0, 0, &config.payload(), &mut control);
        Self {
            decoder: hpack::Decoder::new(config.max_table),
            config,
            preface: 0,
            has_settings: false,
            peer: Peer::default(),
            part: Vec::new(),
            block: None,
            streams: Streams::default(),
            last: 0,
            send_window: Peer::default().initial_window,
            receive_window: i64::from(RECEIVE_WINDOW),
            leaving: Leaving::No,
            limits: Limits::default(),
            control,
        }
    }

    /// Reads `input` up to the next event; fields of a request are put in the place of what is in `fields`. Without an
    /// event all of it is read.
    ///
    /// # Errors
    /// The connection is to end, and its peer is told why ([`Self::control`]).
    pub fn read(&mut self, input: &mut &[u8], fields: &mut Fields) -> Taken {
        let read = self.read_on(input, fields);
        let read = if self.control.len() > MOST_CONTROL { Err(Code::EnhanceYourCalm) } else { read };
        read.inspect_err(|code| self.fail(*code))
    }

    fn read_on(&mut self, input: &mut &[u8], fields: &mut Fields) -> Taken {
        let expected = &PREFACE[self.preface..];
        let length = expected.len().min(input.len());
        if input[..length] != expected[..length] {
            return Err(Code::ProtocolError);
        }
        self.preface += length;
        *input = &input[length..];
        while !input.is_empty() {
            let event = if self.part.is_empty() {
                let Some(header) = Header::read(input) else {
                    self.part.extend_from_slice(input);
                    break;
                };
                check(header)?;
                let whole = frame::HEADER + header.length;
                if input.len() < whole {
                    self.part.extend_from_slice(input);
                    break;
                }
                let (this, rest) = input.split_at(whole);
                *input = rest;
                self.take(header, &this[frame::HEADER..], fields)?
            } else {
                let Some(header) = self.fill_part(input)? else { break };
                let part = std::mem::take(&mut self.part);
                self.take(header, &part[frame::HEADER..], fields)?
            };
            if event.is_some() {
                return Ok(event);
            }
        }
        *input = &[];
        Ok(None)
    }

    /// Moves what belongs to the frame that has come in part; its header, when it is whole.
    fn fill_part(&mut self, input: &mut &[u8]) -> Result<Option<Header>, Code> {
        let mut fill = |part: &mut Vec<u8>, whole: usize| {
            let (more, rest) = input.split_at(whole.saturating_sub(part.len()).min(input.len()));
            part.extend_from_slice(more);
            *input = rest;
        };
        fill(&mut self.part, frame::HEADER);
        let Some(header) = Header::read(&self.part) else { return Ok(None) };
        check(header)?;
        let whole = frame::HEADER + header.length;
        fill(&mut self.part, whole);
        Ok((self.part.len() == whole).then_some(header))
    }
}

/// A frame that this end did not say it takes.
fn check(header: Header) -> Result<(), Code> {
    if header.length > frame::LARGEST { Err(Code::FrameSizeError) } else { Ok(()) }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
