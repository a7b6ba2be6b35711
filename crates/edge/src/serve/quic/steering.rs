//! Several sockets at one address, an endpoint behind each, and every packet at the endpoint that has its connection.
//!
//! With `SO_REUSEPORT` the system chooses the socket by the addresses of a packet. As long as a viewer's address stays,
//! that is always the same socket. When it changes (another network, or an address translator that forgot), packets of a
//! connection come to a socket whose endpoint does not know it. So the name of a connection tells its endpoint: names
//! are drawn at random until a keyed hash of the name gives the endpoint's number. A packet that comes to another socket
//! is handed over in memory. Nobody without the key can tell from two names whether they belong together (RFC 9000
//! section 9.5).
//!
//! What begins a connection stays where it comes in: a handshake has one address (RFC 9000 section 9), and its packets
//! have the long form. So only packets in the short form are looked at, and a connection that never moves costs one hash
//! of eight bytes per packet that comes in.
//!
//! # Invariants
//! - A packet in the short form meets no other endpoint than its own: another one would answer that it does not know the
//!   connection, in a way that the viewer believes.
//! - What waits to be taken over is bounded; beyond it packets are lost, as on any full link.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, ConnectionId, ConnectionIdGenerator, UdpPoller};

/// Bytes of a name: as many as quinn's own have.
const NAME: usize = 8;

/// Packets that may wait for one endpoint. An endpoint is woken by the first.
const MOST_WAITING: usize = 512;

/// The endpoints of one address.
#[derive(Debug)]
pub(super) struct Group {
    hasher: RandomState,
    inboxes: Box<[Inbox]>,
}

/// What came in at another socket.
#[derive(Default)]
struct Inbox {
    waiting: Mutex<VecDeque<Packet>>,
    waker: AtomicWaker,
}

struct Packet {
    bytes: Box<[u8]>,
    meta: RecvMeta,
}

impl Group {
    /// So many endpoints.
    pub(super) fn of(endpoints: usize) -> Arc<Self> {
        let inboxes = (0..endpoints).map(|_| Inbox::default()).collect();
        Arc::new(Self { hasher: RandomState::new(), inboxes })
    }

    /// The endpoint that connections of this name have.
    fn owner(&self, name: &[u8]) -> usize {
        let endpoints = self.inboxes.len() as u64;
        usize::try_from(self.hasher.hash_one(name) % endpoints).unwrap_or_default()
    }

    /// The endpoint that a packet is for; `None` where it stays where it came in.
    fn addressee(&self, packet: &[u8]) -> Option<usize> {
        let is_long = packet.first()? & 0x80 != 0;
        (!is_long).then(|| packet.get(1..=NAME).map(|name| self.owner(name))).flatten()
    }

    /// Draws names of connections of one endpoint.
    pub(super) fn names(self: &Arc<Self>, endpoint: usize) -> Box<dyn ConnectionIdGenerator> {
        Box::new(Names { group: Arc::clone(self), endpoint, drawn: 0, hasher: RandomState::new() })
    }

    /// The socket of one endpoint, with what comes for it at the others.
    pub(super) fn steer(
        self: &Arc<Self>,
        endpoint: usize,
        socket: Arc<dyn AsyncUdpSocket>,
    ) -> Arc<dyn AsyncUdpSocket> {
        if self.inboxes.len() == 1 {
            return socket;
        }
        Arc::new(Steered { socket, endpoint, group: Arc::clone(self) })
    }

    /// Hands a packet over.
    fn hand_over(&self, packet: &[u8], to: usize, meta: RecvMeta) {
        let inbox = &self.inboxes[to];
        let mut waiting = inbox.lock();
        if waiting.len() < MOST_WAITING {
            let meta = RecvMeta { len: packet.len(), stride: packet.len(), ..meta };
            waiting.push_back(Packet { bytes: packet.into(), meta });
            drop(waiting);
            inbox.waker.wake();
        }
    }
}

impl Inbox {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Packet>> {
        // A queue is whole, whoever panicked meanwhile.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies what waits into the buffers; how many packets that were.
    fn take(&self, buffers: &mut [IoSliceMut<'_>], metas: &mut [RecvMeta]) -> usize {
        let mut waiting = self.lock();
        let mut taken = 0;
        for (buffer, meta) in buffers.iter_mut().zip(metas) {
            let Some(packet) = waiting.pop_front() else { break };
            // All buffers of all endpoints have one size; a packet that was cut would not be taken for whole.
            let length = packet.bytes.len().min(buffer.len());
            buffer[..length].copy_from_slice(&packet.bytes[..length]);
            *meta = RecvMeta { len: length, ..packet.meta };
            taken += 1;
        }
        taken
    }
}

/// Draws names that lead to one endpoint.
struct Names {
    group: Arc<Group>,
    endpoint: usize,
    drawn: u64,
    /// Draws its key at random: what it makes of a count is no less so to whoever does not know the key.
    hasher: RandomState,
}

impl ConnectionIdGenerator for Names {
    fn generate_cid(&mut self) -> ConnectionId {
        loop {
            self.drawn += 1;
            let name = self.hasher.hash_one(self.drawn).to_be_bytes();
            if self.group.owner(&name) == self.endpoint {
                return ConnectionId::new(&name);
            }
        }
    }

    fn cid_len(&self) -> usize {
        NAME
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

/// One of several sockets.
#[derive(Debug)]
struct Steered {
    socket: Arc<dyn AsyncUdpSocket>,
    endpoint: usize,
    group: Arc<Group>,
}

impl Steered {
    /// Hands over what came in for others; of that nothing is left in the buffers.
    fn sort_out(&self, buffers: &[IoSliceMut<'_>], metas: &mut [RecvMeta]) {
        for (buffer, meta) in buffers.iter().zip(metas) {
            // Several packets of one sender, which may have several connections.
            let packets = || buffer[..meta.len].chunks(meta.stride.max(1));
            let mut to = packets().map(|packet| self.group.addressee(packet).unwrap_or(self.endpoint));
            if to.all(|to| to == self.endpoint) {
                continue;
            }
            for packet in packets() {
                let to = self.group.addressee(packet).unwrap_or(self.endpoint);
                self.group.hand_over(packet, to, *meta);
            }
            meta.len = 0;
        }
    }
}

impl AsyncUdpSocket for Steered {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Arc::clone(&self.socket).create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.socket.try_send(transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let inbox = &self.group.inboxes[self.endpoint];
        // Before it is looked into, so that nothing is missed.
        inbox.waker.register(cx.waker());
        let taken = inbox.take(buffers, metas);
        if taken > 0 {
            return Poll::Ready(Ok(taken));
        }
        let received = ready!(self.socket.poll_recv(cx, buffers, metas))?;
        self.sort_out(buffers, &mut metas[..received]);
        Poll::Ready(Ok(received))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.socket.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.socket.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.socket.may_fragment()
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("waiting", &self.lock().len()).finish()
    }
}

#[cfg(test)]
mod tests;
