//! Asking the edges of the map whether they are there.
//!
//! Each is asked for the shortest answer that an edge gives; whatever answers without a fault of its own is there. The
//! request is built from nothing. [`AT_A_TIME`] are asked at a time; the next round begins when the last is through.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::header::{HOST, USER_AGENT};
use http::{HeaderValue, Request, Uri};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::members::{Change, Member, Stance};
use crate::live::Live;
use crate::offices::Offices;
use crate::upstream::{self, StartError};

/// Edges that are asked at a time.
const AT_A_TIME: usize = 32;
/// Time for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// What they are asked for.
const PING: &str = "/self-test/ping";

/// Asks edges.
#[derive(Clone, Debug)]
pub(crate) struct Checks {
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Checks {
    /// Ready to ask. Certificate authorities are needed where an edge is reached by https.
    ///
    /// # Errors
    /// The file of certificate authorities cannot be used, or the system has none.
    pub(crate) fn new(ca_file: Option<&Path>, needs_tls: bool) -> Result<Self, StartError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(PATIENCE));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(upstream::tls("redirect", ca_file, needs_tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        // An edge that cannot take a new connection is not there for new viewers.
        let http = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self { http })
    }

    async fn is_there(&self, member: &Member) -> bool {
        let Ok(uri) = format!("{}{PING}", member.url).parse::<Uri>() else {
            return false;
        };
        let host = uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
        let mut request = Request::new(Full::default());
        *request.uri_mut() = uri;
        request.headers_mut().extend(host.map(|host| (HOST, host)));
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("spokecast"));
        let answer = tokio::time::timeout(PATIENCE, self.http.request(request)).await;
        matches!(answer, Ok(Ok(response)) if !response.status().is_server_error())
    }
}

/// Asks all edges again and again, as the configuration of the moment says, until the task is aborted.
pub(crate) async fn look_after(live: Arc<Live>) {
    loop {
        let core = live.core();
        tokio::time::sleep(core.config.redirect.check_every.get()).await;
        let core = live.core();
        let Some(checks) = &core.checks else {
            continue;
        };
        let is_inside = core.offices.as_ref().is_some_and(Offices::is_inside);
        let stance = if is_inside { Stance::Inside } else { Stance::Outside };
        stream::iter(core.members.all())
            .for_each_concurrent(AT_A_TIME, async |member| {
                let answered = checks.is_there(&member).await;
                match member.note(answered, stance, core.now_ms()) {
                    Some(Change::Went) => tracing::warn!(edge = member.url, "an edge of the map is gone"),
                    Some(Change::Came) => {
                        tracing::info!(edge = member.url, "an edge of the map is there again");
                    }
                    None => {}
                }
            })
            .await;
        let (there, gone) = core.members.count();
        core.metrics.whereabouts.set_members(there, gone);
    }
}
