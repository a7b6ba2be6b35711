//! What operators see and do: metrics, health, the list of what is stored, purge, and the end.

use std::time::Duration;

use http::{Method, StatusCode};
use tokio::net::TcpStream;

use crate::world::origin::{head, ok};
use crate::world::viewer::read_some;
use crate::world::{Gate, Response, Step, Viewer, World, ms, within};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";

async fn world() -> World {
    World::new(|_| ok("0123456789", &[("Cache-Control", "max-age=60")])).await
}

/// An origin that waits at the gate inside the body.
async fn held(gate: &Gate, change: impl FnOnce(&mut edge::Config)) -> World {
    let gate = gate.clone();
    let script = move |_: &_| {
        let start = [head("200 OK", &[("Content-Length", "10")]), b"01234".to_vec()].concat();
        vec![Step::Send(start), Step::Wait(gate.clone()), Step::Send(b"56789".to_vec())]
    };
    World::with(script, |config| {
        // The origin's patience is not what ends these transfers.
        config.origin[0].stall_timeout = ms(600_000);
        change(config);
    })
    .await
}

async fn purge(world: &World, query: &str) -> Response {
    world.operator().request(Method::POST, &format!("/purge{query}"), &[]).await
}

#[tokio::test]
async fn metrics_tell_what_happened_and_nothing_about_whom() {
    let world = world().await;
    for path in [SEGMENT, SEGMENT, "/vod/0_meadow01/seg-2-v1.ts?ks=secret", "/kVOD/host.example/a", "/%00"] {
        world.viewer().ask(path, &[("User-Agent", "canary-4711")]).await;
        world.settle().await;
    }
    let response = world.operator().get("/metrics").await;
    assert_eq!(response.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text();
    for sample in [
        "spokecast_requests_total{kind=\"segment\",outcome=\"fill\"} 2",
        "spokecast_requests_total{kind=\"segment\",outcome=\"hit\"} 1",
        "spokecast_sent_bytes_total{outcome=\"hit\"} 10",
        "spokecast_first_byte_seconds_count{outcome=\"hit\"} 1",
        "spokecast_refused_total{status=\"400\"} 1",
        "spokecast_refused_total{status=\"403\"} 1",
        "spokecast_origin_requests_total{origin=\"origin\",result=\"answered\"} 2",
        "spokecast_origin_bytes_total{origin=\"origin\"} 20",
        "spokecast_connections_total{event=\"accepted\"} 5",
        "spokecast_cache_objects 2",
        "spokecast_cache_limit_bytes 67108864",
        "spokecast_fills 0",
    ] {
        assert!(text.lines().any(|line| line == sample), "{sample} is not in\n{text}");
    }
    for private in ["meadow", "seg-1", "127.0.0.1", "canary", "secret", "host.example"] {
        assert!(!text.contains(private), "{private}");
    }
}

#[tokio::test]
async fn health_is_told_on_the_operators_listener_alone() {
    let world = world().await;
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let response = world.operator().get(path).await;
        assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, body));
    }
    for path in ["/metrics", "/healthz", "/readyz", "/cache"] {
        // For viewers these are paths at the origin like all others.
        assert_eq!(world.get(path).await.text(), "0123456789");
        assert_eq!(world.origin.count_of(path), 1);
    }
    assert_eq!(world.operator().get("/elsewhere").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.operator().get("/purge?all=true").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_is_stored_is_listed_up_to_a_limit() {
    let world = world().await;
    for number in 1..=3 {
        world.get(&format!("/vod/0_meadow01/seg-{number}-v1.ts?_HLS_msn=1")).await;
    }
    world.settle().await;
    world.hand.advance(Duration::from_secs(10));
    let all = world.cache().await;
    assert_eq!((&all["stored_objects"], &all["listed"], &all["fills"]), (&3.into(), &3.into(), &0.into()));
    assert_eq!(all["limit_bytes"], 64 << 20);
    assert!(all["held_bytes"].as_u64() >= Some(30) && all["stored_bytes"].as_u64() >= Some(30), "{all}");
    let object = all["objects"]
        .as_array()
        .unwrap()
        .iter()
        .find(|object| object["target"].as_str().unwrap().contains("seg-2"))
        .unwrap();
    assert_eq!(object["target"], "/vod/0_meadow01/seg-2-v1.ts?_HLS_msn=1");
    for (key, value) in [("origin", "origin"), ("kind", "segment"), ("entry", "0_meadow01")] {
        assert_eq!(object[key], value);
    }
    assert_eq!((&object["status"], &object["bytes"]), (&200.into(), &10.into()));
    let (age, left) = (object["age_s"].as_u64().unwrap(), object["fresh_for_s"].as_u64().unwrap());
    assert!((10..40).contains(&age) && (58..=60).contains(&(age + left)), "{object}");
    let one = world.operator().get("/cache?limit=1").await.json();
    assert_eq!((&one["stored_objects"], &one["listed"]), (&3.into(), &1.into()));
    assert_eq!(one["objects"].as_array().unwrap().len(), 1);
    assert_eq!(world.operator().get("/cache?limit=many").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn objects_are_purged_by_url_by_entry_and_all_at_once() {
    let world = world().await;
    let others = "/vod/0_other/seg-1-v1.ts";
    let fill = async || {
        for path in [SEGMENT, "/vod/0_meadow01/seg-2-v1.ts", others] {
            world.get(path).await;
        }
        world.settle().await;
    };
    let absolute = format!("?url=http://{}/vod/0_meadow01/./seg-1-v1.ts%3Fks=abc", world.address());
    for (query, purged, left) in [
        (format!("?url={SEGMENT}"), 1, 2),
        (absolute, 1, 2),
        ("?url=/vod/0_unknown/seg-1-v1.ts".into(), 0, 3),
        ("?entry=0_meadow01".into(), 2, 1),
        ("?entry=0_mead".into(), 0, 3),
        ("?all=true".into(), 3, 0),
    ] {
        fill().await;
        let response = purge(&world, &query).await;
        assert_eq!(
            (response.status, &response.json()["purged"]),
            (StatusCode::OK, &purged.into()),
            "{query}"
        );
        assert_eq!(world.stored().await.len(), left, "{query}");
    }
    fill().await;
    assert_eq!(world.get(others).await.cache_status().as_str(), "spokecast; hit");
}

#[tokio::test]
async fn a_purge_names_exactly_one_thing() {
    let world = world().await;
    world.get(SEGMENT).await;
    world.settle().await;
    for query in [
        "",
        "?",
        "?all=yes",
        "?all",
        "?entri=a",
        "?url=/a&entry=b",
        "?url=/a&url=/b",
        "?all=true&all=true",
        "?url=not%20a%20path",
        "?url=relative",
        "?url=/%2500",
        "?url=/../a",
    ] {
        let response = purge(&world, query).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(response.json()["error"].is_string(), "{query}");
    }
    assert_eq!(world.stored().await.len(), 1);
}

#[tokio::test]
async fn what_is_purged_while_it_fills_reaches_its_viewers_and_is_not_stored() {
    for query in [format!("?url={SEGMENT}"), "?entry=0_meadow01".into(), "?all=true".into()] {
        let gate = Gate::new();
        let world = held(&gate, |_| {}).await;
        let mut body = world.viewer().open(Method::GET, SEGMENT, &[]).await.into_body();
        assert_eq!(purge(&world, &query).await.status, StatusCode::OK);
        // Whoever comes now asks anew.
        let viewer = world.viewer();
        let later = tokio::spawn(async move { viewer.get(SEGMENT).await });
        world.origin.wait_for(2).await;
        gate.open();
        gate.open();
        assert_eq!(read_some(&mut body, 10).await, b"0123456789", "{query}");
        assert_eq!(later.await.unwrap().text(), "0123456789");
        world.settle().await;
        assert_eq!(world.get(SEGMENT).await.cache_status(), "spokecast; hit", "the later one is stored");
        assert_eq!(world.origin.count(), 2);
    }
    let gate = Gate::new();
    let world = held(&gate, |_| {}).await;
    let body = world.viewer().open(Method::GET, SEGMENT, &[]).await;
    purge(&world, "?all=true").await;
    gate.open();
    assert_eq!(Response::read(body).await.text(), "0123456789");
    world.settle().await;
    assert!(world.stored().await.is_empty());
}

#[tokio::test]
async fn web_pages_are_kept_out() {
    let world =
        World::with(|_| ok("x", &[]), |config| config.admin.hosts = vec!["edge.office.example".into()]).await;
    for (fields, status) in [
        (&[("Host", "rebound.example")][..], StatusCode::FORBIDDEN),
        (&[("Host", "127.0.0.1.rebound.example:9090")], StatusCode::FORBIDDEN),
        (&[("Host", "edge.office.example:9090")], StatusCode::OK),
        (&[("Host", "localhost:9090")], StatusCode::OK),
        (&[("Origin", "https://page.example")], StatusCode::FORBIDDEN),
        (&[("Origin", "null")], StatusCode::FORBIDDEN),
    ] {
        for (method, path) in
            [(Method::GET, "/metrics"), (Method::POST, "/purge?all=true"), (Method::GET, "/cache")]
        {
            let response = world.operator().request(method, path, fields).await;
            assert_eq!(response.status, status, "{path} {fields:?}");
        }
    }
}

/// Waits until the edge says that it is not ready any more.
async fn not_ready(operator: &Viewer) {
    let draining = async {
        while operator.get("/readyz").await.status != StatusCode::SERVICE_UNAVAILABLE {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within("the edge to drain", draining).await;
}

#[tokio::test]
async fn a_draining_edge_takes_nobody_in_and_lets_transfers_finish() {
    let gate = Gate::new();
    let world = held(&gate, |_| {}).await;
    let (viewers, operator, idle) = (world.address(), world.operator(), world.viewer());
    idle.request(Method::OPTIONS, "/", &[]).await;
    let (http1, http2) = (world.viewer(), Viewer::http2(viewers));
    let open = [http1.open(Method::GET, SEGMENT, &[]).await, http2.open(Method::GET, SEGMENT, &[]).await];
    let World { edge, origin, .. } = world;
    let drained = tokio::spawn(edge.drain());
    not_ready(&operator).await;
    assert_eq!(operator.get("/healthz").await.status, StatusCode::OK);
    TcpStream::connect(viewers).await.expect_err("no new connections");
    assert!(!drained.is_finished());
    gate.open();
    for response in open {
        let response = Response::read(response).await;
        assert!(response.whole && response.text() == "0123456789");
    }
    let drained = within("the end", drained).await.unwrap();
    assert_eq!(drained.cut, 0);
    assert_eq!(origin.count(), 1);
    TcpStream::connect(operator.address()).await.expect_err("the operators' listener went last");
}

#[tokio::test]
async fn draining_is_bounded_and_cuts_off_what_is_left() {
    let gate = Gate::new();
    let world = held(&gate, |config| config.drain.timeout = ms(150)).await;
    let (http1, http2) = (world.viewer(), Viewer::http2(world.address()));
    let open = [http1.open(Method::GET, SEGMENT, &[]).await, http2.open(Method::GET, SEGMENT, &[]).await];
    let World { edge, origin, .. } = world;
    let drained = within("the end", edge.drain()).await;
    assert_eq!(drained.cut, 2);
    for response in open {
        assert!(!Response::read(response).await.whole, "a cut body does not look whole");
    }
    drop(origin);
}

#[tokio::test]
async fn a_dropped_edge_is_gone() {
    let gate = Gate::new();
    let world = held(&gate, |_| {}).await;
    let open = world.viewer().open(Method::GET, SEGMENT, &[]).await;
    let address = world.address();
    let World { edge, origin, .. } = world;
    drop(edge);
    assert!(!Response::read(open).await.whole);
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    within("the listener to close", refused).await;
    drop(origin);
}
