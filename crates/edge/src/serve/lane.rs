//! The quick lane: plain requests over HTTP/1.1 for what is stored, answered without the HTTP library.
//!
//! Most requests that an edge gets are alike: GET, perhaps with a range or a condition, and the object is there and
//! fresh. Here such a request costs a third of the instructions that the library needs, and a connection that waits
//! for its next request holds no buffer. Whatever is not plain (another method, a body, a wish, a malformed byte, a
//! miss, a range outside of the object) goes to the library untouched, byte for byte; so this file decides nothing that the other path does not
//! decide alike, and never has to say no.
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
use std::time::Instant;

use bytes::Bytes;
use http::HeaderMap;
use segment_cache::{KeyRef, Lookup};
use tokio::io::{AsyncRead, ReadBuf};

use super::activity::Activity;
use super::addresses::Visit;
use super::transport::Transport;
use crate::asker::{Asker, Peer};
use crate::core::Core;
use crate::live::Live;
use crate::page;
use crate::target::Target;
use reply::Reply;
use request::Plain;

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
    live: Arc<Live>,
    peer: Peer,
    /// What [`Self::peer`] is, as the configuration of that number says.
    standing: Option<(u64, Standing)>,
    visit: Option<Arc<Visit>>,
    /// The `Host` that was found valid last.
    host: Box<str>,
}

/// What whoever has the connection is, whatever its requests say.
#[derive(Clone, Copy, Debug)]
struct Standing {
    /// It is served.
    is_admitted: bool,
    /// Its word about who asks is taken.
    is_proxy: bool,
}

/// What the lane came to.
#[derive(Debug)]
pub(super) enum End {
    /// The connection is closed, or to be closed.
    Closed,
    /// These bytes are for the library.
    NotPlain(Bytes),
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
        live: Arc<Live>,
        peer: Peer,
        visit: Option<Arc<Visit>>,
    ) -> Self {
        Self { stream, activity, live, peer, standing: None, visit, host: Box::default() }
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
        let plain = Plain::read(bytes)?;
        let core = self.live.core();
        let viewers = &core.config.viewers;
        if plain.target.len() > viewers.max_target.in_memory()
            || plain.length > viewers.max_head.in_memory()
            || core.is_draining()
            || page::may_answer(&core, plain.target)
            || !self.is_valid_host(plain.host)
        {
            return None;
        }
        let standing = self.standing(&core);
        if !standing.is_admitted {
            return None;
        }
        let (path, query) = plain.path_and_query();
        let target = Target::read(path, query, &self.host, &core.origins, &core.config.relay).ok()?;
        let received = core.clock.now();
        let most = viewers.max_requests_per_second_per_address;
        let reply = Self::look_up(core, &target.key(), received, &plain.selects)?;
        let admitted = self.visit.as_ref().is_none_or(|visit| visit.admits(received, most));
        if admitted {
            reply.record(if standing.is_proxy {
                let proxies = &reply.core.config.proxies;
                Asker::of(self.peer, proxies, &request::said_of_asker(bytes, proxies))
            } else {
                Asker { address: self.peer.address(), internal: None }
            });
        }
        admitted.then_some((reply, plain.length))
    }

    /// A request without wishes takes what is fresh.
    fn look_up(core: Arc<Core>, key: &KeyRef<'_>, received: Instant, selects: &HeaderMap) -> Option<Reply> {
        match core.cache.lookup(key, received) {
            Lookup::Fresh(object) => Reply::new(core, object, received, selects),
            Lookup::Stale(_) | Lookup::Miss => None,
        }
    }

    /// What whoever has the connection is. Where they may say who asks, and admission depends on that, their requests are
    /// not plain.
    fn standing(&mut self, core: &Core) -> Standing {
        if let Some((generation, standing)) = self.standing
            && generation == core.generation
        {
            return standing;
        }
        let admission = &core.admission;
        let address = self.peer.address();
        let is_proxy = address.is_some_and(|address| core.config.proxies.trusts(address.ip()));
        let decides = is_proxy && admission.looks_at_requests();
        let asker = Asker { address, internal: None };
        let is_admitted = !decides && admission.admits(self.peer, asker, core.offices.as_ref());
        let standing = Standing { is_admitted, is_proxy };
        self.standing = Some((core.generation, standing));
        standing
    }

    /// Clients name one host again and again. A valid one is [`Self::host`] from now on.
    fn is_valid_host(&mut self, host: &[u8]) -> bool {
        if !host.is_empty() && self.host.as_bytes() == host {
            return true;
        }
        let valid = std::str::from_utf8(host).ok().filter(|host| media::authority::is_valid(host));
        if let Some(host) = valid {
            self.host = host.into();
        }
        valid.is_some()
    }
}
