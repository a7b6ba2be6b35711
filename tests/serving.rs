//! What a player asks for: whole objects, parts of them, and whether they changed.

use http::{Method, StatusCode, Version};

use crate::world::origin::{chunk, head, ok};
use crate::world::viewer::read_some;
use crate::world::{Gate, Response, Step, Viewer, Wire, World};

const SEGMENT: &str = "/vod/0_meadow01/hls/720p/seg-1-v1-a1.ts";
const MODIFIED: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
const FIELDS: [(&str, &str); 5] = [
    ("Cache-Control", "max-age=60"),
    ("Content-Type", "video/mp2t"),
    ("ETag", "\"tag\""),
    ("Last-Modified", MODIFIED),
    ("Set-Cookie", "person=7"),
];

async fn world() -> World {
    World::new(|_| ok("0123456789", &FIELDS)).await
}

/// A viewer of each version of the protocol.
fn viewers(world: &World) -> [Viewer; 2] {
    [world.viewer(), Viewer::http2(world.address())]
}

#[tokio::test]
async fn a_miss_is_filled_once_and_then_hit() {
    let world = world().await;
    for expected in ["spokecast; fwd=uri-miss", "spokecast; hit"] {
        let response = world.get(SEGMENT).await;
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(&response.body[..], b"0123456789");
        assert_eq!(response.cache_status().as_str(), expected);
        assert_eq!(response.header("content-type"), "video/mp2t");
        assert_eq!(response.header("content-length"), "10");
        assert_eq!(response.header("set-cookie"), "");
    }
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn cleartext_http2_is_spoken_from_the_first_byte() {
    let world = world().await;
    let viewer = Viewer::http2(world.address());
    let response = viewer.get(SEGMENT).await;
    assert_eq!((response.version, response.status), (Version::HTTP_2, StatusCode::OK));
    assert_eq!(viewer.get(SEGMENT).await.cache_status().as_str(), "spokecast; hit");
}

#[tokio::test]
async fn head_has_the_same_head_and_no_body_as_miss_and_as_hit() {
    let world = world().await;
    for _ in 0..2 {
        let response = world.viewer().request(Method::HEAD, SEGMENT, &[]).await;
        assert_eq!(response.header("content-length"), "10");
        assert_eq!(response.header("etag"), "\"tag\"");
        assert!(response.body.is_empty());
        // What only the fill finds out is whether the object is stored.
        world.settle().await;
    }
    assert_eq!(world.get(SEGMENT).await.cache_status(), "spokecast; hit");
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn options_are_answered_at_the_edge_preflight_or_not() {
    let world = world().await;
    let preflight = [
        ("Origin", "https://portal.example"),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "range"),
    ];
    for viewer in viewers(&world) {
        for fields in [&preflight[..], &[]] {
            let response = viewer.request(Method::OPTIONS, SEGMENT, fields).await;
            assert_eq!(response.status, StatusCode::NO_CONTENT);
            assert_eq!(response.header("allow"), "GET, HEAD, OPTIONS");
            assert_eq!(response.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
            assert_eq!(response.header("access-control-allow-origin"), "*");
            assert_eq!(response.header("access-control-max-age"), "7200");
            let allowed = response.header("access-control-allow-headers");
            assert!(allowed.starts_with("Range,") && allowed.contains("CMCD-Request"), "{allowed}");
        }
    }
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn scripts_may_read_age_and_ranges_of_every_answer() {
    let world = world().await;
    for fields in
        [&[][..], &[("Range", "bytes=0-1")], &[("If-None-Match", "\"tag\"")], &[("Range", "bytes=99-")]]
    {
        let response = world.viewer().ask(SEGMENT, fields).await;
        assert_eq!(response.header("access-control-allow-origin"), "*");
        assert_eq!(response.header("timing-allow-origin"), "*");
        let exposed: Vec<_> = response.header("access-control-expose-headers").split(", ").collect();
        assert!(
            ["Age", "Content-Range", "Retry-After"].iter().all(|name| exposed.contains(name)),
            "{exposed:?}"
        );
    }
    assert_eq!(world.get(SEGMENT).await.header("age"), "0");
}

#[tokio::test]
async fn one_configured_page_may_read_answers_and_no_other() {
    let portal = "https://portal.example";
    let world = World::with(|_| ok("x", &FIELDS), |config| config.viewers.allow_origin = portal.into()).await;
    let response = world.get(SEGMENT).await;
    assert_eq!(response.header("access-control-allow-origin"), portal);
    assert_eq!(response.header("vary"), "Origin");
}

fn assert_part(response: &Response, body: &str, range: &str) {
    assert_eq!(response.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(response.text(), body);
    assert_eq!(response.header("content-range"), range);
    assert_eq!(response.header("content-length"), body.len().to_string());
    assert!(response.whole);
}

#[tokio::test]
async fn a_range_is_cut_from_the_whole_as_miss_and_as_hit() {
    for (asked, body, range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-18446744073709551615", "89", "bytes 8-9/10"),
    ] {
        let world = world().await;
        for viewer in viewers(&world) {
            assert_part(&viewer.ask(SEGMENT, &[("Range", asked)]).await, body, range);
            world.settle().await;
        }
        assert_eq!(world.origin.seen()[0].header("range"), Some("bytes=0-1048575"), "never the viewer's own");
        assert_eq!(world.get(SEGMENT).await.text(), "0123456789");
        assert_eq!(world.origin.count(), 1);
    }
}

#[tokio::test]
async fn a_range_that_has_arrived_is_answered_before_the_origin_goes_on() {
    let gate = Gate::new();
    let opened = gate.clone();
    let world = World::new(move |_| {
        let start = [head("200 OK", &[("Content-Length", "10")]), b"01234".to_vec()].concat();
        vec![Step::Send(start), Step::Wait(gate.clone()), Step::Send(b"56789".to_vec())]
    })
    .await;
    let mut first = world.viewer().open(Method::GET, SEGMENT, &[]).await.into_body();
    assert_eq!(read_some(&mut first, 5).await, b"01234");
    for viewer in viewers(&world) {
        let part = viewer.ask(SEGMENT, &[("Range", "bytes=1-3")]).await;
        assert_part(&part, "123", "bytes 1-3/10");
        assert_eq!(part.cache_status().as_str(), "spokecast; fwd=uri-miss; collapsed");
    }
    let mut ahead = world.viewer().open(Method::GET, SEGMENT, &[("Range", "bytes=4-6")]).await.into_body();
    assert_eq!(read_some(&mut ahead, 1).await, b"4");
    opened.open();
    assert_eq!(read_some(&mut ahead, 2).await, b"56");
    assert_eq!(read_some(&mut first, 5).await, b"56789");
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn if_range_lets_parts_through_only_under_the_same_strong_validator() {
    let world = world().await;
    for (condition, status) in [
        ("\"tag\"", StatusCode::PARTIAL_CONTENT),
        // Nothing says that it had not just been changed.
        (MODIFIED, StatusCode::OK),
        ("\"other\"", StatusCode::OK),
        ("W/\"tag\"", StatusCode::OK),
        ("Fri, 02 Jan 2026 00:00:00 GMT", StatusCode::OK),
    ] {
        let fields = [("Range", "bytes=2-4"), ("If-Range", condition)];
        assert_eq!(world.viewer().ask(SEGMENT, &fields).await.status, status, "{condition}");
    }
    let dates = [("Last-Modified", MODIFIED), ("Date", "Fri, 02 Jan 2026 00:00:00 GMT")];
    let world = World::new(move |_| ok("0123456789", &dates)).await;
    for (condition, status) in
        [(MODIFIED, StatusCode::PARTIAL_CONTENT), ("Fri, 02 Jan 2026 00:00:00 GMT", StatusCode::OK)]
    {
        let fields = [("Range", "bytes=2-4"), ("If-Range", condition)];
        assert_eq!(world.viewer().ask(SEGMENT, &fields).await.status, status, "{condition}");
    }
    let weak = World::new(|_| ok("0123456789", &[("ETag", "W/\"tag\"")])).await;
    for condition in ["W/\"tag\"", "\"tag\""] {
        let fields = [("Range", "bytes=2-4"), ("If-Range", condition)];
        assert_eq!(weak.viewer().ask(SEGMENT, &fields).await.status, StatusCode::OK, "{condition}");
    }
}

#[tokio::test]
async fn a_range_outside_is_refused_with_the_length() {
    let world = world().await;
    for asked in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-"] {
        for viewer in viewers(&world) {
            let response = viewer.ask(SEGMENT, &[("Range", asked)]).await;
            assert_eq!(response.status, StatusCode::RANGE_NOT_SATISFIABLE, "{asked}");
            assert_eq!(response.header("content-range"), "bytes */10");
            assert_eq!(response.header("cache-control"), "no-store");
            world.settle().await;
        }
    }
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn several_ranges_and_what_is_no_range_get_the_whole() {
    let world = world().await;
    for asked in ["bytes=0-1,3-4", "bytes=0-0,-1", "items=0-1", "bytes=4-2", "bytes=x"] {
        for viewer in viewers(&world) {
            let response = viewer.ask(SEGMENT, &[("Range", asked)]).await;
            assert_eq!(
                (response.status, response.text().as_str()),
                (StatusCode::OK, "0123456789"),
                "{asked}"
            );
            assert_eq!(response.header("content-range"), "");
        }
    }
}

#[tokio::test]
async fn what_a_player_holds_already_is_not_sent_again() {
    let world = world().await;
    for (name, value, status) in [
        ("If-None-Match", "\"tag\"", StatusCode::NOT_MODIFIED),
        ("If-None-Match", "\"x\", W/\"tag\"", StatusCode::NOT_MODIFIED),
        ("If-None-Match", "\"x\"", StatusCode::OK),
        ("If-Modified-Since", MODIFIED, StatusCode::NOT_MODIFIED),
        ("If-Modified-Since", "Wed, 31 Dec 2025 23:59:59 GMT", StatusCode::OK),
        ("If-Modified-Since", "yesterday", StatusCode::OK),
    ] {
        for viewer in viewers(&world) {
            let response = viewer.ask(SEGMENT, &[(name, value)]).await;
            assert_eq!(response.status, status, "{name}: {value}");
            assert_eq!(response.body.is_empty(), status == StatusCode::NOT_MODIFIED);
            assert_eq!(response.header("etag"), "\"tag\"");
            world.settle().await;
        }
    }
    // A tag counts before a date.
    let both = [("If-None-Match", "\"x\""), ("If-Modified-Since", MODIFIED)];
    assert_eq!(world.viewer().ask(SEGMENT, &both).await.status, StatusCode::OK);
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn not_modified_states_no_length_that_would_be_wrong() {
    let world = world().await;
    let mut wire = Wire::connect(world.address()).await;
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\nIf-None-Match: \"tag\"\r\n\r\n")).await;
    let head = wire.head().await;
    assert!(head.starts_with("http/1.1 304 ") && !head.contains("content-length: 0"), "{head}");
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
    assert_eq!(wire.answer().await.body, b"0123456789");
}

/// An origin that does not know the length before the end, and waits inside the body.
fn chunked(gate: &Gate) -> Vec<Step> {
    let start = [head("200 OK", &[("Transfer-Encoding", "chunked")]), chunk(b"01234")].concat();
    let end = [chunk(b"56789"), b"0\r\n\r\n".to_vec()].concat();
    vec![Step::Send(start), Step::Wait(gate.clone()), Step::Send(end)]
}

#[tokio::test]
async fn a_body_of_unknown_length_is_passed_on_as_it_comes_and_has_a_length_once_stored() {
    for http2 in [false, true] {
        let gate = Gate::new();
        let opened = gate.clone();
        let world = World::new(move |_| chunked(&gate)).await;
        let viewer = if http2 { Viewer::http2(world.address()) } else { world.viewer() };
        let response = viewer.open(Method::GET, SEGMENT, &[]).await;
        assert_eq!(response.headers().get("content-length"), None);
        let mut body = response.into_body();
        assert_eq!(read_some(&mut body, 5).await, b"01234");
        opened.open();
        assert_eq!(read_some(&mut body, 5).await, b"56789");
        assert!(read_some(&mut body, 1).await.is_empty());
        let stored = viewer.get(SEGMENT).await;
        assert_eq!(stored.cache_status().as_str(), "spokecast; hit");
        assert_eq!(stored.header("content-length"), "10");
    }
}

#[tokio::test]
async fn a_range_of_an_unknown_length_gets_the_whole_and_head_no_length() {
    let gate = Gate::new();
    let opened = gate.clone();
    let world = World::new(move |_| chunked(&gate)).await;
    let head = world.viewer().request(Method::HEAD, SEGMENT, &[]).await;
    assert_eq!((head.status, head.header("content-length")), (StatusCode::OK, ""));
    let response = world.viewer().open(Method::GET, SEGMENT, &[("Range", "bytes=1-2")]).await;
    assert_eq!(response.status(), StatusCode::OK);
    opened.open();
    assert_eq!(Response::read(response).await.text(), "0123456789");
    world.settle().await;
    assert_part(&world.viewer().ask(SEGMENT, &[("Range", "bytes=1-2")]).await, "12", "bytes 1-2/10");
}

#[tokio::test]
async fn tokens_and_measurements_in_the_query_do_not_make_another_object() {
    let world =
        World::with(|_| ok("x", &FIELDS), |config| config.origin[0].credentials = vec!["Policy".into()])
            .await;
    for query in ["", "?Policy=abc", "?CMCD=bl%3D2100&ks=djJ8", "?sessionId=1&Policy=def"] {
        assert_eq!(world.get(&format!("{SEGMENT}{query}")).await.status, StatusCode::OK);
    }
    assert_eq!(world.origin.count(), 1);
    // What names the content does.
    assert_eq!(
        world.get(&format!("{SEGMENT}?_HLS_msn=7")).await.cache_status().as_str(),
        "spokecast; fwd=uri-miss"
    );
}

/// Plain hits have a lane of their own, which a field that means nothing here keeps a request out of.
#[tokio::test]
async fn the_quick_lane_answers_as_the_library_does() {
    for is_dated in [false, true] {
        let world = World::with(
            move |_| {
                let date = httpdate::fmt_http_date(edge::Clock::system().wall());
                let date = is_dated.then_some(("Date", date.as_str()));
                ok("0123456789", &FIELDS.into_iter().chain(date).collect::<Vec<_>>())
            },
            |config| config.viewers.allow_origin = "https://portal.example".into(),
        )
        .await;
        world.get(SEGMENT).await;
        world.settle().await;
        let mut wire = Wire::connect(world.address()).await;
        let mut sent = 0;
        for (selects, status, body) in SELECTED {
            let mut answers = Vec::new();
            // There and back again on one connection.
            for extra in ["", "Pragma: nothing\r\n", "", "TE: trailers\r\n"] {
                wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: edge\r\n{selects}{extra}\r\n")).await;
                let answer = wire.answer().await;
                assert_eq!(
                    (answer.status(), &answer.body[..]),
                    (status, body.as_bytes()),
                    "{selects}{extra}"
                );
                // One second may pass between two answers, and the library dates what has no date by itself.
                let varies = |line: &&str| {
                    ["age:", "date:", "cache-status:"].iter().any(|name| line.starts_with(name))
                };
                let mut lines: Vec<_> =
                    answer.head.lines().filter(|line| !varies(line)).map(str::to_owned).collect();
                let varying = answer.head.lines().filter(varies).count();
                lines.sort();
                answers.push((lines, varying));
                sent += body.len();
            }
            assert_eq!(answers[0].1, 3, "{selects}{answers:?}");
            for answer in &answers[1..] {
                assert_eq!(answer, &answers[0], "{selects}");
            }
        }
        let hits = "spokecast_requests_total{kind=\"segment\",outcome=\"hit\"}";
        let count = f64::from(u32::try_from(4 * SELECTED.len()).unwrap());
        assert!((world.metric(hits).await - count).abs() < f64::EPSILON);
        let bytes = "spokecast_sent_bytes_total{outcome=\"hit\"}";
        let sent = f64::from(u32::try_from(sent).unwrap());
        assert!((world.metric(bytes).await - sent).abs() < f64::EPSILON);
    }
}

/// Fields that select what is answered, and the status and body that they lead to.
const SELECTED: [(&str, u16, &str); 10] = [
    ("", 200, "0123456789"),
    ("Range: bytes=2-4\r\n", 206, "234"),
    ("RANGE: bytes=-3\r\n", 206, "789"),
    ("Range: bytes=8-90\r\nIf-Range: \"tag\"\r\n", 206, "89"),
    ("Range: bytes=8-90\r\nIf-Range: \"other\"\r\n", 200, "0123456789"),
    ("Range: bytes=0-1,4-5\r\n", 200, "0123456789"),
    ("Range: bytes=0-1\r\nRange: bytes=0-1\r\n", 200, "0123456789"),
    ("If-None-Match: \"a\"\r\nIf-None-Match: W/\"tag\"\r\nRange: bytes=0-1\r\n", 304, ""),
    ("If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT\r\n", 304, ""),
    ("If-None-Match: \"a\"\r\nIf-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT\r\n", 200, "0123456789"),
];
