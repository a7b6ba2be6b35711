//! One connection of the load: at most one question is under way on it.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use rustls::ClientConfig;

use super::session::Session;
use crate::clock;
use crate::http::{Head, LARGEST_HEAD};

/// How long a server may take for one step of a handshake.
const PATIENCE: Duration = Duration::from_secs(10);

/// The system chooses the port.
fn connect(from: Ipv4Addr, to: SocketAddr) -> Result<TcpStream> {
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddr::from((from, 0)))?;
    rustix::net::connect(&socket, &to)?;
    Ok(socket.into())
}

pub(super) struct Connection {
    stream: TcpStream,
    /// None in the clear.
    session: Option<Session>,
    question: Question,
}

/// What is under way.
struct Question {
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
    /// Opens one, `from` an address of this machine where it matters, and makes the handshake if there is one to make.
    pub(super) fn open(
        from: Option<Ipv4Addr>,
        server: SocketAddr,
        tls: Option<&Arc<ClientConfig>>,
        poll: &OwnedFd,
        number: u64,
    ) -> Result<Self> {
        let stream = match from {
            None => TcpStream::connect_timeout(&server, PATIENCE).map_err(Into::into),
            Some(from) => connect(from, server),
        };
        let mut stream = stream.with_context(|| format!("cannot connect to {server}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let session = tls.map(|config| Session::connect(&mut stream, config)).transpose();
        let session = session.with_context(|| format!("no handshake with {server}"))?;
        stream.set_nonblocking(true)?;
        epoll::add(poll, &stream, epoll::EventData::new_u64(number), epoll::EventFlags::IN)?;
        Ok(Self { stream, session, question: Question { asked: clock::now(), state: State::Idle } })
    }

    /// Sends a request, which fits any socket buffer.
    pub(super) fn ask(&mut self, request: &[u8]) -> Result<()> {
        self.question =
            Question { asked: clock::now(), state: State::Head { bytes: Vec::new(), first: None } };
        match &mut self.session {
            None => self.stream.write_all(request),
            Some(session) => self.stream.write_all(&session.seal(request)?),
        }
        .context("cannot send a request")
    }

    /// Bytes of the body that have come of an unfinished answer.
    pub(super) fn partial(&self) -> u64 {
        match &self.question.state {
            State::Body { head, left, .. } => head.body.unwrap_or(0) - left,
            State::Idle | State::Head { .. } => 0,
        }
    }

    /// Reads until the answer is whole or nothing more is there.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Progress {
        match &mut self.session {
            None => self.question.read(&self.stream, buffer),
            Some(session) => self.question.read_sealed(&self.stream, session, buffer),
        }
    }
}

impl Question {
    fn read(&mut self, stream: &TcpStream, buffer: &mut [u8]) -> Progress {
        loop {
            let (length, flags) = match &self.state {
                State::Idle => (1, RecvFlags::PEEK),
                State::Head { .. } => (LARGEST_HEAD, RecvFlags::empty()),
                State::Body { left, .. } => {
                    (usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len()), RecvFlags::TRUNC)
                }
            };
            let read = match receive(stream, &mut buffer[..length], flags) {
                Ok(read) => read,
                Err(progress) => return progress,
            };
            match self.take(read, buffer) {
                Progress::Partial => {}
                other => return other,
            }
        }
    }

    /// The same inside of TLS: records are read and decrypted, as many as there are.
    fn read_sealed(&mut self, stream: &TcpStream, session: &mut Session, buffer: &mut [u8]) -> Progress {
        loop {
            let kept = session.restore(buffer);
            let read = match receive(stream, &mut buffer[kept..], RecvFlags::empty()) {
                Ok(read) => read,
                Err(progress) => return progress,
            };
            let mut progress = Progress::Partial;
            let opened = session.open(&mut buffer[..kept + read], |plain| {
                // Nothing comes behind a whole answer.
                let is_under_way = matches!(progress, Progress::Partial);
                progress = if is_under_way { self.take(plain.len(), plain) } else { Progress::Broken };
            });
            match (opened, progress) {
                (Err(_), _) => return Progress::Broken,
                // The poll tells when more is there.
                (Ok(_), Progress::Partial) if kept + read < buffer.len() => return Progress::Partial,
                (Ok(_), Progress::Partial) => {}
                (Ok(_), other) => return other,
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

/// Bytes that have come; else what to make of it that none have.
fn receive(stream: &TcpStream, buffer: &mut [u8], flags: RecvFlags) -> std::result::Result<usize, Progress> {
    match recv(stream, buffer, flags) {
        Ok((_, 0)) => Err(Progress::Broken),
        Ok((_, read)) => Ok(read),
        Err(Errno::AGAIN | Errno::INTR) => Err(Progress::Partial),
        Err(_) => Err(Progress::Broken),
    }
}
