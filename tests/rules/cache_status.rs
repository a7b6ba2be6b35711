//! RFC 9211 and RFC 8586: how the edge accounts for its answers, and how a request that comes around is known.

use http::{Method, StatusCode};

use super::row::{AGAIN, HIT, MISS, REFUSED, RENEWED, Row, SEGMENT, SHARED, STALE, row};
use super::run::run;
use crate::world::origin::{head, ok};
use crate::world::{Gate, Step, World};

const LIFE: &str = "Cache-Control: max-age=600";
const TAG: &str = "ETag: \"a\" | Cache-Control: max-age=600";

pub(super) fn rows() -> Vec<Row> {
    [members(), lists(), loops()].concat()
}

fn members() -> Vec<Row> {
    vec![
        row("9211 §2.1, 9211 §2.4", "a hit, and how long it stays fresh")
            .origin(LIFE)
            .miss()
            .after(100)
            .get("", 200, HIT, &[])
            .ttl(500),
        row("9211 §2.2, 9211 §2.3, 9211 §2.5", "a miss, what it brought, and whether it is kept")
            .origin(LIFE)
            .get("", 200, MISS, &["GET"]),
        row("9211 §2.5", "what is not kept").origin("Cache-Control: no-store").get("", 200, SHARED, &["GET"]),
        row("9211 §2.2, 9211 §2.3", "a stale one that was replaced").origin(LIFE).miss().after(700).get(
            "",
            200,
            AGAIN,
            &["GET"],
        ),
        row("9211 §2.1, 9211 §2.2, 9211 §2.3", "a stale one that was renewed")
            .origin(TAG)
            .answers_with(304, LIFE)
            .miss()
            .after(700)
            .get("", 200, RENEWED, &["GET if-none-match: \"a\""])
            .ttl(600),
        row("9211 §2.4, 9211 §2.8", "one that was served stale, for how long it has been so")
            .origin("Cache-Control: max-age=600, stale-while-revalidate=900")
            .miss()
            .after(700)
            .get("", 200, STALE, &["GET"])
            .ttl(-100),
        row("9211 §2.2", "a viewer's wish")
            .with(|config| config.viewers.obey_reload = true)
            .origin(LIFE)
            .miss()
            .get("Cache-Control: no-cache", 200, "fwd=request; fwd-status=200; stored", &["GET"]),
        row("9211 §2.2", "what goes past the cache")
            .with(|config| config.viewers.obey_reload = true)
            .origin(LIFE)
            .get("Cache-Control: no-store", 200, "fwd=bypass; fwd-status=200", &["GET"]),
        row("9211 §2.2", "a method that no cache answers")
            .with(|config| config.origin[0].methods = vec![edge::config::PassedMethod::Post])
            .origin(LIFE)
            .ask(Method::POST, "", 200, "fwd=method; fwd-status=200", &["POST"]),
        row("9211 §2.7", "the key is not told")
            .origin(LIFE)
            .miss()
            .get("", 200, HIT, &[])
            .deviates("the member is optional; the key would tell the watcher's path to whoever reads logs"),
        row("9211 §2", "off by default")
            .with(|config| config.viewers.cache_status = false)
            .origin(format!("Cache-Status: other; hit | {LIFE}"))
            .get("", 200, "", &["GET"])
            .lacks(&["cache-status"])
            .get("", 200, "", &[])
            .lacks(&["cache-status"]),
    ]
}

fn lists() -> Vec<Row> {
    vec![
        row("9211 §2", "an edge's own refusal has no member")
            .origin(LIFE)
            .get("Cache-Control: only-if-cached", 504, REFUSED, &[])
            .lacks(&["cache-status"]),
    ]
}

fn loops() -> Vec<Row> {
    vec![
        row("8586 §2", "another's member is no loop, as miss and as hit")
            .origin(LIFE)
            .get("CDN-Loop: other; id=1, spokecast; id=none", 200, MISS, &["GET"])
            .get("CDN-Loop: other; id=1, spokecast; id=none", 200, HIT, &[]),
    ]
}

#[tokio::test]
async fn its_member_stands_behind_those_of_the_caches_before_it() {
    let fields = [
        ("Cache-Status", "far; hit; ttl=9, \"mid\""),
        ("Cache-Status", "near; fwd=miss"),
        ("Cache-Control", "max-age=600"),
    ];
    let world = World::new(move |_| ok("x", &fields)).await;
    for own in [MISS, HIT] {
        let response = world.get(SEGMENT).await;
        let members: Vec<_> = response.headers.get_all("cache-status").iter().collect();
        assert_eq!(members[..2], [fields[0].1, fields[1].1]);
        let member = members[2].to_str().unwrap();
        assert!(members.len() == 3 && member.starts_with(&format!("spokecast; {own}")), "{member}");
        world.settle().await;
    }
}

#[tokio::test]
async fn who_joins_a_fill_is_collapsed() {
    let gate = Gate::new();
    let held = gate.clone();
    let world = World::new(move |_| {
        let start = head("200 OK", &[("Content-Length", "1")]);
        vec![Step::Send(start), Step::Wait(held.clone()), Step::Send(b"x".to_vec())]
    })
    .await;
    for expected in ["", "; collapsed", "; collapsed"] {
        let response = world.viewer().open(Method::GET, SEGMENT, &[]).await;
        assert_eq!(response.headers()["cache-status"], format!("spokecast; {MISS}{expected}"));
    }
    gate.open();
    world.settle().await;
    assert_eq!(world.get(SEGMENT).await.cache_status(), "spokecast; hit");
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn a_loop_is_known_by_the_member_that_the_edge_adds() {
    let world = World::new(|_| ok("x", &[("Cache-Control", "max-age=600")])).await;
    world.viewer().ask(SEGMENT, &[("CDN-Loop", "other; id=1")]).await;
    let seen = world.origin.seen();
    let own = seen[0].header("cdn-loop").expect("it is sent");
    assert!(own.starts_with("spokecast; "), "{own}: nothing of the viewer stands in it");
    // As miss and as hit, among others, on a line of its own.
    for path in [SEGMENT, "/vod/0_meadow01/seg-2-v1.ts"] {
        for fields in [&[("CDN-Loop", own)][..], &[("CDN-Loop", "other; id=1"), ("CDN-Loop", own)]] {
            assert_eq!(world.viewer().ask(path, fields).await.status, StatusCode::LOOP_DETECTED);
        }
    }
    assert_eq!(world.origin.count(), 1);
}

#[tokio::test]
async fn how_it_came() {
    run(rows()).await;
}
