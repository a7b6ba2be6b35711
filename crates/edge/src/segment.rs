//! A request for media, from the cache or through a fill: hit, stale, join or fill.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{CONTENT_RANGE, IF_RANGE};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use media::url::Kind;
use segment_cache::object::{BLOCK, Label};
use segment_cache::{FillError, Follower, Head, Join, Lookup, Object, Outcome as Filled, Reuse, Wish};

use crate::asker::Asker;
use crate::body::Body;
use crate::cache_status::{self, Account, CACHE_STATUS, Forward};
use crate::core::Core;
use crate::fill::{Job, Wanted};
use crate::metrics::{Meter, Outcome};
use crate::recording;
use crate::refusal::Refusal;
use crate::respond::{Whole, asked_range, respond, wanted_range};
use crate::sliced::Sliced;
use crate::target::Target;
use segment_cache::range::ByteRange;

/// A range that begins this far behind what has arrived of a fill does not wait for it, in bytes.
const FAR: u64 = 2 * BLOCK as u64;

/// Serves what `target` names to whoever asks.
///
/// # Errors
/// The range lies outside, too many wait, or the fill failed.
pub(crate) async fn serve(
    core: &Arc<Core>,
    asker: Asker,
    request: &Parts,
    target: &Target<'_>,
    received: Instant,
) -> Result<Response<Body>, Refusal> {
    let wish = Wish::of(&request.headers);
    let wish = if core.config.viewers.obey_reload { wish } else { wish.without_reload() };
    let request = Request { core, asker, parts: request, target, received, wish };
    match request.look_up().await {
        // What is held was of another object: the next look finds the new one.
        Err(Refusal::Fill(FillError::Changed)) => request.look_up().await,
        result => result,
    }
}

struct Request<'r> {
    core: &'r Arc<Core>,
    asker: Asker,
    parts: &'r Parts,
    target: &'r Target<'r>,
    received: Instant,
    wish: Wish,
}

/// What is held of an object, and is not good enough.
type Held = Option<Arc<Object>>;

impl Request<'_> {
    async fn look_up(&self) -> Result<Response<Body>, Refusal> {
        let (Lookup::Fresh(object) | Lookup::Stale(object)) =
            self.core.cache.lookup(&self.target.key(), self.received)
        else {
            return self.ask(None).await;
        };
        match object.freshness().reuse(self.received, &self.wish) {
            Reuse::Fresh => self.stored(object, Outcome::Hit).await,
            Reuse::StaleWhileRevalidate => {
                self.revalidate_behind(&object);
                self.stored(object, Outcome::Stale).await
            }
            Reuse::StaleAsAsked | Reuse::StaleOnError => self.stored(object, Outcome::Stale).await,
            Reuse::Validate => self.ask(Some(object)).await,
        }
    }

    async fn stored(&self, object: Arc<Object>, outcome: Outcome) -> Result<Response<Body>, Refusal> {
        self.held(object, outcome, Account::default()).await
    }

    /// Answers with an object that is there, whole or in slices.
    async fn held(
        &self,
        object: Arc<Object>,
        outcome: Outcome,
        account: Account,
    ) -> Result<Response<Body>, Refusal> {
        let (now, freshness) = (self.core.clock.now().max(self.received), object.freshness());
        // An Age says that the answer was made for another request (RFC 9111 section 5.1).
        let age = (outcome != Outcome::Fill).then(|| freshness.age(now));
        let account = Account { ttl: Some(freshness.ttl_seconds(now)), ..account };
        if object.is_index() {
            return self.in_slices(object.head(), age, outcome, account).await;
        }
        let head = Arc::clone(object.head());
        let response = respond(self.parts, &head, age, Whole::Stored(object))?;
        Ok(self.counted(response, outcome, &head.label, account))
    }

    async fn in_slices(
        &self,
        head: &Arc<Head>,
        age: Option<Duration>,
        outcome: Outcome,
        account: Account,
    ) -> Result<Response<Body>, Refusal> {
        let sliced = Sliced::new(Job::of(self.core, self.target, head), Arc::clone(head));
        let mut response = respond(self.parts, head, age, Whole::Sliced(Box::new(sliced)))?;
        if response.body_mut().ready().await? && outcome == Outcome::Hit {
            let account = Account { forward: Forward::Partial, stored: true, ..account };
            return Ok(self.counted(response, Outcome::Fill, &head.label, account));
        }
        Ok(self.counted(response, outcome, &head.label, account))
    }

    /// Joins the fill under way, or starts one.
    async fn ask(&self, stale: Held) -> Result<Response<Body>, Refusal> {
        if self.wish.only_if_cached {
            return Err(Refusal::OnlyIfCached);
        }
        let key = self.target.key();
        if let Some(stale) = &stale
            && self.is_answered_by_head(stale)
        {
            return self.ask_head(Arc::clone(stale)).await;
        }
        let wanted = self.wanted(stale.as_deref());
        // Each request for a range of what is not shared goes its own way, with its own range.
        let goes_alone =
            matches!(wanted, Wanted::Index(_)) && self.core.cache.is_private(&key, self.received);
        if goes_alone || self.wish.no_store {
            return self.ask_alone().await;
        }
        match self.core.cache.join(&key, self.received, stale.as_ref()) {
            Join::Fresh(object) => self.stored(object, Outcome::Hit).await,
            Join::Follow(follower) => self.follow(follower, Outcome::Join, stale).await,
            Join::Lead(writer, follower) => {
                let basis = stale.clone().filter(|_| writer.may_renew());
                let outcome = if basis.is_some() { Outcome::Revalidated } else { Outcome::Fill };
                self.job(wanted, basis).start(writer);
                self.follow(follower, outcome, stale).await
            }
            Join::Full => Err(Refusal::Busy),
        }
    }

    /// Whether HEAD is all that is asked, and a GET would bring the whole body again for want of a validator.
    fn is_answered_by_head(&self, stale: &Object) -> bool {
        let is_manifest = Kind::parse(stale.head().label.kind).is_some_and(Kind::is_manifest);
        self.parts.method == Method::HEAD && stale.head().validators.is_empty() && !is_manifest
    }

    async fn ask_head(&self, stale: Arc<Object>) -> Result<Response<Body>, Refusal> {
        let Join::Lead(writer, mut follower) = self.core.cache.alone(&self.target.key(), self.received)
        else {
            return Err(Refusal::Busy);
        };
        let account = Account { forward: Forward::Stale, ..Account::default() };
        self.job(Wanted::Head, Some(stale)).start(writer);
        match follower.outcome().await? {
            Filled::Streaming(head) => {
                let response = respond(self.parts, &head, None, Whole::Growing(follower))?;
                let account = Account { status: Some(head.status), ..account };
                Ok(self.counted(response, Outcome::Fill, &head.label, account))
            }
            Filled::Complete(object) => self.held(object, Outcome::Stale, account).await,
            Filled::Alone => Err(Refusal::Busy),
        }
    }

    /// What to ask an origin for. A request for a range far into an object must not fetch all of it.
    fn wanted(&self, stale: Option<&Object>) -> Wanted {
        let media = self.core.rules.recognise(self.target.path());
        let kind = media.kind;
        // A whole film, or what no rule knows: players begin it and leave.
        let is_file = kind == Kind::Other || (kind == Kind::Segment && media.segment.is_none());
        let is_uncut = || self.core.cache.is_uncut(&self.target.key(), self.received);
        if kind.is_manifest() || stale.is_some_and(|stale| !stale.is_index()) || is_uncut() {
            return Wanted::Whole;
        }
        let first = match asked_range(&self.parts.method, &self.parts.headers) {
            // Players that fetch a segment whole may say so in this way.
            Some(ByteRange::From(0)) | None if !is_file => None,
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
        stale: Held,
    ) -> Result<Response<Body>, Refusal> {
        let forward = match &stale {
            Some(stale) if stale.freshness().is_fresh(self.received) => Forward::Request,
            Some(_) => Forward::Stale,
            None => Forward::UriMiss,
        };
        // While the answers are taken for one request each nothing is stored, whatever this one allows.
        let is_private = self.core.cache.is_private(&self.target.key(), self.received);
        match follower.outcome().await? {
            Filled::Streaming(head) => {
                let stored = follower.is_kept() && !is_private;
                let account = Account { forward, status: Some(head.status), stored, ttl: None };
                if self.is_far_ahead(&head, &follower) {
                    drop(follower);
                    return self.in_slices(&head, None, Outcome::Fill, account).await;
                }
                let response = respond(self.parts, &head, None, Whole::Growing(follower))?;
                // What came whole although a stored object was asked about is a fill.
                let outcome = if outcome == Outcome::Revalidated { Outcome::Fill } else { outcome };
                Ok(self.counted(response, outcome, &head.label, account))
            }
            Filled::Complete(object) => {
                let renewed = stale.as_ref().is_some_and(|stale| object.has_body_of(stale));
                let outcome = match outcome {
                    // What was held, and not renewed: the origin failed.
                    _ if renewed && object.freshness().has_failed() => Outcome::Stale,
                    // A short body may be there before its head is looked at.
                    Outcome::Revalidated if !renewed => Outcome::Fill,
                    outcome => outcome,
                };
                let status = if renewed { StatusCode::NOT_MODIFIED } else { object.head().status };
                let stored = !renewed && !is_private;
                let account = Account { forward, status: Some(status), stored, ttl: None };
                self.held(object, outcome, account).await
            }
            Filled::Alone => self.ask_alone().await,
        }
    }

    /// Whether the range begins so far behind what has arrived that slices bring it sooner.
    fn is_far_ahead(&self, head: &Head, follower: &Follower) -> bool {
        let Some((first, _)) = wanted_range(&self.parts.method, &self.parts.headers, head)
            .zip(head.length)
            .and_then(|(range, length)| range.within(length).ok())
        else {
            return false;
        };
        first > follower.arrived().saturating_add(FAR)
            && head.validators.strong.is_some()
            && !self.core.cache.is_uncut(&self.target.key(), self.received)
    }

    /// The answer to somebody else's request was private: this one goes its own way.
    async fn ask_alone(&self) -> Result<Response<Body>, Refusal> {
        let Join::Lead(writer, mut follower) = self.core.cache.alone(&self.target.key(), self.received)
        else {
            return Err(Refusal::Busy);
        };
        let range = asked_range(&self.parts.method, &self.parts.headers)
            .filter(|_| !self.parts.headers.contains_key(IF_RANGE));
        self.job(range.map_or(Wanted::Whole, Wanted::Range), None).start(writer);
        let account =
            |status| Account { forward: Forward::Bypass, status: Some(status), ..Account::default() };
        match follower.outcome().await? {
            Filled::Streaming(head) => {
                let response = respond(self.parts, &head, None, Whole::Growing(follower))?;
                Ok(self.counted(response, Outcome::Fill, &head.label, account(head.status)))
            }
            Filled::Complete(object) => {
                let account = account(object.head().status);
                self.held(object, Outcome::Fill, account).await
            }
            Filled::Alone => Err(Refusal::Busy),
        }
    }

    fn job(&self, wanted: Wanted, stale: Held) -> Job {
        Job::new(self.core, self.target, wanted, stale)
    }

    fn revalidate_behind(&self, object: &Arc<Object>) {
        let join = self.core.cache.join(&self.target.key(), self.received, Some(object));
        if let Join::Lead(writer, _nobody_waits) = join {
            let basis = writer.may_renew().then(|| Arc::clone(object));
            self.job(self.wanted(Some(object)), basis).start(writer);
        }
    }

    fn counted(
        &self,
        mut response: Response<Body>,
        outcome: Outcome,
        label: &Label,
        account: Account,
    ) -> Response<Body> {
        if self.parts.method == Method::GET && recording::counts(response.status()) {
            let position = response.headers().get(CONTENT_RANGE).and_then(first_byte).unwrap_or_default();
            recording::record(self.core, label, position, self.asker);
        }
        if self.core.config.viewers.cache_status {
            // Behind those of the caches before this one (RFC 9211 section 2).
            response.headers_mut().append(CACHE_STATUS, cache_status::member(outcome, account));
        }
        let kind = Kind::parse(label.kind).unwrap_or(Kind::Other);
        let meter = Meter::start(&self.core.metrics, &self.core.clock, outcome, kind, self.received);
        response.map(|body| body.metered(meter))
    }
}

/// Where the bytes begin that an answer holds, by its `Content-Range`, which this edge has written.
fn first_byte(range: &HeaderValue) -> Option<u64> {
    let (first, _) = range.to_str().ok()?.strip_prefix("bytes ")?.split_once('-')?;
    first.parse().ok()
}
