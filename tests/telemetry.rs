//! What the edge counts of what viewers watch, as its operators see it.

mod sums;

use std::net::IpAddr;
use std::time::Duration;

use edge::Config;
use edge::config::{ForwardingField, LocalView, Period};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::origin::{answer, ok};
use crate::world::{Script, Seen, Viewer, World, within};

const ENTRY: &str = "1_abcd1234";

fn segment(number: u64) -> String {
    format!(
        "/p/101/sp/10100/serveFlavor/entryId/{ENTRY}/v/1/flavorId/0_aaaabbbb/name/a.mp4/seg-{number}-v1-a1.ts"
    )
}

fn script(seen: &Seen) -> Script {
    if seen.target.contains("gone") {
        return answer("404 Not Found", "", &[("Cache-Control", "max-age=60")]);
    }
    ok("0123456789", &[("Cache-Control", "max-age=600"), ("ETag", "\"a\"")])
}

async fn world(change: impl FnOnce(&mut Config)) -> World {
    World::with(script, |config| {
        config.telemetry.threshold = 3;
        change(config);
    })
    .await
}

/// The counts, of one entry where one is named.
async fn counts(world: &World, entry: Option<&str>) -> Value {
    let query = entry.map(|entry| format!("?entry={entry}")).unwrap_or_default();
    world.operator().get(&format!("/telemetry.json{query}")).await.json()
}

/// Each segment of the running window, as number, count and how it leaves.
async fn segments(world: &World) -> Vec<(u64, u64, String)> {
    let counts = counts(world, Some(ENTRY)).await;
    let segments = counts["windows"][0]["entries"][0]["segments"].as_array().cloned().unwrap_or_default();
    let number = |value: &Value| value.as_u64().expect("a number");
    let read = |segment: Value| {
        let leaves = segment["leaves"].as_str().expect("text").to_owned();
        (number(&segment["segment_number"]), number(&segment["count"]), leaves)
    };
    segments.into_iter().map(read).collect()
}

#[tokio::test]
async fn each_answer_counts_once_whichever_way_it_took() {
    let world = world(|_| {}).await;
    for viewer in 1..=3_u8 {
        // A fill, or a hit in the quick lane; a hit by the library; one over HTTP/2; a part; and one not modified.
        let viewer = Viewer::from([127, 0, 0, viewer], world.address());
        assert_eq!(viewer.get(&segment(1)).await.status, StatusCode::OK);
        world.settle().await;
        assert_eq!(viewer.ask(&segment(1), &[("Pragma", "x")]).await.cache_status(), "spokecast; hit");
        assert_eq!(
            viewer.ask(&segment(1), &[("Range", "bytes=2-4")]).await.status,
            StatusCode::PARTIAL_CONTENT
        );
        let not_modified = viewer.ask(&segment(1), &[("If-None-Match", "\"a\"")]).await;
        assert_eq!(not_modified.status, StatusCode::NOT_MODIFIED);
    }
    assert_eq!(Viewer::http2(world.address()).get(&segment(2)).await.status, StatusCode::OK);
    // Nothing of this is watching.
    let viewer = world.viewer();
    viewer.request(Method::HEAD, &segment(1), &[]).await;
    assert_eq!(
        viewer.get("/p/101/sp/10100/serveFlavor/entryId/1_gone1234/gone/seg-1-v1.ts").await.status,
        404
    );
    assert_eq!(viewer.ask(&segment(1), &[("Range", "bytes=99-")]).await.status, 416);
    viewer.get(&segment(1).replace("seg-1-v1-a1.ts", "master.m3u8")).await;
    viewer.get(&segment(1).replace("seg-1-v1-a1.ts", "init-v1.mp4")).await;
    assert_eq!(segments(&world).await, [(1, 12, "segment".to_owned()), (2, 1, "no".to_owned())]);
    let all = counts(&world, None).await;
    assert_eq!(
        all["windows"][0]["entries"],
        json!([{ "entry_id": ENTRY, "count": 13, "leaves": 12 }]),
        "{all:#}"
    );
    assert_eq!(
        all["totals"],
        json!({ "recorded": 13, "dropped": 0, "unrecognised": 0, "beyond_max_cells": 0 })
    );
    assert_eq!(all["upstream"], Value::Null);
}

#[tokio::test]
async fn media_without_an_entry_is_a_total_and_without_a_number_counts_for_the_entry() {
    let world = world(|_| {}).await;
    world.get("/somewhere/seg-1.ts").await;
    let film = format!("/p/101/sp/10100/serveFlavor/entryId/{ENTRY}/v/1/flavorId/0_aaaabbbb/name/a.mp4");
    world.get(&film).await;
    let counts = counts(&world, Some(ENTRY)).await;
    assert_eq!(counts["totals"]["unrecognised"], 1);
    let entry = &counts["windows"][0]["entries"][0];
    assert_eq!((&entry["count"], &entry["unnumbered"]), (&json!(1), &json!(1)), "{counts:#}");
    let metric = "spokecast_telemetry_events_total";
    for (result, value) in [("recorded", 1.0), ("unrecognised", 1.0), ("dropped", 0.0)] {
        let found = world.metric(&format!("{metric}{{result=\"{result}\"}}")).await;
        assert!((found - value).abs() < f64::EPSILON, "{result}: {found}");
    }
}

#[tokio::test]
async fn behind_a_proxy_viewers_count_and_not_the_proxy() {
    let world = world(|config| {
        config.proxies.trusted = vec![IpAddr::from([127, 0, 0, 1]).to_string().parse().expect("a network")];
        config.proxies.header = ForwardingField::XForwardedFor;
    })
    .await;
    let proxy = world.viewer();
    proxy.ask(&segment(1), &[("X-Forwarded-For", "192.0.2.1")]).await;
    world.settle().await;
    for viewer in ["192.0.2.2", "192.0.2.2", "unknown"] {
        proxy.ask(&segment(1), &[("X-Forwarded-For", viewer)]).await;
    }
    assert_eq!(segments(&world).await, [(1, 4, "no".to_owned())]);
    // By the quick lane too.
    proxy.ask(&segment(1), &[("X-Forwarded-For", "203.0.113.9, 192.0.2.3")]).await;
    assert_eq!(segments(&world).await, [(1, 5, "segment".to_owned())]);
}

#[tokio::test]
async fn who_comes_by_two_ways_out_of_their_network_counts_once() {
    let world = world(|config| {
        config.proxies.trusted = vec![IpAddr::from([127, 0, 0, 1]).to_string().parse().expect("a network")];
        config.proxies.header = ForwardingField::XForwardedFor;
        config.proxies.internal_address =
            Some("X-Internal-Address".to_owned().try_into().expect("a field of a header"));
    })
    .await;
    let by = async |external: &str, internal: &str| {
        let fields = [("X-Forwarded-For", external), ("X-Internal-Address", internal)];
        world.viewer().ask(&segment(1), &fields).await
    };
    for (external, internal) in
        [("192.0.2.1", "10.0.0.1"), ("192.0.2.2", "10.0.0.1"), ("192.0.2.3", "10.0.0.2")]
    {
        by(external, internal).await;
    }
    assert_eq!(segments(&world).await, [(1, 3, "no".to_owned())]);
    by("192.0.2.3", "10.0.0.3").await;
    assert_eq!(segments(&world).await, [(1, 4, "segment".to_owned())]);
}

#[tokio::test]
async fn a_device_with_an_address_of_each_family_counts_once() {
    let world = world(|config| {
        config.proxies.trusted = vec![IpAddr::from([127, 0, 0, 1]).to_string().parse().expect("a network")];
        config.proxies.header = ForwardingField::XForwardedFor;
    })
    .await;
    for viewer in ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "::ffff:192.0.2.1"] {
        world.viewer().ask(&segment(1), &[("X-Forwarded-For", viewer)]).await;
    }
    assert_eq!(segments(&world).await, [(1, 5, "no".to_owned())]);
    world.viewer().ask(&segment(1), &[("X-Forwarded-For", "2001:db8::3")]).await;
    assert_eq!(segments(&world).await, [(1, 6, "segment".to_owned())]);
}

#[tokio::test]
async fn a_window_ends_and_is_remembered() {
    let world = world(|_| {}).await;
    for viewer in 1..=3_u8 {
        Viewer::from([127, 0, 0, viewer], world.address()).get(&segment(1)).await;
    }
    world.hand.advance(Duration::from_mins(16));
    let ended = async {
        while counts(&world, None).await["windows"].as_array().map(Vec::len) != Some(2) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within("the end of the window", ended).await;
    let counts = counts(&world, None).await;
    assert_eq!(
        (&counts["windows"][0]["state"], &counts["windows"][0]["events"]),
        (&json!("running"), &json!(0))
    );
    assert_eq!(
        (&counts["windows"][1]["state"], &counts["windows"][1]["events"]),
        (&json!("closed"), &json!(3))
    );
}

#[tokio::test]
async fn operators_see_no_more_than_the_configuration_lets_them() {
    for (view, count) in
        [(LocalView::Exact, json!(4)), (LocalView::Threshold, json!(3)), (LocalView::Off, Value::Null)]
    {
        let world = world(|config| config.telemetry.local_view = view).await;
        for viewer in 1..=3_u8 {
            Viewer::from([127, 0, 0, viewer], world.address()).get(&segment(1)).await;
        }
        world.get(&segment(900)).await;
        // The window that runs shows single requests to whoever looks twice.
        let running = counts(&world, None).await["windows"][0]["events"].clone();
        assert_eq!(
            running,
            if view == LocalView::Exact {
                json!(4)
            } else if count.is_null() {
                count.clone()
            } else {
                json!(0)
            }
        );
        world.hand.advance(Duration::from_mins(16));
        let ended = async {
            while counts(&world, None).await["windows"].as_array().map(Vec::len) == Some(1) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        within("the end of the window", ended).await;
        let counts = counts(&world, None).await;
        assert_eq!(counts["windows"][1]["entries"][0]["count"], count, "{counts:#}");
    }
    let world = world(|config| config.telemetry.enabled = false).await;
    world.get(&segment(1)).await;
    let counts = counts(&world, None).await;
    assert_eq!((&counts["enabled"], &counts["windows"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn what_was_counted_goes_when_counting_is_switched_off() {
    let mut world = world(|_| {}).await;
    world.get(&segment(1)).await;
    assert_eq!(counts(&world, None).await["windows"][0]["events"], 1);
    for enabled in [false, true] {
        let mut config = crate::world::config_for(world.origin.address());
        config.telemetry.enabled = enabled;
        world.edge.reload(config).await.expect("it holds");
    }
    let forgotten = async {
        while counts(&world, None).await["windows"][0]["events"] != 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    within("the window to end", forgotten).await;
}

#[tokio::test]
async fn a_reload_keeps_what_was_counted() {
    let mut world = world(|_| {}).await;
    world.get(&segment(1)).await;
    let mut config = crate::world::config_for(world.origin.address());
    config.telemetry.threshold = 7;
    config.telemetry.window = Period::of(Duration::from_mins(5));
    world.edge.reload(config).await.expect("it holds");
    world.get(&segment(1)).await;
    let counts = counts(&world, None).await;
    assert_eq!((&counts["threshold"], &counts["windows"][0]["events"]), (&json!(7), &json!(2)));
}

#[tokio::test]
async fn what_enough_viewers_watched_leaves_and_is_seen_to_leave() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let reports = folder.path().join("reports");
    std::fs::create_dir(&reports).expect("a folder");
    let world = world(|config| {
        config.telemetry.site = Some("s17".into());
        config.telemetry.folder = Some(folder.path().join("kept"));
        let to = reports.display().to_string();
        config.telemetry.upstream.to = Some(edge::config::Destination::try_from(to).expect("a folder"));
        config.telemetry.upstream.spread = Period::of(Duration::ZERO);
    })
    .await;
    for viewer in 1..=3_u8 {
        Viewer::from([127, 0, 0, viewer], world.address()).get(&segment(1)).await;
    }
    world.get(&segment(900)).await;
    world.hand.advance(Duration::from_mins(16));
    let sent = async {
        loop {
            let sent = world.operator().get("/telemetry/sent.json").await.json();
            if !sent["sent"][0]["answers"][0].is_null() {
                break sent;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let sent = within("the report to be sent", sent).await;
    let mut files = std::fs::read_dir(&reports).expect("a folder").map(|file| file.expect("a file").path());
    let file = files.next().expect("a report");
    assert!(files.next().is_none());
    let report = std::fs::read_to_string(&file).expect("readable");
    assert_eq!(sent["sent"][0]["report"], report.as_str(), "{sent:#}");
    let cells = format!(r#""cells":[{{"entry_id":"{ENTRY}","segment_number":1,"count":3}}]}}"#);
    assert!(
        report.starts_with(r#"{"v":1,"site_id":"s17","bucket":""#) && report.ends_with(&cells),
        "{report}"
    );
    let raw = world.operator().get("/telemetry/sent.jsonl").await.text();
    assert_eq!(raw.lines().count(), 2, "{raw}");
    let counts = counts(&world, None).await;
    assert_eq!(counts["spool"], json!({ "reports": 0, "bytes": 0, "dropped": 0, "refused": 0 }));
    assert_eq!(counts["upstream"]["to"], reports.display().to_string());
}
