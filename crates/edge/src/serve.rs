//! Viewers' connections: accepted up to a bound, served, watched, and let finish.
//!
//! Here alone a viewer's address is seen. It is handed to `addresses` to be counted by, and to nobody else.

mod activity;
mod addresses;
mod listen;
mod watchdog;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::Watcher;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::config::Viewers;
use crate::core::Core;
use crate::live::Live;
use crate::metrics::ConnectionEvent;
use crate::refusal::Refusal;
use crate::route;
use activity::{Activity, Watched};
use addresses::{Addresses, Visit};
use watchdog::Watchdog;

pub(crate) use activity::InFlight;
pub(crate) use listen::{Door, ListenError, listen};

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
    /// Connections that are open.
    places: Arc<AtomicUsize>,
    /// What each address has.
    addresses: Arc<Addresses>,
    /// Ends with the edge, and every connection with it.
    alive: watch::Receiver<()>,
}

impl Server {
    /// A server. When the sender of `alive` is dropped, connections that are still open are cut off.
    pub(crate) fn new(live: &Arc<Live>, alive: watch::Receiver<()>) -> Self {
        let addresses = Arc::new(Addresses::new(live.core().clock.now()));
        Self { live: Arc::clone(live), places: Arc::default(), addresses, alive }
    }

    /// Forgets addresses that have gone, all the time until the edge ends.
    pub(crate) async fn forget_addresses(mut self) {
        let mut ticks = tokio::time::interval(FORGET_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = self.alive.changed() => break,
                _ = ticks.tick() => self.addresses.sweep(self.live.core().clock.now()),
            }
        }
    }

    /// Takes connections from `listener` until the task is aborted; `watcher` lets them finish.
    pub(crate) async fn accept(self, listener: TcpListener, watcher: impl Fn() -> Watcher + Send) {
        loop {
            match listener.accept().await {
                // The address of the peer is counted by, and goes no further.
                Ok((stream, peer)) => self.take(stream, peer.ip(), watcher()),
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    // Out of descriptors: some must be freed first.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Takes those who wait at a door from which nobody accepts any more: for them it was open.
    pub(crate) fn take_waiting(&self, door: &Door, watcher: impl Fn() -> Watcher) {
        for (stream, peer) in door.waiting() {
            self.take(stream, peer.ip(), watcher());
        }
    }

    fn take(&self, stream: TcpStream, address: IpAddr, watcher: Watcher) {
        let core = self.live.core();
        let Some(place) = Place::take(&self.places, core.config.viewers.max_connections) else {
            return turn_away(&stream, &core, ConnectionEvent::Refused);
        };
        let Ok(visit) = self.enter(&core, address) else {
            return turn_away(&stream, &core, ConnectionEvent::RefusedAddress);
        };
        core.metrics.count_connection(ConnectionEvent::Accepted);
        if let Err(error) = listen::tune(&stream, core.config.viewers.write_timeout.get()) {
            tracing::debug!(%error, "a connection's options cannot be set");
        }
        tokio::spawn(self.clone().serve(stream, core, watcher, place, visit));
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

    async fn serve(
        mut self,
        stream: TcpStream,
        core: Arc<Core>,
        watcher: Watcher,
        place: Place,
        visit: Option<Visit>,
    ) {
        // Dropped last: when the connection is not counted any more, its places are free.
        let _open = OpenConnection::count(&core, place);
        let activity = Arc::new(Activity::default());
        let live = Arc::clone(&self.live);
        let per_request = Arc::clone(&activity);
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let in_flight = InFlight::begin(&per_request, request.version());
            let core = live.core();
            let admitted = visit.as_ref().is_none_or(|visit| {
                visit.admits(core.clock.now(), core.config.viewers.max_requests_per_second_per_address)
            });
            async move {
                let response = if admitted {
                    route::answer(&core, request).await
                } else {
                    route::refused(&core, request.method(), Refusal::TooOften)
                };
                Ok::<_, Infallible>(response.map(|body| body.keeping(in_flight)))
            }
        });
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
        let http = http(&core.config.viewers);
        let connection = watcher.watch(http.serve_connection(io, service).into_owned());
        tokio::pin!(connection);
        let (clock, metrics) = (core.clock.clone(), Arc::clone(&core.metrics));
        let mut watchdog = Watchdog::new(&core.config.viewers, clock.now());
        // A connection may last for hours: it does not hold a configuration that has passed.
        drop(core);
        let mut ticks = tokio::time::interval(watchdog.period());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                result = &mut connection => {
                    if let Err(error) = result {
                        tracing::debug!(error = &*error as &dyn std::error::Error, "a connection ended");
                    }
                    break;
                }
                _ = self.alive.changed() => break,
                _ = ticks.tick() => {
                    if let Some(event) = watchdog.look(activity.sample(), clock.now()) {
                        metrics.count_connection(event);
                        break;
                    }
                }
            }
        }
    }
}

/// One address has as many connections as it may have.
#[derive(Debug)]
struct TooManyOfOne;

/// Answers somebody who comes when there are too many.
fn turn_away(stream: &TcpStream, core: &Core, event: ConnectionEvent) {
    core.metrics.count_connection(event);
    // A courtesy to the client: it may be gone, or its buffer full.
    if stream.try_write(TOO_MANY).is_err() {
        tracing::debug!("a refused client took no answer");
    }
}

/// A connection's protocols and their bounds. Times are kept by the watchdog, which costs no timer per request.
fn http(viewers: &Viewers) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().header_read_timeout(None).max_buf_size(viewers.max_head.in_memory());
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(viewers.max_streams)
        .max_header_list_size(u32::try_from(viewers.max_head.get()).unwrap_or(u32::MAX))
        .keep_alive_interval(viewers.idle_timeout.get())
        .keep_alive_timeout(viewers.header_timeout.get());
    http
}

/// One of the places for connections; free again when it is dropped.
#[derive(Debug)]
struct Place(Arc<AtomicUsize>);

impl Place {
    /// Takes one, unless `most` are taken.
    fn take(taken: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let free = |taken: usize| (taken < most).then(|| taken + 1);
        taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok()?;
        Some(Self(Arc::clone(taken)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
