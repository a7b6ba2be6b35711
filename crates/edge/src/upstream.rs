//! Asking an origin: the request that is built from nothing, the connection pool, the queue before it,
//! and the time limits.

mod client;
mod connection;
mod queue;
mod request;

use std::collections::HashMap;
use std::time::Instant;

use http::Response;
use hyper::body::Incoming;
use segment_cache::{FillError, OriginId};

use crate::clock::Clock;
use crate::config;
use crate::metrics::{Metrics, OriginMetrics};
use crate::origins::Origins;
use crate::target::Fetch;
use crate::tls::Identity;

pub(crate) use client::{StartError, tls};
pub(crate) use queue::Turn;
pub(crate) use request::{Ask, CDN_LOOP, UpstreamRequest};

/// Every origin, ready to be asked.
#[derive(Debug)]
pub(crate) struct Upstreams {
    by_id: HashMap<OriginId, Upstream>,
    instance: String,
}

#[derive(Debug)]
struct Upstream {
    config: config::Origin,
    /// What `ca-file` held.
    authorities: Option<Vec<u8>>,
    /// What is shown to the origin.
    identity: Option<Identity>,
    client: client::Client,
    queue: queue::Queue,
    metrics: OriginMetrics,
}

/// An origin's answer: its head is here, its body follows.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Head and body.
    pub response: Response<Incoming>,
    /// When the request left.
    pub requested: Instant,
    /// The place in the queue, held until the body is read.
    pub turn: Turn,
}

impl Upstreams {
    /// Prepares every origin of a checked configuration; `instance` tells this edge from others.
    ///
    /// # Errors
    /// A certificate authority file that cannot be used.
    pub(crate) fn new(origins: &Origins, metrics: &Metrics, instance: String) -> Result<Self, StartError> {
        Self { by_id: HashMap::new(), instance }.succeeded_by(origins, metrics)
    }

    /// Those of another configuration. Origins that both have keep their connections and their queue, as far
    /// as the settings that these were made of are the same.
    ///
    /// # Errors
    /// A certificate authority file that cannot be used.
    pub(crate) fn succeeded_by(&self, origins: &Origins, metrics: &Metrics) -> Result<Self, StartError> {
        let by_id = origins
            .iter()
            .map(|(id, config)| Ok((id, Upstream::new(config, metrics, self.by_id.get(&id))?)))
            .collect::<Result<_, StartError>>()?;
        Ok(Self { by_id, instance: self.instance.clone() })
    }

    /// The limits of the origin that `fetch` goes to.
    pub(crate) fn limits(&self, fetch: &Fetch) -> &config::Origin {
        &self.by_fetch(fetch).config
    }

    /// Counts bytes that came from the origin that `fetch` went to.
    pub(crate) fn count_bytes(&self, fetch: &Fetch, bytes: u64) {
        self.by_fetch(fetch).metrics.bytes.inc_by(bytes);
    }

    /// The member of `CDN-Loop` that tells this edge from others.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// Asks, and waits for the head of the answer; `first-byte-timeout` bounds queue, connection and head.
    ///
    /// # Errors
    /// Unreachable, too slow, too many waiting, or not HTTP.
    pub(crate) async fn ask(&self, fetch: &Fetch, ask: &Ask, clock: &Clock) -> Result<Answer, FillError> {
        let upstream = self.by_fetch(fetch);
        let limit = upstream.config.first_byte_timeout.get();
        let asked = tokio::time::timeout(limit, self.ask_in_turn(upstream, fetch, ask, clock)).await;
        let result = asked.unwrap_or(Err(FillError::TimedOut));
        upstream.metrics.count(&result);
        result
    }

    async fn ask_in_turn(
        &self,
        upstream: &Upstream,
        fetch: &Fetch,
        ask: &Ask,
        clock: &Clock,
    ) -> Result<Answer, FillError> {
        let turn = upstream.queue.turn().await.ok_or(FillError::Overloaded)?;
        let request = UpstreamRequest::new(&upstream.config.url, &fetch.path_and_query, ask, &self.instance)?;
        let requested = clock.now();
        let response = upstream.client.send(request, ask.is_idempotent()).await?;
        Ok(Answer { response, requested, turn })
    }

    fn by_fetch(&self, fetch: &Fetch) -> &Upstream {
        // A fetch is made with the origins that this map was made of.
        &self.by_id[&fetch.origin]
    }
}

impl Upstream {
    /// Ready to ask as `config` says; with the connections and the queue of `before` where they fit.
    fn new(config: &config::Origin, metrics: &Metrics, before: Option<&Self>) -> Result<Self, StartError> {
        // A file that cannot be read is the client's fault to tell.
        let authorities = config.ca_file.as_ref().and_then(|file| std::fs::read(file).ok());
        let identity = client::identity(config)?;
        let shown = |identity: &Option<Identity>| identity.as_ref().map(|shown| shown.certified.cert.clone());
        let connects_like = |before: &&Self| {
            let old = &before.config;
            (&old.ca_file, old.connect_timeout, old.max_requests)
                == (&config.ca_file, config.connect_timeout, config.max_requests)
                && before.authorities == authorities
                && shown(&before.identity) == shown(&identity)
                && authorities.is_some() == config.ca_file.is_some()
        };
        let client = match before.filter(connects_like) {
            Some(before) => before.client.clone(),
            None => client::Client::new(config, identity.as_ref())?,
        };
        let queue = match before.filter(|before| before.config.max_requests == config.max_requests) {
            Some(before) => before.queue.with_waiting(config.max_waiting),
            None => queue::Queue::new(config.max_requests, config.max_waiting),
        };
        let metrics = metrics.origin(&config.name);
        Ok(Self { authorities, identity, client, queue, metrics, config: config.clone() })
    }
}
