//! What a stored response may answer, by its own directives and the viewer's.

use super::*;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const NO_WISH: Wish = Wish {
    no_cache: false,
    no_store: false,
    only_if_cached: false,
    max_age: None,
    min_fresh: None,
    max_stale: None,
};

/// What a response with `control` answers to `wish`, `after` so many seconds.
fn reuse(control: &str, after: u64, wish: &Wish) -> Reuse {
    let (freshness, now) = stored(200, &[("cache-control", control)]);
    freshness.reuse(now + secs(after), wish)
}

#[test]
fn without_a_wish_the_response_decides() {
    assert_eq!(reuse("max-age=60", 59, &NO_WISH), Reuse::Fresh);
    assert_eq!(reuse("max-age=60", 60, &NO_WISH), Reuse::StaleWhileRevalidate);
    assert_eq!(reuse("max-age=60", 70, &NO_WISH), Reuse::Validate);
    assert_eq!(reuse("max-age=60, stale-while-revalidate=20", 79, &NO_WISH), Reuse::StaleWhileRevalidate);
    for strict in ["max-age=60, must-revalidate", "max-age=60, proxy-revalidate", "s-maxage=60"] {
        assert_eq!(reuse(strict, 59, &NO_WISH), Reuse::Fresh, "{strict}");
        assert_eq!(reuse(strict, 60, &NO_WISH), Reuse::Validate, "{strict}");
    }
    assert_eq!(reuse("no-cache, max-age=60", 0, &NO_WISH), Reuse::Validate);
}

#[test]
fn stale_is_served_on_error_only_where_nothing_forbids_it() {
    let late = |control| {
        let (freshness, now) = stored(200, &[("cache-control", control)]);
        freshness.may_serve_on_error(now + secs(65))
    };
    assert!(late("max-age=60") && late("max-age=60, stale-if-error=6"));
    for strict in [
        "max-age=60, stale-if-error=5",
        "max-age=60, must-revalidate, stale-if-error=9",
        "max-age=60, proxy-revalidate",
        "s-maxage=60, stale-if-error=9",
        "no-cache, stale-if-error=999",
    ] {
        assert!(!late(strict), "{strict}");
    }
}

#[test]
fn a_viewer_may_take_it_stale_unless_something_forbids_it() {
    let patient = Wish { max_stale: Some(secs(30)), ..NO_WISH };
    let control = "max-age=60, stale-while-revalidate=0";
    assert_eq!(reuse(control, 59, &patient), Reuse::Fresh);
    assert_eq!(reuse(control, 90, &patient), Reuse::StaleAsAsked);
    assert_eq!(reuse(control, 91, &patient), Reuse::Validate);
    assert_eq!(
        reuse(control, 100_000, &Wish { max_stale: Some(Duration::MAX), ..NO_WISH }),
        Reuse::StaleAsAsked
    );
    for strict in ["max-age=60, must-revalidate", "max-age=60, proxy-revalidate", "s-maxage=60", "no-cache"] {
        assert_eq!(reuse(strict, 61, &patient), Reuse::Validate, "{strict}");
    }
    let (freshness, now) = stored(200, &[("cache-control", control)]);
    assert_eq!(freshness.never_stale().reuse(now + secs(61), &patient), Reuse::Validate);
}

#[test]
fn a_viewer_may_want_it_newer() {
    let age = |seconds| Wish { max_age: Some(secs(seconds)), ..NO_WISH };
    let control = "max-age=60, stale-while-revalidate=600";
    assert_eq!(reuse(control, 10, &age(20)), Reuse::Fresh);
    assert_eq!(reuse(control, 30, &age(20)), Reuse::Validate);
    assert_eq!(reuse(control, 0, &age(0)), Reuse::Validate);
    assert_eq!(reuse(control, 61, &age(1000)), Reuse::Validate, "it wants nothing stale");
    let bounded = Wish { max_stale: Some(secs(15)), ..age(20) };
    assert_eq!(reuse(control, 30, &bounded), Reuse::Fresh, "only the viewer's own bound is over");
    assert_eq!(reuse(control, 40, &bounded), Reuse::Validate);
    let wide = Wish { max_stale: Some(secs(15)), ..age(100) };
    assert_eq!(reuse(control, 70, &wide), Reuse::StaleAsAsked);
    assert_eq!(reuse("s-maxage=60", 70, &wide), Reuse::Validate);

    let least = |seconds| Wish { min_fresh: Some(secs(seconds)), ..NO_WISH };
    assert_eq!(reuse(control, 30, &least(30)), Reuse::Fresh);
    assert_eq!(reuse(control, 31, &least(30)), Reuse::Validate);
    assert_eq!(reuse(control, 61, &least(0)), Reuse::Validate);
    assert_eq!(
        reuse(control, 0, &Wish { no_cache: true, max_stale: Some(Duration::MAX), ..NO_WISH }),
        Reuse::Validate
    );
    assert_eq!(reuse(control, 0, &Wish { no_store: true, only_if_cached: true, ..NO_WISH }), Reuse::Fresh);
}

#[test]
fn an_immutable_response_stands_a_reload_while_it_is_fresh() {
    let reload = Wish { max_age: Some(Duration::ZERO), ..NO_WISH };
    let forced = Wish { no_cache: true, ..reload };
    let control = "max-age=60, immutable, stale-while-revalidate=600";
    assert_eq!(reuse(control, 59, &reload), Reuse::Fresh);
    assert_eq!(reuse(control, 60, &reload), Reuse::Validate);
    assert_eq!(reuse(control, 0, &forced), Reuse::Validate);
    assert_eq!(reuse(control, 0, &forced.without_reload()), Reuse::Fresh);
}

#[test]
fn an_origin_that_failed_just_now_is_not_asked_again() {
    let (freshness, now) =
        stored(200, &[("cache-control", "max-age=60, stale-while-revalidate=0, stale-if-error=30")]);
    let failed = freshness.failed_until(now + secs(80));
    assert_eq!(freshness.reuse(now + secs(70), &NO_WISH), Reuse::Validate);
    assert!(
        failed.may_serve_without_asking(now + secs(79)) && !failed.may_serve_without_asking(now + secs(80))
    );
    assert_eq!(failed.reuse(now + secs(59), &NO_WISH), Reuse::Fresh);
    assert_eq!(failed.reuse(now + secs(79), &NO_WISH), Reuse::StaleOnError);
    assert_eq!(failed.reuse(now + secs(80), &NO_WISH), Reuse::Validate);
    assert!(
        !freshness.failed_until(now + secs(500)).may_serve_without_asking(now + secs(90)),
        "not for ever"
    );
    assert!(!failed.never_stale().may_serve_without_asking(now + secs(61)));
}

fn wishes() -> impl Strategy<Value = Wish> {
    let time = || prop::option::of((0_u64..200).prop_map(secs));
    (any::<bool>(), time(), time(), time()).prop_map(|(no_cache, max_age, min_fresh, max_stale)| Wish {
        no_cache,
        max_age,
        min_fresh,
        max_stale,
        ..Wish::default()
    })
}

proptest! {
    #[test]
    fn no_wish_makes_stale_fresh_or_overrules_the_origin(
        control in "max-age=[0-9]{1,2}(, s-maxage=[0-9]{1,2}|, must-revalidate|, no-cache|, immutable|)",
        after in 0_u64..300,
        wish in wishes(),
    ) {
        let (freshness, now) = stored(200, &[("cache-control", &control)]);
        let now = now + secs(after);
        match freshness.reuse(now, &wish) {
            Reuse::Fresh => prop_assert!(freshness.is_fresh(now)),
            Reuse::StaleWhileRevalidate => prop_assert!(!freshness.is_fresh(now) && freshness.may_serve_while_revalidating(now)),
            Reuse::StaleAsAsked => prop_assert!(!freshness.strict && wish.max_stale.is_some()),
            Reuse::StaleOnError => prop_assert!(false, "nothing failed"),
            Reuse::Validate => {}
        }
        // Without a demand, what is fresh is served.
        if freshness.is_fresh(now) {
            prop_assert_eq!(freshness.reuse(now, &wish.without_reload()), Reuse::Fresh);
        }
    }
}
