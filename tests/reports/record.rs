//! What was written down before it left.

use std::fs;
use std::time::Duration;

use edge::config::Period;
use serde_json::{Value, json};

use super::collector::{Received, in_turn, status, url, willing};
use super::site::{Site, WINDOW, report};
use crate::world::Step;

#[tokio::test]
async fn what_was_written_down_is_what_left_byte_for_byte() {
    let collector = willing().await;
    let (site, sealed) = Site::new(&[report(0, 3)], &url(&collector));
    site.became("delivered", 1).await;
    let record = site.record();
    let seen = &collector.seen()[0];
    assert_eq!(record[0]["event"], "sent");
    assert_eq!(record[0]["time"], "2026-11-22T00:00:00Z");
    assert_eq!(record[0]["to"], url(&collector));
    assert_eq!(record[0]["key"], sealed[0].key.to_string());
    assert_eq!(record[0]["report"].as_str().expect("text").as_bytes(), Received::of(seen).bytes);
    let left: Vec<Value> = seen
        .head
        .trim_end()
        .lines()
        .skip(1)
        .map(|line| line.split_once(": ").map(|(name, value)| json!([name, value])).expect("a field"))
        .collect();
    assert_eq!(record[0]["fields"], Value::from(left), "in the same order, too");
    let answered = json!({ "time": "2026-11-22T00:00:00Z", "event": "answered", "key": sealed[0].key.to_string(), "outcome": "201" });
    assert_eq!(record[1], answered);
    assert_eq!(record.len(), 2);
}

#[tokio::test]
async fn another_try_is_told_in_a_word() {
    let collector = in_turn(|index| match index {
        0 => vec![Step::Close],
        1 => status("500 Oops"),
        _ => status("201 Created"),
    })
    .await;
    let (site, _) = Site::new(&[report(0, 3)], &url(&collector));
    for tries in 1..=2 {
        site.tried("later", tries).await;
        site.hand.advance(WINDOW);
    }
    site.became("delivered", 1).await;
    let told: Vec<_> = site
        .record()
        .iter()
        .map(|line| (line["event"].as_str().map(str::to_owned), line["outcome"].as_str().map(str::to_owned)))
        .collect();
    let line = |event: &str, outcome: Option<&str>| (Some(event.to_owned()), outcome.map(str::to_owned));
    let expected = [
        line("sent", None),
        line("answered", Some("no answer of HTTP")),
        line("sent-again", None),
        line("answered", Some("500")),
        line("sent-again", None),
        line("answered", Some("201")),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_cannot_be_written_down_does_not_leave() {
    let collector = willing().await;
    let (site, _) = Site::with(&[report(0, 3)], &url(&collector), |config| {
        // The longest that the random moment can be away.
        config.telemetry.upstream.spread = Period::of(Duration::from_hours(1));
    });
    // No file can be written where a folder stands, whoever this runs as.
    fs::create_dir(site.record_file()).expect("made");
    site.hand.advance(Duration::from_hours(1));
    site.wait_for("spokecast_audit_errors_total", 1.0).await;
    site.idle().await;
    assert_eq!(collector.connections(), 0);
    assert_eq!(site.metric("spokecast_reports_waiting").await.to_string(), "1");
    fs::remove_dir(site.record_file()).expect("removed");
    site.hand.advance(WINDOW);
    site.became("delivered", 1).await;
    assert_eq!(site.record()[0]["event"], "sent");
    assert_eq!(collector.count(), 1);
}
