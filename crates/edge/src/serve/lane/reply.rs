//! The answer with a stored object, a part of it, or the word that it has not changed: the head as it was prepared
//! once or a new one of its pieces, how old it is, and its blocks.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant, SystemTime};

use http::header::{AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use media::url::Kind;
use segment_cache::object::PreparedHead;
use segment_cache::{Head, Object};
use tokio::io::AsyncWrite;

use super::super::activity::Activity;
use super::super::transport::Transport;
use crate::asker::Asker;
use crate::cache_status::{self, Account};
use crate::core::Core;
use crate::metrics::Outcome;
use crate::recording;
use crate::respond::Selected;

/// `age: `, the largest age, two line ends.
const LONGEST_TAIL: usize = 5 + 20 + 4;

/// One answer on its way.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) core: Arc<Core>,
    object: Arc<Object>,
    received: Instant,
    /// A head of this answer's own; empty where the object's prepared one is sent.
    own_head: Vec<u8>,
    tail: [u8; LONGEST_TAIL],
    tail_length: usize,
    /// Bytes of head and tail that are sent.
    head_sent: usize,
    /// The bytes of the body that are still to be sent.
    body: Range<u64>,
}

impl Reply {
    /// An answer to a request that was `received` then and `selects` this much; `None` when the object is none that
    /// is sent as it is.
    pub(super) fn new(
        core: Arc<Core>,
        object: Arc<Object>,
        received: Instant,
        selects: &HeaderMap,
    ) -> Option<Self> {
        let head = object.head();
        if object.is_index() || head.status != StatusCode::OK {
            return None;
        }
        let (age, length) = (object.freshness().age(received), object.length());
        let prepared = head.prepared.made_by(|| prepare(&core, head, length, age));
        if prepared.readable_by != core.allow_origin {
            return None;
        }
        let selected = if selects.is_empty() {
            Selected::Whole
        } else {
            Selected::by(&Method::GET, selects, head, Some(length)).ok()?
        };
        let (mut own_head, body) = of_selected(prepared, selected, length);
        if core.config.viewers.cache_status {
            let ttl = Some(object.freshness().ttl_seconds(received));
            let member = cache_status::member(Outcome::Hit, Account { ttl, ..Account::default() });
            let before = if own_head.is_empty() { &prepared.bytes } else { &own_head[..] };
            own_head = [before, b"cache-status: ", member.as_bytes(), b"\r\n"].concat();
        }
        let (tail, tail_length) = tail(age.as_secs());
        Some(Self { core, object, received, own_head, tail, tail_length, head_sent: 0, body })
    }

    /// Records what is watched by it.
    pub(super) fn record(&self, asker: Asker) {
        recording::record(&self.core, &self.object.head().label, self.body.start, asker);
    }

    /// Sends it, and counts it.
    pub(super) async fn send(mut self, stream: &mut Transport, activity: &Activity) -> io::Result<()> {
        let kind = Kind::parse(self.object.head().label.kind).unwrap_or(Kind::Other);
        let metrics = &self.core.metrics;
        metrics.count_request(Outcome::Hit, kind);
        let waited = self.core.clock.now().saturating_duration_since(self.received);
        metrics.count_first_byte(Outcome::Hit, waited);
        let start = self.body.start;
        let sent = poll_fn(|cx| self.poll_send(cx, stream, activity)).await;
        self.core.metrics.count_sent(Outcome::Hit, self.body.start - start);
        sent
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut Transport,
        activity: &Activity,
    ) -> Poll<io::Result<()>> {
        loop {
            let body = self.object.piece(self.body.start, self.body.end);
            let head = self.head();
            let heads = head.len() + self.tail_length;
            if self.head_sent == heads && body.is_empty() {
                return Pin::new(&mut *stream).poll_flush(cx);
            }
            let written = if self.head_sent < heads {
                let from_tail = self.head_sent.saturating_sub(head.len());
                let slices = [
                    IoSlice::new(&head[self.head_sent.min(head.len())..]),
                    IoSlice::new(&self.tail[from_tail..self.tail_length]),
                    IoSlice::new(body),
                ];
                Pin::new(&mut *stream).poll_write_vectored(cx, &slices)
            } else {
                Pin::new(&mut *stream).poll_write(cx, body)
            };
            activity.note_write(&written);
            let written = ready!(written)?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_head = written.min(heads - self.head_sent);
            self.head_sent += of_head;
            self.body.start += (written - of_head) as u64;
        }
    }

    fn head(&self) -> &[u8] {
        if !self.own_head.is_empty() {
            return &self.own_head;
        }
        self.object.head().prepared.made().map_or(&[], |prepared| &prepared.bytes)
    }
}

/// The head of an answer with what is selected, empty where it is the prepared one, and the bytes of the body.
fn of_selected(prepared: &PreparedHead, selected: Selected, length: u64) -> (Vec<u8>, Range<u64>) {
    let PreparedHead { bytes, .. } = prepared;
    match selected {
        Selected::Whole => (Vec::new(), 0..length),
        Selected::NotModified => {
            let fields = &bytes[prepared.fields..prepared.content];
            ([&b"HTTP/1.1 304 Not Modified\r\n"[..], fields].concat(), 0..0)
        }
        Selected::Part { start, end, of } => {
            let fields = &bytes[prepared.fields..prepared.length];
            let (last, wanted) = (end - 1, end - start);
            let place = format!("content-range: bytes {start}-{last}/{of}\r\ncontent-length: {wanted}\r\n");
            ([&b"HTTP/1.1 206 Partial Content\r\n"[..], fields, place.as_bytes()].concat(), start..end)
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
    let fields = bytes.len();
    let mut write = |name: &str, value: &[u8]| {
        bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        bytes.len()
    };
    // A 304 has those that describe the body no more than those that frame it.
    let describes = |name: &HeaderName| [CONTENT_TYPE, CONTENT_ENCODING].contains(name);
    let mut content = fields;
    for (name, value) in head.headers.iter().filter(|(name, _)| **name != AGE && !describes(name)) {
        content = write(name.as_str(), value.as_bytes());
    }
    if !head.headers.contains_key(DATE) {
        // RFC 9110 section 6.6.1: whoever has a clock states a date; this one agrees with the age.
        let made = core.clock.wall().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        content = write(DATE.as_str(), httpdate::fmt_http_date(made).as_bytes());
    }
    let mut length_begins = content;
    for (name, value) in head.headers.iter().filter(|(name, _)| describes(name)) {
        length_begins = write(name.as_str(), value.as_bytes());
    }
    write(CONTENT_LENGTH.as_str(), length.to_string().as_bytes());
    let readable_by = head.headers.get(http::header::ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
    PreparedHead {
        bytes: bytes.into(),
        fields,
        content,
        length: length_begins,
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
