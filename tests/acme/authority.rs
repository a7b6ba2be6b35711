//! What the edge takes for the authority: it notes each request, and answers it itself or lets Pebble do it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::client;
use crate::world::loopback;

/// The authority. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Authority {
    address: SocketAddr,
    folder: TempDir,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    seen: Mutex<Vec<Asked>>,
    canned: Mutex<Canned>,
    /// Where Pebble is; requests wait until there is one.
    behind: watch::Sender<Option<SocketAddr>>,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

/// Answers of its own.
#[derive(Debug, Default)]
struct Canned {
    /// The next answers to requests to a path that begins so.
    next: VecDeque<(&'static str, Response<Bytes>)>,
    /// Connections are closed without a word.
    is_down: bool,
}

impl Authority {
    pub(crate) async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).expect("written");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate and its key");
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind(loopback()).await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        let state = Arc::new(State {
            seen: Mutex::default(),
            canned: Mutex::default(),
            behind: watch::Sender::new(None),
        });
        let task = tokio::spawn(serve(listener, acceptor, Arc::clone(&state)));
        Self { address, folder, state, task }
    }

    /// The URL of its directory.
    pub(crate) fn directory(&self) -> String {
        format!("https://localhost:{}/dir", self.address.port())
    }

    /// The certificate that vouches for it.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// From now on this Pebble answers.
    pub(crate) fn stand_before(&self, pebble: SocketAddr) {
        self.state.behind.send_replace(Some(pebble));
    }

    /// From now on nobody answers, or somebody does again.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.state.canned.lock().expect("not poisoned").is_down = is_down;
    }

    /// The next request to a path that begins so is answered with this, after those that were said before.
    pub(crate) fn answer_next(&self, path: &'static str, status: u16, fields: &[(&str, &str)], body: &str) {
        let mut response = Response::builder().status(status);
        for (name, value) in fields {
            response = response.header(*name, *value);
        }
        let response = response.body(Bytes::copy_from_slice(body.as_bytes())).expect("well-formed");
        self.state.canned.lock().expect("not poisoned").next.push_back((path, response));
    }

    /// The next request to this path is answered with a problem of this kind.
    pub(crate) fn refuse_next(&self, path: &'static str, status: u16, kind: &str, fields: &[(&str, &str)]) {
        let kind = format!("urn:ietf:params:acme:error:{kind}");
        let body = serde_json::json!({ "type": kind, "detail": "said\r\nby \u{1b}[31mthe authority" });
        self.answer_next(path, status, fields, &body.to_string());
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Asked> {
        self.state.seen.lock().expect("not poisoned").clone()
    }

    /// How many requests there were to a path that begins so.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|asked| asked.path.starts_with(path)).count()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, state: Arc<State>) {
    loop {
        let (stream, _) = listener.accept().await.expect("accepts");
        if state.canned.lock().expect("not poisoned").is_down {
            continue;
        }
        let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(move |request| answer(request, Arc::clone(&state)));
            // Each request has a connection, so that nothing is left of them when there shall be no more.
            let mut http = http1::Builder::new();
            // Ends with whoever asks.
            let _ended = http.keep_alive(false).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let asked = Asked { method: head.method.clone(), path: path.clone(), headers: head.headers.clone() };
    state.seen.lock().expect("not poisoned").push(asked);
    let canned = {
        let next = &mut state.canned.lock().expect("not poisoned").next;
        let index = next.iter().position(|(begin, _)| path.starts_with(begin));
        index.and_then(|index| next.remove(index))
    };
    if let Some((_, response)) = canned {
        // A client has to get a nonce from somewhere.
        return Ok(response.map(Full::new));
    }
    let body = body.collect().await.expect("a whole request").to_bytes();
    let mut behind = state.behind.subscribe();
    let behind = behind.wait_for(Option::is_some).await.expect("it lives").expect("it is there");
    let response = client::send(behind, Request::from_parts(head, Full::new(body))).await;
    Ok(response.expect("Pebble answers").map(Full::new))
}
