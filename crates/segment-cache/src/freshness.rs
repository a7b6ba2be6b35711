//! May this response be stored, and how long is it fresh? Pure functions over RFC 9111.
//!
//! Time comes in as arguments: a monotonic [`Instant`] for everything that is measured here, and one
//! wall-clock time, used only to compare with the origin's `Date` and `Expires`.

use std::time::{Duration, Instant, SystemTime};

use http::header::{AGE, DATE, EXPIRES, VARY};
use http::{HeaderMap, StatusCode};

use crate::cache_control::CacheControl;

/// The longest lifetime taken over from an origin; longer ones count as this.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// What holds where the origin says nothing, by kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Lifetime of a response without any freshness signal.
    pub lifetime: Duration,
    /// How long a stale object may be served while it is revalidated.
    pub stale_while_revalidate: Duration,
    /// How long a stale object may be served because the origin fails.
    pub stale_if_error: Duration,
    /// The longest time that "gone" (404, 410) is remembered, and its lifetime without a signal.
    pub negative: Duration,
}

/// When a response was asked for and received.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// When the request left (RFC 9111 section 4.2.3 `request_time`).
    pub requested: Instant,
    /// When the response head arrived (`response_time`).
    pub received: Instant,
    /// The wall clock at `received`, to compare with the origin's dates.
    pub wall: SystemTime,
}

/// How long a stored response may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    received: Instant,
    initial_age: Duration,
    lifetime: Duration,
    while_revalidate: Duration,
    if_error: Duration,
}

/// What the cache may do with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Store it, fresh for so long.
    Store(Freshness),
    /// Hand it to those who wait for it now, keep nothing.
    Share,
    /// Hand it to the one request that caused it and to nobody else.
    Private,
}

/// Decides by RFC 9111 section 3 whether a response to GET may be stored, and for how long.
///
/// The request upstream is the same for every client (it is built from nothing), so any `Vary` but
/// `*` selects the same response each time.
pub fn judge(status: StatusCode, headers: &HeaderMap, timing: Timing, defaults: &Defaults) -> Verdict {
    let control = CacheControl::of(headers);
    if control.no_store
        || control.private
        || headers.get_all(VARY).iter().any(|field| names_everything(field.as_bytes()))
    {
        return Verdict::Private;
    }
    let gone = matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE);
    if status != StatusCode::OK && !gone {
        return Verdict::Share;
    }
    let explicit = explicit_lifetime(&control, headers, timing.wall);
    let lifetime = match (gone, control.no_cache) {
        (_, true) => Duration::ZERO,
        (true, false) => explicit.unwrap_or(defaults.negative).min(defaults.negative),
        (false, false) => explicit.unwrap_or(defaults.lifetime).min(LONGEST),
    };
    let strict = gone || control.no_cache || control.must_revalidate || control.s_maxage.is_some();
    let grace = |directive: Option<u64>, default| match directive {
        _ if strict => Duration::ZERO,
        Some(seconds) => Duration::from_secs(seconds).min(LONGEST),
        None => default,
    };
    Verdict::Store(Freshness {
        received: timing.received,
        initial_age: initial_age(headers, timing),
        lifetime,
        while_revalidate: grace(control.stale_while_revalidate, defaults.stale_while_revalidate),
        if_error: grace(control.stale_if_error, defaults.stale_if_error),
    })
}

impl Freshness {
    /// The `current_age` of RFC 9111 section 4.2.3.
    pub fn age(&self, now: Instant) -> Duration {
        self.initial_age + now.saturating_duration_since(self.received)
    }

    /// Whether the response may be served without asking anybody (section 4.2).
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.age(now) < self.lifetime
    }

    /// How long it stays fresh from `now` on; zero when stale.
    pub fn remaining(&self, now: Instant) -> Duration {
        self.lifetime.saturating_sub(self.age(now))
    }

    /// Whether a stale response may be served while it is being revalidated (RFC 5861 section 3).
    pub fn may_serve_while_revalidating(&self, now: Instant) -> bool {
        self.age(now) < self.lifetime.saturating_add(self.while_revalidate)
    }

    /// Whether a stale response may be served because the origin failed (RFC 5861 section 4).
    pub fn may_serve_on_error(&self, now: Instant) -> bool {
        self.age(now) < self.lifetime.saturating_add(self.if_error)
    }

    /// The same, but never served stale.
    #[must_use]
    pub fn never_stale(mut self) -> Self {
        self.while_revalidate = Duration::ZERO;
        self.if_error = Duration::ZERO;
        self
    }

    /// What never grows stale by itself: a slice, which the index of its object vouches for.
    pub fn lasting(received: Instant) -> Self {
        let (initial_age, while_revalidate, if_error) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        Self { received, initial_age, lifetime: Duration::MAX, while_revalidate, if_error }
    }

    /// The same with at most `lifetime`, for objects that the edge knows to change sooner.
    #[must_use]
    pub fn at_most(mut self, lifetime: Duration) -> Self {
        self.lifetime = self.lifetime.min(lifetime);
        self
    }
}

/// Whether the response says itself how long it lives.
pub fn has_explicit_lifetime(headers: &HeaderMap) -> bool {
    let control = CacheControl::of(headers);
    control.s_maxage.is_some()
        || control.max_age.is_some()
        || control.no_cache
        || headers.contains_key(EXPIRES)
}

/// RFC 9111 section 4.2.1: s-maxage, then max-age, then Expires minus Date. A malformed or repeated
/// Expires means "already expired" (section 5.3).
fn explicit_lifetime(control: &CacheControl, headers: &HeaderMap, wall: SystemTime) -> Option<Duration> {
    if let Some(seconds) = control.s_maxage.or(control.max_age) {
        return Some(Duration::from_secs(seconds));
    }
    let mut expires = headers.get_all(EXPIRES).iter();
    let first = expires.next()?;
    if expires.next().is_some() {
        return Some(Duration::ZERO);
    }
    let date = http_date(headers, &DATE).unwrap_or(wall);
    let expires = first.to_str().ok().and_then(|text| httpdate::parse_http_date(text).ok());
    Some(expires.and_then(|at| at.duration_since(date).ok()).unwrap_or(Duration::ZERO))
}

/// RFC 9111 section 4.2.3 `corrected_initial_age`.
fn initial_age(headers: &HeaderMap, timing: Timing) -> Duration {
    let apparent =
        http_date(headers, &DATE).and_then(|date| timing.wall.duration_since(date).ok()).unwrap_or_default();
    let stated = headers
        .get(AGE)
        .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok())
        .map_or(Duration::ZERO, Duration::from_secs)
        .min(LONGEST);
    let delay = timing.received.saturating_duration_since(timing.requested);
    apparent.min(LONGEST).max(stated + delay)
}

fn http_date(headers: &HeaderMap, name: &http::HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

fn names_everything(vary: &[u8]) -> bool {
    vary.split(|&byte| byte == b',').any(|member| member.trim_ascii() == b"*")
}

#[cfg(test)]
mod tests;
