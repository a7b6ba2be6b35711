//! A connection as the library sees it: first the bytes that the quick lane had read, then the socket; what is read
//! and written is noted.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;
use super::lane::Lane;
use super::transport::Transport;

/// A connection that notes its bytes.
#[derive(Debug)]
pub(super) struct Watched {
    lane: Lane,
    unread: Bytes,
    activity: Arc<Activity>,
}

impl Watched {
    /// The connection of `lane`, which has read these bytes already.
    pub(super) fn new(lane: Lane, unread: Bytes) -> Self {
        let activity = Arc::clone(&lane.activity);
        Self { lane, unread, activity }
    }

    /// Gives it back.
    pub(super) fn into_inner(self) -> (Lane, Bytes) {
        (self.lane, self.unread)
    }

    fn stream(&mut self) -> Pin<&mut Transport> {
        Pin::new(&mut self.lane.stream)
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.unread.has_remaining() {
            let length = this.unread.len().min(buffer.remaining());
            buffer.put_slice(&this.unread[..length]);
            this.unread.advance(length);
            if this.unread.is_empty() {
                // Not to hold its allocation.
                this.unread = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(this.stream().poll_read(cx, buffer))?;
        this.activity.note_read(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = this.stream().poll_write(cx, bytes);
        this.activity.note_write(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = this.stream().poll_write_vectored(cx, slices);
        this.activity.note_write(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.lane.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().poll_shutdown(cx)
    }
}
