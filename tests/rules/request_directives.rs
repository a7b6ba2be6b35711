//! RFC 9111 section 5.2.1: what viewers wish of the cache, and RFC 8246: what a reload may not wish.

use http::Method;

use super::row::{AGAIN, HIT, MISS, REFUSED, RENEWED, Row, STALE, row};
use super::run::run;

const LIFE: &str = "Cache-Control: max-age=600";
/// Asked for at a viewer's wish although it was fresh.
const WISHED: &str = "fwd=request; fwd-status=200; stored";
const ALONE: &str = "fwd=bypass; fwd-status=200";

pub(super) fn rows() -> Vec<Row> {
    [not_obeyed(), obeyed(), no_store(), max_stale(), only_if_cached(), immutable()].concat()
}

/// With reloads obeyed.
fn obeying(sections: &'static str, shows: &'static str) -> Row {
    row(sections, shows).with(|config| config.viewers.obey_reload = true)
}

fn not_obeyed() -> Vec<Row> {
    [
        ("9111 §5.2.1.4", "Cache-Control: no-cache"),
        ("9111 §5.2.1.5", "Cache-Control: no-store"),
        ("9111 §5.2.1.1", "Cache-Control: max-age=0"),
        ("9111 §5.2.1.1", "Cache-Control: max-age=10"),
        ("9111 §5.2.1.3", "Cache-Control: min-fresh=9000"),
        ("9111 §5.4", "Pragma: no-cache"),
        ("9111 §5.2.1.6", "Cache-Control: no-transform"),
        ("9111 §5.2.3", "Cache-Control: x-reload, y=1"),
    ]
    .map(|(sections, wish)| {
        row(sections, "a reload carries over the link again only where the operator says so")
            .origin(LIFE)
            .get(wish, 200, MISS, &["GET"])
            .after(100)
            .get(wish, 200, HIT, &[])
    })
    .into()
}

fn obeyed() -> Vec<Row> {
    let mut rows: Vec<_> = [
        ("9111 §5.2.1.4", "no-cache asks", "Cache-Control: no-cache", WISHED),
        ("9111 §5.2.1.4", "in any case, among others", "Cache-Control: foo, No-Cache", WISHED),
        ("9111 §5.2.1.1", "max-age of nothing asks", "Cache-Control: max-age=0", WISHED),
        ("9111 §5.2.1.1", "max-age below the age asks", "Cache-Control: max-age=50", WISHED),
        ("9111 §5.2.1.1", "a malformed one too", "Cache-Control: max-age=x", WISHED),
        ("9111 §5.2.1.1", "max-age above the age does not", "Cache-Control: max-age=200", HIT),
        ("9111 §5.2.1.3", "min-fresh beyond what remains asks", "Cache-Control: min-fresh=550", WISHED),
        ("9111 §5.2.1.3", "min-fresh within what remains does not", "Cache-Control: min-fresh=400", HIT),
        (
            "9111 §5.2.1.1, 9111 §5.2.1.2",
            "max-stale widens max-age",
            "Cache-Control: max-age=50, max-stale=90",
            HIT,
        ),
        ("9111 §5.2.1.6", "no-transform asks for nothing", "Cache-Control: no-transform", HIT),
        ("9111 §5.4", "Pragma counts alone", "Pragma: no-cache", WISHED),
        ("9111 §5.4", "in a list too", "Pragma: foo=bar, no-cache", WISHED),
        ("9111 §5.4", "not beside Cache-Control", "Pragma: no-cache | Cache-Control: max-age=500", HIT),
    ]
    .map(|(sections, shows, wish, how)| {
        let asked: &[&str] = if how == HIT { &[] } else { &["GET"] };
        obeying(sections, shows).origin(LIFE).miss().after(100).get(wish, 200, how, asked).hit()
    })
    .into();
    rows.extend([
        obeying("9111 §5.2.1.4", "what is held is asked about, not fetched anew")
            .origin("ETag: \"a\" | Cache-Control: max-age=600")
            .answers_with(304, LIFE)
            .miss()
            .get(
                "Cache-Control: no-cache",
                200,
                "hit; fwd=request; fwd-status=304",
                &["GET if-none-match: \"a\""],
            )
            .hit(),
        obeying("9111 §5.2.1.1, 9111 §4.2.4", "a limit on age takes nothing stale, though the origin fails")
            .origin("Cache-Control: max-age=60, stale-while-revalidate=600")
            .miss()
            .after(100)
            .get("Cache-Control: max-age=1000", 200, AGAIN, &["GET"]),
    ]);
    rows
}

fn no_store() -> Vec<Row> {
    vec![
        obeying("9111 §5.2.1.5", "nothing is kept of what is fetched for it")
            .origin(LIFE)
            .get("Cache-Control: no-store", 200, ALONE, &["GET"])
            .get("Cache-Control: no-store", 200, ALONE, &["GET"])
            .miss()
            .hit(),
        obeying("9111 §5.2.1.5", "what is stored already may answer it").origin(LIFE).miss().get(
            "Cache-Control: no-store",
            200,
            HIT,
            &[],
        ),
    ]
}

fn max_stale() -> Vec<Row> {
    let stale = |shows, control: &str, wish: &str, how: &'static str| {
        let asked: &[&str] = if how == STALE { &[] } else { &["GET"] };
        row("9111 §5.2.1.2, 9111 §4.2.4", shows)
            .origin(format!("Cache-Control: {control}"))
            .miss()
            .after(700)
            .get(format!("Cache-Control: {wish}"), 200, how, asked)
    };
    vec![
        stale("without a bound takes anything", "max-age=600", "max-stale", STALE).age(700),
        stale("with a bound takes what is within", "max-age=600", "max-stale=200", STALE),
        stale("and not what is beyond", "max-age=600", "max-stale=50", AGAIN),
        stale("a malformed bound is none at all", "max-age=600", "max-stale=x", AGAIN),
        stale("of two the less counts", "max-age=600", "max-stale, max-stale=50", AGAIN),
        stale("must-revalidate is stronger", "max-age=600, must-revalidate", "max-stale", AGAIN),
        stale("proxy-revalidate too", "max-age=600, proxy-revalidate", "max-stale", AGAIN),
        stale("s-maxage too", "s-maxage=600", "max-stale", AGAIN),
        stale("no-cache too", "no-cache, max-age=600", "max-stale", AGAIN),
    ]
}

fn only_if_cached() -> Vec<Row> {
    let only = "Cache-Control: only-if-cached";
    let shows = |shows| row("9111 §5.2.1.7", shows).origin(LIFE);
    vec![
        shows("504 where nothing is stored")
            .get(only, 504, REFUSED, &[])
            .has("Cache-Control: no-store")
            .miss(),
        shows("for HEAD too").ask(Method::HEAD, only, 504, REFUSED, &[]),
        shows("for a range too").get(format!("{only} | Range: bytes=2-4"), 504, REFUSED, &[]),
        shows("what is stored where it is fresh").miss().get(only, 200, HIT, &[]),
        shows("504 where it is stale").miss().after(700).get(only, 504, REFUSED, &[]),
        shows("unless that is taken").miss().after(700).get(
            "Cache-Control: only-if-cached, max-stale=200",
            200,
            STALE,
            &[],
        ),
        obeying("9111 §5.2.1.7", "no-cache beside it can have nothing").origin(LIFE).miss().get(
            "Cache-Control: only-if-cached, no-cache",
            504,
            REFUSED,
            &[],
        ),
    ]
}

fn immutable() -> Vec<Row> {
    let held = |shows| {
        obeying("8246 §2", shows)
            .origin("ETag: \"a\" | Cache-Control: max-age=600, immutable")
            .answers_with(304, "Cache-Control: max-age=600, immutable")
            .miss()
    };
    let by_tag = "GET if-none-match: \"a\"";
    vec![
        held("a plain reload of what is fresh asks nobody").get("Cache-Control: max-age=0", 200, HIT, &[]),
        held("a forced one does").get(
            "Cache-Control: no-cache",
            200,
            "hit; fwd=request; fwd-status=304",
            &[by_tag],
        ),
        held("what is stale is asked about all the same").after(700).get("", 200, RENEWED, &[by_tag]),
    ]
}

#[tokio::test]
async fn what_viewers_wish() {
    run(rows()).await;
}
