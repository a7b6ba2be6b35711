//! The demo's origin server: the sample and the live channel over HTTP/1.1, as a CDN would serve them.
//!
//! What it is for is being cached: strong entity tags, Last-Modified, lifetimes as real origins set them, single ranges,
//! 304. It counts requests by path, so that a test or a page can say what came all the way here. [`Pace`] makes it
//! as far away and as narrow as asked.
//!
//! Invariants: only files of the sample whose path passes `route` are served; open connections, counted paths and
//! bytes under way are bounded. Absent on purpose: TLS, HTTP/2, compression, multi-part ranges, directory listings.

mod body;
mod conditional;
mod pace;
mod range;
mod representation;
mod requests;
mod respond;
mod route;

use std::{convert::Infallible, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    task::{JoinHandle, JoinSet},
};

pub use pace::Pace;
use pace::Pacer;
use representation::Content;
use requests::Requests;
use respond::Responder;

/// Most connections at a time; more wait in the listener's queue.
const CONNECTIONS: usize = 1024;

/// How long a connection may stay without a request.
const IDLE: Duration = Duration::from_secs(90);

/// How long a stopping origin lets answers under way go on.
const GRACE: Duration = Duration::from_secs(2);

/// A running origin. Dropping it stops it in the background; [`Origin::shutdown`] waits for that.
#[derive(Debug)]
pub struct Origin {
    address: SocketAddr,
    requests: Arc<Requests>,
    /// Never sent on: its end is the sign to stop.
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Origin {
    /// Serves the sample folder on `listen`. `on_air` says how long the live channel has been on the air, best
    /// counted from the Unix epoch (see [`live`](super::live)); it is asked once for each live request.
    ///
    /// Fails when the address is taken, or when the folder does not hold the sample. Needs a tokio runtime.
    pub async fn start(
        listen: SocketAddr,
        sample: &Path,
        pace: Pace,
        on_air: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let content = Content::open(sample, Box::new(on_air)).await?;
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let requests = Arc::new(Requests::default());
        let responder =
            Arc::new(Responder { content, requests: Arc::clone(&requests), pacer: Pacer::start(pace) });
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, responder, stopped));
        Ok(Self { address, requests, stop, serving })
    }

    /// Where it listens; the port is the real one even if port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often a path was asked for, whatever the method and the answer; the query does not count.
    pub fn requests(&self, path: &str) -> u64 {
        self.requests.of(path)
    }

    /// How many requests there were in all.
    pub fn total(&self) -> u64 {
        self.requests.total()
    }

    /// Stops taking requests, and waits until the answers under way have ended or were cut off after two seconds.
    pub async fn shutdown(self) {
        drop(self.stop);
        // Fails only when serving panicked, and then it has ended as well.
        let _ = self.serving.await;
    }
}

/// Takes connections until told to stop, then lets them end.
async fn serve(listener: TcpListener, responder: Arc<Responder>, mut stopped: oneshot::Receiver<()>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let (stream, place) = tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &room) => accepted,
        };
        let connection = connection(stream, Arc::clone(&responder));
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // A client that goes away is no fault of ours.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    // Dropping the set cuts off whoever is still there.
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there always is a place.
    let place = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            // Out of file descriptors, most likely: some time has to pass before it can get better.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn connection(
    stream: TcpStream,
    responder: Arc<Responder>,
) -> impl GracefulConnection<Error = hyper::Error> + Send {
    // Without it answers are only slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let responder = Arc::clone(&responder);
        async move { Ok::<_, Infallible>(responder.respond(&request).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(stream), service)
}

#[cfg(test)]
mod tests;
