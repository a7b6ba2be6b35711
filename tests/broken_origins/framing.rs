//! Bodies whose length is a lie, or said in two ways.

use http::StatusCode;

use super::{RIGHT, SEGMENT, SHORT, Ward, closing, open};
use crate::world::origin::{chunk, head, ok};
use crate::world::siege::Siege;
use crate::world::{Gate, Step, Viewer, World};

#[tokio::test]
async fn lengths_that_disagree_become_502() {
    for fields in [
        "Content-Length: 6\r\nContent-Length: 7",
        "Content-Length: 6, 7",
        "Content-Length: +6",
        "Content-Length: -6",
        "Content-Length: 6 6",
        "Content-Length: 0x6",
        "Content-Length: 18446744073709551616",
        "Content-Length: canary",
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\ncanary");
        Ward::refuses(closing(bytes), StatusCode::BAD_GATEWAY).await;
    }
}

#[tokio::test]
async fn a_body_shorter_than_its_length_is_cut_off() {
    for end in [Step::Close, Step::Reset, Step::Wait(Gate::new())] {
        let start = [head("200 OK", &[("Content-Length", "10")]), b"canary".to_vec()].concat();
        Ward::is_cut_off(vec![Step::Send(start), end]).await;
    }
    let huge = [head("200 OK", &[("Content-Length", "18446744073709551615")]), b"canary".to_vec()].concat();
    Ward::is_cut_off(vec![Step::Send(huge), Step::Close]).await;
}

#[tokio::test]
async fn chunks_that_are_none_are_cut_off() {
    let start = [head("200 OK", &[("Transfer-Encoding", "chunked")]), chunk(b"01234")].concat();
    for rest in [
        "ffffffffffffffff0\r\n",
        "ffffffffffffffff\r\n",
        "10000000000000000\r\ncanary",
        "-5\r\n56789\r\n0\r\n\r\n",
        "+5\r\n56789\r\n0\r\n\r\n",
        "0x5\r\n56789\r\n0\r\n\r\n",
        "5\r\n56789canary\r\n0\r\n\r\n",
        "5 5\r\n56789\r\n0\r\n\r\n",
        "\r\n",
        "6\r\n56789\r\n0\r\n\r\n",
        "0\r\n",
    ] {
        let bytes = [&start, rest.as_bytes()].concat();
        Ward::is_cut_off(closing(bytes)).await;
    }
}

/// Both framings at once are how answers are split: the length of the two that is right is anybody's guess
/// (RFC 9112 section 6.3). Whatever the viewer gets, nothing that follows becomes another answer.
#[tokio::test]
async fn a_length_beside_chunks_poisons_no_other_answer() {
    for fields in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Transfer-Encoding: chunked\r\nContent-Length: 100",
    ] {
        let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary";
        let bytes = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\na\r\n{RIGHT}\r\n0\r\n\r\n{poison}");
        let world =
            World::new(move |seen| if seen.target == SEGMENT { open(bytes.clone()) } else { ok(RIGHT, &[]) })
                .await;
        for path in [SEGMENT, "/vod/a/seg-2-v1.ts", "/vod/a/seg-3-v1.ts", SEGMENT] {
            let response = world.get(path).await;
            world.settle().await;
            let right = response.status == StatusCode::OK && response.text() == RIGHT;
            assert!(right || response.status == StatusCode::BAD_GATEWAY, "{fields}: {path}: {response:?}");
        }
    }
}

/// The edge names no coding that it could undo but chunks. Under another one the bytes are not the content, and
/// where chunks are not the last, nothing tells a whole body from one that was cut off (RFC 9112 section 6.3).
#[tokio::test]
async fn codings_that_cannot_be_undone_become_502() {
    let chunks = [chunk(b"canary"), b"0\r\n\r\n".to_vec()].concat();
    for (coding, body) in [
        ("gzip", &b"canary"[..]),
        ("chunked, gzip", b"canary"),
        ("canary", b"canary"),
        ("gzip, chunked", &chunks),
    ] {
        let start = head("200 OK", &[("Transfer-Encoding", coding)]);
        Ward::refuses(closing([&start, body].concat()), StatusCode::BAD_GATEWAY).await;
    }
}

/// The fields after a chunked body are dropped, and bounded.
#[tokio::test]
async fn trailers_without_end_hold_no_more_than_their_bound() {
    let start =
        [head("200 OK", &[("Transfer-Encoding", "chunked")]), chunk(RIGHT.as_bytes()), b"0\r\n".to_vec()]
            .concat();
    let trailers = "X: canary\r\n".repeat((16 << 20) / 11);
    let siege = Siege::begin("", SHORT, move |seen| {
        if seen.target == SEGMENT {
            return vec![Step::Send(start.clone()), Step::Send(trailers.clone().into_bytes()), Step::Close];
        }
        ok(RIGHT, &[("Cache-Control", "max-age=60")])
    })
    .await;
    let attack = async {
        let response = Viewer::of(siege.address).get(SEGMENT).await;
        assert!(!response.whole || response.status == StatusCode::BAD_GATEWAY, "{response:?}");
    };
    siege.withstands(8, attack).await;
}

/// Extensions of chunks are ignored, and bounded.
#[tokio::test]
async fn chunk_extensions_without_end_are_cut_off() {
    let start = [head("200 OK", &[("Transfer-Encoding", "chunked")]), chunk(b"01234")].concat();
    let siege = Siege::begin("", SHORT, move |seen| {
        if seen.target == SEGMENT {
            let endless = format!("5;{}", "a".repeat(16 << 20));
            return vec![Step::Send(start.clone()), Step::Send(endless.into_bytes()), Step::Close];
        }
        ok(RIGHT, &[("Cache-Control", "max-age=60")])
    })
    .await;
    let attack = async {
        let response = Viewer::of(siege.address).get(SEGMENT).await;
        assert!(!response.whole || response.status == StatusCode::BAD_GATEWAY, "{response:?}");
    };
    siege.withstands(8, attack).await;
}

/// The edge asks for `identity`. What comes encoded all the same is passed on under its name, and a stored
/// copy keeps that name.
#[tokio::test]
async fn an_encoding_that_was_not_asked_for_keeps_its_name() {
    for path in [SEGMENT, "/vod/0_meadow01/index.m3u8"] {
        let fields = [("Content-Encoding", "gzip"), ("Cache-Control", "max-age=60")];
        let world = World::new(move |_| ok(b"\x1f\x8bcanary", &fields)).await;
        for _ in 0..2 {
            let response = world.get(path).await;
            assert_eq!(
                (response.status, response.header("content-encoding")),
                (StatusCode::OK, "gzip"),
                "{path}"
            );
            assert_eq!(&response.body[..], b"\x1f\x8bcanary");
            world.settle().await;
        }
        assert_eq!(world.origin.seen()[0].header("accept-encoding"), Some("identity"));
    }
}
