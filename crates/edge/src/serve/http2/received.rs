//! The body of a request: pieces as they come, given to whoever reads it, and the word that so many were read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;
use tokio::sync::mpsc;

/// So many bytes of a stream's body were read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) stream: u32,
    pub(super) bytes: usize,
}

/// The body, for whoever reads it. What waits is bounded by the protocol's window.
#[derive(Debug)]
pub(super) struct Received {
    stream: u32,
    pieces: Option<mpsc::UnboundedReceiver<Piece>>,
    has_read: mpsc::UnboundedSender<Read>,
}

/// The body, for whoever gets it from the viewer.
#[derive(Debug)]
pub(super) struct Feed(mpsc::UnboundedSender<Piece>);

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    /// It ended as it should.
    End,
}

impl Received {
    /// Both ends; the second is `None` where there is no body.
    pub(super) fn new(
        stream: u32,
        is_empty: bool,
        has_read: &mpsc::UnboundedSender<Read>,
    ) -> (Self, Option<Feed>) {
        let has_read = has_read.clone();
        if is_empty {
            return (Self { stream, pieces: None, has_read }, None);
        }
        let (feed, pieces) = mpsc::unbounded_channel();
        (Self { stream, pieces: Some(pieces), has_read }, Some(Feed(feed)))
    }
}

impl Feed {
    /// Gives a piece, and perhaps the end; false where nobody reads it.
    pub(super) fn give(&self, bytes: Bytes, ends: bool) -> bool {
        let is_read = bytes.is_empty() || self.0.send(Piece::Bytes(bytes)).is_ok();
        if ends {
            // Whoever does not read it needs no end.
            let _unread = self.0.send(Piece::End);
        }
        is_read
    }
}

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let Some(pieces) = &mut this.pieces else { return Poll::Ready(None) };
        Poll::Ready(match ready!(pieces.poll_recv(cx)) {
            Some(Piece::Bytes(bytes)) => {
                // A connection that is gone takes no more anyway.
                let _gone = this.has_read.send(Read { stream: this.stream, bytes: bytes.len() });
                Some(Ok(Frame::data(bytes)))
            }
            Some(Piece::End) => {
                this.pieces = None;
                None
            }
            // The viewer left before the end.
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_none()
    }
}
