//! Asking an origin: the request that is built from nothing, the connection pool, the queue before it,
//! and the time limits.

mod client;
mod connection;
mod queue;
mod request;

use std::time::Instant;

use http::Response;
use hyper::body::Incoming;
use segment_cache::FillError;

use crate::clock::Clock;
use crate::config;
use crate::metrics::{Metrics, OriginMetrics};
use crate::origins::Origins;
use crate::target::Fetch;

pub(crate) use client::StartError;
pub(crate) use queue::Turn;
pub(crate) use request::{Ask, CDN_LOOP, UpstreamRequest};

/// Every origin, ready to be asked.
#[derive(Debug)]
pub(crate) struct Upstreams {
    list: Vec<Upstream>,
    instance: String,
}

#[derive(Debug)]
struct Upstream {
    config: config::Origin,
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
        let list = origins
            .iter()
            .map(|(_, config)| {
                Ok(Upstream {
                    client: client::Client::new(config)?,
                    queue: queue::Queue::new(config.max_requests, config.max_waiting),
                    metrics: metrics.origin(&config.name),
                    config: config.clone(),
                })
            })
            .collect::<Result<_, StartError>>()?;
        Ok(Self { list, instance })
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
        // Ids come from the configuration that this list was made of.
        &self.list[usize::from(fetch.origin.0)]
    }
}
