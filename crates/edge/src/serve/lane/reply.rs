//! A stored object as HTTP/1.1 sends it: its head, how old it is, and its blocks.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::super::activity::Activity;
use super::super::quick::Hit;
use super::super::transport::Transport;

/// `age: `, the largest age, two line ends.
const LONGEST_TAIL: usize = 5 + 20 + 4;

/// One answer on its way.
#[derive(Debug)]
pub(super) struct Reply {
    hit: Hit,
    /// A head of this answer's own; empty where the object's prepared one is sent.
    own_head: Vec<u8>,
    tail: [u8; LONGEST_TAIL],
    tail_length: usize,
    /// Bytes of head and tail that are sent.
    head_sent: usize,
}

impl Reply {
    /// With the line `alt_svc`, which may be empty, where the same is served over HTTP/3.
    pub(super) fn new(hit: Hit, alt_svc: &[u8]) -> Self {
        let alt_svc = if hit.is_served_over_http3() { alt_svc } else { &[] };
        let mut own_head = Vec::new();
        if hit.prepared().is_none() || !alt_svc.is_empty() {
            hit.write_head(&mut own_head);
            own_head.extend_from_slice(alt_svc);
        }
        let (tail, tail_length) = tail(hit.age);
        Self { hit, own_head, tail, tail_length, head_sent: 0 }
    }

    /// Sends it, and counts it.
    pub(super) async fn send(mut self, stream: &mut Transport, activity: &Activity) -> io::Result<()> {
        self.hit.begin();
        poll_fn(|cx| self.poll_send(cx, stream, activity)).await
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut Transport,
        activity: &Activity,
    ) -> Poll<io::Result<()>> {
        loop {
            let body = self.hit.piece();
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
            self.hit.sent(written - of_head);
        }
    }

    fn head(&self) -> &[u8] {
        if self.own_head.is_empty() { self.hit.prepared().unwrap_or_default() } else { &self.own_head }
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
