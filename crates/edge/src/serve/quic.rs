//! HTTP/3: viewers' connections over QUIC (RFC 9000, RFC 9114), at the same addresses and ports as over TLS.
//!
//! quinn has packets, streams and their times; `http_framing` knows what the bytes of a stream say; here is what stands
//! between them and the one handler of requests. Places, bounds per address, the watchdog and the metrics are those of
//! connections over TCP.
//!
//! A viewer's address is used once it is known to be theirs: when the handshake is made, or when they came again with a
//! token that was sent there. It stays that of the handshake. Whoever moves to another one goes on with what is under
//! way; for what follows they are sent to make a new connection, for the new address may belong to another site.
//!
//! # Invariants
//! - Somebody who only claims an address makes the edge send no more than three times what it got and a part of one packet
//!   (quinn finishes a packet that it may begin), and keep no more than `handshakes` says.
//! - Bytes of bodies are handed to quinn as the references that they are.
//!
//! Deliberately absent: 0-RTT, whose requests anybody could send again; datagrams; push.

mod connection;
mod handshakes;
mod priorities;
mod request;
mod response;
mod rules;
mod session;
mod sockets;
mod steering;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quinn::{Endpoint, EndpointConfig, Incoming, Runtime as _, ServerConfig, TokioRuntime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::listen::ListenError;
use super::{Activity, OpenConnection, Server, Watchdog};
use crate::config::Config;
use crate::core::Core;
use crate::metrics::ConnectionEvent;
use connection::{Arrival, Claim};
pub(super) use handshakes::Handshakes;
use steering::Group;

/// How long the last words of connections may take when the edge ends.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// The endpoints of an address, from which nobody takes anything yet.
#[derive(Debug)]
pub(crate) struct QuicListener {
    endpoints: Vec<Endpoint>,
    rules: ServerConfig,
}

/// The endpoints of an address. Dropped, they are closed, and their connections end when nobody else holds them.
#[derive(Debug)]
pub(crate) struct QuicDoor {
    endpoints: Vec<Endpoint>,
    accepting: Vec<JoinHandle<()>>,
    /// Whether nobody is taken any more.
    leaving: Arc<watch::Sender<bool>>,
}

/// Opens sockets at `address`, which the configuration names under `key`, for connections by the rules of `core`; `None`
/// where HTTP/3 is not served. Where `is_shared`, sockets that leave when all goes well may have the port. Needs a tokio
/// runtime.
///
/// # Errors
/// The system refuses, or the certificate is no use for QUIC.
pub(crate) fn listen_quic(
    key: &'static str,
    address: SocketAddr,
    core: &Core,
    is_shared: bool,
) -> Result<Option<QuicListener>, ListenError> {
    let Some(tls) = core.tls.as_ref().filter(|_| core.config.tls.http3) else { return Ok(None) };
    let open = || {
        let rules = rules::rules(tls, &core.config.viewers, None).map_err(io::Error::other)?;
        let endpoints = endpoints(address, is_shared, &rules)?;
        Ok(Some(QuicListener { endpoints, rules }))
    };
    open().map_err(|error| ListenError { key, address, error })
}

/// An endpoint for each socket at `address`.
fn endpoints(address: SocketAddr, is_shared: bool, rules: &ServerConfig) -> io::Result<Vec<Endpoint>> {
    let sockets = sockets::open(address, is_shared)?;
    let group = Group::of(sockets.len());
    // One key for all: what says that a connection is not known (RFC 9000 section 10.3) is the same everywhere.
    let common = EndpointConfig::default();
    let open = |(index, socket)| {
        let socket = group.steer(index, TokioRuntime.wrap_udp_socket(socket)?);
        let mut config = common.clone();
        let names = Arc::clone(&group);
        config.cid_generator(move || names.names(index));
        Endpoint::new_with_abstract_socket(config, Some(rules.clone()), socket, Arc::new(TokioRuntime))
    };
    sockets.into_iter().enumerate().map(open).collect()
}

/// What `Alt-Svc` says on answers over TCP that come from this `port` (RFC 7838): the same is to be had over QUIC.
/// `None` where it is not.
pub(crate) fn alt_svc(config: &Config, port: u16) -> Option<http::HeaderValue> {
    let text = || format!("h3=\":{port}\"; ma=86400").parse().ok();
    config.tls.http3.then(text).flatten()
}

impl QuicDoor {
    /// Takes connections from now on.
    pub(crate) fn open(listener: QuicListener, server: &Server) -> Self {
        let QuicListener { endpoints, rules } = listener;
        let leaving = Arc::new(watch::Sender::new(false));
        let accept = |endpoint: &Endpoint| {
            tokio::spawn(server.clone().accept_quic(endpoint.clone(), rules.clone(), Arc::clone(&leaving)))
        };
        let accepting = endpoints.iter().map(accept).collect();
        Self { endpoints, accepting, leaving }
    }

    /// Takes no connection any more. Those that are there answer what they have begun, and end.
    pub(crate) fn leave(mut self) {
        self.leaving.send_replace(true);
        // They end with their last connection.
        self.accepting.clear();
    }

    /// Takes no connection any more; those that are there are told elsewhere.
    pub(crate) fn close(&self) {
        self.leaving.send_replace(true);
    }
}

/// Waits until viewers were told that their connections are over, but not for long.
pub(crate) async fn last_words(doors: Vec<QuicDoor>) {
    let endpoints = doors.iter().flat_map(|door| &door.endpoints);
    let all = futures_util::future::join_all(endpoints.map(Endpoint::wait_idle));
    let _said_or_late = tokio::time::timeout(LAST_WORDS, all).await;
}

impl Drop for QuicDoor {
    fn drop(&mut self) {
        self.accepting.iter().for_each(JoinHandle::abort);
    }
}

impl Server {
    /// Takes connections from `endpoint` until the door leaves, and then until the last one is over.
    async fn accept_quic(
        self,
        endpoint: Endpoint,
        mut rules: ServerConfig,
        leaving: Arc<watch::Sender<bool>>,
    ) {
        let mut changes = self.live.changes();
        let mut left = leaving.subscribe();
        let ended = async {
            // The sender lives as long as this does.
            let _left = left.wait_for(|left| *left).await.is_ok();
            endpoint.wait_idle().await;
        };
        tokio::pin!(ended);
        loop {
            tokio::select! {
                incoming = endpoint.accept() => match incoming {
                    Some(incoming) if *leaving.borrow() => incoming.refuse(),
                    Some(incoming) => self.take_quic(incoming, &leaving),
                    None => return,
                },
                Ok(()) = changes.changed() => {
                    let core = self.live.core();
                    let Some(tls) = &core.tls else { continue };
                    match rules::rules(tls, &core.config.viewers, Some(&rules)) {
                        Ok(new) => rules = new,
                        Err(error) => tracing::error!(%error, "HTTP/3 keeps its certificate"),
                    }
                    endpoint.set_server_config(Some(rules.clone()));
                }
                () = &mut ended => return,
            }
        }
    }

    fn take_quic(&self, incoming: Incoming, leaving: &Arc<watch::Sender<bool>>) {
        let core = self.live.core();
        let handshake = if incoming.remote_address_validated() {
            None
        } else if let Some(handshake) = self.handshakes.begin() {
            Some(handshake)
        } else {
            // Whoever has not shown an address may always be asked for one.
            let _asked = incoming.retry();
            return;
        };
        let address = incoming.remote_address().ip();
        let Some(place) = self.places.take(core.config.viewers.max_connections) else {
            core.metrics.count_connection(ConnectionEvent::Refused);
            return incoming.refuse();
        };
        let proven = || self.enter(&core, address).map(Claim::Proven);
        let Ok(claim) = handshake.map_or_else(proven, |under_way| Ok(Claim::Unproven(under_way))) else {
            core.metrics.count_connection(ConnectionEvent::RefusedAddress);
            return incoming.refuse();
        };
        let connecting = match incoming.accept() {
            Ok(connecting) => connecting,
            Err(error) => {
                core.metrics.count_connection(ConnectionEvent::NoHandshake);
                tracing::debug!(error = connection::told(&error), "a handshake failed");
                return;
            }
        };
        let activity = Arc::new(Activity::default());
        activity.wait_for_opening(true);
        let watchdog = Watchdog::new(&core.config.viewers, core.clock.now());
        let open = OpenConnection::count(&core, place);
        let arrival = Arrival {
            server: self.clone(),
            activity: Arc::clone(&activity),
            claim,
            leaving: leaving.subscribe(),
            viewers: core.config.viewers.clone(),
        };
        let task = tokio::spawn(async move {
            // Dropped last: when the connection is not counted any more, its places are free.
            let _open = open;
            arrival.serve(connecting).await;
        });
        self.rounds.enter(activity, watchdog, task.abort_handle());
    }
}
