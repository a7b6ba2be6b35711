//! RFC 9111 section 4.3 and RFC 9110 section 13: whether what is held is still right, at the edge and at viewers.

use http::Method;

use super::row::{AGAIN, HIT, MISS, REFUSED, RENEWED, Row, row};
use super::run::run;

const LIFE: &str = "Cache-Control: max-age=600";
const TAG: &str = "ETag: \"a\" | Cache-Control: max-age=600";
const BY_TAG: &str = "GET if-none-match: \"a\"";

pub(super) fn rows() -> Vec<Row> {
    [questions(), answers(), updates(), heads(), by_tag(), by_date(), ignored()].concat()
}

fn questions() -> Vec<Row> {
    [
        ("a strong tag", "ETag: \"a\"", "if-none-match: \"a\""),
        ("a weak tag", "ETag: W/\"a\"", "if-none-match: W/\"a\""),
        ("a date", "Last-Modified: {T-900}", "if-modified-since: {T-900}"),
        ("both", "ETag: \"a\" | Last-Modified: {T-900}", "if-none-match: \"a\" | if-modified-since: {T-900}"),
    ]
    .map(|(shows, fields, condition)| {
        row("9111 §4.3.1", shows)
            .origin(format!("{fields} | {LIFE}"))
            .answers_with(304, LIFE)
            .miss()
            .after(700)
            .get("", 200, RENEWED, &[&format!("GET {condition}")])
            .body("0123456789")
            .after(500)
            .hit()
    })
    .into()
}

fn answers() -> Vec<Row> {
    let held = |shows| row("9111 §4.3.3", shows).origin(TAG);
    let asked = |row: Row| row.miss().after(700);
    vec![
        asked(row("9111 §4.3.1", "what has no validator is asked for without a condition").origin(LIFE))
            .again(),
        asked(held("200 takes the place of what was held").sends(
            200,
            "ETag: \"b\" | Cache-Control: max-age=600",
            "new",
        ))
        .get("", 200, AGAIN, &[BY_TAG])
        .body("new")
        .get("", 200, HIT, &[])
        .body("new")
        .has("ETag: \"b\""),
        asked(
            row("9111 §4.3.3, 9111 §5.2.2.2", "an error is passed on where stale use is forbidden")
                .origin("ETag: \"a\" | Cache-Control: max-age=600, must-revalidate")
                .answers_with(503, ""),
        )
        .get("", 503, "fwd=stale; fwd-status=503", &[BY_TAG]),
        asked(held("404 is passed on: it is an answer").answers_with(404, "Cache-Control: no-store")).get(
            "",
            404,
            "fwd=stale; fwd-status=404",
            &[BY_TAG],
        ),
        row("9111 §4.3.3", "304 to a question without a condition is no answer").answers_with(304, LIFE).get(
            "",
            502,
            REFUSED,
            &["GET"],
        ),
        asked(
            row("9111 §4.3.3", "a viewer's own condition is answered once the edge knows")
                .origin(TAG)
                .answers_with(304, LIFE),
        )
        .get("If-None-Match: \"a\"", 304, RENEWED, &[BY_TAG])
        .get("If-None-Match: \"b\"", 200, HIT, &[]),
    ]
}

fn updates() -> Vec<Row> {
    let asked = |shows, first: &str, update: &str| {
        row("9111 §4.3.4", shows).origin(first).answers_with(304, update).miss().after(700)
    };
    let other = |shows, first: &str, update: &str, condition: &str| {
        row("9111 §4.3.4", shows)
            .origin(format!("{first} | {LIFE}"))
            .answers_with(304, update)
            .sends(200, LIFE, "new")
            .miss()
            .after(700)
            .get("", 200, AGAIN, &[&format!("GET {condition}"), "GET"])
            .body("new")
    };
    vec![
        asked("a 304 states the lifetime anew", TAG, "Cache-Control: max-age=5000")
            .get("", 200, RENEWED, &[BY_TAG])
            .after(4000)
            .hit(),
        asked("one that states none leaves the old one", TAG, "")
            .get("", 200, RENEWED, &[BY_TAG])
            .after(570)
            .hit()
            .after(60)
            .get("", 200, RENEWED, &[BY_TAG]),
        asked("one that says no-store ends it: it answers this once", TAG, "Cache-Control: no-store")
            .get("", 200, "hit; fwd=stale; fwd-status=304", &[BY_TAG])
            .get("", 200, "hit; fwd=stale; fwd-status=304", &[BY_TAG]),
        row("9111 §3.2, 9111 §4.3.4", "its fields take the place of those that are stored")
            .origin(format!("Content-Language: de | Date: {{T}} | Content-Type: video/mp2t | {TAG}"))
            .answers_with(304, format!("Content-Language: fr | Date: {{T+700}} | {TAG}"))
            .miss()
            .has("Content-Language: de | Date: {T}")
            .after(700)
            .get("", 200, RENEWED, &[BY_TAG])
            .has("Content-Language: fr | Date: {T+700} | Content-Type: video/mp2t")
            .hit()
            .has("Content-Language: fr | Date: {T+700} | Content-Type: video/mp2t"),
        row("9111 §3.2", "but not those that the body depends on, nor those that pass to nobody")
            .origin(TAG)
            .answers_with(
                304,
                "Content-Encoding: gzip | Content-Range: bytes 0-1/2 | Set-Cookie: a=b | Cache-Control: max-age=600",
            )
            .miss()
            .after(700)
            .get("", 200, RENEWED, &[BY_TAG])
            .hit()
            .has("Content-Length: 10 | ETag: \"a\"")
            .lacks(&["content-encoding", "content-range", "set-cookie"]),
        other("a 304 with another tag is about another version", "ETag: \"a\"", "ETag: \"b\"", "if-none-match: \"a\""),
        other(
            "a strong tag selects nothing that has a weak one",
            "ETag: W/\"a\"",
            "ETag: \"a\"",
            "if-none-match: W/\"a\"",
        ),
        other(
            "another date is about another version",
            "Last-Modified: {T-900}",
            "Last-Modified: {T-100}",
            "if-modified-since: {T-900}",
        ),
        asked("a weak tag selects what has the same", TAG, "ETag: W/\"a\" | Cache-Control: max-age=600")
            .get("", 200, RENEWED, &[BY_TAG])
            .hit()
            .has("ETag: \"a\""),
    ]
}

fn heads() -> Vec<Row> {
    let head = |shows, first: &str, update: &str| {
        row("9111 §4.3.5", shows).origin(first).answers_with(200, update).miss().after(700)
    };
    let fresh = "fwd=stale; fwd-status=200";
    vec![
        head("a HEAD that differs in nothing renews", LIFE, LIFE)
            .ask(Method::HEAD, "", 200, fresh, &["HEAD"])
            .hit()
            .body("0123456789"),
        row("9111 §4.3.5", "another length outdates")
            .origin(LIFE)
            .does(vec![crate::world::Step::Send(crate::world::origin::head(
                "200 OK",
                &[("Content-Length", "11")],
            ))])
            .origin(LIFE)
            .miss()
            .after(700)
            .ask(Method::HEAD, "", 200, fresh, &["HEAD"])
            .has("Content-Length: 11")
            .miss(),
        row("9111 §4.3.5", "so does a tag where there was none")
            .origin(LIFE)
            .does(vec![crate::world::Step::Send(crate::world::origin::head(
                "200 OK",
                &[("Content-Length", "10"), ("ETag", "\"b\"")],
            ))])
            .origin(LIFE)
            .miss()
            .after(700)
            .ask(Method::HEAD, "", 200, fresh, &["HEAD"])
            .miss(),
        row("9111 §4.3.5, 9111 §4.3.1", "with a validator a GET with a condition tells as much")
            .origin(TAG)
            .answers_with(304, LIFE)
            .miss()
            .after(700)
            .ask(Method::HEAD, "", 200, RENEWED, &[BY_TAG])
            .hit(),
    ]
}

/// A viewer's condition, as miss and as hit.
fn both(sections: &'static str, shows: &'static str, says: &str, condition: &str, status: u16) -> Row {
    let body = if status == 304 { "" } else { "0123456789" };
    row(sections, shows)
        .origin(says)
        .get(condition, status, MISS, &["GET"])
        .body(body)
        .get(condition, status, HIT, &[])
        .body(body)
        .ask(Method::HEAD, condition, status, HIT, &[])
}

fn by_tag() -> Vec<Row> {
    let weak = "ETag: W/\"a\" | Cache-Control: max-age=600";
    let mut rows: Vec<_> = [
        ("the same tag", TAG, "\"a\"", 304),
        ("a weak one of the same text", TAG, "W/\"a\"", 304),
        ("a strong one of the same text", weak, "\"a\"", 304),
        ("one of a list", TAG, "\"x\", W/\"y\",\"a\"", 304),
        ("one behind empty members", TAG, ", ,\"a\"", 304),
        ("any", TAG, "*", 304),
        ("another tag", TAG, "\"b\"", 200),
        ("a tag without quotes", TAG, "a", 200),
        ("another case", TAG, "\"A\"", 200),
        ("a prefix in another case", TAG, "w/\"a\"", 200),
        ("nothing", TAG, "", 200),
        ("a tag where there is none", LIFE, "\"a\"", 200),
        ("any version where there is no tag", LIFE, "*", 304),
    ]
    .map(|(shows, says, tags, status)| {
        both("9110 §13.1.2, 9111 §4.3.2", shows, says, &format!("If-None-Match: {tags}"), status)
    })
    .into();
    rows.extend([
        both(
            "9110 §13.1.2",
            "one of several field lines",
            TAG,
            "If-None-Match: \"x\" | If-None-Match: \"a\"",
            304,
        ),
        row("9110 §15.4.5", "304 has what the whole answer had of these, and nothing of the body")
            .origin(format!("Date: {{T}} | Expires: {{T+600}} | Content-Type: video/mp2t | {TAG}"))
            .get("If-None-Match: \"a\"", 304, MISS, &["GET"])
            .has("ETag: \"a\" | Date: {T} | Expires: {T+600} | Cache-Control: max-age=600")
            .lacks(&["content-type", "content-length", "content-range"])
            .get("If-None-Match: \"a\"", 304, HIT, &[])
            .has("ETag: \"a\" | Date: {T} | Expires: {T+600} | Cache-Control: max-age=600")
            .lacks(&["content-type", "content-length", "content-range"]),
        row("9110 §13.2.1", "a condition means nothing beside another answer than 200")
            .answers_with(
                301,
                "Location: https://elsewhere.example/ | Cache-Control: max-age=600 | ETag: \"a\"",
            )
            .get("If-None-Match: \"a\"", 301, "fwd=uri-miss; fwd-status=301; stored", &["GET"])
            .get("If-None-Match: *", 301, HIT, &[]),
    ]);
    rows
}

fn by_date() -> Vec<Row> {
    let changed = "Last-Modified: {T-900} | Cache-Control: max-age=600";
    let dated = "Date: {T-100} | Cache-Control: max-age=600";
    [
        ("the same date", changed, "{T-900}", 304),
        ("a later one", changed, "{T-800}", 304),
        ("an earlier one", changed, "{T-901}", 200),
        ("what is no date", changed, "yesterday", 200),
        ("Date where nothing was modified", dated, "{T-100}", 304),
        ("an earlier one than Date", dated, "{T-101}", 200),
        ("an earlier one than the arrival where there is no Date either", LIFE, "{T-60}", 200),
    ]
    .map(|(shows, says, date, status)| {
        both("9110 §13.1.3, 9111 §4.3.2", shows, says, &format!("If-Modified-Since: {date}"), status)
    })
    .into_iter()
    .chain([both(
        "9111 §4.3.2",
        "a later one than the arrival where there is no Date",
        LIFE,
        "If-Modified-Since: {T+300}",
        200,
    )
    .deviates(
        "the standard wants (SHOULD) the time of arrival compared, so that 304 answers; what an origin changed \
         without a date of its own has none that a viewer could know, and the whole is always a right answer",
    )])
    .collect()
}

fn ignored() -> Vec<Row> {
    let says = "ETag: \"a\" | Last-Modified: {T-900} | Cache-Control: max-age=600";
    vec![
        both("9110 §13.1.1", "If-Match is for origins", says, "If-Match: \"b\"", 200),
        both("9110 §13.1.4", "so is If-Unmodified-Since", says, "If-Unmodified-Since: {T-9000}", 200),
        both(
            "9110 §13.2.2",
            "a tag counts before a date: another tag",
            says,
            "If-None-Match: \"b\" | If-Modified-Since: {T}",
            200,
        ),
        both(
            "9110 §13.2.2",
            "a tag counts before a date: the same tag",
            says,
            "If-None-Match: \"a\" | If-Modified-Since: {T-9000}",
            304,
        ),
        both(
            "9110 §13.1.3",
            "two dates are none",
            says,
            "If-Modified-Since: {T} | If-Modified-Since: {T}",
            200,
        ),
    ]
}

#[tokio::test]
async fn what_is_still_right() {
    run(rows()).await;
}
