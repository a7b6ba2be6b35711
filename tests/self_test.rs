//! The self-test page: what it serves, and that it says nothing of who asks.

use http::{Method, StatusCode, header};

use crate::world::origin::ok;
use crate::world::wire::status_of;
use crate::world::{Viewer, Wire, World, raw};

const PAGE: &str = "/self-test";
const DATA: &str = "/self-test.json";
const PING: &str = "/self-test/ping";
/// Stands in the value of every field that is sent, and must stand in no answer.
const CANARY: &str = "canary-4711";

async fn world() -> World {
    World::new(|_| ok("of the origin", &[("Cache-Control", "max-age=60")])).await
}

#[tokio::test]
async fn the_page_is_served_by_default_under_a_policy_that_names_no_other_host() {
    let world = world().await;
    let page = world.get(PAGE).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(page.text().contains("elf-test"), "{}", page.text());
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; "));
    assert_eq!((page.header("cache-control"), page.header("referrer-policy")), ("no-cache", "no-referrer"));
    let tag = page.header("etag").to_owned();
    let again = world.viewer().ask(PAGE, &[("If-None-Match", &tag)]).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));

    // A build without Node has the page alone.
    let text = page.text();
    for asset in text.split('"').filter(|part| part.starts_with("/self-test/assets/")) {
        let file = world.get(asset).await;
        assert_eq!(file.status, StatusCode::OK, "{asset}");
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable", "{asset}");
    }
    let slash = world.get("/self-test/").await;
    assert_eq!((slash.status, slash.header("location")), (StatusCode::PERMANENT_REDIRECT, PAGE));
    for missing in
        ["/self-test/x", "/self-test/assets/x.js", "/self-test/ping/", "/self-test/../self-test.json"]
    {
        assert_eq!(world.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn the_edge_says_what_it_sees_of_the_connection() {
    let world = world().await;
    for (viewer, protocol) in [(world.viewer(), "HTTP/1.1"), (Viewer::http2(world.address()), "HTTP/2")] {
        let answer = viewer.get(DATA).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"));
        assert_eq!(answer.header("cache-control"), "no-store");
        // What it says of a viewer is for the edge's own page.
        assert_eq!(answer.header("access-control-allow-origin"), "");
        let expected = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "protocol": protocol,
            "encrypted": false,
            "certificate": null,
            "location": { "state": "unmapped" },
            "proxy": { "seen": false, "hints": [] },
        });
        assert_eq!(answer.json(), expected);
    }
    let old = raw(world.address(), format!("GET {DATA} HTTP/1.0\r\n\r\n")).await;
    assert!(old.contains("\"protocol\":\"HTTP/1.0\""), "{old}");
}

#[tokio::test]
async fn a_ping_is_empty_stored_by_nobody_and_open_to_players_pages() {
    let world = World::with(
        |_| ok("of the origin", &[]),
        |config| config.viewers.allow_origin = "https://portal.example".into(),
    )
    .await;
    let mut wire = Wire::connect(world.address()).await;
    for _ in 0..3 {
        wire.send(format!("GET {PING}?x HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
        let answer = wire.answer().await;
        assert_eq!((answer.status(), answer.body.len()), (204, 0), "{}", answer.head);
        for field in [
            "cache-control: no-store\r\n",
            "access-control-allow-origin: https://portal.example\r\n",
            "timing-allow-origin: https://portal.example\r\n",
            "vary: origin\r\n",
        ] {
            assert!(answer.head.contains(field), "{field} in {}", answer.head);
        }
    }
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn what_proxies_add_is_named_and_never_repeated() {
    let world = world().await;
    let fields = [
        ("X-Forwarded-For", "192.0.2.7, canary-4711"),
        ("Via", "1.1 canary-4711"),
        ("Forwarded", "for=192.0.2.7;by=canary-4711"),
        ("X-Real-IP", "192.0.2.7"),
        ("CDN-Loop", "canary-4711"),
        ("X-Canary-4711", "192.0.2.7"),
        ("User-Agent", "canary-4711"),
        ("Cookie", "canary-4711"),
        ("Referer", "https://canary-4711.example/"),
        ("Origin", "https://canary-4711.example"),
        ("Accept-Language", "canary-4711"),
    ];
    for path in [PAGE, DATA, PING, "/self-test/missing"] {
        for viewer in [world.viewer(), Viewer::http2(world.address())] {
            let path = format!("{path}?who={CANARY}");
            let answer = viewer.ask(&path, &fields).await;
            let all = format!("{:?} {}", answer.headers, answer.text()).to_lowercase();
            for told in [CANARY, "192.0.2.7", "127.0.0.1", "::1"] {
                assert!(!all.contains(told), "{told} in the answer to {path}: {all}");
            }
        }
    }
    let proxy = &world.viewer().ask(DATA, &fields).await.json()["proxy"];
    let hints = ["via", "forwarded", "x-forwarded-for", "x-real-ip", "cdn-loop"];
    assert_eq!(*proxy, serde_json::json!({ "seen": true, "hints": hints }));
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn head_has_no_body_and_other_methods_are_not_served() {
    let world = world().await;
    for (path, status) in [(PAGE, 200), (DATA, 200), (PING, 204), ("/self-test/x", 404)] {
        let get = world.get(path).await;
        let head = world.viewer().request(Method::HEAD, path, &[]).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (status, 0), "{path}");
        assert_eq!(head.headers.get(header::ETAG), get.headers.get(header::ETAG), "{path}");
        let post = world.viewer().request(Method::POST, path, &[]).await;
        assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(world.origin.count(), 0);
}

#[tokio::test]
async fn it_is_the_edges_even_where_the_cache_has_that_path_and_the_origins_when_it_is_off() {
    let mut world = world().await;
    let mut config = crate::world::config_for(world.origin.address());
    config.viewers.listen = vec![world.address()];
    config.admin.listen = world.edge.admin();
    config.self_test.enabled = false;
    world.edge.reload(config.clone()).await.expect("it fits");
    for path in [PAGE, DATA, PING] {
        // The second time from the cache.
        for _ in 0..2 {
            let answer = raw(world.address(), plain(path)).await;
            assert!(status_of(&answer) == 200 && answer.ends_with("of the origin"), "{answer}");
        }
    }
    config.self_test.enabled = true;
    world.edge.reload(config).await.expect("it fits");
    for (path, status) in [(PAGE, 200), (DATA, 200), (PING, 204)] {
        let mut wire = Wire::connect(world.address()).await;
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: edge\r\n\r\n")).await;
        let answer = wire.answer().await;
        assert_eq!(answer.status(), status, "{path}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("of the origin"), "{path}");
    }
    // Its neighbours belong to the origin all along.
    assert_eq!(world.get("/self-tests").await.text(), "of the origin");
}

fn plain(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
}
