//! Doing things in a place: threads that enter its namespace. A socket stays where it was opened.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::Network;
use crate::world::{Response, within};

/// Where `ip netns` keeps namespaces by name.
pub(super) const NAMESPACES: &str = "/run/netns";

/// Something that goes on in a place. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Network {
    /// Does something in a place, and waits for it.
    pub(super) fn in_thread<T: Send>(&self, place: &str, work: impl FnOnce() -> T + Send) -> T {
        let namespace = self.namespace(place);
        let entered = move || {
            enter(&namespace).expect("the namespace is there");
            work()
        };
        thread::scope(|scope| scope.spawn(entered).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Listens in a place, on any port for 0. Whoever serves the listener may be elsewhere.
    pub(crate) fn listen(&self, place: &str, port: u16) -> TcpListener {
        let address = SocketAddr::from((self.place(place).address, port));
        let listener = self.in_thread(place, || TcpListener::bind(address)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket option");
        listener
    }

    /// GET of a URL that names its host by address, from a place.
    pub(crate) async fn get(&self, from: &str, url: &str) -> Response {
        self.ask(from, url, &[]).await
    }

    /// The same with header fields.
    pub(crate) async fn ask(&self, from: &str, url: &str, fields: &[(&str, &str)]) -> Response {
        let url: Uri = url.parse().expect("a URL");
        let target = url.path_and_query().expect("a path").clone();
        self.exchange(from, host(&url), request(&url, target.into(), fields)).await
    }

    /// The same through a proxy.
    pub(crate) async fn ask_through(
        &self,
        proxy: SocketAddr,
        from: &str,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Response {
        let url: Uri = url.parse().expect("a URL");
        self.exchange(from, proxy, request(&url, url.clone(), fields)).await
    }

    async fn exchange(&self, from: &str, to: SocketAddr, request: Request<Empty<Bytes>>) -> Response {
        let (answered, answer) = oneshot::channel();
        let work = async move {
            let _left = answered.send(exchange(to, request).await);
        };
        let _running = self.start(from, work);
        let what = format!("an answer of {to} for {from}");
        let answer = within(&what, answer).await.expect("the thread lives");
        answer.unwrap_or_else(|error| panic!("no {what}: {error}"))
    }

    /// Begins something in a place.
    pub(crate) fn start(&self, place: &str, work: impl Future<Output = ()> + Send + 'static) -> Running {
        let namespace = self.namespace(place);
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            enter(&namespace).expect("the namespace is there");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                tokio::select! {
                    () = work => {}
                    _ = stopped => {}
                }
            });
        });
        Running { stop: Some(stop), thread: Some(thread) }
    }
}

impl Running {
    /// Waits until it has ended by itself.
    pub(crate) fn ended(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn request(url: &Uri, target: Uri, fields: &[(&str, &str)]) -> Request<Empty<Bytes>> {
    let mut request = Request::get(target).header("host", url.authority().expect("a host").as_str());
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(Empty::new()).expect("a request")
}

/// Sends one request over a connection of its own, from wherever the thread is.
pub(crate) async fn exchange(to: SocketAddr, request: Request<Empty<Bytes>>) -> io::Result<Response> {
    let stream = TcpStream::connect(to).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    let response = Response::read(response).await;
    connection.abort();
    Ok(response)
}

/// Where a URL's host is, which has to be an address.
pub(crate) fn host(url: &Uri) -> SocketAddr {
    let address = url.host().and_then(|host| host.parse().ok()).expect("an address");
    SocketAddr::new(address, url.port_u16().unwrap_or(80))
}

/// Moves this thread alone.
#[cfg(target_os = "linux")]
fn enter(namespace: &str) -> io::Result<()> {
    use std::fs::File;
    use std::os::fd::AsFd as _;

    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

    let namespace = File::open(format!("{NAMESPACES}/{namespace}"))?;
    Ok(move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?)
}

/// Other systems have no namespaces, and nobody comes here.
#[cfg(not(target_os = "linux"))]
fn enter(_: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
