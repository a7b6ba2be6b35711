//! A running edge: its listeners, and its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::admin;
use crate::clock::Clock;
use crate::config::Config;
use crate::core::{Core, CoreError};
use crate::serve::{self, ListenError, Server};

/// A running edge. Dropping it cuts every connection off; [`Edge::drain`] lets transfers finish.
#[derive(Debug)]
pub struct Edge {
    core: Arc<Core>,
    viewers: Vec<SocketAddr>,
    admin: SocketAddr,
    accepting: Vec<JoinHandle<()>>,
    connections: Arc<GracefulShutdown>,
    /// Connections end when it is dropped.
    _alive: watch::Sender<()>,
    admin_task: JoinHandle<()>,
    stop_admin: Option<oneshot::Sender<()>>,
}

/// Why an edge cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What the configuration names cannot be used.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system does not tell the address of a listener.
    #[error("the address of a listener is not known: {0}")]
    Address(#[from] std::io::Error),
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
        let core = Core::new(config, clock)?;
        let listeners = core
            .config
            .viewers
            .listen
            .iter()
            .map(|address| serve::listen("viewers.listen", *address))
            .collect::<Result<Vec<_>, _>>()?;
        let admin_listener = serve::listen("admin.listen", core.config.admin.listen)?;
        let viewers = listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
        let admin = admin_listener.local_addr()?;
        let connections = Arc::new(GracefulShutdown::new());
        let (alive, until_dropped) = watch::channel(());
        let server = Server::new(&core, until_dropped);
        let accept = |listener| {
            let connections = Arc::clone(&connections);
            tokio::spawn(server.clone().accept(listener, move || connections.watcher()))
        };
        let accepting = listeners.into_iter().map(accept).collect();
        let (stop_admin, stopped) = oneshot::channel();
        let admin_task = tokio::spawn(serve_admin(admin_listener, Arc::clone(&core), stopped));
        Ok(Self {
            core,
            viewers,
            admin,
            accepting,
            connections,
            _alive: alive,
            admin_task,
            stop_admin: Some(stop_admin),
        })
    }

    /// Builds everything that a start would build but the listeners, and drops it: what the configuration
    /// names beyond itself, such as files of certificate authorities, is there and usable.
    ///
    /// # Errors
    /// What a start would say.
    pub fn rehearse(config: Config) -> Result<(), StartError> {
        Core::new(config, Clock::system())?;
        Ok(())
    }

    /// Where viewers are served.
    pub fn viewers(&self) -> &[SocketAddr] {
        &self.viewers
    }

    /// Where operators are served.
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Ends the edge: not ready any more, no new connections, transfers under way finish within the
    /// configured time or are cut off. The admin listener goes last.
    pub async fn drain(mut self) -> Drained {
        self.core.drain();
        for task in &self.accepting {
            task.abort();
        }
        for task in self.accepting.drain(..) {
            // Aborted just now: the listener is closed when this returns.
            let _aborted = task.await;
        }
        let open = self.core.metrics.connections.get();
        tracing::info!(open, "draining");
        let connections = std::mem::replace(&mut self.connections, Arc::new(GracefulShutdown::new()));
        let finished = async {
            // The accept loops that shared it are gone.
            if let Some(connections) = Arc::into_inner(connections) {
                connections.shutdown().await;
            }
        };
        let in_time = tokio::time::timeout(self.core.config.drain.timeout.get(), finished).await.is_ok();
        let cut = if in_time { 0 } else { self.core.metrics.connections.get() };
        if let Some(stop) = self.stop_admin.take()
            && stop.send(()).is_ok()
        {
            let _ended = tokio::time::timeout(Duration::from_secs(1), &mut self.admin_task).await;
        }
        Drained { cut }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.accepting.iter().for_each(JoinHandle::abort);
        self.admin_task.abort();
    }
}

async fn serve_admin(listener: TcpListener, core: Arc<Core>, stopped: oneshot::Receiver<()>) {
    let until = async {
        // Dropped or sent: either way it is over.
        let _over = stopped.await;
    };
    if let Err(error) = axum::serve(listener, admin::router(core)).with_graceful_shutdown(until).await {
        tracing::error!(%error, "the admin listener ended");
    }
}
