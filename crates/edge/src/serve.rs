//! Viewers' connections: accepted up to a bound, served, watched, and let finish.
//!
//! Here alone a viewer's address is seen, or what a proxy says it is (`introduction`). It is handed to `addresses` to
//! be counted by, and stays with the connection to say who asks; it goes nowhere else.

mod activity;
mod addresses;
mod connection;
mod fault;
mod head;
mod http2;
mod introduction;
mod lane;
mod listen;
mod places;
mod quic;
mod quick;
mod rounds;
mod transport;
mod watchdog;
mod watched;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use mapper::Address;

use crate::asker::Peer;
use crate::config::Viewers;
use crate::core::Core;
use crate::live::Live;
use crate::metrics::ConnectionEvent;
use activity::Activity;
use addresses::{Addresses, Visit};
use connection::Requests;
use places::{Place, Places};
use rounds::Rounds;
use transport::Transport;
use watchdog::Watchdog;

pub(crate) use activity::InFlight;
pub(crate) use listen::{Door, ListenError, listen};
pub(crate) use quic::{QuicDoor, QuicListener, last_words, listen_quic};

/// What somebody gets who comes when there are too many.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// How often addresses are forgotten that have gone.
const FORGET_EVERY: Duration = Duration::from_secs(1);

/// Serves viewers' connections; shared by all listeners. A connection keeps the limits of the configuration that
/// held when it came, and each of its requests is answered by the one that holds then.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    live: Arc<Live>,
    places: Arc<Places>,
    rounds: Arc<Rounds>,
    /// Tells connections that carry several requests at a time when the edge drains.
    draining: Arc<watch::Sender<bool>>,
    /// What each address has.
    addresses: Arc<Addresses>,
    /// Handshakes over QUIC by whoever only claims an address.
    handshakes: Arc<quic::Handshakes>,
    /// Ends with the edge, and every connection with it.
    alive: watch::Receiver<()>,
}

impl Server {
    /// A server. When the sender of `alive` is dropped, connections that are still open are cut off.
    pub(crate) fn new(live: &Arc<Live>, alive: watch::Receiver<()>) -> Self {
        let addresses = Arc::new(Addresses::new(live.core().clock.now()));
        Self {
            live: Arc::clone(live),
            places: Arc::default(),
            rounds: Arc::default(),
            draining: Arc::default(),
            addresses,
            handshakes: Arc::default(),
            alive,
        }
    }

    /// Looks after connections and forgets addresses that have gone, all the time until the edge ends; with it
    /// every connection ends.
    pub(crate) async fn look_after(mut self) {
        let mut forgotten = self.live.core().clock.now();
        loop {
            let period = Watchdog::period(&self.live.core().config.viewers);
            tokio::select! {
                _ = self.alive.changed() => break,
                () = tokio::time::sleep(period) => {}
            }
            let core = self.live.core();
            let now = core.clock.now();
            self.rounds.look(&core.metrics, now);
            if now.saturating_duration_since(forgotten) >= FORGET_EVERY {
                self.addresses.sweep(now);
                forgotten = now;
            }
        }
        self.rounds.end_all();
    }

    /// Ends connections that wait for a request, and waits until the others have answered theirs.
    pub(crate) async fn finish(&self) {
        self.draining.send_replace(true);
        self.rounds.end_waiting();
        self.places.all_free().await;
    }

    /// Takes connections from `listener` until the task is aborted.
    pub(crate) async fn accept(self, listener: TcpListener, entrance: Entrance) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.take(stream, peer.ip(), entrance),
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    // Out of descriptors: some must be freed first.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Takes those who wait at a door from which nobody accepts any more: for them it was open.
    pub(crate) fn take_waiting(&self, door: &Door, entrance: Entrance) {
        for (stream, peer) in door.waiting() {
            self.take(stream, peer.ip(), entrance);
        }
    }

    fn take(&self, stream: TcpStream, address: IpAddr, entrance: Entrance) {
        let core = self.live.core();
        let Some(place) = self.places.take(core.config.viewers.max_connections) else {
            return turn_away(&stream, &core, entrance, ConnectionEvent::Refused);
        };
        let introduces = core.config.proxies.introduces(address);
        // A proxy is not counted by: whom it introduces is.
        let visit = if introduces { Ok(None) } else { self.enter(&core, address) };
        let Ok(visit) = visit else {
            return turn_away(&stream, &core, entrance, ConnectionEvent::RefusedAddress);
        };
        core.metrics.count_connection(ConnectionEvent::Accepted);
        if let Err(error) = listen::tune(&stream, core.config.viewers.write_timeout.get()) {
            tracing::debug!(%error, "a connection's options cannot be set");
        }
        let activity = Arc::new(Activity::default());
        activity.wait_for_opening(introduces || entrance == Entrance::Tls);
        let local = (entrance == Entrance::Tls).then(|| stream.local_addr().ok()).flatten();
        let requests = Requests {
            live: Arc::clone(&self.live),
            activity: Arc::clone(&activity),
            peer: Peer::socket(address).over_tls(entrance == Entrance::Tls),
            visit: visit.map(Arc::new),
            draining: Arc::clone(&self.draining),
            alt_svc: local.and_then(|local| quic::alt_svc(&core.config, local.port())),
        };
        let viewers = core.config.viewers.clone();
        let watchdog = Watchdog::new(&viewers, core.clock.now());
        let open = OpenConnection::count(&core, place);
        let task = if introduces {
            let server = self.clone();
            tokio::spawn(async move {
                let _open = open;
                server.serve_introduced(requests, stream, address, entrance, viewers).await;
            })
        } else {
            tokio::spawn(async move {
                // Dropped last: when the connection is not counted any more, its places are free.
                let _open = open;
                entrance.open(requests, stream, Bytes::new(), viewers).await;
            })
        };
        self.rounds.enter(activity, watchdog, task.abort_handle());
    }

    /// Serves a connection of a proxy that says first whose it is.
    async fn serve_introduced(
        self,
        mut requests: Requests,
        mut stream: TcpStream,
        proxy: IpAddr,
        entrance: Entrance,
        viewers: Viewers,
    ) {
        let introduced = introduction::read(&mut stream, &requests.activity).await;
        let core = self.live.core();
        let (source, unread) = match introduced {
            Ok(introduced) => introduced,
            Err(introduction::Failure::Left) => return,
            Err(introduction::Failure::NoHeader) => {
                return core.metrics.count_connection(ConnectionEvent::NoProxyHeader);
            }
        };
        requests.peer = requests.peer.introduced(source);
        // Somebody is counted where the proxy does not say whom.
        let counted = requests.peer.address().map_or(proxy, Address::ip);
        let Ok(visit) = self.enter(&core, counted) else {
            return turn_away(&stream, &core, entrance, ConnectionEvent::RefusedAddress);
        };
        requests.visit = visit.map(Arc::new);
        drop((self, core));
        entrance.open(requests, stream, unread, viewers).await;
    }

    /// Counts a connection of `address`; nothing to count where there is no bound.
    fn enter(&self, core: &Core, address: IpAddr) -> Result<Option<Visit>, TooManyOfOne> {
        let viewers = &core.config.viewers;
        if viewers.unlimited.iter().any(|network| network.contains(address)) {
            return Ok(None);
        }
        let visit = self.addresses.enter(address, core.clock.now(), viewers.max_connections_per_address);
        visit.map(Some).ok_or(TooManyOfOne)
    }
}

/// How connections begin that come through a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// With the first request.
    Clear,
    /// With a handshake.
    Tls,
}

impl Entrance {
    /// Serves a connection, of which `unread` has been read already, from its opening on.
    async fn open(self, requests: Requests, stream: TcpStream, unread: Bytes, viewers: Viewers) {
        let activity = Arc::clone(&requests.activity);
        if self == Self::Clear {
            activity.wait_for_opening(false);
            return connection::serve(requests, Transport::Clear(stream), unread, viewers).await;
        }
        // A configuration that listens for TLS has what it takes; one that does not any more has nothing to say.
        let Some(tls) = requests.live.core().tls.clone() else { return };
        match Transport::accept(stream, unread, tls.for_tcp()).await {
            // Whoever asked for the answer to a challenge has it, and nothing follows (RFC 8737 section 3).
            Ok(transport) if transport.is_challenge() => {}
            Ok(transport) => {
                activity.wait_for_opening(false);
                connection::serve(requests, transport, Bytes::new(), viewers).await;
            }
            Err(error) => {
                requests.live.core().metrics.count_connection(ConnectionEvent::NoHandshake);
                tracing::debug!(error = %error.kind(), "a handshake failed");
            }
        }
    }
}

/// One address has as many connections as it may have.
#[derive(Debug)]
struct TooManyOfOne;

/// Answers somebody who comes when there are too many.
fn turn_away(stream: &TcpStream, core: &Core, entrance: Entrance, event: ConnectionEvent) {
    core.metrics.count_connection(event);
    if entrance == Entrance::Tls {
        // A handshake for a refusal would cost more than the request.
        return;
    }
    // A courtesy to the client: it may be gone, or its buffer full.
    if stream.try_write(TOO_MANY).is_err() {
        tracing::debug!("a refused client took no answer");
    }
}

/// Counts a connection while it is open.
struct OpenConnection {
    gauge: prometheus::IntGauge,
    place: Option<Place>,
}

impl OpenConnection {
    fn count(core: &Core, place: Place) -> Self {
        let gauge = core.metrics.connections.clone();
        gauge.inc();
        Self { gauge, place: Some(place) }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        drop(self.place.take());
        self.gauge.dec();
    }
}
