//! RFC 9110 section 14, RFC 9111 sections 3.3 and 3.4: parts, of what is whole and of what is kept in slices.

use http::Method;

use super::row::{HIT, MISS, REFUSED, RENEWED, Row, row, secs};
use super::run::run;
use crate::world::origin::head;
use crate::world::{Script, Step};

const TAG: &str = "ETag: \"a\" | Cache-Control: max-age=600";
const SLICE: &str = "GET range: bytes=0-1048575";

pub(super) fn rows() -> Vec<Row> {
    [parts(), outside(), whole(), conditions(), slices()].concat()
}

/// A range as miss and as hit.
fn both(sections: &'static str, shows: &'static str, range: &str) -> [Row; 2] {
    let asked = row(sections, shows).origin(TAG);
    let upstream = if range == "bytes=0-" { "GET" } else { SLICE };
    [
        asked.clone().get(format!("Range: {range}"), 206, MISS, &[upstream]),
        asked.miss().get(format!("Range: {range}"), 206, HIT, &[]),
    ]
}

fn parts() -> Vec<Row> {
    let table = [
        ("first and last", "bytes=2-4", "234", "bytes 2-4/10"),
        ("one byte", "bytes=0-0", "0", "bytes 0-0/10"),
        ("the last byte", "bytes=9-9", "9", "bytes 9-9/10"),
        ("beyond the end", "bytes=8-99", "89", "bytes 8-9/10"),
        ("open", "bytes=7-", "789", "bytes 7-9/10"),
        ("all of it", "bytes=0-", "0123456789", "bytes 0-9/10"),
        ("a suffix", "bytes=-3", "789", "bytes 7-9/10"),
        ("a suffix that is longer than all", "bytes=-99", "0123456789", "bytes 0-9/10"),
        ("a unit in another case", "Bytes=2-4", "234", "bytes 2-4/10"),
        ("the largest number", "bytes=8-18446744073709551615", "89", "bytes 8-9/10"),
        ("a larger one", "bytes=8-99999999999999999999999", "89", "bytes 8-9/10"),
        ("the largest suffix", "bytes=-18446744073709551615", "0123456789", "bytes 0-9/10"),
    ];
    let rows = table.map(|(shows, range, body, is)| {
        both("9110 §14.1.2, 9110 §14.2, 9110 §14.4", shows, range).map(|row| {
            row.body(body).has(format!("Content-Range: {is} | Content-Length: {} | ETag: \"a\"", body.len()))
        })
    });
    rows.concat()
}

fn outside() -> Vec<Row> {
    let table = [
        ("the byte after the last", "bytes=10-"),
        ("further", "bytes=10-12"),
        ("the last nothing", "bytes=-0"),
        ("the largest number", "bytes=18446744073709551615-"),
        ("a larger one", "bytes=99999999999999999999999-"),
    ];
    let rows = table.map(|(shows, range)| {
        both("9110 §14.1.2, 9110 §15.5.17", shows, range)
            .map(|row| row.refused(416).has("Content-Range: bytes */10 | Cache-Control: no-store"))
    });
    rows.concat()
}

fn whole() -> Vec<Row> {
    let upstream = |range: &str| format!("Range: {range}");
    let mut rows = Vec::new();
    for (sections, shows, range) in [
        ("9110 §14.2", "several ranges may be ignored, and are", "bytes=0-1,4-5"),
        ("9110 §14.2", "many too", "bytes=0-0,1-1,2-2,3-3,4-4,5-5"),
        ("9110 §14.1, 9110 §14.2", "another unit", "items=0-1"),
        ("9110 §14.2", "no range", "bytes="),
        ("9110 §14.2", "no unit", "0-1"),
        ("9110 §14.1.1", "one that ends before it starts", "bytes=4-2"),
        ("9110 §14.1.1", "letters", "bytes=a-b"),
        ("9110 §14.1.1", "a sign", "bytes=+1-2"),
    ] {
        rows.push(
            row(sections, shows)
                .origin(TAG)
                .get(upstream(range), 200, MISS, &["GET"])
                .body("0123456789")
                .lacks(&["content-range"])
                .get(upstream(range), 200, HIT, &[])
                .body("0123456789")
                .lacks(&["content-range"]),
        );
    }
    rows.extend([
        row("9110 §14.2", "two fields are none")
            .origin(TAG)
            .get("Range: bytes=0-1 | Range: bytes=2-3", 200, MISS, &["GET"])
            .get("Range: bytes=0-1 | Range: bytes=2-3", 200, HIT, &[]),
        row("9110 §14.2", "a range means nothing to HEAD")
            .origin(TAG)
            .ask(Method::HEAD, "Range: bytes=2-4", 200, MISS, &["GET"])
            .has("Content-Length: 10")
            .lacks(&["content-range"])
            .ask(Method::HEAD, "Range: bytes=2-4", 200, HIT, &[])
            .has("Content-Length: 10")
            .lacks(&["content-range"])
            .ask(Method::HEAD, "Range: bytes=99-", 200, HIT, &[]),
        row("9110 §14.2", "nor beside another answer than 200")
            .with(|config| {
                let minute = secs(600);
                config.cache.negative = [(http::StatusCode::NOT_FOUND, minute)].into_iter().collect();
            })
            .answers_with(404, "")
            .get("Range: bytes=2-4", 404, "fwd=uri-miss; fwd-status=404; stored", &[SLICE])
            .body("0123456789")
            .get("Range: bytes=2-4", 404, HIT, &[])
            .body("0123456789"),
        row("9110 §14.3", "ranges are offered beside 200")
            .origin(TAG)
            .miss()
            .has("Accept-Ranges: bytes")
            .hit()
            .has("Accept-Ranges: bytes"),
        row("9110 §15.5.17", "nothing has no range")
            .sends(200, TAG, "")
            .miss()
            .get("Range: bytes=0-", 416, REFUSED, &[])
            .has("Content-Range: bytes */0"),
    ]);
    rows
}

fn conditions() -> Vec<Row> {
    let strong = "Date: {T} | Last-Modified: {T-900} | Cache-Control: max-age=600";
    let weak = "ETag: W/\"a\" | Cache-Control: max-age=600";
    let mut rows = Vec::new();
    for (shows, says, condition, status) in [
        ("the same strong tag", TAG, "\"a\"", 206),
        ("another tag", TAG, "\"b\"", 200),
        ("a weak tag", TAG, "W/\"a\"", 200),
        ("a weak tag that is the same", weak, "W/\"a\"", 200),
        ("a strong tag against a weak one", weak, "\"a\"", 200),
        ("a list is no condition", TAG, "\"a\", \"b\"", 200),
        ("the same date", strong, "{T-900}", 206),
        ("a later date", strong, "{T-800}", 200),
        (
            "a date that was not over",
            "Date: {T} | Last-Modified: {T-5} | Cache-Control: max-age=600",
            "{T-5}",
            200,
        ),
        ("a date where there is none", TAG, "{T-900}", 200),
        ("nothing that can be read", TAG, "a", 200),
    ] {
        let asked = format!("Range: bytes=2-4 | If-Range: {condition}");
        let body = if status == 206 { "234" } else { "0123456789" };
        rows.push(
            row("9110 §13.1.5, 9110 §14.2", shows)
                .origin(says)
                .get(&asked, status, MISS, &[SLICE])
                .body(body)
                .get(&asked, status, HIT, &[])
                .body(body),
        );
    }
    rows.extend([
        row("9110 §13.1.5", "a range outside under another tag is no range")
            .origin(TAG)
            .miss()
            .get("Range: bytes=99- | If-Range: \"b\"", 200, HIT, &[])
            .get("Range: bytes=99- | If-Range: \"a\"", 416, REFUSED, &[]),
        row("9110 §13.1.5", "without a range it means nothing")
            .origin(TAG)
            .miss()
            .get("If-Range: \"b\"", 200, HIT, &[])
            .get("If-Range: \"a\"", 200, HIT, &[]),
        row("9110 §13.2.2", "a condition is answered before a range")
            .origin(TAG)
            .miss()
            .get("Range: bytes=2-4 | If-None-Match: \"a\"", 304, HIT, &[])
            .get("Range: bytes=99- | If-None-Match: \"a\"", 304, HIT, &[])
            .get("Range: bytes=2-4 | If-None-Match: \"b\"", 206, HIT, &[])
            .body("234"),
    ]);
    rows
}

const SLICE_LENGTH: usize = 1 << 20;
const LENGTH: usize = 5 << 19;

/// The slice of this number of an object of two slices and a half, whose bytes tell slices apart.
fn slice(number: usize, fields: &[(&str, &str)]) -> Script {
    let (start, end) = (number * SLICE_LENGTH, LENGTH.min((number + 1) * SLICE_LENGTH));
    let (length, range) = ((end - start).to_string(), format!("bytes {start}-{}/{LENGTH}", end - 1));
    let framing = [("Content-Length", length.as_str()), ("Content-Range", range.as_str())];
    let letter = b"abc"[number];
    vec![
        Step::Send(head("206 Partial Content", &[fields, &framing].concat())),
        Step::Send(vec![letter; end - start]),
    ]
}

fn slices() -> Vec<Row> {
    let tagged: &[(&str, &str)] = &[("ETag", "\"a\""), ("Cache-Control", "max-age=600")];
    let other: &[(&str, &str)] = &[("ETag", "\"b\""), ("Cache-Control", "max-age=600")];
    let private: &[(&str, &str)] = &[("ETag", "\"a\""), ("Cache-Control", "no-store")];
    let first = "Range: bytes=1048580-1048582";
    let partly = "fwd=partial; stored";
    let second = "GET range: bytes=1048576-2097151";
    let third = "GET range: bytes=2097152-2621439 | if-range: \"a\"";
    vec![
        row("9111 §3.4, 9111 §3.3", "parts under one strong tag are put together")
            .does(slice(1, tagged))
            .does(slice(2, tagged))
            .get(first, 206, MISS, &[second])
            .body("bbb")
            .has("Content-Range: bytes 1048580-1048582/2621440")
            .get(first, 206, HIT, &[])
            .body("bbb")
            .get("Range: bytes=2097150-2097153", 206, HIT, &[third])
            .body("bbcc")
            .get("Range: bytes=-2", 206, HIT, &[])
            .body("cc"),
        row("9111 §4.3.4, 9111 §3.4", "one 304 renews all parts, which need no word of their own")
            .does(slice(1, tagged))
            .does(slice(2, tagged))
            .answers_with(304, TAG)
            .get(first, 206, MISS, &[second])
            .get("Range: bytes=-2", 206, partly, &[third])
            .after(700)
            .get(first, 206, RENEWED, &["GET if-none-match: \"a\" | range: bytes=1048576-2097151"])
            .body("bbb")
            .get("Range: bytes=-2", 206, HIT, &[])
            .body("cc")
            .ask(Method::HEAD, "", 200, HIT, &[])
            .has("Content-Length: 2621440"),
        row("9111 §3.4", "a part of another version ends what is held")
            .does(slice(1, tagged))
            .does(slice(2, other))
            .does(slice(2, other))
            .get(first, 206, MISS, &[second])
            .get("Range: bytes=2097152-2097153", 206, MISS, &[third, "GET range: bytes=2097152-3145727"])
            .body("cc")
            .has("ETag: \"b\"")
            .get("Range: bytes=2097152-2097153", 206, HIT, &[])
            .body("cc"),
        row("9211 §2.2", "what is held in part is asked for in part")
            .does(slice(1, tagged))
            .does(slice(2, tagged))
            .get(first, 206, MISS, &[second])
            .get("Range: bytes=2097152-2097153", 206, partly, &[third])
            .body("cc"),
        row("9111 §3.3, 9211 §2.2", "parts that may not be stored go to the one who asked")
            .does(slice(1, private))
            .does(vec![
                Step::Send(head(
                    "206 Partial Content",
                    &[
                        private,
                        &[("Content-Length", "3"), ("Content-Range", "bytes 1048580-1048582/2621440")],
                    ]
                    .concat(),
                )),
                Step::Send(b"bbb".to_vec()),
            ])
            .get(first, 206, "fwd=bypass; fwd-status=206", &[second, "GET range: bytes=1048580-1048582"])
            .body("bbb")
            .get(first, 206, "fwd=bypass; fwd-status=206", &["GET range: bytes=1048580-1048582"])
            .body("bbb"),
        row("9110 §14.4", "a part that is not what was asked for is no answer: the whole is")
            .does(slice(0, tagged))
            .origin(TAG)
            .get(first, 416, REFUSED, &[second, "GET"]),
        row("9110 §14.2, 9110 §15.5.17", "where the origin has no such range the first part is asked for")
            .sends(416, "Content-Range: bytes */10", "")
            .origin(TAG)
            .get(first, 416, REFUSED, &[second, SLICE])
            .has("Content-Range: bytes */10")
            .hit(),
    ]
}

#[tokio::test]
async fn parts_of_it() {
    run(rows()).await;
}
