//! RFC 9111 section 3: what is stored, and what of it.

use http::Method;

use super::row::{HIT, MISS, REFUSED, Row, SHARED, row, secs};
use super::run::run;
use crate::world::Step;
use crate::world::origin::{chunk, head};

const LIFE: &str = "Cache-Control: max-age=600";

pub(super) fn rows() -> Vec<Row> {
    [
        methods_and_statuses(),
        directives(),
        vary(),
        fields(),
        redirects(),
        private(),
        untouched(),
        incomplete(),
    ]
    .concat()
}

fn methods_and_statuses() -> Vec<Row> {
    let mut rows = vec![
        row("9111 §3", "a GET is stored").origin(LIFE).miss().hit(),
        row("9111 §3", "a HEAD fills what GET and HEAD are answered with then")
            .origin(LIFE)
            .ask(Method::HEAD, "", 200, MISS, &["GET"])
            .has("Content-Length: 10")
            .body("")
            .ask(Method::HEAD, "", 200, HIT, &[])
            .has("Content-Length: 10")
            .hit()
            .body("0123456789"),
        row("9111 §3, 9110 §15.3.4", "203 is stored as 200 is")
            .answers_with(203, LIFE)
            .get("", 203, "fwd=uri-miss; fwd-status=203; stored", &["GET"])
            .get("", 203, HIT, &[]),
        row("9111 §3.3", "206 to a question without a range is no answer")
            .answers_with(206, "Content-Range: bytes 0-9/20 | Cache-Control: max-age=600")
            .get("", 502, REFUSED, &["GET"])
            .get("", 502, REFUSED, &["GET"]),
        row("9110 §15.2", "interim responses are passed over")
            .does(vec![
                Step::Send(head("103 Early Hints", &[("Link", "</canary>; rel=preload")])),
                Step::Send(head("100 Continue", &[])),
                Step::Send(head("200 OK", &[("Content-Length", "2"), ("Cache-Control", "max-age=600")])),
                Step::Send(b"ab".to_vec()),
            ])
            .miss()
            .body("ab")
            .lacks(&["link"])
            .hit()
            .body("ab")
            .lacks(&["link"]),
    ];
    for (status, stored, shared) in [
        (204, "fwd=uri-miss; fwd-status=204; stored", "fwd=uri-miss; fwd-status=204"),
        (300, "fwd=uri-miss; fwd-status=300; stored", "fwd=uri-miss; fwd-status=300"),
        (301, "fwd=uri-miss; fwd-status=301; stored", "fwd=uri-miss; fwd-status=301"),
        (302, "fwd=uri-miss; fwd-status=302; stored", "fwd=uri-miss; fwd-status=302"),
        (303, "fwd=uri-miss; fwd-status=303; stored", "fwd=uri-miss; fwd-status=303"),
        (307, "fwd=uri-miss; fwd-status=307; stored", "fwd=uri-miss; fwd-status=307"),
        (308, "fwd=uri-miss; fwd-status=308; stored", "fwd=uri-miss; fwd-status=308"),
    ] {
        let there = "Location: https://elsewhere.example/a";
        rows.push(
            row("9111 §3, 9110 §15.4", "empty answers and redirects are stored for as long as they say")
                .answers_with(status, format!("{there} | {LIFE}"))
                .get("", status, stored, &["GET"])
                .after(570)
                .get("", status, HIT, &[]),
        );
        rows.push(
            row("9111 §3, 9110 §15.4", "and not where they say nothing")
                .answers_with(status, there)
                .get("", status, shared, &["GET"])
                .get("", status, shared, &["GET"]),
        );
    }
    rows
}

fn never(status: u16, shared: &'static str) -> Row {
    row("9111 §3", "errors that nobody named and statuses that nobody knows are not stored")
        .answers_with(status, LIFE)
        .get("", status, shared, &["GET"])
        .get("", status, shared, &["GET"])
}

fn directives() -> Vec<Row> {
    let mut rows = vec![
        never(201, "fwd=uri-miss; fwd-status=201"),
        never(299, "fwd=uri-miss; fwd-status=299"),
        never(400, "fwd=uri-miss; fwd-status=400"),
        never(403, "fwd=uri-miss; fwd-status=403"),
        never(405, "fwd=uri-miss; fwd-status=405"),
        never(451, "fwd=uri-miss; fwd-status=451"),
        never(500, "fwd=uri-miss; fwd-status=500"),
        never(503, "fwd=uri-miss; fwd-status=503"),
        never(599, "fwd=uri-miss; fwd-status=599"),
    ];
    for (sections, control) in [
        ("9111 §5.2.2.5", "no-store"),
        ("9111 §5.2.2.5", "No-Store, max-age=600"),
        ("9111 §5.2.2.5", "max-age=600, public, s-maxage=600, no-store"),
        ("9111 §5.2.2.5", "no-store=\"etag\", max-age=600"),
        ("9111 §5.2.2.7", "private"),
        ("9111 §5.2.2.7", "private, max-age=600"),
        ("9111 §5.2.2.7", "private=\"\", max-age=600"),
        ("9111 §5.2.2.7", "private=\"no name\", max-age=600"),
        ("9111 §5.2.2.9, 9111 §5.2.2.7", "public, private, max-age=600"),
    ] {
        rows.push(
            row(sections, "is not stored, whatever else is said")
                .origin(format!("Cache-Control: {control}"))
                .shared()
                .shared(),
        );
    }
    rows.extend([
        row("9111 §5.2.2.5", "no-store among several field lines counts")
            .origin("Cache-Control: max-age=600 | Cache-Control: no-store")
            .shared()
            .shared(),
        row("9111 §5.2.2.3", "must-understand lifts no-store where the status is understood")
            .origin("Cache-Control: must-understand, no-store, max-age=600")
            .miss()
            .hit(),
        row("9111 §5.2.2.3", "must-understand keeps a status that is not understood out")
            .with(|config| {
                let minute = secs(60);
                config.cache.negative = [(http::StatusCode::IM_A_TEAPOT, minute)].into_iter().collect();
            })
            .answers_with(418, "Cache-Control: must-understand, no-store, max-age=600")
            .get("", 418, "fwd=uri-miss; fwd-status=418", &["GET"])
            .get("", 418, "fwd=uri-miss; fwd-status=418", &["GET"]),
        row("9111 §5.2.2.9, 9111 §3.5", "public needs no lifting: no credentials go upstream")
            .origin("Cache-Control: public, max-age=600")
            .get("Authorization: Basic canary", 200, MISS, &["GET"])
            .hit(),
        row("9111 §3.5", "a viewer's credentials reach no origin, and the answer is everybody's")
            .origin(LIFE)
            .get("Authorization: Bearer canary | Cookie: a=b", 200, MISS, &["GET"])
            .get("Authorization: Bearer other", 200, HIT, &[])
            .hit(),
        row("9111 §5.2.3", "directives that nobody knows are passed over")
            .origin("Cache-Control: max-age=600, community=\"no-store, private\", x-y")
            .miss()
            .hit(),
    ]);
    rows
}

fn vary() -> Vec<Row> {
    vec![
        row("9111 §4.1", "a list is answered to all: each question upstream is the same")
            .origin(format!("Vary: Accept-Language, Origin, User-Agent | {LIFE}"))
            .get("Accept-Language: de | Origin: https://a.example", 200, MISS, &["GET"])
            .get("Accept-Language: en | Origin: https://b.example", 200, HIT, &[])
            .hit(),
        row("9111 §4.1", "an asterisk matches nothing").origin(format!("Vary: * | {LIFE}")).shared().shared(),
        row("9111 §4.1", "an asterisk in a list, or on another line, matches nothing")
            .origin(format!("Vary: Accept-Encoding | Vary: Origin, * | {LIFE}"))
            .shared()
            .shared(),
    ]
}

fn fields() -> Vec<Row> {
    vec![
        row("9111 §3.1", "Set-Cookie keeps nothing from being stored, and reaches nobody")
            .origin(format!("Set-Cookie: person=7 | {LIFE}"))
            .miss()
            .lacks(&["set-cookie"])
            .hit()
            .lacks(&["set-cookie"]),
        row("9111 §3.1", "what Connection names, and what is about the proxy, is not stored")
            .origin(format!(
                "Connection: keep-alive, ETag | Keep-Alive: timeout=9 | ETag: \"a\" | Last-Modified: {{T-900}} | \
                 Proxy-Authenticate: Basic | {LIFE}"
            ))
            .miss()
            .has("Last-Modified: {T-900}")
            .lacks(&["etag", "keep-alive", "proxy-authenticate"])
            .hit()
            .has("Last-Modified: {T-900}")
            .lacks(&["etag", "keep-alive", "proxy-authenticate"]),
        row("9111 §5.2.2.7", "private with names withholds those fields alone")
            .origin("ETag: \"a\" | Content-Language: de | Cache-Control: private=\"ETag, x-other\", max-age=600")
            .miss()
            .has("Content-Language: de")
            .lacks(&["etag"])
            .hit()
            .has("Content-Language: de")
            .lacks(&["etag"]),
        row("9111 §5.2.2.4", "no-cache with names withholds those fields alone")
            .origin("ETag: \"a\" | Content-Language: de | Cache-Control: no-cache=\"content-language\", max-age=600")
            .miss()
            .has("ETag: \"a\"")
            .lacks(&["content-language"])
            .hit()
            .has("ETag: \"a\"")
            .lacks(&["content-language"]),
        row("9111 §5.5", "Warning is not passed on")
            .origin(format!("Warning: 110 - stale | {LIFE}"))
            .miss()
            .lacks(&["warning"])
            .hit()
            .lacks(&["warning"]),
        row("9111 §5.4", "Pragma in a response means nothing")
            .origin(format!("Pragma: no-cache | {LIFE}"))
            .miss()
            .lacks(&["pragma"])
            .hit(),
    ]
}

/// Redirects that the edge follows itself: what they lead to is stored under the name that was asked for.
fn redirects() -> Vec<Row> {
    let there = "Location: /vod/0_meadow01/seg-2-v1.ts";
    let both = &["GET", "GET /vod/0_meadow01/seg-2-v1.ts"];
    let led = |shows, control: &str| {
        row("9111 §3, 9110 §15.4", shows).answers_with(302, format!("{there} | {control}"))
    };
    vec![
        led("a redirect that must not be stored keeps what it leads to from that", "Cache-Control: no-store")
            .origin(LIFE)
            .answers_with(302, format!("{there} | Cache-Control: private"))
            .origin(LIFE)
            .get("", 200, SHARED, both)
            .get("", 200, SHARED, both),
        led("a lifetime of the redirect bounds that of what it leads to", "Cache-Control: max-age=100")
            .origin(LIFE)
            .get("", 200, MISS, both)
            .after(60)
            .hit()
            .after(50)
            .get("", 200, "fwd=stale; fwd-status=200; stored", &["GET"]),
        led("and not the other way round", "Cache-Control: max-age=9000")
            .origin(LIFE)
            .get("", 200, MISS, both)
            .after(570)
            .hit()
            .after(40)
            .get("", 200, "fwd=stale; fwd-status=200; stored", &["GET"]),
        led("one that says nothing leaves it to what it leads to", "Date: {T}")
            .origin(LIFE)
            .get("", 200, MISS, both)
            .hit()
            .deviates(
                "by itself such a redirect is not to be stored; the operator has the edge follow it (max-redirects), so \
                 that it counts as a part of the answer",
            ),
    ]
}

/// Answers that turned out to be for one request each.
fn private() -> Vec<Row> {
    let marked = |sections, shows| {
        row(sections, shows).with(|config| {
            config.cache.private_mark = secs(600);
        })
    };
    let none = "Cache-Control: no-store";
    vec![
        marked(
            "9111 §5.2.2.7, 9111 §5.2.2.5",
            "each request goes alone for the time of the mark, then they share again",
        )
        .origin(none)
        .origin(none)
        .origin(LIFE)
        .shared()
        .after(300)
        .shared()
        .after(610)
        .miss()
        .hit(),
        marked(
            "9211 §2.5, 9111 §5.2.2.7",
            "what may be stored is not while the mark lasts, and the account says so",
        )
        .origin(none)
        .origin(LIFE)
        .shared()
        .shared()
        .shared()
        .after(610)
        .miss()
        .hit(),
        marked("9211 §2.2", "a range goes past the cache with its own range")
            .origin(none)
            .shared()
            .get("Range: bytes=2-4", 206, "fwd=bypass; fwd-status=200", &["GET range: bytes=2-4"])
            .body("234"),
    ]
}

fn untouched() -> Vec<Row> {
    let (sent, pointed) = (
        "#EXTM3U\n#EXTINF:4,\nhttp://cdn.example/vod/a/seg-1-v1.ts\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXTINF:4,\n/vod/a/seg-1-v1.ts\n#EXT-X-ENDLIST\n",
    );
    let control = "Cache-Control: no-transform, max-age=600";
    vec![
        row("9111 §5.2.2.6", "bodies pass as they are")
            .origin(format!("Content-Encoding: identity | {control}"))
            .miss()
            .body("0123456789")
            .hit()
            .body("0123456789"),
        row("9111 §5.2.2.6", "so do manifests, whose URLs are pointed at the edge without it")
            .with(|config| config.origin[0].aliases = vec!["cdn.example".parse().expect("a host")])
            .sends(200, control, sent)
            .miss()
            .body(sent)
            .hit()
            .body(sent)
            .all_at("/vod/0_meadow01/index.m3u8"),
        row("9111 §5.2.2.6", "and with leave to change they are")
            .with(|config| config.origin[0].aliases = vec!["cdn.example".parse().expect("a host")])
            .sends(200, "Cache-Control: max-age=600", sent)
            .miss()
            .body(pointed)
            .hit()
            .body(pointed)
            .all_at("/vod/0_meadow01/index.m3u8"),
    ]
}

fn incomplete() -> Vec<Row> {
    let start = |fields: &[(&str, &str)], body: &[u8]| {
        vec![Step::Send(
            [head("200 OK", &[&[("Cache-Control", "max-age=600")], fields].concat()), body.to_vec()].concat(),
        )]
    };
    let cut = |fields: &[(&str, &str)], body: &[u8]| [start(fields, body), vec![Step::Close]].concat();
    let chunked = [("Transfer-Encoding", "chunked")];
    vec![
        row("9111 §3.3", "a body that is cut off ends with an error and is not stored")
            .does(cut(&[("Content-Length", "10")], b"01234"))
            .origin(LIFE)
            .get("", 200, MISS, &["GET"])
            .broken()
            .miss()
            .body("0123456789")
            .hit(),
        row("9111 §3.3", "neither are chunks without the last")
            .does(cut(&chunked, &chunk(b"01234")))
            .origin(LIFE)
            .get("", 200, MISS, &["GET"])
            .broken()
            .miss()
            .body("0123456789")
            .hit(),
        row("9111 §3.3", "chunks with the last are stored, with a length")
            .does(start(&chunked, &[chunk(b"01234"), b"0\r\n\r\n".to_vec()].concat()))
            .miss()
            .body("01234")
            .hit()
            .body("01234")
            .has("Content-Length: 5"),
        row("9111 §3.3", "what only the end of the connection ends may be a part, and is not stored")
            .does(cut(&[], b"01234"))
            .get("", 200, SHARED, &["GET"])
            .body("01234")
            .get("", 200, SHARED, &["GET"])
            .body("01234"),
    ]
}

#[tokio::test]
async fn what_is_stored() {
    run(rows()).await;
}
