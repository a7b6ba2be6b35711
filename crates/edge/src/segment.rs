//! A request for media, from the cache or through a fill: hit, stale, join or fill.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::IF_RANGE;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use media::url::Kind;
use segment_cache::object::BLOCK;
use segment_cache::{FillError, Follower, Head, Join, Lookup, Object, Outcome as Filled};

use crate::body::Body;
use crate::core::Core;
use crate::fill::{Job, Wanted};
use crate::headers::CACHE_STATUS;
use crate::metrics::{Meter, Outcome};
use crate::range::ByteRange;
use crate::refusal::Refusal;
use crate::respond::{Whole, asked_range, respond};
use crate::sliced::Sliced;
use crate::target::Target;

/// A range that begins this far behind what has arrived of a fill does not wait for it, in bytes.
const FAR: u64 = 2 * BLOCK as u64;

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
    match request.look_up().await {
        // What is held was of another object: the next look finds the new one.
        Err(Refusal::Fill(FillError::Changed)) => request.look_up().await,
        result => result,
    }
}

struct Request<'r> {
    core: &'r Arc<Core>,
    parts: &'r Parts,
    target: &'r Target<'r>,
    received: Instant,
}

impl Request<'_> {
    async fn look_up(&self) -> Result<Response<Body>, Refusal> {
        match self.core.cache.lookup(&self.target.key(), self.received) {
            Lookup::Fresh(object) => self.stored(object, Outcome::Hit).await,
            Lookup::Stale(object) if object.freshness().may_serve_while_revalidating(self.received) => {
                self.revalidate_behind(&object);
                self.stored(object, Outcome::Stale).await
            }
            Lookup::Stale(object) => self.ask(Some(object)).await,
            Lookup::Miss => self.ask(None).await,
        }
    }

    async fn stored(&self, object: Arc<Object>, outcome: Outcome) -> Result<Response<Body>, Refusal> {
        if !object.is_index() {
            return self.hit(object, outcome);
        }
        let age = object.freshness().age(self.core.clock.now().max(self.received));
        self.in_slices(object.head(), Some(age), outcome).await
    }

    fn hit(&self, object: Arc<Object>, outcome: Outcome) -> Result<Response<Body>, Refusal> {
        let age = object.freshness().age(self.core.clock.now().max(self.received));
        let head = Arc::clone(object.head());
        let response = respond(self.parts, &head, Some(age), Whole::Stored(object))?;
        Ok(self.counted(response, outcome, head.label.kind))
    }

    async fn in_slices(
        &self,
        head: &Arc<Head>,
        age: Option<Duration>,
        outcome: Outcome,
    ) -> Result<Response<Body>, Refusal> {
        let sliced = Sliced::new(self.job(Wanted::Whole, None), Arc::clone(head));
        let mut response = respond(self.parts, head, age, Whole::Sliced(Box::new(sliced)))?;
        let asked = response.body_mut().ready().await?;
        let outcome = if asked && outcome == Outcome::Hit { Outcome::Fill } else { outcome };
        Ok(self.counted(response, outcome, head.label.kind))
    }

    /// Joins the fill under way, or starts one.
    async fn ask(&self, stale: Option<Arc<Object>>) -> Result<Response<Body>, Refusal> {
        let key = self.target.key();
        let wanted = self.wanted(stale.as_deref());
        let join = match wanted {
            // Each request for a range goes its own way, with its own range.
            Wanted::Index(_) if self.core.cache.is_private(&key, self.received) => {
                return self.ask_alone().await;
            }
            _ => self.core.cache.join(&key, self.received),
        };
        match join {
            Join::Fresh(object) => self.stored(object, Outcome::Hit).await,
            Join::Follow(follower) => self.follow(follower, Outcome::Join, stale).await,
            Join::Lead(writer, follower) => {
                let outcome = if stale.is_some() { Outcome::Revalidated } else { Outcome::Fill };
                self.job(wanted, stale.clone()).start(writer);
                self.follow(follower, outcome, stale).await
            }
            Join::Full => Err(Refusal::Busy),
        }
    }

    /// What to ask an origin for. A request for a range far into an object must not fetch all of it.
    fn wanted(&self, stale: Option<&Object>) -> Wanted {
        let kind = self.core.rules.recognise(self.target.path()).kind;
        let is_uncut = || self.core.cache.is_uncut(&self.target.key(), self.received);
        if kind.is_manifest() || stale.is_some_and(|stale| !stale.is_index()) || is_uncut() {
            return Wanted::Whole;
        }
        let first = match asked_range(self.parts) {
            // Players that fetch a segment whole may say so in this way.
            Some(ByteRange::From(0)) | None if kind != Kind::Other => None,
            Some(ByteRange::FromTo(first, _) | ByteRange::From(first)) => Some(first),
            Some(ByteRange::Last(_)) => Some(0),
            // One slice tells as much of the head as the whole does.
            None => (self.parts.method == Method::HEAD).then_some(0),
        };
        match first.or(stale.map(|_| 0)) {
            // Beyond what can be counted nothing lies: the first slice tells how long the object is.
            Some(first) => Wanted::Index(u32::try_from(first / BLOCK as u64).unwrap_or(0)),
            None => Wanted::Whole,
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
                if self.is_far_ahead(&head, &follower) {
                    drop(follower);
                    return self.in_slices(&head, None, Outcome::Fill).await;
                }
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
                self.stored(object, outcome).await
            }
            Filled::Alone => self.ask_alone().await,
        }
    }

    /// Whether the range begins so far behind what has arrived that slices bring it sooner.
    fn is_far_ahead(&self, head: &Head, follower: &Follower) -> bool {
        let Some(ByteRange::FromTo(first, _) | ByteRange::From(first)) = asked_range(self.parts) else {
            return false;
        };
        head.status == StatusCode::OK
            && head.length.is_some_and(|length| first < length)
            && first > follower.arrived().saturating_add(FAR)
            && head.validators.is_strong()
    }

    /// The answer to somebody else's request was private: this one goes its own way.
    async fn ask_alone(&self) -> Result<Response<Body>, Refusal> {
        let Join::Lead(writer, mut follower) = self.core.cache.alone(&self.target.key(), self.received)
        else {
            return Err(Refusal::Busy);
        };
        let range = asked_range(self.parts).filter(|_| !self.parts.headers.contains_key(IF_RANGE));
        self.job(range.map_or(Wanted::Whole, Wanted::Range), None).start(writer);
        match follower.outcome().await? {
            Filled::Streaming(head) => {
                let response = respond(self.parts, &head, None, Whole::Growing(follower))?;
                Ok(self.counted(response, Outcome::Fill, head.label.kind))
            }
            Filled::Complete(object) => self.stored(object, Outcome::Fill).await,
            Filled::Alone => Err(Refusal::Busy),
        }
    }

    fn job(&self, wanted: Wanted, stale: Option<Arc<Object>>) -> Job {
        Job::new(self.core, self.target, wanted, stale)
    }

    fn revalidate_behind(&self, object: &Arc<Object>) {
        if let Join::Lead(writer, _nobody_waits) = self.core.cache.join(&self.target.key(), self.received) {
            self.job(self.wanted(Some(object)), Some(Arc::clone(object))).start(writer);
        }
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
