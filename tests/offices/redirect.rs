//! `/go/…`: to an edge of the viewer's site.

use std::collections::HashSet;
use std::time::Duration;

use edge::Config;
use edge::config::Period;
use http::StatusCode;

use super::{BARRED, BERLIN, DIALLED_IN, EDGES, MUNICH, Map, SEGMENT, STRANGER, from};
use crate::world::{World, ms};

fn redirects(config: &mut Config) {
    config.redirect.enabled = true;
}

async fn location(world: &World, own: [u8; 4], path: &str) -> String {
    let answer = from(own, world).get(path).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{path}");
    answer.header("location").to_owned()
}

#[tokio::test]
async fn everybody_is_sent_to_their_site_its_hub_or_the_origin() {
    let world = Map::new(EDGES).world("hq", redirects).await;
    let origin = format!("http://{}", world.origin.address());
    for (own, base) in [
        (MUNICH, "http://munich-1.example"),
        (BERLIN, "https://hq-1.example:8443"),
        (STRANGER, origin.as_str()),
        (DIALLED_IN, origin.as_str()),
    ] {
        let to = location(&world, own, &format!("/go{SEGMENT}?a=b&ks=secret")).await;
        assert_eq!(to, format!("{base}{SEGMENT}?a=b&ks=secret"), "{own:?}");
    }
    let answer = from(BARRED, &world).get(&format!("/go{SEGMENT}")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    for (to, count) in [("site", 1.0), ("hub", 1.0), ("origin", 2.0), ("denied", 1.0)] {
        let counted = world.metric(&format!("spokecast_redirects_total{{to=\"{to}\"}}")).await;
        assert!((counted - count).abs() < f64::EPSILON, "{to}: {counted}");
    }
    assert_eq!(world.origin.seen().len(), 0);
}

#[tokio::test]
async fn a_redirect_is_for_players_of_any_page_and_is_not_stored() {
    let world = Map::new(EDGES).world("hq", redirects).await;
    let answer = from(MUNICH, &world).ask(&format!("/go{SEGMENT}"), &[("origin", "https://a.example")]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn each_entry_lives_on_one_member_and_all_entries_on_all() {
    let edge = |number| format!("munich-{number},munich,http://munich-{number}.example\n");
    let edges = [1, 2, 3, 4].map(edge).concat();
    let world = Map::new(&format!("{edges}hq-1,hq,http://hq.example\n")).world("hq", redirects).await;
    let other = Map::new(&format!("hq-1,hq,http://hq.example\n{edges}")).world("munich", redirects).await;
    let mut used = HashSet::new();
    for entry in 0..40 {
        let path = |file: &str| {
            format!("/go/p/1/sp/100/serveFlavor/entryId/1_{entry:08}/v/1/flavorId/1_flavor01/{file}")
        };
        let base = |to: &str| to.split("/p/").next().expect("a host").to_owned();
        let member = base(&location(&world, MUNICH, &path("seg-1-v1-a1.ts")).await);
        for file in ["seg-2-v1-a1.ts", "index-v1-a1.m3u8", "master.m3u8"] {
            assert_eq!(base(&location(&world, MUNICH, &path(file)).await), member, "{file}");
        }
        // Another edge that redirects, with another order of rows, agrees.
        assert_eq!(base(&location(&other, MUNICH, &path("seg-1-v1-a1.ts")).await), member);
        used.insert(member);
    }
    assert_eq!(used.len(), 4);
}

#[tokio::test]
async fn a_member_that_is_gone_is_nobodys_and_who_moved_stays_for_a_window() {
    let members = [member().await, member().await];
    let edges: Vec<String> = members
        .iter()
        .enumerate()
        .map(|(number, member)| format!("munich-{number},munich,http://{}\n", member.address()))
        .collect();
    let world = Map::new(&format!("{}hq-1,hq,http://127.0.0.1:9\n", edges.concat()))
        .world("hq", |config| {
            config.redirect.enabled = true;
            config.redirect.check_every = ms(100);
            config.redirect.stable_for = Period::of(Duration::from_hours(1));
        })
        .await;
    // The hub's is never there.
    world.wait_for_metric("spokecast_map_edges{state=\"gone\"}", 1.0).await;
    let path = format!("/go{SEGMENT}");
    let first = location(&world, MUNICH, &path).await;
    let [one, other] = members;
    let (best, rest) = if first.contains(&one.address().to_string()) { (one, other) } else { (other, one) };
    let address = best.address();
    drop(best);
    world.wait_for_metric("spokecast_map_edges{state=\"gone\"}", 2.0).await;
    let second = location(&world, MUNICH, &path).await;
    assert!(second.contains(&rest.address().to_string()), "{second}");
    // It comes back at the same place, and the viewer stays where they are.
    let back =
        World::with(|_| crate::world::origin::ok("", &[]), |config| config.viewers.listen = vec![address])
            .await;
    world.wait_for_metric("spokecast_map_edges{state=\"there\"}", 2.0).await;
    assert_eq!(location(&world, MUNICH, &path).await, second);
    // Until their window is over.
    world.hand.advance(Duration::from_hours(1));
    assert_eq!(location(&world, MUNICH, &path).await, first);
    // When nobody of the site or its hub is there, the origin is.
    drop((rest, back));
    world.wait_for_metric("spokecast_map_edges{state=\"gone\"}", 3.0).await;
    assert!(location(&world, MUNICH, &path).await.starts_with(&format!("http://{}", world.origin.address())));
}

/// An edge that others are sent to.
async fn member() -> Member {
    Member(World::new(|_| crate::world::origin::ok("", &[])).await)
}

struct Member(World);

impl Member {
    fn address(&self) -> std::net::SocketAddr {
        self.0.address()
    }
}

#[tokio::test]
async fn relay_paths_are_redirected_as_they_are_and_only_to_allowed_hosts() {
    let world = Map::new(EDGES)
        .world("hq", |config| {
            config.redirect.enabled = true;
            config.origin[0].relay_hosts = vec!["vod.example".parse().expect("a host")];
        })
        .await;
    assert_eq!(
        location(&world, MUNICH, &format!("/go/kVOD/vod.example{SEGMENT}")).await,
        format!("http://munich-1.example/kVOD/vod.example{SEGMENT}")
    );
    assert_eq!(
        location(&world, STRANGER, &format!("/go/kVOD/vod.example{SEGMENT}")).await,
        format!("http://{}{SEGMENT}", world.origin.address())
    );
    let refused = from(MUNICH, &world).get("/go/kVOD/evil.example/a.ts").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_path_leads_nowhere_else() {
    let world = Map::new(EDGES).world("hq", redirects).await;
    for path in
        ["/go//evil.example/a", "/go/@evil.example/a", "/go/..%2f..%2fa", "/go/%5cevil.example", "/go/?x"]
    {
        let answer = from(MUNICH, &world).get(path).await;
        let to = answer.header("location");
        assert!(to.is_empty() || to.starts_with("http://munich-1.example/"), "{path} → {to}");
    }
    for path in ["/go/%zz", "/go/../../a"] {
        assert_eq!(from(MUNICH, &world).get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn without_the_redirect_the_path_is_one_of_the_origin() {
    let world = Map::new(EDGES).world("hq", |_| {}).await;
    let answer = from(MUNICH, &world).get("/go/a.ts").await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "/go/a.ts"));
}
