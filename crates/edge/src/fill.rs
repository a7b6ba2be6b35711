//! One fill: ask the origin, judge the answer, and write it for everybody who waits.
//!
//! It runs as a task of its own, so that a viewer who leaves takes nothing with them.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, ETAG, LAST_MODIFIED, LOCATION, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use media::url::Kind;
use segment_cache::fill::writer::Keep;
use segment_cache::freshness::{Freshness, Timing, Verdict, judge};
use segment_cache::object::{Label, Validators};
use segment_cache::{FillError, FillWriter, Head, Object, OriginId};

use crate::core::Core;
use crate::headers;
use crate::manifest::{self, Manifest};
use crate::target::{Fetch, Target};
use crate::upstream::{Answer, Condition, Turn};

/// What one fill is for.
#[derive(Debug)]
pub(crate) struct Job {
    core: Arc<Core>,
    fetch: Fetch,
    origin: OriginId,
    kind: Kind,
    label: Label,
    stale: Option<Arc<Object>>,
}

/// An answer's head, judged.
struct Judged {
    status: StatusCode,
    headers: HeaderMap,
    length: Option<u64>,
    verdict: Verdict,
    body: Incoming,
    /// The origin's next request may start when this one's body is read.
    _turn: Turn,
}

impl Job {
    /// A fill of `target`; `stale` is what is held of it already.
    pub(crate) fn new(core: &Arc<Core>, target: &Target<'_>, stale: Option<Arc<Object>>) -> Self {
        let media = core.rules.recognise(target.path());
        let label = Label { kind: media.kind.as_str(), entry: media.entry.map(Into::into) };
        let (fetch, origin) = (target.fetch(), target.key().origin);
        Self { core: Arc::clone(core), fetch, origin, kind: media.kind, label, stale }
    }

    /// Runs it.
    pub(crate) fn start(self, writer: FillWriter) {
        tokio::spawn(self.run(writer));
    }

    async fn run(self, writer: FillWriter) {
        let condition = self
            .stale
            .as_ref()
            .map_or_else(Condition::none, |stale| Condition::unless(&stale.head().validators));
        match self.core.upstreams.ask(&self.fetch, &condition, &self.core.clock).await {
            Ok(answer) => self.answered(writer, answer).await,
            Err(error) => self.failed(writer, error),
        }
    }

    async fn answered(&self, writer: FillWriter, answer: Answer) {
        let now = self.core.clock.now();
        let timing = Timing { requested: answer.requested, received: now, wall: self.core.clock.wall() };
        let status = answer.response.status();
        if status == StatusCode::NOT_MODIFIED {
            return self.renewed(writer, answer.response.headers(), timing);
        }
        if status == StatusCode::PARTIAL_CONTENT || status.is_informational() {
            return self.failed(writer, FillError::Invalid);
        }
        if status.is_server_error()
            && let Some(stale) = self.usable_stale(now)
        {
            return writer.answer(stale, false);
        }
        let (parts, body) = answer.response.into_parts();
        let mut verdict = judge(status, &parts.headers, timing, &self.core.defaults(self.kind));
        let length = body.size_hint().exact();
        let ends_with_connection = length.is_none()
            && parts.version <= Version::HTTP_11
            && !parts.headers.contains_key(TRANSFER_ENCODING);
        if ends_with_connection && matches!(verdict, Verdict::Store(_)) {
            // Nothing would tell a whole answer from one that was cut off.
            verdict = Verdict::Share;
        }
        let is_manifest = self.kind.is_manifest() && status == StatusCode::OK;
        let is_encoded = parts.headers.contains_key(CONTENT_ENCODING);
        if let (true, true, Verdict::Store(freshness)) = (is_manifest, is_encoded, verdict) {
            let lifetimes = &self.core.config.cache.lifetime;
            verdict = Verdict::Store(Manifest::unread().lifetime(freshness, &parts.headers, now, lifetimes));
        }
        let judged = Judged { status, headers: parts.headers, length, verdict, body, _turn: answer.turn };
        let result = if is_manifest && !is_encoded {
            self.write_manifest(writer, judged, timing).await
        } else {
            self.write_stream(writer, judged).await
        };
        if let Err(error) = result {
            tracing::debug!(%error, kind = self.kind.as_str(), "a fill failed");
        }
    }

    /// Passes the body on as it arrives.
    async fn write_stream(&self, mut writer: FillWriter, judged: Judged) -> Result<(), FillError> {
        let (keep, freshness) = keep(judged.verdict);
        let headers = self.viewers_headers(&judged.headers, judged.status);
        let head = self.head(judged.status, headers, judged.length, validators(&judged.headers));
        let written = async {
            writer.begin(head, keep)?;
            let mut body = judged.body;
            while let Some(bytes) = self.next(&mut body).await? {
                self.append(&mut writer, bytes).await?;
            }
            Ok(())
        };
        match written.await {
            Ok(()) => writer.complete(freshness).map(drop),
            Err(error) => {
                writer.fail(error);
                Err(error)
            }
        }
    }

    /// Holds a manifest until it is whole, points it at the edge, and passes it on.
    async fn write_manifest(
        &self,
        mut writer: FillWriter,
        judged: Judged,
        timing: Timing,
    ) -> Result<(), FillError> {
        let written = async {
            let original = self.collect(&mut writer, judged.body, judged.length).await?;
            let manifest = Manifest::read(self.kind, &original, &self.core.origins, self.origin);
            let (keep, mut freshness) = keep(judged.verdict);
            freshness = freshness.map(|freshness| {
                manifest.lifetime(
                    freshness,
                    &judged.headers,
                    timing.received,
                    &self.core.config.cache.lifetime,
                )
            });
            let mut headers = self.viewers_headers(&judged.headers, judged.status);
            if manifest.is_rewritten() {
                manifest::mark_rewritten(&mut headers);
            }
            let body = manifest.into_body(original);
            let head =
                self.head(judged.status, headers, Some(body.len() as u64), validators(&judged.headers));
            writer.begin(head, keep)?;
            self.append(&mut writer, body).await?;
            Ok(freshness)
        };
        match written.await {
            Ok(freshness) => writer.complete(freshness).map(drop),
            Err(error) => {
                self.failed(writer, error);
                Err(error)
            }
        }
    }

    /// The stored object is still right: its lifetime starts anew (RFC 9111 section 4.3.4).
    fn renewed(&self, writer: FillWriter, update: &HeaderMap, timing: Timing) {
        let Some(stale) = &self.stale else {
            return self.failed(writer, FillError::Invalid);
        };
        let mut head = stale.head().clone();
        headers::update(&mut head.headers, update);
        let mut said = head.headers.clone();
        said.remove(http::header::AGE);
        said.extend(update.get(http::header::AGE).map(|age| (http::header::AGE, age.clone())));
        let Verdict::Store(mut freshness) = judge(head.status, &said, timing, &self.core.defaults(self.kind))
        else {
            // Not to be stored any more: what is held answers those who wait, and is forgotten when stale.
            return writer.answer(Arc::clone(stale), false);
        };
        if self.kind.is_manifest() {
            let body = manifest::whole(stale);
            let manifest = Manifest::read(self.kind, &body, &self.core.origins, self.origin);
            freshness =
                manifest.lifetime(freshness, &said, timing.received, &self.core.config.cache.lifetime);
        }
        writer.answer(Arc::new(stale.renewed(head, freshness)), true);
    }

    /// Stale where that is allowed, else the error.
    fn failed(&self, writer: FillWriter, error: FillError) {
        match self.usable_stale(self.core.clock.now()) {
            Some(stale) => writer.answer(stale, false),
            None => writer.fail(error),
        }
    }

    fn usable_stale(&self, now: Instant) -> Option<Arc<Object>> {
        self.stale.as_ref().filter(|stale| stale.freshness().may_serve_on_error(now)).cloned()
    }

    /// The next bytes of a body; a body that stops, or ends before its end, is an error.
    async fn next(&self, body: &mut Incoming) -> Result<Option<Bytes>, FillError> {
        let stall = self.core.upstreams.limits(&self.fetch).stall_timeout.get();
        loop {
            let frame = tokio::time::timeout(stall, body.frame()).await.map_err(|_| FillError::TimedOut)?;
            let Some(frame) = frame else {
                return Ok(None);
            };
            // Trailers are dropped: nothing in them is for viewers.
            if let Ok(bytes) = frame.map_err(|_| FillError::CutOff)?.into_data() {
                self.core.upstreams.count_bytes(&self.fetch, bytes.len() as u64);
                return Ok(Some(bytes));
            }
        }
    }

    async fn append(&self, writer: &mut FillWriter, bytes: Bytes) -> Result<(), FillError> {
        let patience = self.core.config.viewers.write_timeout.get();
        loop {
            match tokio::time::timeout(patience, writer.room(bytes.len())).await {
                Ok(room) => break room?,
                Err(_) => writer.cut_slowest(),
            }
        }
        writer.append(bytes)
    }

    /// Reads a manifest whole; what is held of it counts against the memory budget.
    async fn collect(
        &self,
        writer: &mut FillWriter,
        mut body: Incoming,
        length: Option<u64>,
    ) -> Result<Bytes, FillError> {
        let max = self.core.config.cache.max_manifest.get();
        if length.is_some_and(|length| length > max) {
            return Err(too_large(max));
        }
        writer.hold(length.unwrap_or_default())?;
        let mut whole = Vec::new();
        while let Some(bytes) = self.next(&mut body).await? {
            let size = (whole.len() + bytes.len()) as u64;
            if size > max {
                return Err(too_large(max));
            }
            writer.hold(size)?;
            whole.extend_from_slice(&bytes);
        }
        Ok(Bytes::from(whole))
    }

    fn viewers_headers(&self, origin: &HeaderMap, status: StatusCode) -> HeaderMap {
        let mut headers = headers::for_viewers(origin, status, &self.core.allow_origin);
        if status.is_redirection()
            && let Some(location) = origin.get(LOCATION)
        {
            let here = location.to_str().ok().and_then(|uri| self.core.origins.at_edge(uri, self.origin));
            let location =
                here.and_then(|here| HeaderValue::try_from(here).ok()).unwrap_or_else(|| location.clone());
            headers.insert(LOCATION, location);
        }
        headers
    }

    fn head(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        length: Option<u64>,
        validators: Validators,
    ) -> Head {
        Head { status, headers, length, validators, label: self.label.clone() }
    }
}

fn too_large(max: u64) -> FillError {
    tracing::warn!(max, "a manifest is larger than cache.max-manifest");
    FillError::Invalid
}

fn keep(verdict: Verdict) -> (Keep, Option<Freshness>) {
    match verdict {
        Verdict::Store(freshness) => (Keep::Store, Some(freshness)),
        Verdict::Share => (Keep::Share, None),
        Verdict::Private => (Keep::Private, None),
    }
}

fn validators(headers: &HeaderMap) -> Validators {
    Validators { etag: headers.get(ETAG).cloned(), last_modified: headers.get(LAST_MODIFIED).cloned() }
}
