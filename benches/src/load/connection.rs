//! One connection of the load: at most one question is under way on it.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

use crate::clock;
use crate::http::{Head, LARGEST_HEAD};

/// The system chooses the port.
fn connect(from: Ipv4Addr, to: SocketAddr) -> Result<TcpStream> {
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddr::from((from, 0)))?;
    rustix::net::connect(&socket, &to)?;
    Ok(socket.into())
}

pub(super) struct Connection {
    stream: TcpStream,
    asked: Instant,
    state: State,
}

enum State {
    Idle,
    /// What has come of the head, if it came in pieces.
    Head {
        bytes: Vec<u8>,
        first: Option<Instant>,
    },
    Body {
        head: Head,
        first: Instant,
        left: u64,
    },
}

/// What a look at a readable connection brought.
pub(super) enum Progress {
    /// Nothing that changes anything yet.
    Partial,
    /// A whole answer; times since the question.
    Answer { status: u16, bytes: u64, first: Duration, done: Duration, closes: bool },
    /// The server closed it, or sent something that is no answer.
    Broken,
}

impl Connection {
    /// Opens one, `from` an address of this machine where it matters.
    pub(super) fn open(
        from: Option<Ipv4Addr>,
        server: SocketAddr,
        poll: &OwnedFd,
        number: u64,
    ) -> Result<Self> {
        let stream = match from {
            None => TcpStream::connect_timeout(&server, Duration::from_secs(10)).map_err(Into::into),
            Some(from) => connect(from, server),
        };
        let stream = stream.with_context(|| format!("cannot connect to {server}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        epoll::add(poll, &stream, epoll::EventData::new_u64(number), epoll::EventFlags::IN)?;
        Ok(Self { stream, asked: clock::now(), state: State::Idle })
    }

    /// Sends a request, which fits any socket buffer.
    pub(super) fn ask(&mut self, request: &[u8]) -> Result<()> {
        self.asked = clock::now();
        self.state = State::Head { bytes: Vec::new(), first: None };
        self.stream.write_all(request).context("cannot send a request")
    }

    /// Bytes of the body that have come of an unfinished answer.
    pub(super) fn partial(&self) -> u64 {
        match &self.state {
            State::Body { head, left, .. } => head.body.unwrap_or(0) - left,
            State::Idle | State::Head { .. } => 0,
        }
    }

    /// Reads until the answer is whole or nothing more is there.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Progress {
        loop {
            let (length, flags) = match &self.state {
                State::Idle => (1, RecvFlags::PEEK),
                State::Head { .. } => (LARGEST_HEAD, RecvFlags::empty()),
                State::Body { left, .. } => {
                    (usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len()), RecvFlags::TRUNC)
                }
            };
            let read = match recv(&self.stream, &mut buffer[..length], flags) {
                Ok((_, 0)) => return Progress::Broken,
                Ok((_, read)) => read,
                Err(Errno::AGAIN | Errno::INTR) => return Progress::Partial,
                Err(_) => return Progress::Broken,
            };
            match self.take(read, buffer) {
                Progress::Partial => {}
                other => return other,
            }
        }
    }

    fn take(&mut self, read: usize, buffer: &[u8]) -> Progress {
        match &mut self.state {
            // Bytes that nobody asked for.
            State::Idle => Progress::Broken,
            State::Head { bytes, first } => {
                let first = *first.get_or_insert_with(clock::now);
                bytes.extend_from_slice(&buffer[..read]);
                match Head::parse(bytes) {
                    Ok(None) => Progress::Partial,
                    Ok(Some(head @ Head { body: Some(body), .. })) => {
                        let come = (bytes.len() - head.length) as u64;
                        self.body(head, first, body.saturating_sub(come))
                    }
                    Ok(Some(_)) | Err(_) => Progress::Broken,
                }
            }
            State::Body { head, first, left } => {
                let (head, first, left) = (*head, *first, left.saturating_sub(read as u64));
                self.body(head, first, left)
            }
        }
    }

    fn body(&mut self, head: Head, first: Instant, left: u64) -> Progress {
        if left > 0 {
            self.state = State::Body { head, first, left };
            return Progress::Partial;
        }
        self.state = State::Idle;
        Progress::Answer {
            status: head.status,
            bytes: head.body.unwrap_or(0),
            first: first - self.asked,
            done: clock::now() - self.asked,
            closes: head.closes,
        }
    }
}
