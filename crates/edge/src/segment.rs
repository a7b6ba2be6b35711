//! A request for media, from the cache or through a fill: hit, stale, join or fill.

use std::sync::Arc;
use std::time::Instant;

use http::request::Parts;
use http::{HeaderValue, Response};
use media::url::Kind;
use segment_cache::{FillWriter, Follower, Join, Lookup, Object, Outcome as Filled};

use crate::body::Body;
use crate::core::Core;
use crate::fill::Job;
use crate::headers::CACHE_STATUS;
use crate::metrics::{Meter, Outcome};
use crate::refusal::Refusal;
use crate::respond::{Whole, respond};
use crate::target::Target;

/// Serves what `target` names.
///
/// # Errors
/// The range lies outside, too many wait, or the fill failed.
pub(crate) async fn serve(
    core: &Arc<Core>,
    request: &Parts,
    target: &Target<'_>,
    received: Instant,
) -> Result<Response<Body>, Refusal> {
    let request = Request { core, parts: request, target, received };
    match core.cache.lookup(&target.key(), received) {
        Lookup::Fresh(object) => request.hit(object, Outcome::Hit),
        Lookup::Stale(object) if object.freshness().may_serve_while_revalidating(received) => {
            request.revalidate_behind(&object);
            request.hit(object, Outcome::Stale)
        }
        Lookup::Stale(object) => request.ask(Some(object)).await,
        Lookup::Miss => request.ask(None).await,
    }
}

struct Request<'r> {
    core: &'r Arc<Core>,
    parts: &'r Parts,
    target: &'r Target<'r>,
    received: Instant,
}

impl Request<'_> {
    fn hit(&self, object: Arc<Object>, outcome: Outcome) -> Result<Response<Body>, Refusal> {
        let age = object.freshness().age(self.core.clock.now().max(self.received));
        let kind = object.head().label.kind;
        let head = Arc::clone(&object);
        let response = respond(self.parts, head.head(), Some(age), Whole::Stored(object))?;
        Ok(self.counted(response, outcome, kind))
    }

    /// Joins the fill under way, or starts one.
    async fn ask(&self, stale: Option<Arc<Object>>) -> Result<Response<Body>, Refusal> {
        match self.core.cache.join(&self.target.key(), self.received) {
            Join::Fresh(object) => self.hit(object, Outcome::Hit),
            Join::Follow(follower) => self.follow(follower, Outcome::Join, stale).await,
            Join::Lead(writer, follower) => {
                let outcome = if stale.is_some() { Outcome::Revalidated } else { Outcome::Fill };
                self.start(writer, stale.clone());
                self.follow(follower, outcome, stale).await
            }
            Join::Full => Err(Refusal::Busy),
        }
    }

    async fn follow(
        &self,
        mut follower: Follower,
        outcome: Outcome,
        stale: Option<Arc<Object>>,
    ) -> Result<Response<Body>, Refusal> {
        match follower.outcome().await? {
            Filled::Streaming(head) => {
                let response = respond(self.parts, &head, None, Whole::Growing(follower))?;
                // What came whole although a stored object was asked about is a fill.
                let outcome = if outcome == Outcome::Revalidated { Outcome::Fill } else { outcome };
                Ok(self.counted(response, outcome, head.label.kind))
            }
            Filled::Complete(object) => {
                let outcome = match stale {
                    // What was held, and not renewed: the origin failed.
                    Some(stale) if Arc::ptr_eq(&stale, &object) => Outcome::Stale,
                    // A short body may be there before its head is looked at.
                    Some(stale) if outcome == Outcome::Revalidated && !object.has_body_of(&stale) => {
                        Outcome::Fill
                    }
                    _ => outcome,
                };
                self.hit(object, outcome)
            }
            Filled::Alone => self.ask_alone().await,
        }
    }

    /// The answer to somebody else's request was private: this one goes its own way.
    async fn ask_alone(&self) -> Result<Response<Body>, Refusal> {
        let Join::Lead(writer, mut follower) = self.core.cache.alone(&self.target.key(), self.received)
        else {
            return Err(Refusal::Busy);
        };
        self.start(writer, None);
        match follower.outcome().await? {
            Filled::Streaming(head) => {
                let response = respond(self.parts, &head, None, Whole::Growing(follower))?;
                Ok(self.counted(response, Outcome::Fill, head.label.kind))
            }
            Filled::Complete(object) => self.hit(object, Outcome::Fill),
            Filled::Alone => Err(Refusal::Busy),
        }
    }

    fn revalidate_behind(&self, object: &Arc<Object>) {
        if let Join::Lead(writer, _nobody_waits) = self.core.cache.join(&self.target.key(), self.received) {
            self.start(writer, Some(Arc::clone(object)));
        }
    }

    fn start(&self, writer: FillWriter, stale: Option<Arc<Object>>) {
        Job::new(self.core, self.target, stale).start(writer);
    }

    fn counted(&self, mut response: Response<Body>, outcome: Outcome, kind: &'static str) -> Response<Body> {
        if self.core.config.viewers.cache_status {
            response.headers_mut().insert(CACHE_STATUS, HeaderValue::from_static(outcome.cache_status()));
        }
        let kind = Kind::parse(kind).unwrap_or(Kind::Other);
        let meter = Meter::start(&self.core.metrics, &self.core.clock, outcome, kind, self.received);
        response.map(|body| body.metered(meter))
    }
}
