//! How long may a stored response be used, and how? Pure functions over RFC 9111 section 4.2.
//!
//! Time comes in as arguments: a monotonic [`Instant`] for everything that is measured here, and one
//! wall-clock time, used only to compare with the origin's dates. All arithmetic saturates: no header makes it
//! overflow.
//!
//! Whether a response may be stored at all, and with which lifetime, is [`judge`]'s to say.

mod dates;
mod judge;

use std::time::{Duration, Instant};

use crate::request_directives::Wish;
pub use dates::stated_age;
pub use judge::{Defaults, Heuristic, Timing, Verdict, has_explicit_lifetime, judge};

/// The longest lifetime taken over from an origin; longer ones count as this.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// How long a stored response may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    received: Instant,
    initial_age: Duration,
    lifetime: Duration,
    while_revalidate: Duration,
    if_error: Duration,
    /// Something forbids stale use whoever wishes it (section 4.2.4).
    strict: bool,
    /// It does not change while it is fresh (RFC 8246).
    immutable: bool,
    /// The origin failed just now, and is not asked again before this.
    failed_until: Option<Instant>,
}

/// How a stored response may answer a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// As it is.
    Fresh,
    /// As it is, while it is revalidated behind (RFC 5861 section 3).
    StaleWhileRevalidate,
    /// As it is, because the request takes it stale (`max-stale`).
    StaleAsAsked,
    /// As it is, because the origin failed just now (RFC 5861 section 4): it is not asked again yet.
    StaleOnError,
    /// Once the origin has been asked. When that fails, [`Freshness::may_serve_on_error`] counts.
    Validate,
}

impl Freshness {
    /// The `current_age` of RFC 9111 section 4.2.3.
    pub fn age(&self, now: Instant) -> Duration {
        self.initial_age.saturating_add(now.saturating_duration_since(self.received))
    }

    /// Whether the response may be served without asking anybody (section 4.2).
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.age(now) < self.lifetime
    }

    /// When it was received or last renewed.
    pub fn received(&self) -> Instant {
        self.received
    }

    /// How long it stays fresh from `now` on; zero when stale.
    pub fn remaining(&self, now: Instant) -> Duration {
        self.lifetime.saturating_sub(self.age(now))
    }

    /// How it may answer a request with this `wish` (sections 4.2.4 and 5.2.1).
    ///
    /// `max-age` and `min-fresh` make the response stale earlier for this one request, and say that a stale one
    /// is not taken, unless `max-stale` says how stale (section 5.2.1.1). `max-age=0` always asks.
    ///
    /// RFC 8246 section 2 wants a fresh `immutable` response validated only upon a clear signal: here `no-cache`
    /// is one (a forced reload), while `max-age`, which a plain reload sends, is not.
    pub fn reuse(&self, now: Instant, wish: &Wish) -> Reuse {
        let (age, fresh) = (self.age(now), self.is_fresh(now));
        let lifetime = match wish.max_age {
            Some(max_age) if !(self.immutable && fresh) => max_age.min(self.lifetime),
            _ => self.lifetime,
        };
        let remaining = lifetime.saturating_sub(age);
        let as_asked = |most: Duration| age.saturating_sub(lifetime) <= most && wish.min_fresh.is_none();
        if wish.no_cache {
            Reuse::Validate
        } else if age < lifetime && wish.min_fresh.is_none_or(|least| least <= remaining) {
            Reuse::Fresh
        } else if wish.max_age.is_none() && wish.min_fresh.is_none() && self.may_serve_while_revalidating(now)
        {
            Reuse::StaleWhileRevalidate
        } else if wish.max_age.is_none() && wish.min_fresh.is_none() && self.may_serve_without_asking(now) {
            Reuse::StaleOnError
        } else if !wish.max_stale.is_some_and(as_asked) {
            Reuse::Validate
        } else if fresh {
            // Only the viewer's own max-age was over.
            Reuse::Fresh
        } else if self.strict {
            Reuse::Validate
        } else {
            Reuse::StaleAsAsked
        }
    }

    /// Whether a stale response may be served while it is being revalidated (RFC 5861 section 3).
    pub fn may_serve_while_revalidating(&self, now: Instant) -> bool {
        self.age(now) < self.lifetime.saturating_add(self.while_revalidate)
    }

    /// Whether a stale response may be served because the origin failed (RFC 5861 section 4).
    pub fn may_serve_on_error(&self, now: Instant) -> bool {
        self.age(now) < self.lifetime.saturating_add(self.if_error)
    }

    /// Whether it may be served because the origin failed just now: until [`Freshness::failed_until`] nobody
    /// needs to ask again.
    pub fn may_serve_without_asking(&self, now: Instant) -> bool {
        self.failed_until.is_some_and(|until| now < until) && self.may_serve_on_error(now)
    }

    /// Whether the origin failed when it was asked about this last.
    pub fn has_failed(&self) -> bool {
        self.failed_until.is_some()
    }

    /// How long it stays fresh from `now` on in whole seconds; negative when stale, as `ttl` of Cache-Status
    /// has it (RFC 9211 section 2.4).
    pub fn ttl_seconds(&self, now: Instant) -> i64 {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        seconds(self.lifetime).saturating_sub(seconds(self.age(now)))
    }

    /// The same, and the origin failed: where it may be served on error, the origin is not asked before
    /// `until`. Without this each request for a stale object would be another question to an origin in trouble.
    #[must_use]
    pub fn failed_until(mut self, until: Instant) -> Self {
        self.failed_until = Some(until);
        self
    }

    /// The same, but never served stale, not to a viewer either who would take it.
    #[must_use]
    pub fn never_stale(mut self) -> Self {
        self.while_revalidate = Duration::ZERO;
        self.if_error = Duration::ZERO;
        self.strict = true;
        self
    }

    /// What never grows stale by itself: a slice, which the index of its object vouches for.
    pub fn lasting(received: Instant) -> Self {
        let (initial_age, while_revalidate, if_error) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        let (strict, immutable, failed_until) = (false, true, None);
        let lifetime = Duration::MAX;
        Self { received, initial_age, lifetime, while_revalidate, if_error, strict, immutable, failed_until }
    }

    /// The same with at most `lifetime`, for objects that the edge knows to change sooner.
    #[must_use]
    pub fn at_most(mut self, lifetime: Duration) -> Self {
        self.lifetime = self.lifetime.min(lifetime);
        self
    }
}

#[cfg(test)]
mod tests;
