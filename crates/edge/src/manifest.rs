//! Manifests on their way through: absolute URLs of known origins are pointed at the edge, and live ones
//! live no longer than their players' next look.

mod pace;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderMap, HeaderValue};
use media::url::Kind;
use segment_cache::cache_control::CacheControl;
use segment_cache::freshness::{Freshness, Timing, has_explicit_lifetime};
use segment_cache::{Object, OriginId};

use crate::config::Lifetimes;
use crate::origins::Origins;

/// A manifest, read.
#[derive(Debug)]
pub(crate) struct Manifest {
    rewritten: Option<Bytes>,
    /// `None` for one that will not change any more.
    live: Option<Live>,
}

/// A manifest that changes.
#[derive(Clone, Copy, Debug)]
struct Live {
    /// How soon at the earliest it has something new.
    period: Option<Duration>,
    /// How often it has something new, on average: the mean length of the segments that a playlist lists.
    cadence: Option<Duration>,
}

impl Live {
    /// Nobody knows when a manifest that cannot be read changes: one that is broken now is mended soon.
    const UNKNOWN: Self = Self { period: None, cadence: None };
}

impl Manifest {
    /// Reads a manifest of `kind` that came from `base`. One that cannot be read is passed on as it is, for
    /// a player may know better; so is one whose origin forbids changes (`no-transform`, RFC 9111 section 5.2.2.6).
    pub(crate) fn read(
        kind: Kind,
        original: &Bytes,
        headers: &HeaderMap,
        origins: &Origins,
        base: OriginId,
    ) -> Self {
        let may_change = !CacheControl::governing(headers).control.no_transform;
        let to_edge = |uri: &str| origins.at_edge(uri, base).filter(|_| may_change);
        let rewritten = if kind == Kind::Mpd {
            media::dash::rewrite(original, to_edge).map_err(|error| error.to_string())
        } else {
            media::hls::rewrite(original, to_edge).map_err(|error| error.to_string())
        };
        let rewritten = match rewritten {
            Ok(Cow::Owned(bytes)) => Some(Bytes::from(bytes)),
            Ok(Cow::Borrowed(_)) => None,
            Err(error) => {
                tracing::warn!(%error, kind = kind.as_str(), "a manifest cannot be read and is passed on as it is");
                None
            }
        };
        Self { rewritten, live: live(kind, original) }
    }

    /// One that comes encoded, and so cannot be looked into. It may be live.
    pub(crate) fn unread() -> Self {
        Self { rewritten: None, live: Some(Live::UNKNOWN) }
    }

    /// Whether it differs from what the origin sent.
    pub(crate) fn is_rewritten(&self) -> bool {
        self.rewritten.is_some()
    }

    /// The bytes for viewers.
    pub(crate) fn body(&self, original: &Bytes) -> Bytes {
        self.rewritten.as_ref().unwrap_or(original).clone()
    }

    /// When it was seen to change, in place of `stale`, whose `body` it has or has not; `timing` is that of the
    /// answer that it came with.
    pub(crate) fn changed(&self, body: &[u8], stale: Option<&Object>, timing: Timing) -> Option<Instant> {
        let (stale, cadence) = (stale?, self.live?.cadence?);
        if whole(stale) == body {
            return stale.head().changed;
        }
        // Who has not looked for longer cannot tell when it was.
        let unseen = timing.requested.saturating_duration_since(stale.freshness().received());
        (unseen <= cadence).then_some(timing.requested)
    }

    /// How long it may be used: a live one without a word from the origin for half its period, or as [`pace`] says
    /// where it is known when it `changed`; and never stale because the origin fails.
    pub(crate) fn lifetime(
        &self,
        freshness: Freshness,
        origin: &HeaderMap,
        received: Instant,
        changed: Option<Instant>,
        defaults: &Lifetimes,
    ) -> Freshness {
        let Some(live) = self.live else {
            return freshness;
        };
        let freshness = freshness.never_stale();
        if has_explicit_lifetime(origin) {
            return freshness;
        }
        let bound = defaults.live_manifest.get();
        let lifetime = match (changed, live.cadence) {
            (Some(changed), Some(cadence)) => pace::lifetime(received, changed, cadence),
            _ => live.period.map_or(bound, |period| period / 2),
        };
        freshness.at_most(freshness.age(received) + lifetime.min(bound))
    }
}

/// The whole body of a stored manifest.
pub(crate) fn whole(object: &Object) -> Bytes {
    let first = object.read(0, u64::MAX);
    if first.len() as u64 == object.length() {
        return first;
    }
    let mut all = Vec::from(first);
    loop {
        // An index has no bytes, whatever its length: an object may have become a manifest by a new rule.
        let piece = object.piece(all.len() as u64, u64::MAX);
        if piece.is_empty() {
            return Bytes::from(all);
        }
        all.extend_from_slice(piece);
    }
}

/// A rewritten body is another representation: its tag must differ from the origin's.
pub(crate) fn mark_rewritten(headers: &mut HeaderMap) {
    let tag = headers.get(ETAG).and_then(|tag| {
        let tag = tag.to_str().ok()?.strip_suffix('"')?;
        HeaderValue::try_from(format!("{tag}-edge\"")).ok()
    });
    match tag {
        Some(tag) => headers.insert(ETAG, tag),
        None => headers.remove(ETAG),
    };
}

/// The mean length of the segments, which are no longer than the target duration.
fn cadence(survey: &media::hls::Survey) -> Option<Duration> {
    let count = u32::try_from(survey.segments).ok()?;
    let mean = survey.listed.checked_div(count)?;
    (mean > Duration::ZERO).then(|| survey.target_duration.map_or(mean, |target| target.min(mean)))
}

fn live(kind: Kind, original: &[u8]) -> Option<Live> {
    if kind == Kind::Mpd {
        return match media::dash::survey(original) {
            Ok(survey) => {
                survey.dynamic.then_some(Live { period: survey.minimum_update_period, ..Live::UNKNOWN })
            }
            Err(_) => Some(Live::UNKNOWN),
        };
    }
    match media::hls::survey(original) {
        Ok(survey) if survey.multivariant || survey.ended => None,
        Ok(survey) => Some(Live {
            period: survey.part_target.or(survey.target_duration),
            cadence: cadence(&survey).filter(|_| survey.part_target.is_none()),
        }),
        Err(_) => Some(Live::UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use segment_cache::Head;
    use segment_cache::object::{Label, Prepared, Validators};

    use super::*;
    use crate::clock::Clock;

    /// A reload can make a manifest of what is kept in slices.
    #[test]
    fn an_index_has_no_bytes() {
        let head = Head {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            length: Some(10),
            validators: Validators::default(),
            label: Label::default(),
            version: 0,
            changed: None,
            prepared: Prepared::default(),
        };
        assert!(whole(&Object::index(head, 10, Freshness::lasting(Clock::system().now()))).is_empty());
    }
}
