//! What a connection is doing, as the watchdog sees it: bytes in, bytes out, requests.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use http::Version;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Counters of one connection. They only say what happened; the watchdog decides what it means.
#[derive(Debug, Default)]
pub(super) struct Activity {
    read: AtomicU64,
    written: AtomicU64,
    blocked: AtomicBool,
    requests: AtomicU64,
    in_flight: AtomicU32,
    /// How many of those wait for the edge, and not for the viewer.
    waiting: AtomicU32,
    read_at_request: AtomicU64,
    multiplexed: AtomicBool,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sample {
    /// Bytes written to the socket so far.
    pub written: u64,
    /// Whether bytes are there that the viewer does not take: the socket is full, or the HTTP/2 window is
    /// closed, so that nobody asks for the rest of a body.
    pub blocked: bool,
    /// Requests begun so far.
    pub requests: u64,
    /// Requests that are being answered.
    pub in_flight: u32,
    /// Bytes came in since the last request, and they are no whole request yet.
    pub head_begun: bool,
}

/// One request that is being answered; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct InFlight {
    activity: Arc<Activity>,
    waits: bool,
}

impl Activity {
    pub(super) fn sample(&self) -> Sample {
        let head_begun =
            !self.multiplexed.load(Relaxed) && self.read.load(Relaxed) > self.read_at_request.load(Relaxed);
        Sample {
            written: self.written.load(Relaxed),
            blocked: self.blocked.load(Relaxed) || self.in_flight.load(Relaxed) > self.waiting.load(Relaxed),
            requests: self.requests.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            head_begun,
        }
    }
}

impl InFlight {
    pub(super) fn begin(activity: &Arc<Activity>, version: Version) -> Self {
        activity.waiting.fetch_add(1, Relaxed);
        activity.in_flight.fetch_add(1, Relaxed);
        activity.requests.fetch_add(1, Relaxed);
        activity.read_at_request.store(activity.read.load(Relaxed), Relaxed);
        if version == Version::HTTP_2 {
            // Frames come in at any time here, and the protocol has its own ping.
            activity.multiplexed.store(true, Relaxed);
        }
        Self { activity: Arc::clone(activity), waits: true }
    }

    /// Notes whether there is nothing to send for now. At first there is not.
    pub(crate) fn waits(&mut self, waits: bool) {
        if waits && !self.waits {
            self.activity.waiting.fetch_add(1, Relaxed);
        } else if self.waits && !waits {
            self.activity.waiting.fetch_sub(1, Relaxed);
        }
        self.waits = waits;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        // What came in meanwhile was the request's body, if it had one. The beginning of a next head that a
        // client sent too early counts as idle.
        self.activity.read_at_request.store(self.activity.read.load(Relaxed), Relaxed);
        self.activity.in_flight.fetch_sub(1, Relaxed);
        self.waits(false);
    }
}

/// A connection that notes its bytes.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }

    fn note_write(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) => {
                self.activity.written.fetch_add(*bytes as u64, Relaxed);
                self.activity.blocked.store(false, Relaxed);
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.activity.blocked.store(true, Relaxed),
        }
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        this.activity.read.fetch_add((buffer.filled().len() - before) as u64, Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.note_write(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.note_write(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_is_waited_for_only_while_there_is_something_to_take() {
        let activity = Arc::new(Activity::default());
        let (mut first, second) = (begin(&activity), begin(&activity));
        assert!(!activity.sample().blocked, "both wait for the edge");
        first.waits(false);
        first.waits(false);
        assert!(activity.sample().blocked);
        first.waits(true);
        assert!(!activity.sample().blocked);
        drop(first);
        drop(second);
        assert_eq!(activity.sample(), Sample { requests: 2, ..Sample::default() });
    }

    fn begin(activity: &Arc<Activity>) -> InFlight {
        InFlight::begin(activity, Version::HTTP_11)
    }
}
