//! May this response be stored, and for how long? (RFC 9111 section 3.)
//!
//! The request upstream is a GET, the same for every client: it is built from nothing. So nothing in it forbids
//! storing (no Authorization, section 3.5; no `no-store`), and `Vary` but for `*` selects the same response each
//! time ([`Vary`]).

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, StatusCode};

use super::{Freshness, LONGEST, dates};
use crate::cache_control::{CacheControl, understands};
use crate::targeted::Governing;
use crate::vary::Vary;

/// What holds where the origin says nothing, by kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults<'c> {
    /// Lifetime of a response without any freshness signal.
    pub lifetime: Duration,
    /// How long a stale object may be served while it is revalidated.
    pub stale_while_revalidate: Duration,
    /// How long a stale object may be served because the origin fails.
    pub stale_if_error: Duration,
    /// The errors (400 to 599) that are remembered: each for the time beside it, or for less where the origin
    /// says so. Others are never stored.
    pub negative: &'c BTreeMap<StatusCode, Duration>,
    /// Lifetime guessed from Last-Modified, where [`Defaults::lifetime`] is zero.
    pub heuristic: Option<Heuristic>,
}

/// A lifetime guessed from how long the object had not been changed (RFC 9111 section 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heuristic {
    /// The part of that time, in percent; the standard suggests 10.
    pub percent: u8,
    /// The longest lifetime that is guessed.
    pub max: Duration,
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

/// The rules by which a status is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// With the lifetime that the origin states or that is configured.
    Content,
    /// With a stated lifetime only.
    Explicit,
    /// An error that the operator named, for this time at most.
    Negative(Duration),
    Never,
}

impl Defaults<'_> {
    /// `lifetime` and nothing else: no error is remembered and nothing served stale.
    pub const fn new(lifetime: Duration) -> Self {
        static NONE: BTreeMap<StatusCode, Duration> = BTreeMap::new();
        Self {
            lifetime,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            negative: &NONE,
            heuristic: None,
        }
    }
}

/// Decides by RFC 9111 section 3 whether a response to GET may be stored, and for how long.
///
/// 200 and 203 are stored with the origin's lifetime or the configured one; 204 and redirects (300, 301, 302, 303,
/// 307, 308) only with a lifetime of the origin's; errors only where [`Defaults::negative`] names them; 206 and
/// everything else never. The directives are the [governing](CacheControl::governing) ones. Header fields that may
/// not be stored with the response are [`withheld`](crate::withheld)'s.
pub fn judge(status: StatusCode, headers: &HeaderMap, timing: Timing, defaults: &Defaults<'_>) -> Verdict {
    let Governing { control, targeted } = CacheControl::governing(headers);
    if control.forbids_storing(status) || !Vary::of(headers).matches_every_request() {
        return Verdict::Private;
    }
    let rule = rule(status, defaults);
    if rule == Rule::Never || control.must_understand && !understands(status) {
        return Verdict::Share;
    }
    let explicit = explicit_lifetime(&control, targeted, headers, timing.wall);
    let lifetime = match (rule, explicit) {
        (Rule::Never, _) | (Rule::Explicit, None) => return Verdict::Share,
        _ if control.no_cache => Duration::ZERO,
        (Rule::Negative(most), explicit) => explicit.unwrap_or(most).min(most),
        (_, Some(explicit)) => explicit,
        (Rule::Content, None) => defaults.lifetime.max(guessed_lifetime(headers, timing.wall, defaults)),
    };
    let strict = control.forbids_stale() || matches!(rule, Rule::Negative(_));
    let grace = |directive: Option<u64>, default| match directive {
        _ if strict => Duration::ZERO,
        Some(seconds) => Duration::from_secs(seconds).min(LONGEST),
        None if rule == Rule::Content => default,
        None => Duration::ZERO,
    };
    Verdict::Store(Freshness {
        received: timing.received,
        initial_age: dates::initial_age(headers, timing),
        lifetime: lifetime.min(LONGEST),
        while_revalidate: grace(control.stale_while_revalidate, defaults.stale_while_revalidate),
        if_error: grace(control.stale_if_error, defaults.stale_if_error),
        strict,
        immutable: control.immutable,
        failed_until: None,
    })
}

/// Whether the response says itself how long it lives.
pub fn has_explicit_lifetime(headers: &HeaderMap) -> bool {
    let Governing { control, targeted } = CacheControl::governing(headers);
    control.no_cache || explicit_lifetime(&control, targeted, headers, SystemTime::UNIX_EPOCH).is_some()
}

fn rule(status: StatusCode, defaults: &Defaults<'_>) -> Rule {
    match status.as_u16() {
        200 | 203 => Rule::Content,
        204 | 300..=303 | 307 | 308 => Rule::Explicit,
        400..=599 => defaults.negative.get(&status).map_or(Rule::Never, |most| Rule::Negative(*most)),
        _ => Rule::Never,
    }
}

/// RFC 9111 section 4.2.1: s-maxage, then max-age, then Expires, which does not count beside a targeted field.
fn explicit_lifetime(
    control: &CacheControl,
    targeted: bool,
    headers: &HeaderMap,
    wall: SystemTime,
) -> Option<Duration> {
    let expires = || if targeted { None } else { dates::expires(headers, wall) };
    control.lifetime_seconds().map(Duration::from_secs).or_else(expires)
}

/// RFC 9111 section 4.2.2, for kinds of object that have no configured lifetime.
fn guessed_lifetime(headers: &HeaderMap, wall: SystemTime, defaults: &Defaults<'_>) -> Duration {
    let guess = |heuristic: Heuristic| {
        let unchanged = dates::unchanged_for(headers, wall)?;
        Some((unchanged / 100).saturating_mul(heuristic.percent.into()).min(heuristic.max))
    };
    defaults.heuristic.filter(|_| defaults.lifetime.is_zero()).and_then(guess).unwrap_or_default()
}
