//! One connection of HTTP/2, the server's end (RFC 9113, and RFC 9218 for what goes first).
//!
//! Pure: whoever has the socket gives it the bytes that came ([`Connection::read`]) and hears what they ask
//! ([`Event`]); takes what the protocol itself has to say ([`Connection::control`]); and asks which answer goes next and
//! how much of it ([`Connection::next`], [`Connection::sent`]). The bytes of answers never come here.
//!
//! # Invariants
//! - What a peer can make this end hold is bounded: half a frame ([`frame::LARGEST`]), half a block of fields and the table
//!   of fields ([`Config`]), what was not taken of what the protocol says (`MOST_CONTROL`), and per stream what `T` is.
//! - Bodies of requests: never more than [`RECEIVE_WINDOW`] for the whole connection.
//! - Who makes work and gets nothing done is told to be calm (`limits`).
//!
//! Deliberately absent: push, CONNECT, trailers of answers, and 1xx.

pub mod frame;
mod limits;
mod settings;
mod streams;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::fields::Fields;
use crate::hpack::{self, Decoded};
use crate::priority::Priority;
use frame::{Code, Header, flag, kind};
use limits::Limits;
pub use settings::Config;
use settings::{LARGEST_WINDOW, Peer};
use streams::{New, Stream, Streams};

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
    priority: usize,
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

    fn take(&mut self, header: Header, payload: &[u8], fields: &mut Fields) -> Taken {
        if !self.has_settings && (header.kind != kind::SETTINGS || header.has(flag::ACK)) {
            return Err(Code::ProtocolError);
        }
        if let Some(block) = &self.block
            && (header.kind != kind::CONTINUATION || header.stream != block.header.stream)
        {
            return Err(Code::ProtocolError);
        }
        match header.kind {
            kind::DATA => self.data(header, payload),
            kind::HEADERS => self.headers(header, payload, fields),
            kind::CONTINUATION => self.continuation(header, payload, fields),
            kind::PUSH_PROMISE => Err(Code::ProtocolError),
            kind::RST_STREAM => self.rst_stream(header, payload),
            kind::WINDOW_UPDATE => self.window_update(header, payload),
            _ => {
                self.limits.count_idle_frame()?;
                self.about_connection(header, payload).map(|()| None)
            }
        }
    }

    /// Frames after which no answer is another.
    fn about_connection(&mut self, header: Header, payload: &[u8]) -> Result<(), Code> {
        match header.kind {
            kind::SETTINGS => self.settings(header, payload),
            kind::PING if header.stream != 0 => Err(Code::ProtocolError),
            kind::PING if payload.len() != 8 => Err(Code::FrameSizeError),
            kind::PING if !header.has(flag::ACK) => {
                frame::write(kind::PING, flag::ACK, 0, payload, &mut self.control);
                Ok(())
            }
            kind::PING => {
                if payload == LEAVING && self.leaving == Leaving::Announced {
                    self.leave_now();
                }
                Ok(())
            }
            kind::GOAWAY if header.stream != 0 => Err(Code::ProtocolError),
            kind::PRIORITY if header.stream == 0 => Err(Code::ProtocolError),
            kind::PRIORITY_UPDATE => self.priority_update(header, payload),
            // Unknown ones, and what a client says when it leaves: its requests are answered.
            _ => Ok(()),
        }
    }

    fn settings(&mut self, header: Header, payload: &[u8]) -> Result<(), Code> {
        if header.stream != 0 {
            return Err(Code::ProtocolError);
        }
        if payload.len() % 6 != 0 || header.has(flag::ACK) && !payload.is_empty() {
            return Err(Code::FrameSizeError);
        }
        if header.has(flag::ACK) {
            return Ok(());
        }
        self.has_settings = true;
        let before = self.peer.initial_window;
        self.peer.read(payload)?;
        let change = self.peer.initial_window - before;
        for stream in self.streams.iter_mut() {
            stream.send_window += change;
            if stream.send_window > LARGEST_WINDOW {
                return Err(Code::FlowControlError);
            }
        }
        frame::write(kind::SETTINGS, flag::ACK, 0, &[], &mut self.control);
        Ok(())
    }

    fn priority_update(&mut self, header: Header, payload: &[u8]) -> Result<(), Code> {
        let Some((id, value)) = payload.split_first_chunk::<4>() else { return Err(Code::FrameSizeError) };
        let id = u32::from_be_bytes(*id) & LAST;
        if header.stream != 0 || id == 0 {
            return Err(Code::ProtocolError);
        }
        // What is said of a stream before it is there is forgotten: its own field says it again.
        if let Some(stream) = self.streams.by_id(id) {
            stream.priority = Priority::parse(value);
            stream.is_prioritised = true;
        }
        Ok(())
    }

    fn headers(&mut self, header: Header, payload: &[u8], fields: &mut Fields) -> Taken {
        if header.stream % 2 == 0 {
            return Err(Code::ProtocolError);
        }
        let mut payload = unpadded(header, payload)?;
        let mut priority = 0;
        if header.has(flag::PRIORITY) {
            let (obsolete, rest) = payload.split_first_chunk::<5>().ok_or(Code::FrameSizeError)?;
            if u32::from_be_bytes([obsolete[0], obsolete[1], obsolete[2], obsolete[3]]) & LAST
                == header.stream
            {
                return Err(Code::ProtocolError);
            }
            (payload, priority) = (rest, 5);
        }
        if header.has(flag::END_HEADERS) {
            return self.head(header, payload, fields);
        }
        if payload.len() > self.most_block() {
            return Err(Code::EnhanceYourCalm);
        }
        self.block = Some(Block { header, priority, bytes: payload.to_vec(), continuations: 0 });
        Ok(None)
    }

    fn continuation(&mut self, header: Header, payload: &[u8], fields: &mut Fields) -> Taken {
        let most = self.most_block();
        let Some(block) = &mut self.block else { return Err(Code::ProtocolError) };
        block.continuations += 1;
        if block.continuations > MOST_CONTINUATIONS || block.bytes.len() + payload.len() > most {
            return Err(Code::EnhanceYourCalm);
        }
        block.bytes.extend_from_slice(payload);
        if !header.has(flag::END_HEADERS) {
            return Ok(None);
        }
        match self.block.take() {
            Some(Block { header, bytes, .. }) => self.head(header, &bytes, fields),
            None => Err(Code::ProtocolError),
        }
    }

    /// Compressed fields take no more than twice their own bytes; what is far beyond the bound is not even kept.
    fn most_block(&self) -> usize {
        self.config.max_head.saturating_mul(2).max(frame::LARGEST)
    }

    /// A whole block of fields.
    fn head(&mut self, header: Header, block: &[u8], fields: &mut Fields) -> Taken {
        fields.clear();
        // Whatever becomes of them: the table has to follow.
        let decoded = self.decoder.decode(block, self.config.max_head, fields);
        let decoded = decoded.map_err(|_| Code::CompressionError)?;
        let (stream, ends) = (header.stream, header.has(flag::END_STREAM));
        if stream <= self.last {
            return self.trailers(stream, ends);
        }
        if matches!(self.leaving, Leaving::After(last) if stream > last) {
            return Ok(None);
        }
        self.last = stream;
        self.limits.request();
        if self.streams.len() >= self.config.max_streams as usize {
            return self.fault(stream, Code::RefusedStream);
        }
        Ok(Some(match decoded {
            Decoded::Whole => Event::Request { stream, ends },
            Decoded::TooLarge => Event::TooLarge { stream, ends },
        }))
    }

    /// A second block ends the body; what it says is not needed (RFC 9113 section 8.1).
    fn trailers(&mut self, id: u32, ends: bool) -> Taken {
        let Some(stream) = self.streams.by_id(id) else {
            // A reset of ours may have crossed it.
            self.limits.count_idle_frame()?;
            return Ok(None);
        };
        if stream.has_received_all {
            return self.fault(id, Code::StreamClosed);
        }
        if !ends || stream.announced.is_some_and(|left| left > 0) {
            return self.fault(id, Code::ProtocolError);
        }
        stream.has_received_all = true;
        Ok(Some(Event::Body { stream: id, bytes: Bytes::new(), ends: true }))
    }

    fn data(&mut self, header: Header, payload: &[u8]) -> Taken {
        let id = header.stream;
        if id == 0 || id > self.last {
            return Err(Code::ProtocolError);
        }
        let length = payload.len();
        self.receive_window -= signed(length);
        if self.receive_window < 0 {
            return Err(Code::FlowControlError);
        }
        let body = unpadded(header, payload)?;
        let ends = header.has(flag::END_STREAM);
        if !ends {
            self.limits.count_piece(body.len())?;
        }
        let Some(stream) = self.streams.by_id(id) else {
            self.limits.count_idle_frame()?;
            self.release_connection(length);
            return Ok(None);
        };
        stream.receive_window -= signed(length);
        let exceeds = stream.receive_window < 0;
        let is_over = stream.has_received_all;
        let left = stream.announced.map(|announced| announced.checked_sub(body.len() as u64));
        let is_as_announced = left.is_none_or(|left| left.is_some_and(|left| !ends || left == 0));
        stream.announced = left.flatten();
        stream.has_received_all |= ends;
        if exceeds || is_over || !is_as_announced {
            self.release_connection(length);
            let code = match (is_over, exceeds) {
                (true, _) => Code::StreamClosed,
                (_, true) => Code::FlowControlError,
                _ => Code::ProtocolError,
            };
            return self.fault(id, code);
        }
        // Nobody reads padding.
        self.release(id, length - body.len());
        if body.is_empty() && !ends {
            return Ok(None);
        }
        Ok(Some(Event::Body { stream: id, bytes: Bytes::copy_from_slice(body), ends }))
    }

    fn rst_stream(&mut self, header: Header, payload: &[u8]) -> Taken {
        if payload.len() != 4 {
            return Err(Code::FrameSizeError);
        }
        if header.stream == 0 || header.stream > self.last {
            return Err(Code::ProtocolError);
        }
        self.limits.count_idle_frame()?;
        if self.streams.close(header.stream).is_none() {
            return Ok(None);
        }
        self.limits.count_reset()?;
        Ok(Some(Event::Gone { stream: header.stream }))
    }

    fn window_update(&mut self, header: Header, payload: &[u8]) -> Taken {
        let more = <[u8; 4]>::try_from(payload).map_err(|_| Code::FrameSizeError)?;
        let more = i64::from(u32::from_be_bytes(more) & LAST);
        self.limits.count_idle_frame()?;
        let id = header.stream;
        if id == 0 {
            self.send_window += more;
            if more == 0 {
                return Err(Code::ProtocolError);
            }
            if self.send_window > LARGEST_WINDOW {
                return Err(Code::FlowControlError);
            }
            return Ok(None);
        }
        if id > self.last {
            return Err(Code::ProtocolError);
        }
        let Some(stream) = self.streams.by_id(id) else { return Ok(None) };
        stream.send_window += more;
        if more == 0 {
            return self.fault(id, Code::ProtocolError);
        }
        if stream.send_window > LARGEST_WINDOW {
            return self.fault(id, Code::FlowControlError);
        }
        Ok(None)
    }

    /// Ends a stream because of what its peer did.
    fn fault(&mut self, id: u32, code: Code) -> Taken {
        self.limits.count_reset()?;
        let was_open = self.streams.close(id).is_some();
        self.write_reset(id, code);
        Ok(was_open.then_some(Event::Gone { stream: id }))
    }
}

/// For whoever answers.
impl<T> Connection<T> {
    /// Takes the request of a [`Event::Request`] or [`Event::TooLarge`]. `announced` is its `content-length`; `priority`
    /// what its field of that name says.
    pub fn open(
        &mut self,
        stream: u32,
        ends: bool,
        announced: Option<u64>,
        priority: Option<Priority>,
        work: T,
    ) {
        self.streams.open(New {
            id: stream,
            send_window: self.peer.initial_window,
            receive_window: i64::from(RECEIVE_WINDOW),
            has_received_all: ends,
            announced,
            priority,
            work,
        });
    }

    /// What is kept with a stream; `None` when it is gone.
    pub fn work(&mut self, stream: u32) -> Option<&mut T> {
        self.streams.by_id(stream).map(|stream| &mut stream.work)
    }

    /// How urgent it is by what the edge knows of it; a client's own word holds before that.
    pub fn suggest_urgency(&mut self, stream: u32, urgency: u8) {
        if let Some(stream) = self.streams.by_id(stream).filter(|stream| !stream.is_prioritised) {
            stream.priority.urgency = urgency;
        }
    }

    /// There is, or is not, something to send on a stream.
    pub fn set_wants(&mut self, stream: u32, wants: bool) {
        if let Some(stream) = self.streams.by_id(stream) {
            stream.wants = wants;
        }
    }

    /// Looks at what is kept with each stream.
    pub fn each_work(&mut self, mut each: impl FnMut(u32, &mut T, &mut bool)) {
        for Stream { id, work, wants, .. } in self.streams.iter_mut() {
            each(*id, work, wants);
        }
    }

    /// Writes the head of an answer, whose compressed fields are `block`. A stream whose answer has no body is over.
    pub fn write_head(&mut self, stream: u32, block: &[u8], ends: bool, output: &mut Vec<u8>) {
        let end_stream = if ends { flag::END_STREAM } else { 0 };
        let (mut kind, mut flags, mut rest) = (kind::HEADERS, end_stream, block);
        loop {
            let (this, after) = rest.split_at(rest.len().min(self.peer.max_frame));
            if after.is_empty() {
                flags |= flag::END_HEADERS;
            }
            frame::write(kind, flags, stream, this, output);
            if after.is_empty() {
                break;
            }
            (kind, flags, rest) = (kind::CONTINUATION, 0, after);
        }
        if ends {
            self.end(stream);
        }
    }

    /// Whose bytes go next; `None` when nobody has some that the peer takes.
    pub fn next(&mut self) -> Option<Next<'_, T>> {
        if self.send_window <= 0 {
            return None;
        }
        let stream = self.streams.next()?;
        let window = stream.send_window.min(self.send_window);
        Some(Next {
            stream: stream.id,
            window: usize::try_from(window).unwrap_or(0),
            yields: stream.priority.incremental,
            work: &mut stream.work,
        })
    }

    /// Writes the header of a frame with `length` bytes of an answer's body, which follow it: no more than
    /// [`frame::LARGEST`] nor than the window.
    pub fn sent(&mut self, stream: u32, length: usize, ends: bool, output: &mut Vec<u8>) {
        let flags = if ends { flag::END_STREAM } else { 0 };
        Header { length, kind: kind::DATA, flags, stream }.write(output);
        self.send_window -= signed(length);
        self.limits.sent();
        if ends {
            self.end(stream);
        } else if let Some(stream) = self.streams.by_id(stream) {
            stream.send_window -= signed(length);
        }
    }

    /// The answer is whole. A body that still comes is not wanted (RFC 9113 section 8.1).
    fn end(&mut self, id: u32) {
        self.limits.answered();
        if self.streams.close(id).is_some_and(|stream| !stream.has_received_all) {
            // Behind the answer's last frame, for it is taken with the next control.
            self.write_reset(id, Code::NoError);
        }
    }

    /// Ends a stream, or refuses it.
    pub fn reset(&mut self, stream: u32, code: Code) {
        self.streams.close(stream);
        self.write_reset(stream, code);
    }

    /// The same for a request that is malformed: its sender has so many and no more.
    ///
    /// # Errors
    /// It had them: the connection is to end.
    pub fn refuse(&mut self, stream: u32, code: Code) -> Result<(), Code> {
        self.fault(stream, code).map(drop).inspect_err(|code| self.fail(*code))
    }

    /// So many bytes of a request's body are read: as many more may come.
    pub fn release(&mut self, stream: u32, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.release_connection(bytes);
        let Some(stream) = self.streams.by_id(stream).filter(|stream| !stream.has_received_all) else {
            return;
        };
        stream.receive_window += signed(bytes);
        let id = stream.id;
        self.write_window(id, bytes);
    }

    fn release_connection(&mut self, bytes: usize) {
        self.receive_window += signed(bytes);
        self.write_window(0, bytes);
    }

    fn write_window(&mut self, id: u32, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
        frame::write(kind::WINDOW_UPDATE, 0, id, &bytes, &mut self.control);
    }

    fn write_reset(&mut self, id: u32, code: Code) {
        frame::write(kind::RST_STREAM, 0, id, &(code as u32).to_be_bytes(), &mut self.control);
    }

    /// Tells the peer to make no more requests. Those that are under way are answered.
    pub fn leave(&mut self) {
        if self.leaving == Leaving::No {
            self.leaving = Leaving::Announced;
            self.write_goaway(LAST, Code::NoError);
            frame::write(kind::PING, 0, 0, &LEAVING, &mut self.control);
        }
    }

    fn leave_now(&mut self) {
        self.leaving = Leaving::After(self.last);
        self.write_goaway(self.last, Code::NoError);
    }

    /// Ends the connection because of a fault.
    fn fail(&mut self, code: Code) {
        self.leaving = Leaving::After(self.last);
        self.write_goaway(self.last, code);
    }

    fn write_goaway(&mut self, last: u32, code: Code) {
        let payload = [last.to_be_bytes(), (code as u32).to_be_bytes()].concat();
        frame::write(kind::GOAWAY, 0, 0, &payload, &mut self.control);
    }

    /// What the protocol has to say, which goes before everything else that is not written yet. Whoever takes it empties it.
    pub fn control(&mut self) -> &mut Vec<u8> {
        &mut self.control
    }

    /// Streams that are open.
    pub fn open_streams(&self) -> usize {
        self.streams.len()
    }

    /// Whether nothing is open and the peer has heard that no more is taken.
    pub fn is_over(&self) -> bool {
        matches!(self.leaving, Leaving::After(_)) && self.streams.len() == 0
    }

    /// Whether nothing is open and nothing has begun to come: the connection may be ended without harm.
    pub fn is_idle(&self) -> bool {
        self.streams.len() == 0 && self.part.is_empty() && self.block.is_none()
    }
}

/// A frame that this end did not say it takes.
fn check(header: Header) -> Result<(), Code> {
    if header.length > frame::LARGEST { Err(Code::FrameSizeError) } else { Ok(()) }
}

/// The payload without its padding (RFC 9113 section 6.1).
fn unpadded(header: Header, payload: &[u8]) -> Result<&[u8], Code> {
    if !header.has(flag::PADDED) {
        return Ok(payload);
    }
    let (padding, rest) = payload.split_first().ok_or(Code::FrameSizeError)?;
    let length = rest.len().checked_sub(usize::from(*padding)).ok_or(Code::ProtocolError)?;
    Ok(&rest[..length])
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
