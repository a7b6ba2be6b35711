//! Heads that are no heads, that never end, or that answer something else.

use http::StatusCode;

use super::{OTHER, RIGHT, SEGMENT, SHORT, Ward, closing, open};
use crate::world::origin::{answer, ok};
use crate::world::siege::Siege;
use crate::world::{Gate, Script, Step, Viewer, World};

#[tokio::test]
async fn status_lines_that_are_none_become_502() {
    for line in [
        "HTTP/1.1 99 canary",
        "HTTP/1.1 1000 canary",
        "HTTP/1.1 abc canary",
        "HTTP/1.1 canary",
        "HTTP/9.1 200 canary",
        "HTTP/2 200",
        "200 OK canary",
        "ICY 200 OK canary",
        " HTTP/1.1 200 OK",
        "HTTP/1.1 +200 OK",
        "HTTP/1.1 20",
    ] {
        let bytes = format!("{line}\r\nContent-Length: 6\r\n\r\ncanary");
        Ward::refuses(closing(bytes), StatusCode::BAD_GATEWAY).await;
    }
}

/// The first version of the protocol had bodies without heads.
#[tokio::test]
async fn a_body_without_a_head_becomes_502() {
    for body in
        ["<html>canary</html>\n", "#EXTM3U\n#EXT-X-VERSION:3 canary\n", "\u{0}\u{0}\u{0}\u{18}ftypcanary"]
    {
        Ward::refuses(closing(body), StatusCode::BAD_GATEWAY).await;
    }
}

#[tokio::test]
async fn fields_that_are_none_become_502() {
    for fields in [
        "no colon canary",
        "X : canary",
        ": canary",
        "X: can\0ary",
        "X: can\rary",
        "X\u{1}: canary",
        "(x): canary",
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: 6\r\n\r\ncanary");
        Ward::refuses(closing(bytes), StatusCode::BAD_GATEWAY).await;
    }
}

/// Fields in numbers and sizes that no answer needs.
#[tokio::test]
async fn heads_beyond_their_bounds_become_502() {
    let many = "X: canary\r\n".repeat(10_000);
    let long = format!("X: {}\r\n", "a".repeat(1 << 20));
    let name = format!("{}: x\r\n", "a".repeat(1 << 20));
    for fields in [many, long, name] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 6\r\n\r\ncanary");
        Ward::refuses(open(bytes), StatusCode::BAD_GATEWAY).await;
    }
}

/// The origin sends until the edge stops taking.
fn endless(piece: &str) -> Script {
    vec![Step::Send(piece.repeat((64 << 20) / piece.len()).into_bytes())]
}

#[tokio::test]
async fn heads_without_end_hold_no_more_than_their_bound() {
    let long = "a".repeat(4096);
    let faults = ["X: canary\r\n".to_owned(), format!("X: {long}\r\n"), long, " \r\n".to_owned()];
    let siege = Siege::begin("", SHORT, move |seen| {
        let Some(number) = seen.target.strip_prefix("/endless-") else {
            return ok(RIGHT, &[("Cache-Control", "max-age=60")]);
        };
        let number: usize = number.parse().expect("a number");
        let begin = open("HTTP/1.1 200 OK\r\nX: ");
        [begin, endless(&faults[number])].concat()
    })
    .await;
    let attack = async {
        for number in 0..4 {
            let response = Viewer::of(siege.address).get(&format!("/endless-{number}")).await;
            // The bound on a head comes first, unless the machine is busy.
            assert!(response.status.is_server_error(), "{number}: {}", response.status);
        }
    };
    siege.withstands(8, attack).await;
}

#[tokio::test]
async fn many_interim_answers_before_the_final_one_are_skipped() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </canary>; rel=preload\r\n\r\n";
    for interim in [
        interim.repeat(100),
        "HTTP/1.1 100 Continue\r\n\r\n".repeat(100),
        "HTTP/1.1 199 x\r\n\r\n".repeat(100),
    ] {
        let bytes = format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{RIGHT}");
        Ward::passes(open(bytes)).await;
    }
}

/// More than an origin could send in time: the limit of time ends them, and memory does not grow.
#[tokio::test]
async fn interim_answers_without_end_become_an_error() {
    let siege = Siege::begin("", SHORT, move |seen| {
        if seen.target == SEGMENT {
            let storm = endless("HTTP/1.1 103 Early Hints\r\nLink: </canary>; rel=preload\r\n\r\n");
            return [storm, vec![Step::Wait(Gate::new())]].concat();
        }
        ok(RIGHT, &[("Cache-Control", "max-age=60")])
    })
    .await;
    let attack = async {
        let response = Viewer::of(siege.address).get(SEGMENT).await;
        assert_eq!(response.status, StatusCode::GATEWAY_TIMEOUT);
    };
    siege.withstands(8, attack).await;
}

#[tokio::test]
async fn answers_to_what_was_not_asked_become_502() {
    let switching =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: canary\r\n\r\ncanary";
    Ward::refuses(open(switching), StatusCode::BAD_GATEWAY).await;
    Ward::refuses(open("HTTP/1.1 304 Not Modified\r\n\r\n"), StatusCode::BAD_GATEWAY).await;
    for range in ["bytes 0-5/6", "bytes 0-5/*", "bytes */6", "canary"] {
        let part = answer("206 Partial Content", "canary", &[("Content-Range", range)]);
        Ward::refuses(part, StatusCode::BAD_GATEWAY).await;
    }
    Ward::refuses(answer("206 Partial Content", "canary", &[]), StatusCode::BAD_GATEWAY).await;
}

/// A 304 that answers a question of the edge about another object than it holds.
#[tokio::test]
async fn a_304_for_another_tag_does_not_renew_what_is_held_forever() {
    let world = World::new(|seen| match seen.header("if-none-match") {
        Some(_) => open("HTTP/1.1 304 Not Modified\r\nETag: \"canary\"\r\n\r\n"),
        None => ok(RIGHT, &[("ETag", "\"right\""), ("Cache-Control", "max-age=60")]),
    })
    .await;
    for _ in 0..3 {
        let response = world.get(SEGMENT).await;
        assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, RIGHT));
        assert_ne!(response.header("etag"), "\"canary\"", "the tag of bytes that nobody has");
        world.settle().await;
        world.hand.advance(std::time::Duration::from_secs(100));
    }
}

/// A redirect to where it came from is not followed without end, and is not stored.
#[tokio::test]
async fn redirects_in_circles_end() {
    let world = World::new(|seen| match seen.target.as_str() {
        "/loop/a.ts" => answer("302 Found", "", &[("Location", "/loop/b.ts")]),
        "/loop/b.ts" => answer("302 Found", "", &[("Location", "/loop/a.ts")]),
        "/loop/self.ts" => answer("301 Moved Permanently", "", &[("Location", "/loop/self.ts")]),
        _ => ok(RIGHT, &[]),
    })
    .await;
    for (path, asked) in [("/loop/a.ts", 4), ("/loop/self.ts", 8)] {
        let response = world.get(path).await;
        assert_eq!(response.status, StatusCode::BAD_GATEWAY, "{path}");
        world.settle().await;
        // The first question, and three redirects that are followed.
        assert_eq!(world.origin.count(), asked, "{path}");
    }
    assert!(world.stored().await.is_empty());
    assert_eq!(world.get(OTHER).await.text(), RIGHT);
}
