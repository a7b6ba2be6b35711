//! The load: keep-alive connections of HTTP/1.1, in the clear or inside of TLS, over one epoll loop on one thread.
//!
//! The server has to be the limit, so this end does as little as it can: one `send` and one `recv` for a small
//! object, and bodies are dropped in the kernel (`MSG_TRUNC`) instead of being copied; inside of TLS they are decrypted
//! and dropped.

mod connection;
mod session;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustls::ClientConfig;

use crate::clock;
use crate::http;
use crate::statistics::{milliseconds, percentile, real};
use connection::{Connection, Progress};

/// How requests are spread over time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pattern {
    /// Each connection asks again as soon as it has its answer, for this long.
    Loop(Duration),
    /// As many requests in all as there are paths, each path once.
    EachPath,
    /// All connections are opened first; then each asks once, all at the same moment.
    AtOnce,
}

/// Where viewers ask from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewers {
    /// All at one address.
    Together,
    /// The viewer of each connection at an own one.
    Apart,
}

/// What to ask of whom.
pub(crate) struct Load<'a> {
    pub(crate) server: SocketAddr,
    /// How handshakes are made; `None` in the clear.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) viewers: Viewers,
    pub(crate) paths: &'a [String],
    pub(crate) connections: usize,
    pub(crate) pattern: Pattern,
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Answers that were whole and 200.
    pub(crate) answers: u64,
    /// Everything else: other statuses, broken or missing answers.
    pub(crate) errors: u64,
    /// Bytes of bodies, those of unfinished answers included.
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
    /// From asking to the first byte and to the last, in milliseconds, one figure an answer.
    first: Vec<f64>,
    done: Vec<f64>,
}

impl Outcome {
    /// Counts an answer that is whole and 200, with its times from asking to the first byte and to the last.
    pub(crate) fn answered(&mut self, first: Duration, done: Duration) {
        self.answers += 1;
        self.first.push(milliseconds(first));
        self.done.push(milliseconds(done));
    }

    pub(crate) fn first_byte(&self, per_cent: usize) -> f64 {
        percentile(&self.first, per_cent).unwrap_or(f64::NAN)
    }

    pub(crate) fn last_byte(&self, per_cent: usize) -> f64 {
        percentile(&self.done, per_cent).unwrap_or(f64::NAN)
    }

    pub(crate) fn gigabits_per_second(&self) -> f64 {
        real(self.bytes) * 8e-9 / self.took.as_secs_f64()
    }
}

/// How long to wait for the rest, once nothing new is asked.
const PATIENCE: Duration = Duration::from_mins(1);
const EVENTS: usize = 256;

impl Load<'_> {
    /// Opens the connections, asks, and waits for the answers.
    ///
    /// With [`Pattern::Loop`] what is under way at the end is left unfinished. Fails if the server lets nobody in.
    pub(crate) fn run(&self) -> Result<Outcome> {
        self.open()?.run()
    }

    /// Opens the connections alone.
    pub(crate) fn open(&self) -> Result<Open<'_>> {
        ensure!(!self.paths.is_empty() && self.connections > 0, "a load needs paths and connections");
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(self.connections);
        for number in 0..self.connections {
            connections.push(self.connection(&poll, number as u64)?);
        }
        if matches!(self.pattern, Pattern::AtOnce) || self.tls.is_some() {
            // The server may have accepted some of them only into its backlog, or have its part of a handshake to do.
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(Open { load: self, poll, connections })
    }

    fn connection(&self, poll: &OwnedFd, number: u64) -> Result<Connection> {
        let from = match self.viewers {
            Viewers::Together => None,
            // 127.1.0.1 and what follows.
            Viewers::Apart => Some(Ipv4Addr::from_bits(0x7f01_0001 + u32::try_from(number)?)),
        };
        Connection::open(from, self.server, self.tls.as_ref(), poll, number)
    }
}

/// A load whose connections are open.
pub(crate) struct Open<'a> {
    load: &'a Load<'a>,
    poll: OwnedFd,
    connections: Vec<Connection>,
}

impl Open<'_> {
    /// Asks, and waits for the answers.
    pub(crate) fn run(self) -> Result<Outcome> {
        let Open { load, poll, mut connections } = self;
        let requests = load.paths.iter().map(|path| http::request(path, "")).collect();
        let began = clock::now();
        let mut run = Run {
            load,
            poll,
            requests,
            asked: 0,
            answered: 0,
            began,
            outcome: Outcome::default(),
            buffer: vec![0; 256 * 1024],
        };
        run.everything(&mut connections)?;
        run.outcome.took = clock::now() - began;
        run.outcome.bytes += connections.iter().map(Connection::partial).sum::<u64>();
        Ok(run.outcome)
    }
}

struct Run<'a> {
    load: &'a Load<'a>,
    poll: OwnedFd,
    requests: Vec<Vec<u8>>,
    asked: usize,
    answered: usize,
    began: Instant,
    outcome: Outcome,
    buffer: Vec<u8>,
}

impl Run<'_> {
    fn everything(&mut self, connections: &mut [Connection]) -> Result<()> {
        for connection in &mut *connections {
            self.next_question(connection)?;
        }
        let mut events = Vec::with_capacity(EVENTS);
        let tick = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        while !self.is_over() {
            events.clear();
            let ready = epoll::wait(&self.poll, rustix::buffer::spare_capacity(&mut events), Some(&tick));
            if ready == Err(rustix::io::Errno::INTR) {
                continue;
            }
            ready?;
            for event in &events {
                let number = usize::try_from(event.data.u64())?;
                self.read(number as u64, &mut connections[number])?;
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        let elapsed = clock::now() - self.began;
        match self.load.pattern {
            Pattern::Loop(time) => elapsed >= time,
            Pattern::EachPath | Pattern::AtOnce => self.answered >= self.total() || elapsed >= PATIENCE,
        }
    }

    fn total(&self) -> usize {
        match self.load.pattern {
            Pattern::Loop(_) => usize::MAX,
            Pattern::EachPath => self.load.paths.len(),
            Pattern::AtOnce => self.load.connections,
        }
    }

    fn next_question(&mut self, connection: &mut Connection) -> Result<()> {
        if self.asked < self.total() {
            let request = &self.requests[self.asked % self.requests.len()];
            self.asked += 1;
            connection.ask(request)?;
        }
        Ok(())
    }

    /// Takes what has come on one connection; a broken one is counted and opened anew.
    fn read(&mut self, number: u64, connection: &mut Connection) -> Result<()> {
        match connection.read(&mut self.buffer) {
            Progress::Partial => return Ok(()),
            Progress::Answer { status, bytes, first, done, closes } => {
                self.outcome.bytes += bytes;
                if status == 200 {
                    self.outcome.answered(first, done);
                } else {
                    self.outcome.errors += 1;
                }
                if closes {
                    *connection = self.load.connection(&self.poll, number)?;
                }
            }
            Progress::Broken => {
                self.outcome.errors += 1;
                ensure!(self.outcome.errors < 10_000, "the server breaks every connection");
                *connection = self.load.connection(&self.poll, number)?;
            }
        }
        self.answered += 1;
        self.next_question(connection)
    }
}

#[cfg(test)]
mod tests;
