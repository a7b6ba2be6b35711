//! Viewers over TLS get what viewers in the clear get.

use http::{Method, StatusCode, Version};

use crate::world::World;
use crate::world::origin::ok;
use crate::world::secure::{Authority, Secure};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";

/// More than one record of TLS, and no two parts of it alike.
fn body() -> Vec<u8> {
    (0..200_000_u32).flat_map(u32::to_le_bytes).collect()
}

async fn world() -> Secure {
    let body = body();
    World::secure(move |_| ok(&body, &[("Cache-Control", "max-age=60")])).await
}

#[tokio::test]
async fn misses_and_hits_come_whole_over_both_versions_of_http() {
    let world = world().await;
    for (viewer, version) in [
        (world.viewer_over_tls(), Version::HTTP_11),
        (world.viewer_over_tls_http2(), Version::HTTP_2),
        (world.viewer(), Version::HTTP_11),
    ] {
        for _ in 0..3 {
            let response = viewer.get(SEGMENT).await;
            assert_eq!((response.status, response.version), (StatusCode::OK, version));
            assert!(response.whole && response.body == body(), "{version:?}");
        }
    }
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn the_protocol_that_is_offered_is_the_one_that_is_spoken() {
    let world = world().await;
    for (offered, chosen) in [
        (&["h2", "http/1.1"][..], Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&["http/1.1", "h2"], Some("h2")),
        (&[], None),
    ] {
        let stream = world.authority.connect(world.secure_address(), offered).await;
        let protocol = stream.get_ref().1.alpn_protocol();
        assert_eq!(protocol, chosen.map(str::as_bytes), "{offered:?}");
    }
}

#[tokio::test]
async fn other_methods_are_refused_as_in_the_clear() {
    let world = world().await;
    for viewer in [world.viewer_over_tls(), world.viewer_over_tls_http2()] {
        let response = viewer.request(Method::POST, SEGMENT, &[]).await;
        assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
        let response = viewer.request(Method::HEAD, SEGMENT, &[]).await;
        assert_eq!((response.status, response.header("content-length")), (StatusCode::OK, "800000"));
        let response = viewer.ask(SEGMENT, &[("Range", "bytes=100000-100003")]).await;
        assert_eq!(response.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(response.body, 25_000_u32.to_le_bytes()[..]);
    }
}

/// Whoever trusts another authority ends the handshake: what is served is what the certificate vouches for.
#[tokio::test]
#[should_panic(expected = "a handshake")]
async fn viewers_who_trust_another_authority_do_not_connect() {
    let world = world().await;
    Authority::new().connect(world.secure_address(), &["h2"]).await;
}
