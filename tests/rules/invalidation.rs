//! RFC 9111 section 4.4 and RFC 9110 section 9: unsafe methods, where an origin's rule lets them through, and what
//! they make wrong.

use edge::Config;
use edge::config::{Origin, PassedMethod};
use http::Method;

use super::row::{MISS, REFUSED, Row, row};
use super::run::run;

const LIFE: &str = "Cache-Control: max-age=600";
const PASSED: &str = "fwd=method; fwd-status=200";
const TYPE: &str = "Content-Type: text/plain";
const DONE: &str = "POST content-type: text/plain + x=1";
const THERE: &str = "/vod/0_meadow01/seg-2-v1.ts";

pub(super) fn rows() -> Vec<Row> {
    [refused(), targets(), named(), elsewhere(), passed()].concat()
}

fn open(config: &mut Config) {
    use PassedMethod::{Delete, Patch, Post, Put};
    config.origin[0].methods = vec![Post, Put, Patch, Delete];
}

fn opened(sections: &'static str, shows: &'static str) -> Row {
    row(sections, shows).with(open).origin(LIFE)
}

fn refused() -> Vec<Row> {
    let mut rows: Vec<_> = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
        .map(|method| {
            row("9110 §15.5.6, 9111 §4", "unsafe methods are refused by default, and change nothing")
                .origin(LIFE)
                .miss()
                .ask(method, "", 405, REFUSED, &[])
                .has("Allow: GET, HEAD, OPTIONS")
                .hit()
        })
        .into();
    rows.push(
        row("9110 §15.5.6", "what an origin's rule lets through is among what is allowed")
            .with(|config| config.origin[0].methods = vec![PassedMethod::Post])
            .origin(LIFE)
            .ask(Method::PUT, "", 405, REFUSED, &[])
            .has("Allow: GET, HEAD, OPTIONS, POST"),
    );
    rows
}

fn targets() -> Vec<Row> {
    let mut rows = Vec::new();
    for (method, status, how, stays) in [
        (Method::POST, 200, PASSED, false),
        (Method::PUT, 201, "fwd=method; fwd-status=201", false),
        (Method::PATCH, 200, PASSED, false),
        (Method::DELETE, 202, "fwd=method; fwd-status=202", false),
        (Method::POST, 204, "fwd=method; fwd-status=204", false),
        (Method::POST, 303, "fwd=method; fwd-status=303", false),
        (Method::POST, 400, "fwd=method; fwd-status=400", true),
        (Method::POST, 404, "fwd=method; fwd-status=404", true),
        (Method::DELETE, 500, "fwd=method; fwd-status=500", true),
        (Method::DELETE, 503, "fwd=method; fwd-status=503", true),
    ] {
        let upstream = format!("{method} content-type: text/plain + x=1");
        let asked = opened("9111 §4.4", "the target of what was done is forgotten, that of an error is not")
            .answers_with(status, LIFE)
            .origin(LIFE)
            .miss()
            .ask(method, TYPE, status, how, &[&upstream])
            .sending("x=1");
        rows.push(if stays { asked.hit() } else { asked.miss().hit() });
    }
    rows
}

fn named() -> Vec<Row> {
    [
        "Location: /vod/0_meadow01/seg-2-v1.ts",
        "Location: seg-2-v1.ts",
        "Location: http://{origin}/vod/0_meadow01/seg-2-v1.ts",
        "Content-Location: /vod/0_meadow01/seg-2-v1.ts",
        "Content-Location: http://{origin}/vod/0_meadow01/seg-2-v1.ts",
        "Content-Location: ../0_meadow01/seg-2-v1.ts#part",
    ]
    .map(|field| {
        opened("9111 §4.4", "what Location and Content-Location name at the same origin is forgotten")
            .origin(field)
            .origin(LIFE)
            .get("", 200, MISS, &["GET"])
            .at(THERE)
            .ask(Method::POST, TYPE, 200, PASSED, &[DONE])
            .sending("x=1")
            .get("", 200, MISS, &["GET"])
            .at(THERE)
    })
    .into()
}

fn elsewhere() -> Vec<Row> {
    let kept = |shows, status, how: &'static str, field: &str| {
        opened("9111 §4.4", shows)
            .answers_with(status, field)
            .get("", 200, MISS, &["GET"])
            .at(THERE)
            .ask(Method::POST, TYPE, status, how, &[DONE])
            .sending("x=1")
            .get("", 200, "hit", &[])
            .at(THERE)
    };
    vec![
        kept(
            "but not at another",
            200,
            PASSED,
            "Location: https://elsewhere.example/vod/0_meadow01/seg-2-v1.ts",
        ),
        kept("nor without a scheme", 200, PASSED, "Location: //elsewhere.example/vod/0_meadow01/seg-2-v1.ts"),
        kept(
            "nor what another origin of ours has",
            200,
            PASSED,
            "Location: https://second.example/vod/0_meadow01/seg-2-v1.ts",
        )
        .with(|config| {
            open(config);
            let mut second = Origin::new("https://second.example".parse().expect("a URL"));
            second.name = "second".into();
            second.hosts = vec!["second.office.example".parse().expect("a host")];
            config.origin.push(second);
        }),
        kept("nor where an error names it", 404, "fwd=method; fwd-status=404", "Location: seg-2-v1.ts"),
    ]
}

fn passed() -> Vec<Row> {
    let ask = |shows, fields: &str, upstream: &str| {
        opened("9110 §9.2.1, 9111 §3", shows)
            .ask(Method::POST, fields, 200, PASSED, &[upstream])
            .sending("x=1")
            .has("Cache-Control: no-store")
            .body("0123456789")
            .ask(Method::POST, fields, 200, PASSED, &[upstream])
            .sending("x=1")
            .miss()
    };
    vec![
        ask("body and media type pass, and the answer is kept nowhere", TYPE, DONE),
        ask(
            "nothing else of the viewer does",
            "Content-Type: text/plain | Cookie: a=b | Authorization: Basic x | X-Forwarded-For: 1.2.3.4 | Referer: x",
            DONE,
        ),
        ask("a body needs no media type", "", "POST + x=1"),
        without("9110 §14.5", "a part would be taken for the whole", "Content-Range: bytes 2-4/10"),
        without("9110 §8.4", "a body in a coding would be taken for one without", "Content-Encoding: gzip"),
        without("9110 §13.1.1", "a condition would be lost", "If-Match: \"a\""),
        without("9110 §13.1.2", "so would this one", "If-None-Match: *"),
        without("9110 §13.1.4", "and this", "If-Unmodified-Since: {T}"),
    ]
}

/// What cannot be passed on as it is meant is refused, and changes nothing.
fn without(sections: &'static str, shows: &'static str, field: &str) -> Row {
    opened(sections, shows).miss().ask(Method::PUT, field, 400, REFUSED, &[]).sending("x=1").hit()
}

#[tokio::test]
async fn what_is_done() {
    run(rows()).await;
}
