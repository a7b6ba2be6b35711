//! A scripted origin: plain TCP, so that it can lie, stall and cut off at any byte.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::{loopback, within};

/// A request that the origin got.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Path and query.
    pub(crate) target: String,
    /// The whole head as it came.
    pub(crate) head: String,
    /// The body, whose length it states.
    pub(crate) body: Vec<u8>,
}

/// What the origin does with one request, in order.
pub(crate) type Script = Vec<Step>;

/// One thing that the origin does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Waits until the gate is opened once for each who waits.
    Wait(Gate),
    /// Closes the connection.
    Close,
    /// Resets the connection.
    Reset,
}

/// Holds the origin until the test lets it go on.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Semaphore>);

/// The origin. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Origin {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets one who waits, or who comes, through.
    pub(crate) fn open(&self) {
        self.0.add_permits(1);
    }

    async fn pass(&self) {
        self.0.acquire().await.expect("never closed").forget();
    }
}

impl Seen {
    /// The value of a header field; the name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Origin {
    pub(crate) async fn start(script: impl Fn(&Seen) -> Script + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind(loopback()).await.expect("loopback"), script)
    }

    /// An origin that is reached elsewhere.
    pub(crate) fn on(
        listener: TcpListener,
        script: impl Fn(&Seen) -> Script + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("bound");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(script);
        let noted = Arc::clone(&seen);
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("accepts");
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&noted)));
            }
        });
        Self { address, seen, connections, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// How many requests came so far.
    pub(crate) fn count(&self) -> usize {
        self.seen.lock().expect("not poisoned").len()
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many requests came for one target.
    pub(crate) fn count_of(&self, target: &str) -> usize {
        self.seen().iter().filter(|seen| seen.target == target).count()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn wait_for(&self, count: usize) {
        let come = async {
            while self.count() < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        within("requests to the origin", come).await;
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve<F: Fn(&Seen) -> Script>(mut stream: TcpStream, script: Arc<F>, noted: Arc<Mutex<Vec<Seen>>>) {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            let Ok(1..) = stream.read_buf(&mut buffer).await else { return };
        };
        let head = String::from_utf8(buffer.drain(..end).collect()).expect("the edge sends ASCII");
        let target = head.split(' ').nth(1).expect("a request line").to_owned();
        let mut seen = Seen { target, head, body: Vec::new() };
        let length = seen.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        while buffer.len() < length {
            let Ok(1..) = stream.read_buf(&mut buffer).await else { return };
        }
        seen.body = buffer.drain(..length).collect();
        let steps = script(&seen);
        noted.lock().expect("not poisoned").push(seen);
        for step in steps {
            match step {
                Step::Send(bytes) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Step::Wait(gate) => gate.pass().await,
                Step::Close => return,
                Step::Reset => {
                    stream.set_zero_linger().expect("a socket option");
                    return;
                }
            }
        }
    }
}

/// A whole answer with a length.
pub(crate) fn ok(body: impl AsRef<[u8]>, fields: &[(&str, &str)]) -> Script {
    answer("200 OK", body, fields)
}

/// A whole answer with another status.
pub(crate) fn answer(status: &str, body: impl AsRef<[u8]>, fields: &[(&str, &str)]) -> Script {
    let body = body.as_ref();
    let mut bytes = head(status, &[fields, &[("Content-Length", &body.len().to_string())]].concat());
    bytes.extend_from_slice(body);
    vec![Step::Send(bytes)]
}

/// The head of an answer alone.
pub(crate) fn head(status: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{}\r\n", fields.concat()).into_bytes()
}

/// One chunk of a chunked body.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}
