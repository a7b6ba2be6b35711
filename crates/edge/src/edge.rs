//! A running edge: its listeners, its configuration while it runs, and its end.

mod doors;
mod reload;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::clock::Clock;
use crate::config::Config;
use crate::core::{Core, CoreError};
use crate::live::Live;
use crate::offices::MapError;
use crate::recording;
use crate::redirect;
use crate::report::{Reports, Sending};
use crate::serve::{self, Entrance, ListenError, Server};
use crate::tls;
use crate::tls::acme::{Acme, Renewing};
use doors::{AdminDoor, ViewerDoor};

/// A running edge. Dropping it cuts every connection off; [`Edge::drain`] lets transfers finish.
#[derive(Debug)]
pub struct Edge {
    live: Arc<Live>,
    server: Server,
    viewers: Vec<ViewerDoor>,
    /// Where those are.
    addresses: Vec<SocketAddr>,
    over_tls: Vec<ViewerDoor>,
    /// Where those are.
    tls_addresses: Vec<SocketAddr>,
    admin: AdminDoor,
    /// The task that asks other edges whether they are there.
    #[expect(dead_code, reason = "kept for its end")]
    checks: EndWithEdge,
    /// The task that says when certificates end.
    #[expect(dead_code, reason = "kept for its end")]
    expiry: EndWithEdge,
    /// The task that counts what viewers watch.
    recording: EndWithEdge,
    /// The task that sends reports.
    sending: Sending,
    /// The task that gets and renews a certificate.
    renewing: Renewing,
    /// Connections end when it is dropped.
    _alive: watch::Sender<()>,
}

/// Time to keep the last window of counts when the edge ends: a disk that hangs must not hold it.
const LAST_WINDOW: Duration = Duration::from_secs(10);

/// Ends a task when the edge ends.
#[derive(Debug)]
struct EndWithEdge(AbortHandle);

impl Drop for EndWithEdge {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why an edge cannot start, or cannot use another configuration.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What the configuration names cannot be used.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

impl StartError {
    /// The faults of the map's files, each with its place: the first of them, and how many there are.
    pub fn map_faults(&self) -> Option<(&[String], usize)> {
        match self {
            Self::Core(CoreError::Map(MapError::Faults { shown, total })) => Some((shown, *total)),
            _ => None,
        }
    }
}

/// How an edge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut off because the time was over.
    pub cut: i64,
}

impl Edge {
    /// Starts an edge.
    ///
    /// # Errors
    /// The configuration cannot be used, or an address is taken.
    pub fn start(config: Config, clock: Clock) -> Result<Self, StartError> {
        let mut core = Core::new(config, clock)?;
        core.open_reports()?;
        core.open_acme()?;
        let listeners = core
            .config
            .viewers
            .listen
            .iter()
            .map(|address| serve::listen(doors::VIEWERS, *address, &[]))
            .collect::<Result<Vec<_>, _>>()?;
        let over_tls = core
            .config
            .tls
            .listen
            .iter()
            .map(|address| doors::listen_over_tls(&core, *address, &[], false))
            .collect::<Result<Vec<_>, _>>()?;
        let admin = serve::listen(doors::ADMIN, core.config.admin.listen, &[])?;
        core.begin();
        core.begin_counting();
        core.show_certificates();
        let live = Arc::new(Live::new(core));
        let (alive, until_dropped) = watch::channel(());
        let server = Server::new(&live, until_dropped);
        tokio::spawn(server.clone().look_after());
        let checks = tokio::spawn(redirect::look_after(Arc::clone(&live))).abort_handle();
        let expiry = tokio::spawn(tls::expiry::look_after(Arc::clone(&live))).abort_handle();
        let recording = tokio::spawn(recording::look_after(Arc::clone(&live))).abort_handle();
        let viewers: Vec<_> = listeners
            .into_iter()
            .map(|(listener, door)| ViewerDoor::open(listener, door, &server, Entrance::Clear))
            .collect();
        let over_tls: Vec<_> =
            over_tls.into_iter().map(|over_tls| ViewerDoor::open_over_tls(over_tls, &server)).collect();
        Ok(Self {
            addresses: viewers.iter().map(ViewerDoor::address).collect(),
            tls_addresses: over_tls.iter().map(ViewerDoor::address).collect(),
            over_tls,
            viewers,
            admin: AdminDoor::open(admin.0, admin.1, &live),
            sending: Sending::begin(&live),
            renewing: Renewing::begin(&live),
            live,
            server,
            checks: EndWithEdge(checks),
            expiry: EndWithEdge(expiry),
            recording: EndWithEdge(recording),
            _alive: alive,
        })
    }

    /// Builds everything that a start would build but the listeners, and drops it: what the configuration
    /// names beyond itself, such as files of certificate authorities, is there and usable.
    ///
    /// # Errors
    /// What a start would say.
    pub fn rehearse(config: Config) -> Result<(), StartError> {
        let core = Core::new(config, Clock::system())?;
        Reports::rehearse(&core.config.telemetry).map_err(CoreError::from)?;
        Acme::rehearse(&core.config.tls.acme, &core.clock).map_err(CoreError::from)?;
        Ok(())
    }

    /// Where viewers are served.
    pub fn viewers(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where viewers are served over TLS.
    pub fn viewers_over_tls(&self) -> &[SocketAddr] {
        &self.tls_addresses
    }

    /// Where operators are served.
    pub fn admin(&self) -> SocketAddr {
        self.admin.address()
    }

    /// Ends the edge: not ready any more, no new connections, transfers under way finish within the
    /// configured time or are cut off. The admin listener goes last.
    pub async fn drain(mut self) -> Drained {
        let core = self.live.core();
        let began = core.clock.now();
        core.drain();
        let mut over_quic = Vec::new();
        // What is shown to an authority is taken back beside the rest, which may take all the time.
        let renewing = tokio::spawn(self.renewing.end(core.config.drain.timeout.get()));
        for door in self.viewers.drain(..).chain(self.over_tls.drain(..)) {
            over_quic.extend(door.close().await);
        }
        let open = core.metrics.connections.get();
        tracing::info!(open, "draining");
        let in_time =
            tokio::time::timeout(core.config.drain.timeout.get(), self.server.finish()).await.is_ok();
        let cut = if in_time { 0 } else { core.metrics.connections.get() };
        serve::last_words(over_quic).await;
        drop(self.recording);
        if tokio::time::timeout(LAST_WINDOW, recording::end(&self.live)).await.is_err() {
            tracing::warn!("the last window of counts could not be kept in time");
        }
        let left = core.config.drain.timeout.get().saturating_sub(core.clock.now() - began);
        self.sending.end(left).await;
        // It has a limit of its own, which began with this.
        let _ended = renewing.await;
        self.admin.end(Duration::from_secs(1)).await;
        Drained { cut }
    }
}
