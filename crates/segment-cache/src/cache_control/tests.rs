//! Response directives by example and as properties.

use proptest::prelude::*;

use super::*;

fn parse(lines: &[&str]) -> CacheControl {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(CACHE_CONTROL, line.parse().unwrap());
    }
    CacheControl::of(&headers)
}

#[test]
fn directives_are_read_in_any_case_and_over_several_lines() {
    let control =
        parse(&["Public, MAX-AGE=60, Immutable", "s-maxage = \"30\" ,stale-if-error=5,no-transform"]);
    assert_eq!((control.max_age, control.s_maxage, control.stale_if_error), (Some(60), Some(30), Some(5)));
    assert!(control.public && control.immutable && control.no_transform);
    assert!(!control.no_store && !control.forbids_storing(StatusCode::OK));
}

#[test]
fn a_comma_inside_quotes_splits_nothing() {
    let control = parse(&[r#"ext="a\", no-cache", private="set-cookie, no-store", max-age=1"#]);
    assert_eq!(control.private_fields, ["set-cookie", "no-store"]);
    assert!(!control.private && !control.no_store && !control.no_cache);
    assert_eq!(control.max_age, Some(1));
}

#[test]
fn the_stricter_of_two_ages_counts_and_garbage_is_stale() {
    for twice in [&["max-age=60, max-age=10"][..], &["max-age=10, max-age=60"], &["max-age=10", "max-age=60"]]
    {
        assert_eq!(parse(twice).max_age, Some(10), "{twice:?}");
    }
    for garbage in
        ["max-age=ten", "max-age=-1", "max-age", "max-age=", "max-age=1.5", "max-age=\"6", "max-age=+6"]
    {
        assert_eq!(parse(&[garbage]).max_age, Some(0), "{garbage}");
    }
    assert_eq!(parse(&["max-age=99999999999999999999999"]).max_age, Some(1 << 31));
}

#[test]
fn names_limit_no_cache_and_private_to_some_fields() {
    let control = parse(&[r#"no-cache="Set-Cookie, X-A,", private=x-b"#, r#"no-cache="x-a,x-c""#]);
    assert!(!control.no_cache && !control.private);
    assert_eq!(control.no_cache_fields, ["set-cookie", "x-a", "x-c"]);
    assert_eq!(control.private_fields, ["x-b"]);
    assert!(!control.forbids_storing(StatusCode::OK) && !control.forbids_stale());
}

#[test]
fn names_that_cannot_be_read_mean_the_whole_response() {
    for list in ["", "=", "=\"\"", "=\" , \"", "=\"x-a, x b\"", "=\"x-a", "=\"x\\-a\"", "=(x)"] {
        let control = parse(&[&format!("private{list}, no-cache{list}")]);
        let cut = list == "=\"x-a";
        assert!(control.private && (cut || control.no_cache), "{list}");
        assert!(control.private_fields.is_empty() && control.no_cache_fields.is_empty(), "{list}");
    }
    // Named and whole: the whole is stricter.
    assert!(parse(&["private=x-a, private"]).forbids_storing(StatusCode::OK));
}

#[test]
fn must_understand_lifts_no_store_where_the_status_is_understood() {
    let control = parse(&["must-understand, no-store, max-age=60"]);
    assert!(!control.forbids_storing(StatusCode::OK));
    assert!(control.forbids_storing(StatusCode::from_u16(299).unwrap()));
    assert!(control.forbids_storing(StatusCode::PARTIAL_CONTENT));
    assert!(parse(&["no-store"]).forbids_storing(StatusCode::OK));
    assert!(parse(&["must-understand, no-store, private"]).forbids_storing(StatusCode::OK));
}

#[test]
fn four_directives_forbid_stale() {
    for line in ["no-cache", "must-revalidate", "proxy-revalidate", "s-maxage=9"] {
        assert!(parse(&[line]).forbids_stale(), "{line}");
    }
    assert!(!parse(&["max-age=1, immutable, public, stale-if-error=9"]).forbids_stale());
}

/// Lines in which most members mean something.
fn line() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        "(no-cache|no-store|private|public|must-revalidate|proxy-revalidate|immutable)",
        "(max-age|s-maxage|stale-if-error)=[0-9x]{0,3}",
        "(no-cache|private)=\"(x-[a-c],? ?){0,3}\"",
        "[ -~]{0,10}",
    ];
    prop::collection::vec(member, 0..5).prop_map(|members| members.join(","))
}

proptest! {
    /// More directives never make a response live longer or open it to more people.
    #[test]
    fn one_more_line_is_never_more_lenient(a in line(), b in line()) {
        let (one, both) = (parse(&[&a]), parse(&[&a, &b]));
        prop_assert!(!one.no_store || both.no_store);
        prop_assert!(!one.private || both.private);
        prop_assert!(!one.no_cache || both.no_cache);
        prop_assert!(!one.forbids_stale() || both.forbids_stale());
        for (one, both) in [(one.max_age, both.max_age), (one.s_maxage, both.s_maxage)] {
            prop_assert!(one.is_none_or(|one| both.is_some_and(|both| both <= one)));
        }
        prop_assert!(one.private_fields.iter().all(|name| both.private_fields.contains(name)));
    }
}
