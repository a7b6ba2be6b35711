//! The rules of RFC 9111 section 4.2 by example and as properties.

use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::*;

const DEFAULTS: Defaults = Defaults {
    lifetime: Duration::from_secs(100),
    stale_while_revalidate: Duration::from_secs(10),
    stale_if_error: Duration::from_secs(1000),
    negative: Duration::from_millis(500),
};

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
    match judge(StatusCode::from_u16(status).unwrap(), &headers(fields), timing, &DEFAULTS) {
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
    for bad in ["0", "-1", "never", "Thu, 99 Foo 2026 00:00:00 GMT"] {
        assert_eq!(lifetime(&[("expires", bad)]), Duration::ZERO, "{bad}");
    }
}

#[test]
fn what_must_not_be_stored_goes_to_one_request_alone() {
    for field in [("cache-control", "no-store"), ("cache-control", "private"), ("vary", "Accept, *")] {
        let verdict = judge(StatusCode::OK, &headers(&[field]), timing(), &DEFAULTS);
        assert_eq!(verdict, Verdict::Private, "{field:?}");
    }
}

#[test]
fn errors_and_redirects_are_shared_but_not_stored() {
    for status in [206, 301, 302, 403, 500, 503] {
        let verdict = judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), timing(), &DEFAULTS);
        assert_eq!(verdict, Verdict::Share, "{status}");
    }
}

#[test]
fn gone_objects_are_remembered_briefly_whatever_the_origin_says() {
    let (freshness, now) = stored(404, &[("cache-control", "max-age=3600")]);
    assert!(freshness.is_fresh(now + Duration::from_millis(499)));
    assert!(!freshness.is_fresh(now + Duration::from_millis(500)));
    assert!(!freshness.may_serve_on_error(now + Duration::from_millis(500)));
}

#[test]
fn age_counts_what_the_origin_and_the_way_took() {
    let mut timing = timing();
    timing.received += Duration::from_secs(2);
    let fields = headers(&[("age", "10"), ("cache-control", "max-age=60")]);
    let Verdict::Store(freshness) = judge(StatusCode::OK, &fields, timing, &DEFAULTS) else { panic!() };
    assert_eq!(freshness.age(timing.received), Duration::from_secs(12));
    assert_eq!(freshness.remaining(timing.received + Duration::from_secs(8)), Duration::from_secs(40));
}

#[test]
fn stale_is_served_only_where_nothing_forbids_it() {
    let (lenient, now) = stored(200, &[("cache-control", "max-age=1")]);
    let late = now + Duration::from_secs(5);
    assert!(lenient.may_serve_while_revalidating(late) && lenient.may_serve_on_error(late));
    for strict in ["max-age=1, must-revalidate", "max-age=1, proxy-revalidate", "s-maxage=1", "no-cache"] {
        let (freshness, now) = stored(200, &[("cache-control", strict)]);
        let late = now + Duration::from_secs(5);
        assert!(
            !freshness.may_serve_while_revalidating(late) && !freshness.may_serve_on_error(late),
            "{strict}"
        );
    }
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
        if let Verdict::Store(freshness) = judge(StatusCode::OK, &fields, timing, &DEFAULTS) {
            let _fresh = freshness.is_fresh(timing.received + Duration::from_secs(1 << 40));
        }
    }
}
