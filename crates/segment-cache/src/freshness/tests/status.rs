//! Which status is stored, and for how long.

use super::*;

fn verdict(status: u16, fields: &[(&'static str, &str)]) -> Verdict {
    judge(StatusCode::from_u16(status).unwrap(), &headers(fields), timing(), &defaults())
}

fn is_stored(status: u16, fields: &[(&'static str, &str)]) -> bool {
    matches!(verdict(status, fields), Verdict::Store(_))
}

#[test]
fn what_must_not_be_stored_goes_to_one_request_alone() {
    for field in [("cache-control", "no-store"), ("cache-control", "private"), ("vary", "Accept, *")] {
        for status in [200, 302, 404, 500] {
            assert_eq!(verdict(status, &[field]), Verdict::Private, "{status} {field:?}");
        }
    }
    assert!(is_stored(200, &[("cache-control", "private=\"x-a\""), ("vary", "Accept")]));
}

#[test]
fn content_is_stored_without_a_word_and_redirects_only_with_a_lifetime() {
    for status in [200, 203] {
        assert!(is_stored(status, &[]), "{status}");
    }
    for status in [204, 300, 301, 302, 303, 307, 308] {
        for silent in [&[][..], &[("cache-control", "public")], &[("cache-control", "no-cache")]] {
            assert_eq!(verdict(status, silent), Verdict::Share, "{status}");
        }
        let (freshness, now) = stored(status, &[("cache-control", "max-age=9")]);
        assert_eq!(freshness.remaining(now), Duration::from_secs(9));
        assert!(!freshness.may_serve_on_error(now + Duration::from_secs(9)), "not by default");
    }
    let (lenient, now) = stored(301, &[("cache-control", "max-age=9, stale-if-error=9")]);
    assert!(lenient.may_serve_on_error(now + Duration::from_secs(17)));
}

#[test]
fn parts_and_what_is_not_final_or_not_known_are_never_stored() {
    for status in [100, 103, 201, 202, 205, 206, 299, 304, 305, 306, 400, 403, 410, 500, 502, 799] {
        assert_eq!(verdict(status, &[("cache-control", "max-age=9")]), Verdict::Share, "{status}");
    }
}

#[test]
fn errors_that_the_operator_names_are_remembered_briefly_whatever_the_origin_says() {
    for (status, millis) in [(404, 500), (503, 20_000)] {
        for fields in [&[][..], &[("cache-control", "max-age=3600, stale-if-error=9, immutable")]] {
            let (freshness, now) = stored(status, fields);
            let end = now + Duration::from_millis(millis);
            assert!(freshness.is_fresh(now + Duration::from_millis(millis - 1)) && !freshness.is_fresh(end));
            assert!(!freshness.may_serve_on_error(end) && !freshness.may_serve_while_revalidating(end));
        }
    }
    for shorter in ["max-age=3", "s-maxage=3, max-age=9"] {
        let (freshness, now) = stored(503, &[("cache-control", shorter)]);
        assert_eq!(freshness.remaining(now), Duration::from_secs(3));
    }
    let (freshness, now) = stored(503, &[("cache-control", "no-cache, max-age=9")]);
    assert!(!freshness.is_fresh(now));
}

#[test]
fn must_understand_replaces_no_store_for_what_is_understood() {
    let control = ("cache-control", "must-understand, no-store, max-age=9");
    for status in [200, 204, 301, 404] {
        assert!(is_stored(status, &[control]), "{status}");
    }
    assert_eq!(verdict(206, &[control]), Verdict::Private);
    assert_eq!(verdict(599, &[control]), Verdict::Private);
    // An error that an operator names and nobody understands.
    let named = BTreeMap::from([(StatusCode::from_u16(599).unwrap(), Duration::from_secs(1))]);
    let defaults = Defaults { negative: &named, ..defaults() };
    let status = StatusCode::from_u16(599).unwrap();
    for (control, expected) in [("must-understand, max-age=9", false), ("max-age=9", true)] {
        let verdict = judge(status, &headers(&[("cache-control", control)]), timing(), &defaults);
        assert_eq!(matches!(verdict, Verdict::Store(_)), expected, "{control}");
    }
}

#[test]
fn a_lifetime_is_guessed_only_where_it_is_configured_and_nothing_else_is_known() {
    let heuristic = Some(Heuristic { percent: 10, max: Duration::from_secs(50) });
    let guessing = Defaults { heuristic, ..Defaults::new(Duration::ZERO) };
    let date = |seconds_ago| httpdate::fmt_http_date(timing().wall - Duration::from_secs(seconds_ago));
    let lifetime = |fields: &[(&'static str, &str)], defaults: &Defaults<'_>| match judge(
        StatusCode::OK,
        &headers(fields),
        timing(),
        defaults,
    ) {
        Verdict::Store(freshness) => freshness.lifetime.as_secs(),
        other => panic!("{other:?}"),
    };
    let modified = ("last-modified", &*date(300));
    assert_eq!(lifetime(&[modified, ("date", &date(0))], &guessing), 30);
    assert_eq!(lifetime(&[modified, ("date", &date(100))], &guessing), 20);
    assert_eq!(lifetime(&[modified], &guessing), 30, "the time of arrival stands for the date");
    assert_eq!(lifetime(&[("last-modified", &date(100_000))], &guessing), 50, "bounded");
    assert_eq!(lifetime(&[("date", &date(0))], &guessing), 0, "nothing to guess from");
    assert_eq!(lifetime(&[modified, ("date", &date(400))], &guessing), 0, "changed after it was sent");
    assert_eq!(lifetime(&[modified, ("cache-control", "max-age=3")], &guessing), 3);
    assert_eq!(lifetime(&[modified, ("expires", "0")], &guessing), 0);
    assert_eq!(lifetime(&[modified, ("cache-control", "no-cache")], &guessing), 0);
    assert_eq!(lifetime(&[modified], &Defaults { heuristic, ..defaults() }), 100, "configured for the kind");
    assert_eq!(lifetime(&[modified], &Defaults::new(Duration::ZERO)), 0, "off");
}

proptest! {
    /// Whatever an origin says, errors live no longer than the operator named, and nothing else is stored but what
    /// the rules name.
    #[test]
    fn no_header_stores_what_the_status_forbids(
        status in 100_u16..1000,
        control in "((public|immutable|must-understand|no-cache|max-age=[0-9]{1,9}|s-maxage=[0-9]{1,9}), ?){0,4}",
        age in prop::option::of("[0-9]{1,20}"),
    ) {
        let mut fields = vec![("cache-control", control.as_str())];
        fields.extend(age.as_deref().map(|age| ("age", age)));
        let Verdict::Store(freshness) = verdict(status, &fields) else { return Ok(()) };
        prop_assert!(matches!(status, 200 | 203 | 204 | 300..=303 | 307 | 308 | 404 | 503), "{}", status);
        if let Some(most) = NEGATIVE.get(&StatusCode::from_u16(status).unwrap()) {
            prop_assert!(freshness.lifetime <= *most && freshness.if_error.is_zero());
        }
        prop_assert!(freshness.lifetime <= LONGEST);
    }
}
