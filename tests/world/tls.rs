//! An origin over TLS, well-behaved unless told otherwise, with a certificate made for the test.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http::header::{CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, Request, Response, Version};
use http_body_util::StreamBody;
use hyper::body::{Frame, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::loopback;

/// The origin. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct TlsOrigin {
    address: SocketAddr,
    folder: TempDir,
    seen: Arc<Mutex<Vec<SeenOverTls>>>,
    task: JoinHandle<()>,
}

/// A request that the origin got.
#[derive(Clone, Debug)]
pub(crate) struct SeenOverTls {
    pub(crate) version: Version,
    pub(crate) target: String,
    pub(crate) authority: Option<String>,
    pub(crate) headers: HeaderMap,
}

/// What the origin answers with: pieces of a body, the last of which may be missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pieces {
    pub(crate) body: &'static [&'static str],
    /// Whether the body ends as it should.
    pub(crate) whole: bool,
    /// The strong tag; with one the rest is given to who asks for it.
    pub(crate) tag: Option<&'static str>,
}

impl TlsOrigin {
    /// Starts an origin with a certificate for `name` that offers `protocols` by ALPN.
    pub(crate) async fn start(name: &str, protocols: &[&str], pieces: Pieces) -> Self {
        let (acceptor, folder) = certified(name, protocols);
        let listener = TcpListener::bind(loopback()).await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("accepts");
                let (acceptor, noted) = (acceptor.clone(), Arc::clone(&noted));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let service = service_fn(move |request| answer(request, Arc::clone(&noted), pieces));
                    let io = TokioIo::new(stream);
                    // Ends with the edge, or where a body breaks off.
                    if http2 {
                        let _ended =
                            http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await;
                    } else {
                        let _ended = http1::Builder::new().serve_connection(io, service).await;
                    }
                });
            }
        });
        Self { address, folder, seen, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that vouches for it.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<SeenOverTls> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

/// What ends TLS with a certificate for `name`, and the folder with the file that vouches for it.
fn certified(name: &str, protocols: &[&str]) -> (TlsAcceptor, TempDir) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).expect("written");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate and its key");
    tls.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    (TlsAcceptor::from(Arc::new(tls)), folder)
}

/// TLS before a scripted origin. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct TlsFront {
    address: SocketAddr,
    folder: TempDir,
    task: JoinHandle<()>,
}

impl TlsFront {
    /// Passes on what comes over TLS to `behind`, in the clear.
    pub(crate) async fn start(name: &str, protocols: &[&str], behind: SocketAddr) -> Self {
        let (acceptor, folder) = certified(name, protocols);
        let listener = TcpListener::bind(loopback()).await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("accepts");
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut inner = TcpStream::connect(behind).await.expect("the origin is there");
                    // Ends with either of the two.
                    let _ended = tokio::io::copy_bidirectional(&mut stream, &mut inner).await;
                });
            }
        });
        Self { address, folder, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that vouches for it.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Drop for TlsOrigin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Body = StreamBody<BoxStream<'static, Piece>>;
type Piece = Result<Frame<Bytes>, std::io::Error>;

/// What breaks off does so when what was sent before has had its turn to go out.
fn body(pieces: Vec<Piece>) -> Body {
    let sent = stream::iter(pieces).then(|piece| async move {
        for _ in 0..if piece.is_err() { 100 } else { 0 } {
            tokio::task::yield_now().await;
        }
        piece
    });
    StreamBody::new(sent.boxed())
}

#[expect(clippy::unused_async, reason = "a service answers with a future")]
async fn answer(
    request: Request<Incoming>,
    noted: Arc<Mutex<Vec<SeenOverTls>>>,
    pieces: Pieces,
) -> Result<Response<Body>, Infallible> {
    noted.lock().expect("not poisoned").push(SeenOverTls {
        version: request.version(),
        target: request.uri().path_and_query().expect("a target").to_string(),
        authority: request.uri().authority().map(ToString::to_string),
        headers: request.headers().clone(),
    });
    if let Some(rest) = rest(&request, pieces) {
        return Ok(rest);
    }
    let mut frames: Vec<_> =
        pieces.body.iter().map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes())))).collect();
    if !pieces.whole {
        // With the last piece nothing would be left to ask for.
        frames.truncate(frames.len() - usize::from(pieces.tag.is_some()));
        frames.push(Err(std::io::Error::other("broken off on purpose")));
    }
    let mut response = Response::new(body(frames));
    response.headers_mut().extend(pieces.tag.map(|tag| (ETAG, HeaderValue::from_static(tag))));
    Ok(response)
}

/// The rest of the body, to who asks for it under the right tag.
fn rest(request: &Request<Incoming>, pieces: Pieces) -> Option<Response<Body>> {
    let whole = pieces.body.concat();
    let range = request.headers().get(RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let first: usize = range.split('-').next()?.parse().ok()?;
    if request.headers().get(IF_RANGE)? != pieces.tag? {
        return None;
    }
    let stated = format!("bytes {first}-{}/{}", whole.len() - 1, whole.len());
    let frames = vec![Ok(Frame::data(Bytes::copy_from_slice(&whole.as_bytes()[first..])))];
    let response = Response::builder()
        .status(206)
        .header(ETAG, pieces.tag?)
        .header(CONTENT_RANGE, stated)
        .body(body(frames));
    Some(response.expect("well-formed"))
}
