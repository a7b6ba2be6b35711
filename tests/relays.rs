//! Paths that name the origin host themselves: followed where that is allowed, refused before anything is
//! asked where it is not.

use edge::config::Origin as OriginConfig;
use http::StatusCode;

use crate::world::origin::ok;
use crate::world::{Origin, World};

/// A first origin, and two others that relay paths may name: `vod.example`, and `hub.example` before it.
struct Relayed {
    world: World,
    vod: Origin,
    hub: Origin,
}

async fn relayed() -> Relayed {
    let echo =
        |name: &'static str| move |seen: &crate::world::Seen| ok(format!("{name}{}", seen.target), &[]);
    let (vod, hub) = (Origin::start(echo("vod")).await, Origin::start(echo("hub")).await);
    let others = [("vod", vod.address()), ("hub", hub.address())].map(|(name, address)| {
        let mut origin = OriginConfig::new(format!("http://{address}").parse().expect("well-formed"));
        origin.name = name.into();
        origin.hosts = vec![format!("{name}.office.example").parse().expect("well-formed")];
        origin.relay_hosts = vec![format!("{name}.example").parse().expect("well-formed")];
        origin
    });
    let world = World::with(echo("main"), |config| config.origin.extend(others)).await;
    Relayed { world, vod, hub }
}

impl Relayed {
    /// How many requests each origin got: the first one, `vod`, `hub`.
    fn counts(&self) -> [usize; 3] {
        [self.world.origin.count(), self.vod.count(), self.hub.count()]
    }
}

#[tokio::test]
async fn a_relay_path_asks_the_host_that_it_names() {
    let relayed = relayed().await;
    let response = relayed.world.get("/kVOD/vod.example/hls/a/seg-1-v1.ts?x=1&_HLS_msn=3").await;
    assert_eq!(response.text(), "vod/hls/a/seg-1-v1.ts?_HLS_msn=3");
    assert_eq!(relayed.vod.seen()[0].header("host"), Some(relayed.vod.address().to_string().as_str()));
    assert_eq!(relayed.counts(), [0, 1, 0]);
}

#[tokio::test]
async fn every_spelling_of_an_object_shares_its_key() {
    let relayed = relayed().await;
    for path in [
        "/kVOD/vod.example/a/seg-1-v1.ts",
        "/kCache/VOD.example/a/seg-1-v1.ts",
        "/kVOD/vod.example:80/a/./seg-%31-v1.ts?ks=secret",
        "/x/../kVOD/vod.example/a/seg-1-v1.ts",
        "/kVOD/hub.example/kVOD/vod.example/a/seg-1-v1.ts",
    ] {
        let response = relayed.world.get(path).await;
        assert_eq!(
            (response.status, response.text().as_str()),
            (StatusCode::OK, "vod/a/seg-1-v1.ts"),
            "{path}"
        );
        relayed.world.settle().await;
    }
    let by_host = relayed.world.viewer().ask("/a/seg-1-v1.ts", &[("Host", "vod.office.example")]).await;
    assert_eq!(by_host.cache_status().as_str(), "spokecast; hit");
    assert_eq!(relayed.counts(), [0, 1, 0]);
    // The same path at another host is another object.
    assert_eq!(relayed.world.get("/a/seg-1-v1.ts").await.text(), "main/a/seg-1-v1.ts");
    let other = relayed.world.get("/kVOD/hub.example/a/seg-1-v1.ts").await;
    assert_eq!(other.text(), "hub/a/seg-1-v1.ts");
}

#[tokio::test]
async fn a_nested_path_asks_the_first_host_for_the_rest() {
    let relayed = relayed().await;
    let path = "/kVOD/hub.example/kCache/vod.example/a/seg-1-v1.ts";
    assert_eq!(relayed.world.get(path).await.text(), "hub/kCache/vod.example/a/seg-1-v1.ts");
    assert_eq!(relayed.counts(), [0, 0, 1]);
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_refused_and_nobody_is_asked() {
    let relayed = relayed().await;
    let refused = [
        // Names that nobody answers for: a look-up would take seconds.
        "/kVOD/unresolvable.invalid/a.ts",
        "/kVOD/vod.example.unresolvable.invalid/a.ts",
        "/kVOD/127.0.0.1/a.ts",
        "/kVOD/[::1]/a.ts",
        "/kVOD/169.254.0.1/a.ts",
        "/kVOD/localhost/a.ts",
        "/kVOD/vod.example:81/a.ts",
        "/kVOD/hub.example/kVOD/unresolvable.invalid/a.ts",
        "/kVOD/unresolvable.invalid/kVOD/vod.example/a.ts",
    ];
    // The origins themselves may not be named by their addresses either.
    let addresses =
        [&relayed.world.origin, &relayed.vod].map(|origin| format!("/kVOD/{}/a.ts", origin.address()));
    for path in refused.into_iter().chain(addresses.iter().map(String::as_str)) {
        let response = relayed.world.get(path).await;
        assert_eq!(response.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!response.text().contains("unresolvable"), "{path}");
    }
    assert_eq!(relayed.counts(), [0, 0, 0]);
    let counted = relayed.world.metric("spokecast_refused_total{status=\"403\"}").await;
    assert!((counted - 11.0).abs() < f64::EPSILON, "{counted}");
}

#[tokio::test]
async fn a_malformed_relay_path_is_refused() {
    let relayed = relayed().await;
    for path in [
        "/kVOD/vod.example",
        "/kVOD//a.ts",
        "/kVOD/u:p@vod.example/a.ts",
        "/kVOD/2130706433/a.ts",
        "/kVOD/vod.example%2fa.ts/b",
        "/kVOD/hub.example/kVOD/hub.example/kVOD/hub.example/kVOD/hub.example/kVOD/vod.example/a.ts",
    ] {
        assert_eq!(relayed.world.get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(relayed.counts(), [0, 0, 0]);
}

#[tokio::test]
async fn requests_are_counted_by_the_origin_that_was_asked() {
    let relayed = relayed().await;
    for path in ["/a/seg-1-v1.ts", "/kVOD/vod.example/a/seg-1-v1.ts", "/kVOD/vod.example/a/seg-2-v1.ts"] {
        relayed.world.get(path).await;
    }
    for (origin, expected) in [("origin", 1.0), ("vod", 2.0)] {
        let sample = format!("spokecast_origin_requests_total{{origin=\"{origin}\",result=\"answered\"}}");
        assert!((relayed.world.metric(&sample).await - expected).abs() < f64::EPSILON, "{origin}");
    }
    // An object is listed under the origin that it belongs to, whoever was asked for it.
    relayed.world.get("/kVOD/hub.example/kVOD/vod.example/a/seg-3-v1.ts").await;
    relayed.world.settle().await;
    let stored = relayed.world.stored().await;
    let third = stored.iter().find(|object| object["target"] == "/a/seg-3-v1.ts").expect("stored");
    assert_eq!(third["origin"], "vod");
}
