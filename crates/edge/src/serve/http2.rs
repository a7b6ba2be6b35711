//! A viewer's connection over HTTP/2: `http_framing::h2` says what the bytes mean and who sends next; here are the socket, the
//! answers and their bytes.
//!
//! One task serves a connection. Plain requests are answered on the spot (`quick`); each other one is a future of this
//! task until its head is there, and its body is read when its turn comes and the viewer takes more. Heads, and headers of
//! frames, are written one behind the other; bodies go from the cache to the socket as they are.
//!
//! # Invariants
//! - No more than [`MOST_AHEAD`] bytes of answers wait for the socket, and one frame; behind a closed window, none.
//! - What is answered is dropped with its stream: a viewer who cancels stops the work.
//! - A body that fails ends with a reset, never as if it were whole.

mod head;
mod output;
mod received;
mod work;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;
use http::{Method, Response, Version};
use http_framing::h2::frame::{Code, LARGEST};
use http_framing::h2::{Config, Connection, Event};
use http_framing::priority::Priority;
use http_framing::request::RequestHead;
use segment_cache::object::Form;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};
use tokio::sync::mpsc;

use super::activity::InFlight;
use super::connection::Requests;
use super::head as requested;
use super::quick::{Hit, Quick, write_age};
use super::transport::Transport;
use crate::body::Body;
use crate::config::Viewers;
use crate::refusal::Refusal;
use crate::route;
use head::Scratch;
use output::Output;
use received::{Read, Received};
use work::{Piece, Work};

/// Bytes of answers that are on their way to the socket, at most; the next frame is made when there are fewer.
const MOST_AHEAD: usize = 128 << 10;

/// Bytes of heads and words of the protocol that wait; a peer that takes none is not read from any more.
const MOST_HEADS: usize = 256 << 10;

/// Bytes of the table of fields that a viewer may have us keep (RFC 7541 section 4.2): the default of the protocol.
const TABLE: usize = 4096;

/// Bytes that are read at a time.
const READ_AT_ONCE: usize = 16 << 10;

/// Turns after which others are let do something: each writes [`MOST_AHEAD`] bytes at most, so nobody waits for more than
/// four times that of each connection that is before them.
const TURNS: usize = 4;

/// What is still read of a peer that was given up, and how long: bytes that nobody read would make the system take back what
/// was told (RFC 9112 section 9.6).
const LINGER_BYTES: usize = 1 << 20;
const LINGER: Duration = Duration::from_secs(1);

/// A request whose answer is being made: the stream, and the head when it is there.
type Answering = Pin<Box<dyn Future<Output = (u32, Response<Body>)> + Send>>;

/// A connection.
struct Serving {
    requests: Requests,
    transport: Transport,
    quick: Quick,
    http2: Connection<Work>,
    output: Output,
    /// Streams whose requests came just now, and go the long way.
    asked: Vec<u32>,
    /// Requests whose answers are being made.
    answering: FuturesUnordered<Abortable<Answering>>,
    /// What was read of bodies of requests.
    read: mpsc::UnboundedReceiver<Read>,
    /// For those who read them.
    has_read: mpsc::UnboundedSender<Read>,
    /// The peer has said all, or we have.
    is_ending: bool,
}

/// Serves a connection to its end. `unread` has been read of it already.
pub(super) async fn serve(
    requests: Requests,
    transport: Transport,
    quick: Quick,
    unread: Bytes,
    viewers: &Viewers,
) {
    let config =
        Config { max_streams: viewers.max_streams, max_head: viewers.max_head.in_memory(), max_table: TABLE };
    let (has_read, read) = mpsc::unbounded_channel();
    let mut draining = requests.draining.subscribe();
    requests.activity.begin_multiplexed();
    let mut serving = Serving {
        quick: quick.with_form(Form::Http2),
        requests,
        transport,
        http2: Connection::new(config),
        output: Output::default(),
        asked: Vec::new(),
        answering: FuturesUnordered::new(),
        read,
        has_read,
        is_ending: false,
    };
    // SETTINGS are the first frame, also where the first requests have come already (RFC 9113 section 3.4).
    serving.output.control(serving.http2.control());
    serving.take_in(&unread);
    drop(unread);
    let mut leaving = false;
    let ended = loop {
        tokio::select! {
            biased;
            ended = poll_fn(|cx| serving.poll(cx)) => break ended,
            // The sender lives as long as the server: an error means no less that it is over.
            _ = draining.wait_for(|draining| *draining), if !leaving => {
                leaving = true;
                serving.http2.leave();
            }
        }
    };
    match ended {
        Err(error) => tracing::debug!(error = %error.kind(), "a connection ended"),
        Ok(()) if serving.is_ending => {
            let Serving { transport, .. } = serving;
            // Either way it is over.
            let _over = tokio::time::timeout(LINGER, linger(transport)).await;
        }
        Ok(()) => {}
    }
}

/// Lets a peer read why it was given up.
async fn linger(mut transport: Transport) {
    let mut buffer = [0; 4096];
    let mut left = LINGER_BYTES;
    while left > 0 {
        match transport.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => left = left.saturating_sub(read),
        }
    }
}

impl Serving {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Whatever woke this task may be what a body waited for.
        self.http2.each_work(|_, work, wants| *wants |= work.may_have_more());
        for _ in 0..TURNS {
            let mut has_moved = self.take_notices(cx);
            self.fill(cx);
            has_moved |= self.poll_write(cx)?;
            if (self.is_ending || self.http2.is_over()) && self.output.is_empty() {
                return self.poll_close(cx);
            }
            if !self.is_ending && self.output.heads() < MOST_HEADS {
                match self.poll_read(cx) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
                    Poll::Ready(read) => has_moved |= read? > 0,
                    Poll::Pending => {}
                }
            }
            if !has_moved {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Says goodbye as TLS has it; a peer that does not listen is left.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        use tokio::io::AsyncWrite as _;
        let _closed = ready!(Pin::new(&mut self.transport).poll_shutdown(cx));
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = [std::mem::MaybeUninit::uninit(); READ_AT_ONCE];
        let mut read = ReadBuf::uninit(&mut buffer);
        ready!(Pin::new(&mut self.transport).poll_read(cx, &mut read))?;
        self.requests.activity.note_read(read.filled().len());
        self.take_in(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        self.output.control(self.http2.control());
        let mut has_moved = false;
        while let Poll::Ready(written) =
            self.output.poll_write(cx, &mut self.transport, &self.requests.activity)
        {
            if written? == 0 {
                break;
            }
            has_moved = true;
        }
        Ok(has_moved)
    }

    /// Takes what came.
    fn take_in(&mut self, mut bytes: &[u8]) {
        head::with_scratch(|scratch| {
            while !self.is_ending {
                match self.http2.read(&mut bytes, &mut scratch.fields) {
                    Ok(Some(event)) => self.take_event(event, scratch),
                    Ok(None) => break,
                    // Its peer is told, and what is under way is given up.
                    Err(code) => {
                        tracing::debug!(?code, "a connection over HTTP/2 is given up");
                        self.is_ending = true;
                    }
                }
            }
        });
    }

    fn take_event(&mut self, event: Event, scratch: &mut Scratch) {
        match event {
            Event::Request { stream, ends } => self.request(stream, ends, scratch),
            Event::TooLarge { stream, ends } => {
                self.http2.open(stream, ends, None, None, Work::Over);
                let core = self.requests.live.core();
                self.answer(stream, route::refused(&core, &Method::GET, Refusal::HeadTooLarge));
            }
            Event::Body { stream, bytes, ends } => {
                let length = bytes.len();
                let is_taken = self.http2.work(stream).is_some_and(|work| work.receive(bytes, ends));
                if !is_taken {
                    self.http2.release(stream, length);
                }
            }
            // What was kept with it is dropped.
            Event::Gone { .. } => {}
        }
    }

    fn request(&mut self, stream: u32, ends: bool, scratch: &mut Scratch) {
        let Scratch { fields, block } = scratch;
        let Ok(request) = RequestHead::read(fields) else { return self.refuse(stream) };
        let announced = match requested::announced(&request) {
            Ok(announced) if !ends || announced.is_none_or(|length| length == 0) => announced,
            _ => return self.refuse(stream),
        };
        let priority = requested::priority(&request);
        if ends
            && let Some(hit) = requested::plain(&request, fields).and_then(|plain| {
                self.quick.hit(&plain, |proxies| requested::said_of_asker(&request, proxies))
            })
        {
            return self.hit(stream, hit, priority, block);
        }
        let (body, feed) = Received::new(stream, ends, &self.has_read);
        let Ok(request) = requested::request(&request, Version::HTTP_2, body) else {
            return self.refuse(stream);
        };
        self.http2.open(stream, ends, announced, priority, Work::Asked { request: Box::new(request), feed });
        self.asked.push(stream);
    }

    /// Begins with requests that went the long way and were not cancelled in the same breath.
    fn begin_asked(&mut self) {
        for stream in std::mem::take(&mut self.asked) {
            let Some(work) = self.http2.work(stream) else { continue };
            let Work::Asked { request, feed } = std::mem::replace(work, Work::Over) else { continue };
            let is_head = request.method() == Method::HEAD;
            let requests = self.requests.clone();
            let (abort, registration) = AbortHandle::new_pair();
            *work = Work::answering(abort, feed, is_head);
            let answer: Answering = Box::pin(async move {
                let Ok(response) = requests.answer(*request).await;
                (stream, response)
            });
            self.answering.push(Abortable::new(answer, registration));
        }
    }

    /// A malformed request (RFC 9113 section 8.1.1).
    fn refuse(&mut self, stream: u32) {
        self.is_ending |= self.http2.refuse(stream, Code::ProtocolError).is_err();
    }

    /// A stored object.
    fn hit(&mut self, stream: u32, hit: Hit, priority: Option<Priority>, block: &mut Vec<u8>) {
        hit.begin();
        block.clear();
        hit.write_head(block);
        write_age(Form::Http2, hit.age, block);
        if hit.is_served_over_http3() {
            head::alt_svc(&self.requests, block);
        }
        let ends = hit.remaining() == 0;
        let is_manifest = hit.kind().is_manifest();
        let mut in_flight = InFlight::begin(&self.requests.activity, Version::HTTP_2);
        in_flight.waits(false);
        self.http2.open(stream, true, None, priority, Work::Hit { hit, _in_flight: in_flight });
        if is_manifest {
            self.http2.suggest_urgency(stream, requested::URGENCY_OF_MANIFESTS);
        }
        self.http2.write_head(stream, block, ends, self.output.head());
        self.http2.set_wants(stream, true);
    }

    /// Takes what tasks say; whether one said anything.
    fn take_notices(&mut self, cx: &mut Context<'_>) -> bool {
        let mut some = false;
        self.begin_asked();
        while let Poll::Ready(Some(answered)) = self.answering.poll_next_unpin(cx) {
            // One whose stream is gone has ended without an answer.
            if let Ok((stream, response)) = answered {
                some = true;
                self.answer(stream, response);
            }
        }
        while let Poll::Ready(Some(Read { stream, bytes })) = self.read.poll_recv(cx) {
            some = true;
            self.http2.release(stream, bytes);
        }
        some
    }

    /// The head of an answer is there.
    fn answer(&mut self, stream: u32, response: Response<Body>) {
        let Some(work) = self.http2.work(stream) else { return };
        let is_head = matches!(work, Work::Answering { is_head: true, .. });
        head::with_scratch(|scratch| {
            scratch.block.clear();
            let ends = head::of_answer(&self.requests, &response, is_head, &mut scratch.block);
            if requested::are_of_manifest(response.headers()) {
                self.http2.suggest_urgency(stream, requested::URGENCY_OF_MANIFESTS);
            }
            if let Some(work) = self.http2.work(stream) {
                *work = Work::body(response.into_body());
            }
            self.http2.write_head(stream, &scratch.block, ends, self.output.head());
            self.http2.set_wants(stream, true);
        });
    }

    /// Makes frames of answers, those first that are most urgent, while few wait for the socket.
    fn fill(&mut self, cx: &mut Context<'_>) {
        // New settings hold from their acknowledgement on, so that goes before what obeys them (RFC 9113 section 6.5.3).
        self.output.control(self.http2.control());
        while self.output.len() < MOST_AHEAD && !self.is_ending {
            let Some(next) = self.http2.next_to_send() else { break };
            let (stream, yields) = (next.stream, next.yields);
            let mut window = next.window;
            let mut work = next.work;
            loop {
                let most = window.min(LARGEST);
                match work.poll_take(cx, most) {
                    Poll::Pending => {
                        self.http2.set_wants(stream, false);
                        break;
                    }
                    Poll::Ready(Err(_)) => {
                        self.http2.reset(stream, Code::InternalError);
                        break;
                    }
                    Poll::Ready(Ok(Piece { bytes, is_last })) => {
                        window -= bytes.len();
                        self.http2.sent(stream, bytes.len(), is_last, self.output.frame());
                        self.output.body(bytes);
                        if is_last || yields || window == 0 || self.output.len() >= MOST_AHEAD {
                            break;
                        }
                    }
                }
                match self.http2.work(stream) {
                    Some(same) => work = same,
                    None => break,
                }
            }
        }
        if self.output.is_empty() && self.http2.is_idle() {
            self.output.rest();
        }
    }
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").finish_non_exhaustive()
    }
}
