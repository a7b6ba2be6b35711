//! Redirects are followed to configured origins, and to nobody else.

use std::time::Duration;

use edge::config::Origin as OriginConfig;
use http::StatusCode;

use crate::world::film::Film;
use crate::world::origin::{answer, ok};
use crate::world::{Origin, Script, Seen, World};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const FRESH: &[(&str, &str)] = &[("Cache-Control", "max-age=60"), ("ETag", "\"a\"")];

fn to(status: &str, location: &str) -> Script {
    answer(status, "moved", &[("Location", location), ("Cache-Control", "max-age=60")])
}

/// An edge that knows both its own origin and `other`.
async fn knowing(other: &Origin, script: impl Fn(&Seen) -> Script + Send + Sync + 'static) -> World {
    let url = format!("http://{}", other.address()).parse().expect("well-formed");
    World::with(script, |config| {
        config.origin[0].credentials = vec!["token".to_owned()];
        config.origin.push(OriginConfig { name: "other".to_owned(), ..OriginConfig::new(url) });
    })
    .await
}

#[tokio::test]
async fn they_are_followed_wherever_they_are_relative_to_and_kept_under_what_was_asked_for() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        for (location, at) in [
            ("/moved/x.ts", "/moved/x.ts"),
            ("x.ts?y=1", "/vod/0_meadow01/x.ts?y=1"),
            ("../x.ts#there", "/vod/x.ts"),
            ("//{here}/x.ts", "/x.ts"),
            ("http://{here}/x.ts?z", "/x.ts?z"),
            ("?again=1", "/vod/0_meadow01/seg-1-v1.ts?again=1"),
        ] {
            let world = World::new(move |seen| {
                if seen.target != SEGMENT {
                    return ok("0123456789", FRESH);
                }
                to(status, &location.replace("{here}", seen.header("host").expect("a host")))
            })
            .await;
            for cached in ["spokecast; fwd=uri-miss", "spokecast; hit"] {
                let response = world.get(SEGMENT).await;
                assert_eq!(
                    (response.status, response.text().as_str()),
                    (StatusCode::OK, "0123456789"),
                    "{location}"
                );
                assert_eq!((response.cache_status().as_str(), response.header("location")), (cached, ""));
                world.settle().await;
            }
            let targets: Vec<_> = world.origin.seen().into_iter().map(|seen| seen.target).collect();
            assert_eq!(targets, [SEGMENT, at], "{status} {location}");
            assert_eq!(world.stored().await[0]["target"], SEGMENT);
        }
    }
}

/// What a viewer proves itself with is for the origin that asks for it.
#[tokio::test]
async fn another_configured_origin_is_asked_without_credentials() {
    let other = Origin::start(|_| ok("0123456789", FRESH)).await;
    let address = other.address();
    let world = knowing(&other, move |_| to("302 Found", &format!("http://{address}/x.ts"))).await;
    let response = world.get(&format!("{SEGMENT}?token=canary")).await;
    assert_eq!(response.text(), "0123456789");
    assert_eq!(world.origin.seen()[0].target, format!("{SEGMENT}?token=canary"));
    let seen = other.seen();
    assert_eq!((seen.len(), seen[0].target.as_str()), (1, "/x.ts"));
    assert!(!seen[0].head.contains("canary"), "{}", seen[0].head);
    assert_eq!(seen[0].header("host"), Some(address.to_string().as_str()));
}

#[tokio::test]
async fn so_many_are_followed_and_one_more_is_an_error() {
    for most in [0, 1, 3] {
        let script =
            |seen: &Seen| match seen.target.rsplit('/').next().and_then(|left| left.parse::<u32>().ok()) {
                Some(0) => ok("0123456789", FRESH),
                Some(left) => to("302 Found", &format!("/left/{}", left - 1)),
                None => ok("", &[]),
            };
        let world = World::with(script, |config| config.origin[0].max_redirects = most).await;
        let last = world.get(&format!("/left/{most}")).await;
        assert_eq!((last.status, last.text().as_str()), (StatusCode::OK, "0123456789"), "{most}");
        let beyond = world.get(&format!("/left/{}", most + 1)).await;
        // None at all means that viewers are to follow them.
        let expected = if most == 0 { StatusCode::FOUND } else { StatusCode::BAD_GATEWAY };
        assert_eq!(beyond.status, expected, "{most}");
        assert_eq!(world.origin.count(), 2 * usize::try_from(most).expect("small") + 2, "{most}");
    }
}

#[tokio::test]
async fn an_unknown_host_is_left_to_the_viewer_and_never_asked() {
    let unknown = Origin::start(|_| ok("canary", FRESH)).await;
    for scheme in ["http:", "https:", ""] {
        let location = format!("{scheme}//{}/x.ts", unknown.address());
        let told = location.clone();
        let world = World::new(move |_| to("302 Found", &told)).await;
        let response = world.get(SEGMENT).await;
        assert_eq!((response.status, response.header("location")), (StatusCode::FOUND, location.as_str()));
        assert_eq!((unknown.connections(), world.origin.count()), (0, 1));
    }
    for odd in
        ["ftp://127.0.0.1/x", "javascript:alert(1)", "", "http://", "http:///x", "/%zz", "http://[::1/x"]
    {
        let world =
            World::new(
                move |seen| if seen.target == SEGMENT { to("302 Found", odd) } else { ok("0123456789", &[]) },
            )
            .await;
        let response = world.get(SEGMENT).await;
        assert!(
            response.status == StatusCode::FOUND || response.status == StatusCode::BAD_GATEWAY,
            "{odd}: {}",
            response.status
        );
    }
}

/// Their relative URLs count from where they are: players have to see that.
#[tokio::test]
async fn those_of_manifests_are_passed_on_and_lead_back_to_the_edge() {
    let other = Origin::start(|_| ok("canary", FRESH)).await;
    let address = other.address();
    for (location, at_edge) in [
        ("/moved/index.m3u8".to_owned(), "/moved/index.m3u8".to_owned()),
        ("moved/index.m3u8?x=1".to_owned(), "moved/index.m3u8?x=1".to_owned()),
        ("http://{here}/moved/index.m3u8".to_owned(), "/moved/index.m3u8".to_owned()),
        (format!("http://{address}/index.m3u8"), format!("/kVOD/{address}/index.m3u8")),
    ] {
        let told = location.clone();
        let url = format!("http://{address}").parse().expect("well-formed");
        let world = World::with(
            move |seen| to("302 Found", &told.replace("{here}", seen.header("host").expect("a host"))),
            |config| {
                let relay_hosts = vec![address.to_string().parse().expect("an authority")];
                let name = "other".to_owned();
                config.origin.push(OriginConfig { name, relay_hosts, ..OriginConfig::new(url) });
            },
        )
        .await;
        let response = world.get("/vod/0_meadow01/index.m3u8").await;
        assert_eq!(
            (response.status, response.header("location")),
            (StatusCode::FOUND, at_edge.as_str()),
            "{location}"
        );
        assert_eq!((world.origin.count(), other.count()), (1, 0));
    }
}

/// A path of a relayed host is no path of the edge's own.
#[tokio::test]
async fn a_path_that_a_relayed_manifest_moved_to_stays_on_the_relay() {
    let relayed = Origin::start(|_| to("302 Found", "/moved/index.m3u8")).await;
    let address = relayed.address();
    let url = format!("http://{address}").parse().expect("well-formed");
    let world = World::with(
        |_| ok("the wrong one", &[]),
        |config| {
            let relay_hosts = vec![address.to_string().parse().expect("an authority")];
            let name = "other".to_owned();
            config.origin.push(OriginConfig { name, relay_hosts, ..OriginConfig::new(url) });
        },
    )
    .await;
    let response = world.get(&format!("/kVOD/{address}/vod/index.m3u8")).await;
    assert_eq!(response.header("location"), format!("/kVOD/{address}/moved/index.m3u8"));
}

#[tokio::test]
async fn what_a_redirect_led_to_is_asked_about_again_by_way_of_it() {
    let world = World::new(|seen| match (seen.target.as_str(), seen.header("if-none-match")) {
        (SEGMENT, _) => to("302 Found", "/moved/x.ts"),
        (_, Some("\"a\"")) => answer("304 Not Modified", "", FRESH),
        _ => ok("0123456789", FRESH),
    })
    .await;
    for status in ["spokecast; fwd=uri-miss", "spokecast; hit; fwd=stale; fwd-status=304"] {
        let response = world.get(SEGMENT).await;
        assert_eq!((response.text().as_str(), response.cache_status().as_str()), ("0123456789", status));
        world.settle().await;
        world.hand.advance(Duration::from_secs(1000));
    }
    let targets: Vec<_> = world.origin.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(targets, [SEGMENT, "/moved/x.ts", SEGMENT, "/moved/x.ts"]);
}

#[tokio::test]
async fn slices_come_by_way_of_a_redirect_too() {
    let film = Film::new(40 << 20, 1);
    let shown = film.clone();
    let world = World::new(move |seen| match seen.target.as_str() {
        "/moved" => shown.answer(seen),
        _ => to("307 Temporary Redirect", "/moved"),
    })
    .await;
    for first in [0_u64, 9 << 20] {
        let response = world
            .viewer()
            .ask("/files/film.mp4", &[("range", &format!("bytes={first}-{}", first + 99))])
            .await;
        assert_eq!(response.status, StatusCode::PARTIAL_CONTENT);
        film.check(first..first + 100, &response.body);
        world.settle().await;
    }
    assert_eq!((world.origin.count(), world.origin.count_of("/moved")), (4, 2));
}
