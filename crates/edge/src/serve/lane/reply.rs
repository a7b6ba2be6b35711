//! The answer with a stored object: its head as it was prepared once, how old it is, and its blocks.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::StatusCode;
use http::header::{AGE, DATE};
use media::url::Kind;
use segment_cache::object::PreparedHead;
use segment_cache::{Head, Object};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use super::super::activity::Activity;
use crate::cache_status::{self, Account};
use crate::core::Core;
use crate::metrics::Outcome;

/// `age: `, the largest age, two line ends.
const LONGEST_TAIL: usize = 5 + 20 + 4;

/// One answer on its way.
#[derive(Debug)]
pub(super) struct Reply {
    core: Arc<Core>,
    object: Arc<Object>,
    received: Instant,
    head: Bytes,
    tail: [u8; LONGEST_TAIL],
    tail_length: usize,
    /// Bytes of head and tail that are sent.
    head_sent: usize,
    /// Bytes of the body that are sent.
    body_sent: u64,
}

impl Reply {
    /// An answer to a request that was `received` then; `None` when the object is none that is sent as it is.
    pub(super) fn new(core: &Arc<Core>, object: Arc<Object>, received: Instant) -> Option<Self> {
        let head = object.head();
        if object.is_index() || head.status != StatusCode::OK {
            return None;
        }
        let age = object.freshness().age(received);
        let prepared = head.prepared.made_by(|| prepare(core, head, object.length(), age));
        if prepared.readable_by != core.allow_origin {
            return None;
        }
        let mut bytes = prepared.bytes.clone();
        if core.config.viewers.cache_status {
            let ttl = Some(object.freshness().ttl_seconds(received));
            let member = cache_status::member(Outcome::Hit, Account { ttl, ..Account::default() });
            bytes = [&bytes[..], b"cache-status: ", member.as_bytes(), b"\r\n"].concat().into();
        }
        let (tail, tail_length) = tail(age.as_secs());
        let core = Arc::clone(core);
        Some(Self { core, object, received, head: bytes, tail, tail_length, head_sent: 0, body_sent: 0 })
    }

    /// When the request was there.
    pub(super) fn received(&self) -> Instant {
        self.received
    }

    /// Sends it, and counts it.
    pub(super) async fn send(mut self, stream: &mut TcpStream, activity: &Activity) -> io::Result<()> {
        let kind = Kind::parse(self.object.head().label.kind).unwrap_or(Kind::Other);
        let metrics = &self.core.metrics;
        metrics.count_request(Outcome::Hit, kind);
        let waited = self.core.clock.now().saturating_duration_since(self.received);
        metrics.count_first_byte(Outcome::Hit, waited);
        let sent = poll_fn(|cx| self.poll_send(cx, stream, activity)).await;
        self.core.metrics.count_sent(Outcome::Hit, self.body_sent);
        sent
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut TcpStream,
        activity: &Activity,
    ) -> Poll<io::Result<()>> {
        loop {
            let body = self.object.read(self.body_sent, u64::MAX);
            let heads = self.head.len() + self.tail_length;
            if self.head_sent == heads && body.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let written = if self.head_sent < heads {
                let from_tail = self.head_sent.saturating_sub(self.head.len());
                let slices = [
                    IoSlice::new(&self.head[self.head_sent.min(self.head.len())..]),
                    IoSlice::new(&self.tail[from_tail..self.tail_length]),
                    IoSlice::new(&body),
                ];
                Pin::new(&mut *stream).poll_write_vectored(cx, &slices)
            } else {
                Pin::new(&mut *stream).poll_write(cx, &body)
            };
            activity.note_write(&written);
            let written = ready!(written)?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_head = written.min(heads - self.head_sent);
            self.head_sent += of_head;
            self.body_sent += (written - of_head) as u64;
        }
    }
}

/// The end of a head, with the age in seconds, and its length.
fn tail(age: u64) -> ([u8; LONGEST_TAIL], usize) {
    const NAME: &[u8] = b"age: ";
    const END: &[u8] = b"\r\n\r\n";
    let digits = age.checked_ilog10().unwrap_or_default() as usize + 1;
    let length = NAME.len() + digits + END.len();
    let mut tail = [b'0'; LONGEST_TAIL];
    tail[..NAME.len()].copy_from_slice(NAME);
    let mut rest = age;
    for place in tail[NAME.len()..NAME.len() + digits].iter_mut().rev() {
        *place += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    tail[length - END.len()..length].copy_from_slice(END);
    (tail, length)
}

/// Writes a head as HTTP/1.1 has it, without the field that changes from one second to the next.
fn prepare(core: &Core, head: &Head, length: u64, age: Duration) -> PreparedHead {
    let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    for (name, value) in head.headers.iter().filter(|(name, _)| *name != AGE) {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    if !head.headers.contains_key(DATE) {
        // RFC 9110 section 6.6.1: whoever has a clock states a date; this one agrees with the age.
        let made = core.clock.wall().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        bytes.extend_from_slice(format!("date: {}\r\n", httpdate::fmt_http_date(made)).as_bytes());
    }
    bytes.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
    let readable_by = head.headers.get(http::header::ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
    PreparedHead {
        bytes: bytes.into(),
        readable_by: readable_by.unwrap_or_else(|| core.allow_origin.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_age_is_written_as_it_is() {
        for age in [0, 1, 9, 10, 59, 100, 86_400, 31_536_000, u64::MAX - 1, u64::MAX] {
            let (tail, length) = tail(age);
            assert_eq!(tail[..length], *format!("age: {age}\r\n\r\n").as_bytes());
        }
    }
}
