//! What a player asks for first: whole objects, parts of them, and whether they changed.

use http::{Method, StatusCode, Version};

use crate::world::origin::ok;
use crate::world::{Viewer, World};

const SEGMENT: &str = "/vod/0_meadow01/hls/720p/seg-1-v1-a1.ts";

async fn world() -> World {
    World::new(|_| {
        ok("0123456789", &[
            ("Cache-Control", "max-age=60"),
            ("Content-Type", "video/mp2t"),
            ("ETag", "\"tag\""),
            ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
            ("Set-Cookie", "person=7"),
        ])
    })
    .await
}

#[tokio::test]
async fn a_miss_is_filled_once_and_then_hit() {
    let world = world().await;
    for expected in ["spokecast; fwd=uri-miss", "spokecast; hit"] {
        let response = world.get(SEGMENT).await;
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(&response.body[..], b"0123456789");
        assert_eq!(response.header("cache-status"), expected);
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
    assert_eq!(viewer.get(SEGMENT).await.header("cache-status"), "spokecast; hit");
}

#[tokio::test]
async fn head_has_the_same_head_and_no_body_as_miss_and_as_hit() {
    let world = world().await;
    for _ in 0..2 {
        let response = world.viewer().request(Method::HEAD, SEGMENT, &[]).await;
        assert_eq!(response.header("content-length"), "10");
        assert!(response.body.is_empty());
    }
    assert_eq!(world.get(SEGMENT).await.header("cache-status"), "spokecast; hit");
    assert_eq!(world.origin.count(), 1);
}
