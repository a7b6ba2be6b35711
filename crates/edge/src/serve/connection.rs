//! One connection of a viewer, from its first byte to its last: in the quick lane as long as requests are plain,
//! with the HTTP library when they are not, and back.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http::header::{ALT_SVC, CONNECTION};
use http::{HeaderValue, Request, Response, Version};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use segment_cache::object::Form;
use tokio::sync::watch;

use super::activity::{Activity, InFlight};
use super::addresses::Visit;
use super::fault::Fault;
use super::http2;
use super::lane::{End, Lane, Preface};
use super::quick::Quick;
use super::transport::Transport;
use super::watched::Watched;
use crate::asker::{Asker, Peer};
use crate::body::Body;
use crate::config::Viewers;
use crate::live::Live;
use crate::metrics::Protocol;
use crate::refusal::Refusal;
use crate::route::{self, RequestBody};

/// What the requests of one connection have in common.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    pub(super) live: Arc<Live>,
    pub(super) activity: Arc<Activity>,
    /// Whose connection it is.
    pub(super) peer: Peer,
    pub(super) visit: Option<Arc<Visit>>,
    pub(super) draining: Arc<watch::Sender<bool>>,
    /// Where the same is served over HTTP/3, as `Alt-Svc` says it (RFC 7838).
    pub(super) alt_svc: Option<HeaderValue>,
}

/// Serves a connection to its end. `unread` has been read of it already; `viewers` are the limits that held when it
/// came.
pub(super) async fn serve(requests: Requests, stream: Transport, mut unread: Bytes, viewers: Viewers) {
    let Requests { live, activity, peer, visit, alt_svc, .. } = requests.clone();
    let quick = Quick::new(live, peer, visit, Form::Http1);
    if stream.has_chosen_http2() {
        return Box::pin(http2::serve(requests, stream, quick, unread, &viewers)).await;
    }
    let mut lane = Lane::new(stream, activity, quick, alt_svc.as_ref());
    loop {
        let bytes = match lane.run(unread).await {
            End::Closed => return,
            End::NotPlain(bytes) => bytes,
        };
        let bytes = match lane.read_preface(bytes).await {
            Preface::Http2(bytes) => {
                let (stream, quick) = lane.into_parts();
                return Box::pin(http2::serve(requests, stream, quick, bytes, &viewers)).await;
            }
            Preface::Other(bytes) => bytes,
        };
        // The library's part is large: a connection that waits for its next request does not carry it.
        let Some((back, rest)) = Box::pin(one_by_one(requests.clone(), lane, bytes, &viewers)).await else {
            return;
        };
        (lane, unread) = (back, rest);
    }
}

/// HTTP/1.1 by the library, until the requests that have begun are answered.
async fn one_by_one(
    requests: Requests,
    lane: Lane,
    unread: Bytes,
    viewers: &Viewers,
) -> Option<(Lane, Bytes)> {
    let activity = Arc::clone(&requests.activity);
    let before = activity.requests();
    activity.enter_library();
    let io = TokioIo::new(Watched::new(lane, unread));
    let service = service_fn(move |request| requests.clone().answer(request));
    let mut http = http1::Builder::new();
    // Times are kept by the rounds, which cost no timer per request.
    http.header_read_timeout(None).max_buf_size(viewers.max_head.in_memory());
    let mut connection = http.serve_connection(io, service);
    let ended = poll_fn(|cx| match Pin::new(&mut connection).poll(cx) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        // Everything is answered and flushed, and nothing has begun: the socket would say so by being blocked.
        Poll::Pending if activity.requests() > before && activity.is_idle() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    if let Some(result) = ended.await {
        if let Err(error) = result {
            tracing::debug!(error = %Fault(&error), "a connection ended");
        }
        return None;
    }
    activity.leave_library();
    let parts = connection.into_parts();
    let (lane, unread) = parts.io.into_inner().into_inner();
    if parts.read_buf.is_empty() {
        return Some((lane, unread));
    }
    let mut rest = parts.read_buf.to_vec();
    rest.extend_from_slice(&unread);
    Some((lane, rest.into()))
}

impl Requests {
    pub(super) async fn answer<B: RequestBody>(
        self,
        request: Request<B>,
    ) -> Result<Response<Body>, Infallible> {
        let version = request.version();
        let in_flight = InFlight::begin(&self.activity, version);
        let core = self.live.core();
        core.metrics.count_protocol(Protocol::of(version));
        let admitted = self.visit.as_ref().is_none_or(|visit| {
            visit.admits(core.clock.now(), core.config.viewers.max_requests_per_second_per_address)
        });
        let mut response = if admitted {
            let asker = Asker::of(self.peer, &core.config.proxies, request.headers());
            route::answer(&core, self.peer, asker, request).await
        } else {
            route::refused(&core, request.method(), Refusal::TooOften)
        };
        if core.is_draining() && version <= Version::HTTP_11 {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(alt_svc) = self.alt_svc.clone().filter(|_| core.config.tls.http3) {
            response.headers_mut().insert(ALT_SVC, alt_svc);
        }
        if response.headers().contains_key(CONNECTION) {
            // Bytes of a body may still come: the library knows how to end such a connection.
            self.activity.keep_in_library();
        }
        Ok(response.map(|body| body.keeping(in_flight)))
    }
}
