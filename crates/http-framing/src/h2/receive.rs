//! What each frame of a client does to the connection.

use bytes::Bytes;

use super::frame::{self, Code, Header, flag, kind};
use super::settings::LARGEST_WINDOW;
use super::{Block, Connection, Event, LAST, LEAVING, Leaving, MOST_CONTINUATIONS, Taken, signed};
use crate::fields::{Decoded, Fields};
use crate::priority::Priority;
use crate::request::check_trailers;

impl<T> Connection<T> {
    pub(super) fn take(&mut self, header: Header, payload: &[u8], fields: &mut Fields) -> Taken {
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
            kind::PING | kind::GOAWAY if header.stream != 0 => Err(Code::ProtocolError),
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
        if !payload.len().is_multiple_of(6) || header.has(flag::ACK) && !payload.is_empty() {
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
        if header.stream.is_multiple_of(2) {
            return Err(Code::ProtocolError);
        }
        let mut payload = unpadded(header, payload)?;
        if header.has(flag::PRIORITY) {
            // Obsolete, and only skipped (RFC 9113 section 5.3.2).
            (_, payload) = payload.split_first_chunk::<5>().ok_or(Code::FrameSizeError)?;
        }
        if header.has(flag::END_HEADERS) {
            return self.head(header, payload, fields);
        }
        if payload.len() > self.most_block() {
            return Err(Code::EnhanceYourCalm);
        }
        self.block = Some(Block { header, bytes: payload.to_vec(), continuations: 0 });
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
            return self.trailers(stream, ends, fields);
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

    /// A second block ends the body; what it says is not needed, but has to be well-formed (RFC 9113 section 8.1).
    fn trailers(&mut self, id: u32, ends: bool, fields: &Fields) -> Taken {
        let Some(stream) = self.streams.by_id(id) else {
            // A reset of ours may have crossed it.
            self.limits.count_idle_frame()?;
            return Ok(None);
        };
        if stream.has_received_all {
            return self.fault(id, Code::StreamClosed);
        }
        if !ends || stream.announced.is_some_and(|left| left > 0) || check_trailers(fields).is_err() {
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
    pub(super) fn fault(&mut self, id: u32, code: Code) -> Taken {
        self.limits.count_reset()?;
        let was_open = self.streams.close(id).is_some();
        self.write_reset(id, code);
        Ok(was_open.then_some(Event::Gone { stream: id }))
    }
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
