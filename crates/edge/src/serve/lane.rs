//! The quick lane: plain requests over HTTP/1.1 for what is stored, answered without the HTTP library.
//!
//! Here such a request (`quick`) costs a third of the instructions that the library needs, and a connection that waits
//! for its next request holds no buffer. Whatever is not plain goes to the library untouched, byte for byte.
//!
//! # Invariants
//! - Only a head that is whole, well-formed and names none of the fields that matter elsewhere is answered.
//! - Between requests the connection is *parked*: it may be ended at any moment without harm to a response.

mod reply;
mod request;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderValue;
use http_framing::h2::PREFACE;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

use super::activity::Activity;
use super::quick::Quick;
use super::transport::Transport;
use reply::Reply;

/// Heads that are longer are left to the library.
const LONGEST_HEAD: usize = 16 * 1024;

thread_local! {
    /// Heads are read and answered within one turn of a task: all connections of a thread have one buffer.
    static BUFFER: RefCell<Box<[u8; LONGEST_HEAD]>> = RefCell::new(Box::new([0; LONGEST_HEAD]));
}

/// One connection in the quick lane.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) stream: Transport,
    pub(super) activity: Arc<Activity>,
    quick: Quick,
    /// The line of `Alt-Svc`; empty where there is none.
    alt_svc: Box<[u8]>,
}

/// What the lane came to.
#[derive(Debug)]
pub(super) enum End {
    /// The connection is closed, or to be closed.
    Closed,
    /// These bytes are for the library.
    NotPlain(Bytes),
}

/// What a connection begins with that is not plain. These bytes were read of it.
#[derive(Debug)]
pub(super) enum Preface {
    /// HTTP/2 with prior knowledge (RFC 9113 section 3.3).
    Http2(Bytes),
    /// Something else.
    Other(Bytes),
}

/// What the bytes that were read are.
enum Step {
    Hit(Reply, Bytes),
    NotPlain(Bytes),
    Closed,
}

impl Lane {
    pub(super) fn new(
        stream: Transport,
        activity: Arc<Activity>,
        quick: Quick,
        alt_svc: Option<&HeaderValue>,
    ) -> Self {
        let line = |value: &HeaderValue| [b"alt-svc: ", value.as_bytes(), b"\r\n"].concat();
        let alt_svc = alt_svc.map(line).unwrap_or_default().into();
        Self { stream, activity, quick, alt_svc }
    }

    /// Answers plain requests, those in `unread` first, until something else comes.
    pub(super) async fn run(&mut self, mut unread: Bytes) -> End {
        loop {
            let step = if unread.is_empty() {
                match poll_fn(|cx| self.poll_step(cx)).await {
                    Ok(step) => step,
                    Err(error) => {
                        tracing::debug!(%error, "a connection ended");
                        return End::Closed;
                    }
                }
            } else {
                self.step(&unread)
            };
            let reply = match step {
                Step::Hit(reply, rest) => {
                    unread = rest;
                    reply
                }
                Step::NotPlain(bytes) => return End::NotPlain(bytes),
                Step::Closed => return End::Closed,
            };
            self.activity.begin_quick();
            let sent = reply.send(&mut self.stream, &self.activity).await;
            self.activity.end_quick();
            if let Err(error) = sent {
                tracing::debug!(%error, "a connection ended");
                return End::Closed;
            }
        }
    }

    /// Reads until it is certain whether what begins with `bytes` is HTTP/2 with prior knowledge.
    pub(super) async fn read_preface(&mut self, bytes: Bytes) -> Preface {
        if !PREFACE.starts_with(&bytes) || bytes.is_empty() {
            let is_http2 = bytes.starts_with(PREFACE);
            return if is_http2 { Preface::Http2(bytes) } else { Preface::Other(bytes) };
        }
        let mut bytes = bytes.to_vec();
        while bytes.len() < PREFACE.len() && PREFACE.starts_with(&bytes) {
            match self.stream.read_buf(&mut bytes).await {
                // The library knows what half a request is.
                Ok(0) | Err(_) => return Preface::Other(bytes.into()),
                Ok(read) => self.activity.note_read(read),
            }
        }
        let is_http2 = bytes.starts_with(PREFACE);
        if is_http2 { Preface::Http2(bytes.into()) } else { Preface::Other(bytes.into()) }
    }

    /// What another protocol goes on with.
    pub(super) fn into_parts(self) -> (Transport, Quick) {
        (self.stream, self.quick)
    }

    /// Waits for bytes, and looks what they are.
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Step>> {
        BUFFER.with_borrow_mut(|buffer| {
            let mut read = ReadBuf::new(&mut buffer[..]);
            let arrived = Pin::new(&mut self.stream).poll_read(cx, &mut read);
            if arrived.is_pending() && !self.activity.park() {
                return Poll::Ready(Ok(Step::Closed));
            }
            ready!(arrived)?;
            if !self.activity.unpark() {
                return Poll::Ready(Ok(Step::Closed));
            }
            let bytes = read.filled();
            if bytes.is_empty() {
                return Poll::Ready(Ok(Step::Closed));
            }
            self.activity.note_read(bytes.len());
            Poll::Ready(Ok(self.step(bytes)))
        })
    }

    fn step(&mut self, bytes: &[u8]) -> Step {
        match self.hit(bytes) {
            Some((reply, length)) => Step::Hit(reply, Bytes::copy_from_slice(&bytes[length..])),
            None => Step::NotPlain(Bytes::copy_from_slice(bytes)),
        }
    }

    /// The answer to the plain request that `bytes` begin with, and the request's length.
    fn hit(&mut self, bytes: &[u8]) -> Option<(Reply, usize)> {
        let plain = request::read(bytes)?;
        let hit = self.quick.hit(&plain, |proxies| request::said_of_asker(bytes, proxies))?;
        Some((Reply::new(hit, &self.alt_svc), plain.length))
    }
}
