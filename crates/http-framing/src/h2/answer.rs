//! What whoever answers does to the connection: takes requests, and sends heads and bodies as far as the peer takes them.

use super::frame::{self, Code, Header, flag, kind};
use super::streams::{New, Stream};
use super::{Connection, LAST, LEAVING, Leaving, Next, RECEIVE_WINDOW, signed};
use crate::priority::Priority;

impl<T> Connection<T> {
    /// Takes the request of a [`Event::Request`](super::Event::Request) or [`Event::TooLarge`](super::Event::TooLarge). `announced` is its `content-length`; `priority`
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
    pub fn next_to_send(&mut self) -> Option<Next<'_, T>> {
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

    pub(super) fn release_connection(&mut self, bytes: usize) {
        self.receive_window += signed(bytes);
        self.write_window(0, bytes);
    }

    fn write_window(&mut self, id: u32, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
        frame::write(kind::WINDOW_UPDATE, 0, id, &bytes, &mut self.control);
    }

    pub(super) fn write_reset(&mut self, id: u32, code: Code) {
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

    pub(super) fn leave_now(&mut self) {
        self.leaving = Leaving::After(self.last);
        self.write_goaway(self.last, Code::NoError);
    }

    /// Ends the connection because of a fault.
    pub(super) fn fail(&mut self, code: Code) {
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
