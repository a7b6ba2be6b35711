//! RFC 9111 sections 4.2 and 5: how long a response lives, and how old it is.

use http::{Method, StatusCode};

use super::row::{AGAIN, HIT, MISS, OTHER, Row, SEGMENT, row, secs};
use super::run::run;
use crate::world::origin::head;
use crate::world::{Gate, Response, Step, World};

pub(super) fn rows() -> Vec<Row> {
    [lifetimes(), expires(), stale_at_once(), guesses(), ages(), errors()].concat()
}

fn stated(sections: &'static str, shows: &'static str, fields: &str, seconds: u64) -> Row {
    row(sections, shows).origin(fields).lives(seconds)
}

fn lifetimes() -> Vec<Row> {
    let mut rows = Vec::new();
    for (sections, shows, control) in [
        ("9111 §4.2, 9111 §5.2.2.1", "max-age is the lifetime", "max-age=600"),
        ("9111 §5.2.2.10, 9111 §4.2.1", "s-maxage counts before max-age", "max-age=5, s-maxage=600"),
        ("9111 §5.2.2.10, 9111 §4.2.1", "also when it is less", "s-maxage=600, max-age=9000"),
        ("9111 §5.2", "names are read in any case", "MAX-AGE=600"),
        ("9111 §5.2", "a number may be quoted", "max-age=\"600\""),
        ("9111 §5.2", "empty members are skipped", ", ,max-age=600,,"),
        ("9111 §4.2.1", "of two the less counts", "max-age=9000, max-age=600"),
        ("9111 §4.2.1", "whichever comes first", "max-age=600, max-age=9000"),
        ("9111 §5.2.3", "unknown directives change nothing", "foo, max-age=600, bar=\"a, b\""),
        ("9111 §5.2.2.9", "neither does public", "public, max-age=600"),
    ] {
        rows.push(stated(sections, shows, &format!("Cache-Control: {control}"), 600));
    }
    rows.extend([
        stated(
            "9111 §4.2.1",
            "of two field lines the less counts",
            "Cache-Control: max-age=600 | Cache-Control: max-age=9000",
            600,
        ),
        row("9111 §1.2.2", "a number that is too large counts as a long time")
            .origin("Cache-Control: max-age=99999999999999999999999")
            .miss()
            .after(300 * 24 * 3600)
            .hit(),
    ]);
    rows
}

fn expires() -> Vec<Row> {
    [
        ("9111 §5.3, 9111 §4.2.1", "Expires less Date", "Date: {T} | Expires: {T+600}"),
        ("9111 §5.3", "or less the time of arrival", "Expires: {T+600}"),
        ("9111 §5.3", "max-age counts before Expires", "Cache-Control: max-age=600 | Expires: {T+9000}"),
        ("9111 §5.3", "s-maxage does too", "Cache-Control: s-maxage=600 | Expires: 0"),
        (
            "9111 §4.2.1",
            "a directive without a lifetime leaves Expires in force",
            "Cache-Control: public | Date: {T} | Expires: {T+600}",
        ),
        (
            "9111 §4.2.3, 9111 §5.3",
            "dates of another clock are compared with each other",
            "Date: {T+7200} | Expires: {T+7800}",
        ),
    ]
    .map(|(sections, shows, fields)| stated(sections, shows, fields, 600))
    .into()
}

fn stale_at_once() -> Vec<Row> {
    [
        ("9111 §5.2.2.1", "a lifetime of nothing", "Cache-Control: max-age=0"),
        ("9111 §5.2.2.10", "s-maxage of nothing beside more", "Cache-Control: max-age=600, s-maxage=0"),
        ("9111 §4.2.1", "a number that is none", "Cache-Control: max-age=ten"),
        ("9111 §4.2.1", "a fraction", "Cache-Control: max-age=600.5"),
        ("9111 §4.2.1", "a negative number", "Cache-Control: max-age=-600"),
        ("9111 §4.2.1", "no number", "Cache-Control: max-age"),
        (
            "9111 §4.2.1",
            "a malformed s-maxage beside a sound max-age",
            "Cache-Control: s-maxage=x, max-age=600",
        ),
        ("9111 §5.3", "Expires that is no date", "Expires: 0"),
        ("9111 §5.3", "another one", "Expires: tomorrow"),
        ("9111 §5.3", "Expires before Date", "Date: {T} | Expires: {T-1}"),
        ("9111 §5.3", "Expires at Date", "Date: {T} | Expires: {T}"),
        ("9111 §4.2.1, 9111 §5.3", "two Expires", "Expires: {T+600} | Expires: {T+600}"),
        ("9111 §4.2.3", "an age beyond the lifetime", "Cache-Control: max-age=600 | Age: 600"),
        ("9111 §4.2.3", "a date beyond the lifetime", "Cache-Control: max-age=600 | Date: {T-601}"),
        ("9111 §5.2.2.4", "no-cache asks before every use", "Cache-Control: no-cache, max-age=600"),
        ("9111 §5.2.2.4", "also with names that are none", "Cache-Control: no-cache=\"a b\", max-age=600"),
    ]
    .map(|(sections, shows, fields)| row(sections, shows).origin(fields).miss().again().again())
    .into()
}

fn guesses() -> Vec<Row> {
    let dated = "Date: {T} | Last-Modified: {T-6000}";
    let by_date = "GET if-modified-since: {T-6000}";
    let lives = |row: Row, again: &str| {
        row.miss().after(570).hit().after(30).get("", 200, AGAIN, &[again]).all_at(OTHER)
    };
    let mut rows = vec![
        lives(
            row("9111 §4.2.2", "a tenth of the time without a change, where configured")
                .with(|config| config.cache.heuristic_percent = 10)
                .origin(dated),
            by_date,
        ),
        lives(
            row("9111 §4.2.2", "no more than the configured bound")
                .with(|config| {
                    config.cache.heuristic_percent = 100;
                    config.cache.heuristic_max = secs(600);
                })
                .origin(dated),
            by_date,
        ),
        row("9111 §4.2.2", "a lifetime that the operator gave to a kind stands where nothing is stated")
            .with(|config| config.cache.lifetime.segment = secs(600))
            .origin("")
            .lives(600),
        row("9111 §4.2.2", "nothing is guessed by default")
            .origin(dated)
            .miss()
            .get("", 200, AGAIN, &[by_date])
            .all_at(OTHER),
    ];
    for (shows, fields, again) in [
        ("nor from nothing", "Date: {T}", "GET"),
        ("nor from what is no date", "Date: {T} | Last-Modified: old", "GET if-modified-since: old"),
        (
            "nor where a lifetime is stated",
            "Date: {T} | Last-Modified: {T-6000} | Cache-Control: max-age=0",
            by_date,
        ),
    ] {
        rows.push(
            row("9111 §4.2.2", shows)
                .with(|config| config.cache.heuristic_percent = 10)
                .origin(fields)
                .miss()
                .get("", 200, AGAIN, &[again])
                .all_at(OTHER),
        );
    }
    rows
}

fn ages() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        ("9111 §4.2.3, 9111 §5.1", "the stated age counts", "Age: 300"),
        ("9111 §5.1", "the first of several", "Age: 300 | Age: 5"),
        ("9111 §5.1", "the first of a list", "Age: 300, 5"),
        ("9111 §4.2.3", "the age by Date counts", "Date: {T-300}"),
        ("9111 §4.2.3", "the more of both, Date", "Age: 5 | Date: {T-300}"),
        ("9111 §4.2.3", "the more of both, Age", "Age: 300 | Date: {T-5}"),
    ]
    .map(|(sections, shows, fields)| {
        row(sections, shows)
            .origin(format!("{fields} | Cache-Control: max-age=900"))
            .miss()
            .get("", 200, HIT, &[])
            .age(300)
            .after(570)
            .get("", 200, HIT, &[])
            .age(870)
            .after(30)
            .again()
    })
    .into();
    rows.extend(
        [
            ("9111 §5.1", "an age that is no number is none", "Age: old"),
            ("9111 §5.1", "neither is a negative one", "Age: -300"),
            ("9111 §4.2.3", "a date to come is none", "Date: {T+300}"),
            ("9111 §4.2.3", "neither is what is no date", "Date: today"),
        ]
        .map(|(sections, shows, fields)| {
            let fields = format!("{fields} | Cache-Control: max-age=600");
            row(sections, shows)
                .origin(fields)
                .miss()
                .after(570)
                .get("", 200, HIT, &[])
                .age(570)
                .after(30)
                .again()
        }),
    );
    rows.extend([
        row("9111 §4.2.3", "the time that the answer took counts")
            .origin("Cache-Control: max-age=900 | Age: 100")
            .late(200)
            .miss()
            .get("", 200, HIT, &[])
            .age(300)
            .after(570)
            .hit()
            .after(30)
            .get("", 200, AGAIN, &["GET"]),
        row("9111 §5.1", "what comes through keeps the age that it came with")
            .origin("Cache-Control: max-age=900 | Age: 300 | Age: 5")
            .get("", 200, MISS, &["GET"])
            .has("Age: 300"),
        row("9111 §5.1", "one that is no number does not pass")
            .origin("Cache-Control: max-age=900 | Age: old")
            .get("", 200, MISS, &["GET"])
            .lacks(&["age"]),
        row("9111 §5.1", "what the origin made for this request has none")
            .origin("Cache-Control: max-age=900")
            .get("", 200, MISS, &["GET"])
            .lacks(&["age"]),
        row("9111 §4", "what is stored states its age in place of the one that it came with")
            .origin("Cache-Control: max-age=900 | Age: 300")
            .miss()
            .after(100)
            .get("", 200, HIT, &[])
            .age(400),
    ]);
    rows
}

fn errors() -> Vec<Row> {
    let named = |shows, status: u16, fields: &str| {
        row("9111 §4.2.2, 9111 §3", shows)
            .with(|config| {
                let named = [(StatusCode::NOT_FOUND, 600), (StatusCode::BAD_GATEWAY, 300)];
                let named = named.map(|(status, seconds)| (status, secs(seconds)));
                config.cache.negative = named.into_iter().collect();
            })
            .answers_with(status, fields)
    };
    let lives = |row: Row, status: u16, miss: &'static str, seconds: u64| {
        row.get("", status, miss, &["GET"]).after(seconds - 30).get("", status, HIT, &[]).after(30).get(
            "",
            status,
            again(status),
            &["GET"],
        )
    };
    let missing = "fwd=uri-miss; fwd-status=404; stored";
    let bad = "fwd=uri-miss; fwd-status=502; stored";
    vec![
        lives(named("an error lives as long as configured", 404, ""), 404, missing, 600),
        lives(named("each status for its own time", 502, ""), 502, bad, 300),
        lives(named("or less where the origin says so", 404, "Cache-Control: max-age=60"), 404, missing, 60),
        lives(named("but no longer", 404, "Cache-Control: max-age=9000"), 404, missing, 600),
        named("no-store is obeyed there too", 404, "Cache-Control: no-store")
            .get("", 404, "fwd=uri-miss; fwd-status=404", &["GET"])
            .get("", 404, "fwd=uri-miss; fwd-status=404", &["GET"]),
        named("and it is never served stale", 404, "Cache-Control: max-age=60, stale-while-revalidate=600")
            .get("", 404, missing, &["GET"])
            .after(100)
            .get("Cache-Control: max-stale", 404, again(404), &["GET"]),
    ]
}

const fn again(status: u16) -> &'static str {
    if status == 404 { "fwd=stale; fwd-status=404; stored" } else { "fwd=stale; fwd-status=502; stored" }
}

#[tokio::test]
async fn what_is_passed_on_as_it_arrives_keeps_the_age_that_it_came_with() {
    for (fields, age) in [
        (&[("Age", "300"), ("Age", "5")][..], "300"),
        (&[("Age", "300, 5")], "300"),
        (&[("Age", "old")], ""),
        (&[], ""),
    ] {
        let gate = Gate::new();
        let held = gate.clone();
        let world = World::new(move |_| {
            let start = head("200 OK", &[fields, &[("Content-Length", "2")]].concat());
            vec![Step::Send(start), Step::Wait(held.clone()), Step::Send(b"ab".to_vec())]
        })
        .await;
        let response = world.viewer().open(Method::GET, SEGMENT, &[]).await;
        assert_eq!(response.headers().get("age").map_or("", |age| age.to_str().unwrap()), age, "{fields:?}");
        gate.open();
        assert_eq!(Response::read(response).await.text(), "ab");
    }
}

#[tokio::test]
async fn how_long_it_lives() {
    run(rows()).await;
}
