//! One connection: TLS or cleartext, HTTP/1.1 or HTTP/2, and never for ever.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::{Desk, routes};

/// Bytes of a head.
const HEAD_BYTES: usize = 16 << 10;

/// Fields of a head over HTTP/1.1.
const HEAD_FIELDS: usize = 64;

/// Requests at once over one connection of HTTP/2.
const STREAMS: u32 = 2;

/// Bytes that may come ahead of who reads them over HTTP/2: of one request, and of all.
const WINDOWS: (u32, u32) = (128 << 10, 256 << 10);

/// Between two looks whether the other side is still there, over HTTP/2.
const PING: Duration = Duration::from_secs(20);

/// Serves it to its end.
pub(super) async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    desk: Arc<Desk>,
    stopped: watch::Receiver<bool>,
) {
    // Answers are small, and go at once; a socket that refuses still works.
    let _as_it_is = stream.set_nodelay(true);
    let Some(tls) = tls else { return speak(stream, false, desk, stopped).await };
    // A handshake that fails is the other side's matter; who that is, is written nowhere.
    let Ok(Ok(stream)) = timeout(desk.limits.head, tls.accept(stream)).await else { return };
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    speak(stream, is_http2, desk, stopped).await;
}

async fn speak<S>(stream: S, is_http2: bool, desk: Arc<Desk>, stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (age, drain, head) = (desk.limits.age, desk.limits.drain, desk.limits.head);
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(routes::answer(&desk, request).await) }
    });
    let stream = TokioIo::new(stream);
    if is_http2 {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
            .initial_stream_window_size(WINDOWS.0)
            .initial_connection_window_size(WINDOWS.1)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .serve_connection(stream, service);
        run(connection, http2::Connection::graceful_shutdown, age, drain, stopped).await;
    } else {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEAD_FIELDS)
            .serve_connection(stream, service);
        run(connection, http1::Connection::graceful_shutdown, age, drain, stopped).await;
    }
}

/// Until it ends; when it is old, or the server stops, it has a last moment to finish what is under way.
async fn run<C: Future>(
    connection: C,
    finish: impl FnOnce(Pin<&mut C>),
    age: Duration,
    drain: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = &mut connection => return,
        () = tokio::time::sleep(age) => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    finish(connection.as_mut());
    // However it ends, it is over.
    let _over = timeout(drain, connection).await;
}
