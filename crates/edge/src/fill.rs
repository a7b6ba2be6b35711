//! One fill: ask the origin, judge the answer, and write it for everybody who waits.
//!
//! It runs as a task of its own, so that a viewer who leaves takes nothing with them. Where the answer shows
//! that the question was wrong (no ranges here, no such slice), it asks again, each time for something simpler.

mod body;
mod download;
mod partial;
mod renewal;

use std::sync::Arc;
use std::time::Instant;

use http::header::{CONTENT_ENCODING, LOCATION, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use media::url::Kind;
use segment_cache::fill::writer::Keep;
use segment_cache::freshness::{Freshness, Timing, Verdict, judge};
use segment_cache::object::{BLOCK, Label, Prepared, Validators};
use segment_cache::{FillError, FillWriter, Head, Key, Object, Part};

use crate::cache_status::CACHE_STATUS;
use crate::core::Core;
use crate::headers;
use crate::manifest::Manifest;
use crate::pass;
use crate::target::{Fetch, Target};
use crate::upstream::{Answer, Ask};
use download::Download;
use segment_cache::range::ByteRange;

/// What one fill is for.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    core: Arc<Core>,
    /// Of the whole object, also when this fills a part of it.
    key: Key,
    fetch: Fetch,
    kind: Kind,
    label: Label,
    stale: Option<Arc<Object>>,
    wanted: Wanted,
    /// What the redirects that were followed allow at most.
    redirected: Option<Verdict>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// The whole object.
    Whole,
    /// Its head, to see whether what is stored is still right.
    Head,
    /// Whether it is kept in slices, and the slice of this number.
    Index(u32),
    /// One slice of the object that has this head.
    Slice(u32, Arc<Head>),
    /// These bytes for one request, kept nowhere.
    Range(ByteRange),
    /// Something done, which is kept nowhere and makes what is stored wrong.
    Done(Box<Ask>),
}

/// An answer's head, judged, and the way to its body.
struct Judged<'j> {
    parts: Parts,
    verdict: Verdict,
    timing: Timing,
    body: Download<'j>,
}

/// What is to be asked next, when an answer was none; each is simpler than the one before.
struct Again(FillWriter, Wanted);

impl Job {
    /// A fill of `target`; `stale` is what is held of it already.
    pub(crate) fn new(
        core: &Arc<Core>,
        target: &Target<'_>,
        wanted: Wanted,
        stale: Option<Arc<Object>>,
    ) -> Self {
        let media = core.rules.recognise(target.path());
        let label = core.numbers.label(&media, &target.key());
        let (key, fetch) = (target.key().to_key(), target.fetch());
        let core = Arc::clone(core);
        Self { core, key, fetch, kind: media.kind, label, stale, wanted, redirected: None }
    }

    /// What fills of slices of `target` are made from, whose head says already what it is.
    pub(crate) fn of(core: &Arc<Core>, target: &Target<'_>, head: &Head) -> Self {
        let kind = core.rules.recognise(target.path()).kind;
        let (key, fetch, label) = (target.key().to_key(), target.fetch(), head.label.clone());
        let (core, wanted) = (Arc::clone(core), Wanted::Whole);
        Self { core, key, fetch, kind, label, stale: None, wanted, redirected: None }
    }

    /// A fill of one slice of the same object.
    pub(crate) fn slice(&self, index: u32, of: &Arc<Head>) -> Self {
        Self { wanted: Wanted::Slice(index, Arc::clone(of)), stale: None, ..self.clone() }
    }

    /// A request by an unsafe method.
    pub(crate) fn pass(core: &Arc<Core>, target: &Target<'_>, ask: Ask) -> Self {
        Self::new(core, target, Wanted::Done(Box::new(ask)), None)
    }

    /// The key of one slice of the same object.
    pub(crate) fn slice_key(&self, index: u32, of: &Head) -> Key {
        self.key.with(Part::Slice { version: of.version, index })
    }

    /// What every request of the edge shares.
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Runs it.
    pub(crate) fn start(self, writer: FillWriter) {
        tokio::spawn(self.run(writer));
    }

    async fn run(mut self, mut writer: FillWriter) {
        loop {
            let answer = match self.ask().await {
                Ok(answer) => answer,
                Err(error) => return self.failed(writer, error),
            };
            let Some(Again(same, simpler)) = self.answered(writer, answer).await else {
                return;
            };
            // What is held did not help with the question before.
            self.stale = None;
            (writer, self.wanted) = (same, simpler);
        }
    }

    /// Asks, and follows redirects that lead to configured origins. Manifests are not followed: their relative
    /// URLs count from where they are, which players have to see.
    async fn ask(&mut self) -> Result<Answer, FillError> {
        let ask = self.question();
        let mut redirects = self.core.upstreams.limits(&self.fetch).max_redirects;
        let is_done = matches!(self.wanted, Wanted::Done(_));
        let followed = redirects > 0 && !self.kind.is_manifest() && !is_done;
        loop {
            let answer = self.core.upstreams.ask(&self.fetch, &ask, &self.core.clock).await?;
            let (status, location) = (answer.response.status(), answer.response.headers().get(LOCATION));
            let next = location
                .filter(|_| followed && is_redirect(status))
                .and_then(|location| self.core.origins.redirected(location.to_str().ok()?, &self.fetch));
            let Some(next) = next else {
                return Ok(answer);
            };
            let Some(left) = redirects.checked_sub(1) else {
                return Err(FillError::Invalid);
            };
            (redirects, self.fetch) = (left, next);
            let (status, headers, timing) =
                (answer.response.status(), answer.response.headers(), self.timing(&answer));
            self.redirected = match (self.judge(status, headers, timing), self.redirected) {
                // One that says nothing leaves it to those before it.
                (Verdict::Share, before @ Some(_)) => before,
                (verdict, _) => Some(verdict),
            };
        }
    }

    fn question(&self) -> Ask {
        let ask = match &self.wanted {
            Wanted::Whole => Ask::whole(),
            Wanted::Head => return Ask::head(),
            Wanted::Index(index) => Ask::whole().range(slice_range(*index)),
            Wanted::Range(range) => Ask::whole().range(*range),
            Wanted::Done(ask) => (**ask).clone(),
            Wanted::Slice(index, of) => {
                let range = partial::slice_of(*index, of.length.unwrap_or_default());
                let ask = Ask::whole().range(ByteRange::FromTo(range.start, range.end - 1));
                match &of.validators.strong {
                    Some(strong) => ask.of_same(strong),
                    None => ask,
                }
            }
        };
        match &self.stale {
            Some(stale) => ask.unless(&stale.head().validators),
            None => ask,
        }
    }

    async fn answered(&self, writer: FillWriter, answer: Answer) -> Option<Again> {
        let now = self.core.clock.now();
        let timing = self.timing(&answer);
        let status = answer.response.status();
        if status.is_informational() {
            self.failed(writer, FillError::Invalid);
            return None;
        }
        if status.is_server_error()
            && let Some(stale) = self.usable_stale(now)
        {
            writer.answer(stale, true);
            return None;
        }
        if status == StatusCode::NOT_MODIFIED {
            return renewal::not_modified(self, writer, &headers::owned(answer.response.headers()), timing);
        }
        let (mut parts, body) = answer.response.into_parts();
        parts.headers = headers::owned(&parts.headers);
        if has_foreign_coding(&parts.headers) {
            self.failed(writer, FillError::Invalid);
            return None;
        }
        let body = Download::new(self, &parts, body, answer.turn);
        if let Wanted::Slice(index, of) = &self.wanted {
            partial::slice(self, writer, &parts, body, timing, *index, of).await;
            return None;
        }
        if matches!(self.wanted, Wanted::Head) {
            renewal::head(self, writer, &parts, timing);
            return None;
        }
        if matches!(self.wanted, Wanted::Done(_)) {
            if status.is_success() || status.is_redirection() {
                pass::invalidate(&self.core, &self.key.borrowed(), &parts.headers);
            }
            let head = self.head(&parts, body.length());
            if let Err(error) = body::stream(self, writer, head, body, Keep::Share, None).await {
                tracing::debug!(%error, "an answer that was passed on failed");
            }
            return None;
        }
        if let (Wanted::Index(index), StatusCode::PARTIAL_CONTENT) = (&self.wanted, status) {
            return partial::index(self, writer, parts, body, timing, *index).await;
        }
        match self.simpler(&parts, now) {
            Ok(None) => {}
            Ok(Some(simpler)) => return Some(Again(writer, simpler)),
            Err(error) => {
                self.failed(writer, error);
                return None;
            }
        }
        let verdict = self.judge(status, &parts.headers, timing);
        self.whole(writer, Judged { parts, verdict, timing, body }).await;
        None
    }

    /// What to ask in place of a question for a range that was not answered; `None` when the answer is one.
    fn simpler(&self, parts: &Parts, now: Instant) -> Result<Option<Wanted>, FillError> {
        match (&self.wanted, parts.status) {
            (Wanted::Index(0), StatusCode::RANGE_NOT_SATISFIABLE) => Ok(Some(Wanted::Whole)),
            (Wanted::Index(_), StatusCode::RANGE_NOT_SATISFIABLE) => Ok(Some(Wanted::Index(0))),
            (Wanted::Index(_), StatusCode::OK) => {
                // It has ignored the range, and would ignore the next.
                self.core.cache.mark_uncut(&self.key.borrowed(), now);
                Ok(None)
            }
            (Wanted::Range(range), StatusCode::PARTIAL_CONTENT) => {
                Ok((!partial::answers(*range, &parts.headers)).then_some(Wanted::Whole))
            }
            (_, StatusCode::PARTIAL_CONTENT) => Err(FillError::Invalid),
            _ => Ok(None),
        }
    }

    /// Writes an answer that is what was asked for.
    async fn whole(&self, writer: FillWriter, mut judged: Judged<'_>) {
        if judged.body.ends_with_connection() && matches!(judged.verdict, Verdict::Store(_)) {
            // Nothing would tell a whole answer from one that was cut off.
            judged.verdict = Verdict::Share;
        }
        if let Verdict::Store(freshness) = judged.verdict
            && partial::suits_slices(self, &judged.parts, judged.body.length())
        {
            // Too large to be kept whole: those who wait read it in slices, as far as they read.
            return writer.answer(Arc::new(self.index(&judged.parts, judged.body.length(), freshness)), true);
        }
        let is_manifest = self.kind.is_manifest() && judged.parts.status == StatusCode::OK;
        let is_encoded = judged.parts.headers.contains_key(CONTENT_ENCODING);
        if let (true, true, Verdict::Store(freshness)) = (is_manifest, is_encoded, judged.verdict) {
            let lifetimes = &self.core.config.cache.lifetime;
            let headers = &judged.parts.headers;
            let unread =
                Manifest::unread().lifetime(freshness, headers, judged.timing.received, None, lifetimes);
            judged.verdict = Verdict::Store(unread);
        }
        let result = if is_manifest && !is_encoded {
            body::manifest(self, writer, judged).await
        } else {
            let head = self.head(&judged.parts, judged.body.length());
            let (keep, freshness) = keep(judged.verdict);
            body::stream(self, writer, head, judged.body, keep, freshness).await
        };
        if let Err(error) = result {
            tracing::debug!(%error, kind = self.kind.as_str(), "a fill failed");
        }
    }

    fn timing(&self, answer: &Answer) -> Timing {
        let clock = &self.core.clock;
        Timing { requested: answer.requested, received: clock.now(), wall: clock.wall() }
    }

    /// What may become of an answer. It is stored under the name that was asked for, so that a redirect on the way
    /// to it has a say too: one that must not be stored keeps it from that, and one with a lifetime bounds its.
    fn judge(&self, status: StatusCode, headers: &HeaderMap, timing: Timing) -> Verdict {
        let verdict = judge(status, headers, timing, &self.core.defaults(self.kind));
        match (verdict, self.redirected) {
            (_, Some(Verdict::Private)) => Verdict::Private,
            (Verdict::Store(freshness), Some(Verdict::Store(redirect))) => {
                let now = timing.received;
                Verdict::Store(freshness.at_most(freshness.age(now).saturating_add(redirect.remaining(now))))
            }
            (verdict, _) => verdict,
        }
    }

    /// Stale where that is allowed, else the error.
    fn failed(&self, writer: FillWriter, error: FillError) {
        match self.usable_stale(self.core.clock.now()) {
            Some(stale) => writer.answer(stale, true),
            None => writer.fail(error),
        }
    }

    /// What is held, where it may answer in place of an error; nobody asks again for a moment.
    fn usable_stale(&self, now: Instant) -> Option<Arc<Object>> {
        let stale = self.stale.as_ref().filter(|stale| stale.freshness().may_serve_on_error(now))?;
        let until = now + self.core.config.cache.retry_after_failure.get();
        Some(Arc::new(stale.renewed((**stale.head()).clone(), stale.freshness().failed_until(until))))
    }

    fn index(&self, parts: &Parts, length: Option<u64>, freshness: Freshness) -> Object {
        let length = length.unwrap_or_default();
        let mut head = self.head(parts, Some(length));
        let is_same = |stale: &&Arc<Object>| {
            let strong = &stale.head().validators.strong;
            stale.is_index()
                && stale.length() == length
                && strong.as_ref().is_some_and(|strong| strong.is_of(&parts.headers))
        };
        // What is stored of the same object remains of use.
        if let Some(stale) = self.stale.as_ref().filter(is_same) {
            head.version = stale.head().version;
        }
        Object::index(head, length, freshness)
    }

    fn head(&self, parts: &Parts, length: Option<u64>) -> Head {
        Head {
            status: parts.status,
            headers: self.viewers_headers(&parts.headers, parts.status),
            length,
            validators: Validators::of(&parts.headers),
            label: self.label.clone(),
            version: self.core.cache.new_version(),
            changed: None,
            prepared: Prepared::default(),
        }
    }

    fn viewers_headers(&self, origin: &HeaderMap, status: StatusCode) -> HeaderMap {
        let mut headers = headers::for_viewers(origin, status, &self.core.allow_origin);
        if self.core.config.viewers.cache_status {
            headers.extend(origin.get_all(CACHE_STATUS).iter().map(|list| (CACHE_STATUS, list.clone())));
        }
        if status.is_redirection()
            && let Some(location) = origin.get(LOCATION)
        {
            let here = location.to_str().ok().and_then(|uri| self.location_at_edge(uri));
            let location =
                here.and_then(|here| HeaderValue::try_from(here).ok()).unwrap_or_else(|| location.clone());
            headers.insert(LOCATION, location);
        }
        headers
    }

    /// Where viewers of this edge find what a Location names; `None` for elsewhere, and where it says so itself.
    fn location_at_edge(&self, location: &str) -> Option<String> {
        let base = self.key.origin();
        if !location.starts_with('/') || location.starts_with("//") {
            return self.core.origins.at_edge(location, base);
        }
        // A path of that origin, which may lie elsewhere here.
        let authority = self.core.origins.by_id(self.fetch.origin)?.url.authority();
        self.core.origins.at_edge(&format!("//{}{location}", authority.as_str()), base)
    }
}

/// Whether an answer has a transfer coding but chunks: none other was asked for, and none can be undone.
fn has_foreign_coding(answer: &HeaderMap) -> bool {
    let mut codings = answer.get_all(TRANSFER_ENCODING).iter();
    codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
}

/// The bytes of a slice, as far as the object has them.
fn slice_range(index: u32) -> ByteRange {
    let start = u64::from(index) * BLOCK as u64;
    ByteRange::FromTo(start, start + BLOCK as u64 - 1)
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn keep(verdict: Verdict) -> (Keep, Option<Freshness>) {
    match verdict {
        Verdict::Store(freshness) => (Keep::Store, Some(freshness)),
        Verdict::Share => (Keep::Share, None),
        Verdict::Private => (Keep::Private, None),
    }
}
