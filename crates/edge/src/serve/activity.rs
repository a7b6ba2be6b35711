//! What a connection is doing, as the watchdog sees it: bytes in, bytes out, requests.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::Poll;

use http::Version;

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
    /// A proxy is to say whose connection it is, or a handshake to be made, before the first request.
    unopened: AtomicBool,
    /// The library serves one request after the other.
    by_library: AtomicBool,
    /// It ends the connection too.
    kept_in_library: AtomicBool,
    phase: AtomicU8,
}

/// A request is being read or answered, as far as the quick lane knows.
const BUSY: u8 = 0;
/// The quick lane waits for a request, and nothing is lost when the connection is ended.
const PARKED: u8 = 1;
/// The connection is to end before it waits again.
const ENDING: u8 = 2;

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
    /// Bytes came in since the last request, and they are no whole request yet; or a proxy is to say whose connection
    /// it is.
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
        let has_begun = self.read.load(Relaxed) > self.read_at_request.load(Relaxed);
        let head_begun = self.unopened.load(Relaxed) || has_begun && !self.multiplexed.load(Relaxed);
        Sample {
            written: self.written.load(Relaxed),
            blocked: self.blocked.load(Relaxed) || self.in_flight.load(Relaxed) > self.waiting.load(Relaxed),
            requests: self.requests.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            head_begun,
        }
    }
}

/// For the quick lane, which is alone with the connection: what is counted needs no read-modify-write.
impl Activity {
    /// Waits for a request from now on; false when the connection is to end instead.
    pub(super) fn park(&self) -> bool {
        self.phase.compare_exchange(BUSY, PARKED, Relaxed, Relaxed) != Err(ENDING)
    }

    /// Has something to read; false when the connection is being ended.
    pub(super) fn unpark(&self) -> bool {
        self.phase.compare_exchange(PARKED, BUSY, Relaxed, Relaxed) != Err(ENDING)
    }

    /// Notes that the connection is to end; true when that may be at once.
    pub(super) fn end_when_idle(&self) -> bool {
        let waits = self.phase.swap(ENDING, Relaxed) == PARKED;
        waits || self.by_library.load(Relaxed) && self.in_flight.load(Relaxed) == 0
    }

    /// What stands before the first request, a proxy's word or a handshake, is to come as soon as if a head had begun;
    /// or it has come.
    pub(super) fn wait_for_opening(&self, waits: bool) {
        self.unopened.store(waits, Relaxed);
    }

    pub(super) fn note_read(&self, bytes: usize) {
        self.read.store(self.read.load(Relaxed) + bytes as u64, Relaxed);
    }

    pub(super) fn begin_quick(&self) {
        self.requests.store(self.requests.load(Relaxed) + 1, Relaxed);
        self.in_flight.store(1, Relaxed);
    }

    pub(super) fn end_quick(&self) {
        self.read_at_request.store(self.read.load(Relaxed), Relaxed);
        self.in_flight.store(0, Relaxed);
    }

    pub(super) fn note_write(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.written.store(self.written.load(Relaxed) + *bytes as u64, Relaxed);
                self.blocked.store(false, Relaxed);
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.blocked.store(true, Relaxed),
        }
    }

    /// The connection carries several requests at a time, so that bytes say nothing about a head.
    pub(super) fn begin_multiplexed(&self) {
        self.multiplexed.store(true, Relaxed);
        self.wait_for_opening(false);
    }

    /// Bytes were handed over to be sent, in a connection that carries several requests at a time.
    pub(super) fn note_sent(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Relaxed);
    }

    /// Requests begun so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// The connection ends where it is.
    pub(super) fn keep_in_library(&self) {
        self.kept_in_library.store(true, Relaxed);
    }

    /// Whether every request is answered, every byte taken, and another request may come.
    pub(super) fn is_idle(&self) -> bool {
        !self.kept_in_library.load(Relaxed)
            && self.in_flight.load(Relaxed) == 0
            && !self.blocked.load(Relaxed)
    }

    pub(super) fn enter_library(&self) {
        self.by_library.store(true, Relaxed);
    }

    pub(super) fn leave_library(&self) {
        self.by_library.store(false, Relaxed);
    }
}

impl InFlight {
    pub(super) fn begin(activity: &Arc<Activity>, version: Version) -> Self {
        activity.waiting.fetch_add(1, Relaxed);
        activity.in_flight.fetch_add(1, Relaxed);
        activity.requests.fetch_add(1, Relaxed);
        activity.read_at_request.store(activity.read.load(Relaxed), Relaxed);
        if version >= Version::HTTP_2 {
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
