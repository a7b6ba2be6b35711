//! The first bytes of a connection from a proxy that says whose it is: a header of the PROXY protocol, before the quick
//! lane begins.
//!
//! It is never guessed whether one is there: who is to send one and does not is cut off, at once where the bytes are no
//! header, and by the watchdog where they do not come.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::activity::Activity;
use crate::asker::proxy_protocol::{self, Progress, Source};

/// Enough for the usual header and a request behind it. It grows while a header lacks bytes, so not much further than
/// the longest one.
const BUFFER: usize = 1024;

/// Why nobody was introduced.
#[derive(Debug)]
pub(super) enum Failure {
    /// The proxy left before it said anything, as it does to see whether somebody listens; or the edge drains.
    Left,
    /// What came is no header, or half of one.
    NoHeader,
}

/// Reads the header: whose connection it is, and what was read behind it.
pub(super) async fn read(stream: &mut TcpStream, activity: &Activity) -> Result<(Source, Bytes), Failure> {
    let mut bytes = Vec::with_capacity(BUFFER);
    loop {
        let mut reading = pin!(stream.read_buf(&mut bytes));
        let read = poll_fn(|cx| match reading.as_mut().poll(cx) {
            // Nothing is lost when the connection is ended meanwhile.
            Poll::Pending if !activity.park() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
            Poll::Ready(read) => Poll::Ready(activity.unpark().then_some(read)),
        });
        match read.await {
            Some(Ok(1..)) => {}
            Some(_) if !bytes.is_empty() => return Err(Failure::NoHeader),
            _ => return Err(Failure::Left),
        }
        match proxy_protocol::read(&bytes) {
            Progress::NeedsMore => {}
            Progress::Invalid => return Err(Failure::NoHeader),
            Progress::Done { length, source } => {
                let unread = Bytes::copy_from_slice(&bytes[length..]);
                activity.note_read(unread.len());
                return Ok((source, unread));
            }
        }
    }
}
