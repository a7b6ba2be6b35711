//! The listeners of a running edge, each with the task that accepts from it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::admin;
use crate::live::Live;
use crate::serve::{Door, Entrance, Server};

/// The keys of the configuration that name addresses.
pub(super) const VIEWERS: &str = "viewers.listen";
pub(super) const TLS: &str = "tls.listen";
pub(super) const ADMIN: &str = "admin.listen";

/// A listener for viewers. Dropped, it is closed; connections that came through it are not.
#[derive(Debug)]
pub(super) struct ViewerDoor {
    pub(super) door: Door,
    entrance: Entrance,
    accepting: JoinHandle<()>,
}

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
        Self { door, entrance, accepting }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.door.local
    }

    /// Takes no connection any more; the listener is closed when this returns.
    pub(super) async fn close(mut self) {
        self.stop_accepting().await;
    }

    /// The same, but who has come to it is served.
    pub(super) async fn leave(mut self, server: &Server) {
        self.stop_accepting().await;
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
        let serving = tokio::spawn(serve(listener, Arc::clone(live), stopped));
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

async fn serve(listener: TcpListener, live: Arc<Live>, stopped: oneshot::Receiver<()>) {
    let until = async {
        // Dropped or sent: either way it is over.
        let _over = stopped.await;
    };
    if let Err(error) = axum::serve(listener, admin::router(live)).with_graceful_shutdown(until).await {
        tracing::error!(%error, "the admin listener ended");
    }
}
