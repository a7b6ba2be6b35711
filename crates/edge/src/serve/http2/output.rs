//! Bytes on their way to the socket, in the order in which they go: heads and headers of frames lie one behind the other in
//! one buffer, bodies as they are.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite as _;

use super::super::activity::Activity;
use super::super::transport::Transport;

/// Slices that one write has, at most; the kernel takes no more than 1024.
const SLICES: usize = 64;

/// A buffer this large is kept while a connection waits.
const KEPT: usize = 1024;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Heads, headers of frames, and words of the protocol.
    small: Vec<u8>,
    /// Bytes of it that are written, or stand in `parts`.
    written: usize,
    placed: usize,
    parts: VecDeque<Part>,
    /// Bytes of `parts` that are written of the first one.
    body_bytes: usize,
}

#[derive(Debug)]
enum Part {
    /// So many of the small bytes.
    Small(usize),
    Body(Bytes),
}

impl Output {
    /// Where a head is written.
    pub(super) fn head(&mut self) -> &mut Vec<u8> {
        &mut self.small
    }

    /// Where the header of a frame is written.
    pub(super) fn frame(&mut self) -> &mut Vec<u8> {
        &mut self.small
    }

    /// Takes what the protocol has to say.
    pub(super) fn control(&mut self, control: &mut Vec<u8>) {
        self.small.append(control);
        if control.capacity() > KEPT {
            *control = Vec::new();
        }
    }

    /// Bytes of a body, which go behind what was written so far.
    pub(super) fn body(&mut self, bytes: Bytes) {
        self.place();
        if !bytes.is_empty() {
            self.body_bytes += bytes.len();
            self.parts.push_back(Part::Body(bytes));
        }
    }

    /// Puts the small bytes that have no place yet behind what has one.
    fn place(&mut self) {
        let new = self.small.len() - self.placed;
        self.placed = self.small.len();
        match self.parts.back_mut() {
            Some(Part::Small(length)) => *length += new,
            _ if new > 0 => self.parts.push_back(Part::Small(new)),
            _ => {}
        }
    }

    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.heads() + self.body_bytes
    }

    /// Those that are no body.
    pub(super) fn heads(&self) -> usize {
        self.small.len() - self.written
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Holds as little as it can: the connection waits.
    pub(super) fn rest(&mut self) {
        if self.small.capacity() > KEPT {
            self.small = Vec::new();
            (self.written, self.placed) = (0, 0);
        }
        if self.parts.capacity() > SLICES {
            self.parts = VecDeque::new();
        }
    }

    /// Writes as much as the socket takes at once; 0 when there is nothing, and all of it has left the transport.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        transport: &mut Transport,
        activity: &Activity,
    ) -> Poll<io::Result<usize>> {
        self.place();
        if self.is_empty() {
            return Pin::new(transport).poll_flush(cx).map_ok(|()| 0);
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut small = &self.small[self.written..];
        let mut count = 0;
        for (slice, part) in slices.iter_mut().zip(&self.parts) {
            let bytes = match part {
                Part::Small(length) => {
                    let (these, rest) = small.split_at(*length);
                    small = rest;
                    these
                }
                Part::Body(bytes) => bytes,
            };
            *slice = IoSlice::new(bytes);
            count += 1;
        }
        let written = Pin::new(transport).poll_write_vectored(cx, &slices[..count]);
        activity.note_write(&written);
        written.map(|written| {
            let written = written?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.advance(written);
            Ok(written)
        })
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(part) = self.parts.front_mut() {
            match part {
                Part::Small(length) => {
                    let these = written.min(*length);
                    *length -= these;
                    self.written += these;
                    written -= these;
                    if *length > 0 {
                        break;
                    }
                }
                Part::Body(bytes) => {
                    let these = written.min(bytes.len());
                    bytes::Buf::advance(bytes, these);
                    self.body_bytes -= these;
                    written -= these;
                    if !bytes.is_empty() {
                        break;
                    }
                }
            }
            self.parts.pop_front();
        }
        if self.written == self.small.len() {
            self.small.clear();
            (self.written, self.placed) = (0, 0);
        }
    }
}
