//! The listeners of a running edge, each with the task that accepts from it.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admin;
use crate::core::Core;
use crate::live::Live;
use crate::serve::{self, Door, Entrance, ListenError, QuicDoor, QuicListener, Server};

/// The keys of the configuration that name addresses.
pub(super) const VIEWERS: &str = "viewers.listen";
pub(super) const TLS: &str = "tls.listen";
pub(super) const ADMIN: &str = "admin.listen";

/// A listener for viewers. Dropped, it is closed; connections that came through it are not.
#[derive(Debug)]
pub(super) struct ViewerDoor {
    pub(super) door: Door,
    /// The same address over QUIC.
    pub(super) quic: Option<QuicDoor>,
    entrance: Entrance,
    accepting: JoinHandle<()>,
}

/// What becomes of an address over QUIC.
#[derive(Debug)]
pub(super) enum QuicChange {
    /// It is as it was.
    Stays,
    /// It is served from now on.
    Begins(Box<QuicListener>),
    /// It is not served any more.
    Ends,
}

/// An address for viewers over TLS that is open, but nobody accepts from it yet; and the same over QUIC.
pub(super) type OverTls = (TcpListener, Door, Option<QuicListener>);

/// Listens over TCP and, where `core` says so, over UDP at the same port. Doors that are `leaving` are not in the way, nor are
/// sockets of theirs where QUIC `is_shared`.
pub(super) fn listen_over_tls(
    core: &Core,
    address: SocketAddr,
    leaving: &[&Door],
    is_shared: bool,
) -> Result<OverTls, ListenError> {
    // A port that the system chooses over TCP may be somebody's over UDP: then it chooses another one.
    let mut left = if address.port() == 0 { PORTS_TO_TRY } else { 1 };
    loop {
        left -= 1;
        let (listener, door) = serve::listen(TLS, address, leaving)?;
        match serve::listen_quic(TLS, door.local, core, is_shared) {
            Err(error) if left > 0 && error.error.kind() == ErrorKind::AddrInUse => {}
            opened => return opened.map(|quic| (listener, door, quic)),
        }
    }
}

const PORTS_TO_TRY: u32 = 32;

/// The listener for operators. Dropped, it is closed and its connections are cut off.
#[derive(Debug)]
pub(super) struct AdminDoor {
    pub(super) door: Door,
    serving: Option<JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
}

impl ViewerDoor {
    pub(super) fn open(listener: TcpListener, door: Door, server: &Server, entrance: Entrance) -> Self {
        let accepting = tokio::spawn(server.clone().accept(listener, entrance));
        Self { door, quic: None, entrance, accepting }
    }

    pub(super) fn open_over_tls((listener, door, quic): OverTls, server: &Server) -> Self {
        let mut opened = Self::open(listener, door, server, Entrance::Tls);
        opened.quic = quic.map(|quic| QuicDoor::open(quic, server));
        opened
    }

    /// Serves over QUIC too, from sockets that are open already; or not any more.
    pub(super) fn change_quic(&mut self, change: QuicChange, server: &Server) {
        let opened = match change {
            QuicChange::Stays => return,
            QuicChange::Ends => None,
            QuicChange::Begins(listener) => Some(QuicDoor::open(*listener, server)),
        };
        if let Some(before) = std::mem::replace(&mut self.quic, opened) {
            before.leave();
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.door.local
    }

    /// Takes no connection any more; the listener is closed when this returns, but not yet that over QUIC, whose connections
    /// live on it.
    pub(super) async fn close(mut self) -> Option<QuicDoor> {
        self.stop_accepting().await;
        self.quic.take().inspect(QuicDoor::close)
    }

    /// The same, but who has come to it is served.
    pub(super) async fn leave(mut self, server: &Server) {
        self.stop_accepting().await;
        self.change_quic(QuicChange::Ends, server);
        server.take_waiting(&self.door, self.entrance);
    }

    async fn stop_accepting(&mut self) {
        self.accepting.abort();
        let _aborted = (&mut self.accepting).await;
    }
}

impl Drop for ViewerDoor {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl AdminDoor {
    pub(super) fn open(listener: TcpListener, door: Door, live: &Arc<Live>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve_operators(listener, Arc::clone(live), stopped));
        Self { door, serving: Some(serving), stop: Some(stop) }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.door.local
    }

    /// Takes no request any more, and lets those under way end.
    pub(super) async fn end(mut self, patience: Duration) {
        self.stop();
        if let Some(serving) = &mut self.serving {
            let _ended = tokio::time::timeout(patience, serving).await;
        }
    }

    /// Takes no connection any more, and leaves those under way to themselves.
    pub(super) fn leave(mut self) {
        self.stop();
        drop(self.serving.take());
    }

    fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody hears it who has ended already.
            let _ended = stop.send(());
        }
    }
}

impl Drop for AdminDoor {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn serve_operators(listener: TcpListener, live: Arc<Live>, stopped: oneshot::Receiver<()>) {
    let until = async {
        // Dropped or sent: either way it is over.
        let _over = stopped.await;
    };
    if let Err(error) = axum::serve(listener, admin::router(live)).with_graceful_shutdown(until).await {
        tracing::error!(%error, "the admin listener ended");
    }
}
