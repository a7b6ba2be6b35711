//! The rules of RFC 9111 section 4.2 by example and as properties.

mod reuse;
mod status;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::*;

static NEGATIVE: LazyLock<BTreeMap<StatusCode, Duration>> = LazyLock::new(|| {
    BTreeMap::from([
        (StatusCode::NOT_FOUND, Duration::from_millis(500)),
        (StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(20)),
    ])
});

fn defaults() -> Defaults<'static> {
    Defaults {
        stale_while_revalidate: Duration::from_secs(10),
        stale_if_error: Duration::from_secs(1000),
        negative: &NEGATIVE,
        ..Defaults::new(Duration::from_secs(100))
    }
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    fields.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a monotonic instant has no other constructor; tests only add to it"
)]
fn timing() -> Timing {
    let now = Instant::now();
    Timing { requested: now, received: now, wall: UNIX_EPOCH + Duration::from_hours(500_000) }
}

fn stored(status: u16, fields: &[(&'static str, &str)]) -> (Freshness, Instant) {
    let timing = timing();
    match judge(StatusCode::from_u16(status).unwrap(), &headers(fields), timing, &defaults()) {
        Verdict::Store(freshness) => (freshness, timing.received),
        other => panic!("{fields:?} gave {other:?}"),
    }
}

fn lifetime(fields: &[(&'static str, &str)]) -> Duration {
    let (freshness, now) = stored(200, fields);
    freshness.remaining(now)
}

#[test]
fn s_maxage_wins_over_max_age_over_expires_over_the_default() {
    let date = httpdate::fmt_http_date(timing().wall);
    let expires = httpdate::fmt_http_date(timing().wall + Duration::from_secs(30));
    assert_eq!(lifetime(&[]), Duration::from_secs(100));
    assert_eq!(lifetime(&[("date", &date), ("expires", &expires)]), Duration::from_secs(30));
    assert_eq!(lifetime(&[("expires", &expires), ("cache-control", "max-age=5")]), Duration::from_secs(5));
    assert_eq!(lifetime(&[("cache-control", "max-age=5, s-maxage=7")]), Duration::from_secs(7));
}

#[test]
fn malformed_expires_is_already_expired() {
    for bad in ["", "0", "-1", "never", "Thu, 99 Foo 2026 00:00:00 GMT", "2026-01-01T00:00:00Z"] {
        assert_eq!(lifetime(&[("expires", bad)]), Duration::ZERO, "{bad}");
    }
}

#[test]
fn expires_counts_from_the_arrival_when_no_date_can_be_read() {
    let expires = httpdate::fmt_http_date(timing().wall + Duration::from_secs(30));
    for fields in [&[("expires", expires.as_str())][..], &[("date", "yesterday"), ("expires", &expires)]] {
        assert_eq!(lifetime(fields), Duration::from_secs(30));
    }
    let mut twice = headers(&[("expires", &expires)]);
    twice.append("expires", expires.parse().unwrap());
    let Verdict::Store(freshness) = judge(StatusCode::OK, &twice, timing(), &defaults()) else { panic!() };
    assert_eq!(freshness.lifetime, Duration::ZERO, "two are none");
}

#[test]
fn beside_a_targeted_field_cache_control_and_expires_do_not_count() {
    let targeted = ("cdn-cache-control", "max-age=7");
    assert_eq!(
        lifetime(&[("cache-control", "no-store"), targeted, ("expires", "0")]),
        Duration::from_secs(7)
    );
    let silent =
        headers(&[("cdn-cache-control", "public"), ("cache-control", "max-age=7"), ("expires", "0")]);
    assert!(!has_explicit_lifetime(&silent));
    assert!(has_explicit_lifetime(&headers(&[("expires", "0")])));
    assert!(has_explicit_lifetime(&headers(&[("cdn-cache-control", "s-maxage=1")])));
}

#[test]
fn the_first_age_counts_and_one_that_is_no_number_does_not() {
    for (age, seconds) in
        [("30", 30), ("30, 99", 30), (" , 30", 30), ("+30", 0), ("-30", 0), ("30s", 0), ("x, 30", 0), ("", 0)]
    {
        let (freshness, now) = stored(200, &[("age", age)]);
        assert_eq!(freshness.age(now), Duration::from_secs(seconds), "{age}");
    }
    let mut lines = headers(&[("age", "5")]);
    lines.append("age", "50".parse().unwrap());
    let timing = timing();
    let Verdict::Store(freshness) = judge(StatusCode::OK, &lines, timing, &defaults()) else { panic!() };
    assert_eq!(freshness.age(timing.received), Duration::from_secs(5));
}

#[test]
fn age_counts_what_the_origin_and_the_way_took() {
    let mut timing = timing();
    timing.received += Duration::from_secs(2);
    let fields = headers(&[("age", "10"), ("cache-control", "max-age=60")]);
    let Verdict::Store(freshness) = judge(StatusCode::OK, &fields, timing, &defaults()) else { panic!() };
    assert_eq!(freshness.age(timing.received), Duration::from_secs(12));
    assert_eq!(freshness.remaining(timing.received + Duration::from_secs(8)), Duration::from_secs(40));
}

proptest! {
    #[test]
    fn an_object_never_becomes_fresh_again(max_age in 0u64..1000, age in 0u64..1000, a in 0u64..2000, b in 0u64..2000) {
        let (age, control) = (age.to_string(), format!("max-age={max_age}"));
        let (freshness, now) = stored(200, &[("age", &age), ("cache-control", &control)]);
        let (early, late) = (now + Duration::from_secs(a.min(b)), now + Duration::from_secs(a.max(b)));
        prop_assert!(freshness.is_fresh(early) || !freshness.is_fresh(late));
        prop_assert!(freshness.age(early) <= freshness.age(late));
        prop_assert_eq!(freshness.is_fresh(late), freshness.remaining(late) > Duration::ZERO);
    }

    #[test]
    fn no_header_makes_it_panic(name in "(cache-control|expires|age|date|vary)", value in "[ -~]{0,60}") {
        let mut fields = HeaderMap::new();
        fields.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        let timing = timing();
        if let Verdict::Store(freshness) = judge(StatusCode::OK, &fields, timing, &defaults()) {
            let _fresh = freshness.is_fresh(timing.received + Duration::from_secs(1 << 40));
        }
    }

    #[test]
    fn no_number_is_too_large(
        numbers in prop::array::uniform4(prop_oneof![Just(u64::MAX), Just(i64::MAX as u64), any::<u64>()]),
        past in 0_u64..1 << 40,
    ) {
        let [age, max_age, grace, wait] = numbers;
        let control = format!("max-age={max_age}, stale-if-error={grace}, stale-while-revalidate={grace}");
        let (freshness, received) =
            stored(200, &[("age", &format!("{age}")), ("cache-control", &control)]);
        let now = received + Duration::from_secs(past);
        prop_assert!(freshness.lifetime <= LONGEST && freshness.if_error <= LONGEST);
        prop_assert!(freshness.age(now) >= Duration::from_secs(past));
        let wish = Wish { max_stale: Some(Duration::from_secs(wait)), ..Wish::default() };
        let reuse = freshness.reuse(now, &wish);
        prop_assert_eq!(reuse == Reuse::Fresh, freshness.is_fresh(now));
    }
}
