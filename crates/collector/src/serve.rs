//! The server: from sockets to the store.
//!
//! A request meets, in this order: the place for its connection, TLS, time limits for its head, its path and method, the
//! token, its form, a place among those that are worked on, time and size limits of its body, the parser, the store. What
//! is refused is refused at the first of them, and costs no more.

mod answer;
mod body;
mod connection;
mod counts;
mod malformed;
mod query;
mod refusal;
mod reports;
mod routes;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::clock::{Clock, day, days};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::store::{OpenError, Store};
use crate::tls::{self, TlsError, TlsFiles};
use crate::token::Token;

/// How often is looked for reports that are to be forgotten.
const BETWEEN_CLEANINGS: Duration = Duration::from_hours(1);

/// Before the next try when the system has no descriptor for another connection.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// What a collector is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// The SQLite file.
    pub database: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The server's identity; without one it speaks cleartext.
    pub tls: Option<TlsFiles>,
    /// What senders have to show.
    pub token: Option<Token>,
    /// How long reports are kept, in whole days; one at least.
    pub retention: Duration,
    /// The bounds.
    pub limits: Limits,
}

/// Why no collector runs.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Reports and the token would cross a network in the clear, or anybody could send.
    #[error(
        "{0} is not on this machine alone: beyond it a collector needs a certificate, its key and a token"
    )]
    Exposed(SocketAddr),
    /// Reports would go the moment they come.
    #[error("reports are kept for whole days, one at least")]
    Retention,
    /// The certificate or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The database.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The address cannot be listened on.
    #[error("{0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The counters cannot be made.
    #[error(transparent)]
    Metrics(#[from] prometheus::Error),
}

/// A running collector. Dropped, it goes on without anybody who could end it; [`Self::drain`] ends it.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    desk: Arc<Desk>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    cleaning: JoinHandle<()>,
}

/// What requests are answered with.
#[derive(Debug)]
struct Desk {
    store: Arc<Store>,
    metrics: Metrics,
    token: Option<Token>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    /// Places for requests that are worked on.
    places: Semaphore,
}

impl Collector {
    /// Starts it. Needs a tokio runtime.
    ///
    /// # Errors
    /// What is wrong with the options or the files; nothing runs then.
    pub async fn start(options: Options, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let Options { database, listen, tls, token, retention, limits } = options;
        if !listen.ip().is_loopback() && (tls.is_none() || token.is_none()) {
            return Err(StartError::Exposed(listen));
        }
        if days(retention) == 0 {
            return Err(StartError::Retention);
        }
        let tls = tls.as_ref().map(tls::acceptor).transpose()?;
        let metrics = Metrics::new()?;
        let store = Arc::new(Store::open(&database, limits.busy).await?);
        let refused = |error| StartError::Listen(listen, error);
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let places = Semaphore::new(limits.requests);
        let desk = Arc::new(Desk { store, metrics, token, limits, clock, places });
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, tls, Arc::clone(&desk), stopped));
        let cleaning = tokio::spawn(clean(Arc::clone(&desk.store), Arc::clone(&desk.clock), retention));
        Ok(Self { address, desk, stop, accepting, cleaning })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more, lets what is under way finish for as long as the limits say, and closes the file.
    pub async fn drain(self) {
        self.cleaning.abort();
        // Nobody hears when there is no connection.
        let _nobody = self.stop.send(true);
        let _ended = self.accepting.await;
        // Each connection holds the other end, and ends within the time that it has.
        self.stop.closed().await;
        self.desk.store.close().await;
    }
}

/// Takes connections, as many as there are places for.
async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    desk: Arc<Desk>,
    mut stopped: watch::Receiver<bool>,
) {
    let connections = Arc::new(Semaphore::new(desk.limits.connections));
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&connections).acquire_owned().await.ok()?;
            Some((next(&listener).await, place))
        };
        let (stream, place) = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            next = next => match next {
                Some(next) => next,
                None => return,
            },
        };
        let (tls, desk, stopped) = (tls.clone(), Arc::clone(&desk), stopped.clone());
        tokio::spawn(async move {
            connection::serve(stream, tls, desk, stopped).await;
            drop(place);
        });
    }
}

async fn next(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            // Whose address it is, nobody asks.
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
        }
    }
}

/// Forgets what is older than it may get, now and again.
async fn clean(store: Arc<Store>, clock: Arc<dyn Clock>, retention: Duration) {
    let mut turns = tokio::time::interval(BETWEEN_CLEANINGS);
    loop {
        turns.tick().await;
        match store.forget_before(day(clock.wall()).saturating_sub(days(retention))).await {
            Ok(0) => {}
            Ok(reports) => tracing::info!(reports, "forgotten: kept as long as they may be"),
            Err(error) => {
                tracing::warn!(%error, "old reports could not be forgotten; tried again in an hour");
            }
        }
    }
}
