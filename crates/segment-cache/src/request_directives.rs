//! What a viewer asks of the cache (RFC 9111 section 5.2.1).
//!
//! The standard calls these directives advisory. Two groups are told apart: those with which a viewer takes
//! *less* than is there (`max-stale`, `only-if-cached`) cost nothing and are always obeyed; those with which a
//! viewer demands more than the origin does (`no-cache`, `no-store`, `max-age`, `min-fresh`, `Pragma`) make the
//! link carry again what is held. Whether those are obeyed is for the operator to say:
//! [`Wish::without_reload`].

use std::time::Duration;

use http::HeaderMap;
use http::header::{CACHE_CONTROL, PRAGMA};

use crate::directives::{MAX_SECONDS, delta_seconds, directives};

/// What a viewer wishes beyond the response itself. The default is no wish.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// `no-cache`: validate what is stored (section 5.2.1.4); also `Pragma: no-cache` (section 5.4).
    pub no_cache: bool,
    /// `no-store`: keep nothing of the response (section 5.2.1.5). What is stored already may answer.
    pub no_store: bool,
    /// `only-if-cached`: answer from what is stored, or with 504 (section 5.2.1.7).
    pub only_if_cached: bool,
    /// `max-age`: no older than this (section 5.2.1.1).
    pub max_age: Option<Duration>,
    /// `min-fresh`: fresh for this long from now on at least (section 5.2.1.3).
    pub min_fresh: Option<Duration>,
    /// `max-stale`: stale for this long at most (section 5.2.1.2); [`Duration::MAX`] when no bound is given.
    pub max_stale: Option<Duration>,
}

impl Wish {
    /// Reads Cache-Control, or Pragma when there is none. Costs two look-ups when neither is there.
    ///
    /// Of a directive that stands twice the stricter reading counts. A malformed number is the strictest: 0 for
    /// `max-age` and `max-stale`, the longest time for `min-fresh`.
    pub fn of(request: &HeaderMap) -> Self {
        let mut wish = Self::default();
        if !request.contains_key(CACHE_CONTROL) {
            // Pragma is an extensible list; its other members mean nothing to a cache.
            wish.no_cache = request.get_all(PRAGMA).iter().any(|line| {
                directives(line.as_bytes()).any(|(name, _)| name.eq_ignore_ascii_case(b"no-cache"))
            });
            return wish;
        }
        for line in request.get_all(CACHE_CONTROL) {
            for (name, argument) in directives(line.as_bytes()) {
                wish.apply(name, argument);
            }
        }
        wish
    }

    /// The same without everything that makes the edge ask the origin although the origin allows not to.
    #[must_use]
    pub fn without_reload(self) -> Self {
        Self { only_if_cached: self.only_if_cached, max_stale: self.max_stale, ..Self::default() }
    }

    fn apply(&mut self, name: &[u8], argument: Option<&[u8]>) {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        if is("no-cache") {
            self.no_cache = true;
        } else if is("no-store") {
            self.no_store = true;
        } else if is("only-if-cached") {
            self.only_if_cached = true;
        } else if is("max-age") {
            keep(&mut self.max_age, seconds(argument, 0), Duration::min);
        } else if is("min-fresh") {
            keep(&mut self.min_fresh, seconds(argument, MAX_SECONDS), Duration::max);
        } else if is("max-stale") {
            let bound = if argument.is_some() { seconds(argument, 0) } else { Duration::MAX };
            keep(&mut self.max_stale, bound, Duration::min);
        }
    }
}

fn keep(slot: &mut Option<Duration>, value: Duration, stricter: fn(Duration, Duration) -> Duration) {
    *slot = Some(slot.map_or(value, |old| stricter(old, value)));
}

fn seconds(argument: Option<&[u8]>, malformed: u64) -> Duration {
    Duration::from_secs(argument.and_then(delta_seconds).unwrap_or(malformed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wish(fields: &[(&'static str, &str)]) -> Wish {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        Wish::of(&headers)
    }

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_asked_is_no_wish() {
        assert_eq!(wish(&[]), Wish::default());
        assert_eq!(wish(&[("accept", "*/*"), ("cache-control", "no-transform, x=1")]), Wish::default());
    }

    #[test]
    fn every_directive_is_read() {
        let all = wish(&[
            ("cache-control", "No-Cache, max-age=5, min-fresh=\"6\""),
            ("cache-control", "no-store,only-if-cached, max-stale=7"),
        ]);
        let expected = Wish {
            no_cache: true,
            no_store: true,
            only_if_cached: true,
            max_age: Some(secs(5)),
            min_fresh: Some(secs(6)),
            max_stale: Some(secs(7)),
        };
        assert_eq!(all, expected);
        let costless = Wish { only_if_cached: true, max_stale: Some(secs(7)), ..Wish::default() };
        assert_eq!(all.without_reload(), costless);
    }

    #[test]
    fn the_stricter_of_two_counts_and_garbage_is_the_strictest() {
        let twice = wish(&[(
            "cache-control",
            "max-age=5, max-age=3, min-fresh=1, min-fresh=2, max-stale, max-stale=9",
        )]);
        assert_eq!(
            (twice.max_age, twice.min_fresh, twice.max_stale),
            (Some(secs(3)), Some(secs(2)), Some(secs(9)))
        );
        assert_eq!(wish(&[("cache-control", "max-stale")]).max_stale, Some(Duration::MAX));
        let garbage = wish(&[("cache-control", "max-age=x, min-fresh=, max-stale=-1")]);
        assert_eq!(garbage.max_age, Some(Duration::ZERO));
        assert_eq!(garbage.min_fresh, Some(secs(MAX_SECONDS)));
        assert_eq!(garbage.max_stale, Some(Duration::ZERO));
    }

    #[test]
    fn pragma_counts_only_without_cache_control() {
        assert!(wish(&[("pragma", "x=1, No-Cache")]).no_cache);
        assert!(!wish(&[("pragma", "x-no-cache")]).no_cache);
        assert!(!wish(&[("pragma", "no-cache"), ("cache-control", "max-stale=1")]).no_cache);
    }

    proptest! {
        #[test]
        fn numbers_are_read_to_the_last(a in 0..=MAX_SECONDS, b: u64, c in 0..=MAX_SECONDS) {
            let found = wish(&[("cache-control", &format!("max-age={a},min-fresh={b},max-stale={c}"))]);
            prop_assert_eq!(found.max_age, Some(secs(a)));
            prop_assert_eq!(found.min_fresh, Some(secs(b.min(MAX_SECONDS))));
            prop_assert_eq!(found.max_stale, Some(secs(c)));
        }
    }
}
