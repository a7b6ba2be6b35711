//! Reports while the edge is configured anew, and at its end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use edge::config::{Config, Destination, Period};
use edge::{Clock, Edge};

use super::collector::{in_turn, received, status, url, willing};
use super::site::{Site, config, report, wait_in, waiting_in};
use crate::world::origin::answer;
use crate::world::within;

const HOUR: Duration = Duration::from_hours(1);

fn to(url: &str) -> Destination {
    Destination::try_from(url.to_owned()).expect("a destination")
}

async fn reload(site: &mut Site, change: impl FnOnce(&mut Config)) -> Result<(), String> {
    let mut config = site.config.clone();
    change(&mut config);
    site.edge.reload(config).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn another_destination_gets_at_once_what_waits() {
    let (wrong, right) = (in_turn(|_| status("404 What")).await, willing().await);
    let (mut site, sealed) = Site::new(&[report(0, 3)], &url(&wrong));
    site.tried("misdirected", 1).await;
    reload(&mut site, |config| config.telemetry.upstream.to = Some(to(&url(&right)))).await.expect("usable");
    site.became("delivered", 1).await;
    assert_eq!(received(&right)[0].key, sealed[0].key.to_string());
    assert_eq!(wrong.count(), 1);
    // What is sent elsewhere is written down in full.
    let record = site.record();
    assert_eq!((record[2]["event"].as_str(), record[2]["to"].as_str()), (Some("sent"), Some(&*url(&right))));
}

#[tokio::test]
async fn a_token_that_is_mended_is_used_at_once() {
    let collector = willing().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    let strict = crate::world::Origin::start(|seen| {
        status(if seen.header("authorization") == Some("Bearer right") { "201 Created" } else { "401 Who" })
    })
    .await;
    drop(collector);
    fs::write(&token, "wrong").expect("written");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).expect("a mode");
    let (mut site, _) = Site::with(&[report(0, 3)], &url(&strict), |config| {
        config.telemetry.upstream.token_file = Some(token.clone());
    });
    site.tried("misdirected", 1).await;
    fs::write(&token, "right").expect("written");
    reload(&mut site, |_| {}).await.expect("usable");
    site.became("delivered", 1).await;
}

#[tokio::test]
async fn a_collectors_word_outlives_a_reload() {
    let collector = in_turn(|index| match index {
        0 => answer("503 Later", "", &[("Retry-After", "3600")]),
        _ => status("201 Created"),
    })
    .await;
    let (mut site, _) = Site::new(&[report(0, 3)], &url(&collector));
    site.tried("later", 1).await;
    reload(&mut site, |config| config.telemetry.upstream.max_pause = Period::of(Duration::from_secs(5)))
        .await
        .expect("usable");
    site.idle().await;
    assert_eq!(collector.count(), 1);
    site.hand.advance(HOUR);
    site.became("delivered", 1).await;
}

#[tokio::test]
async fn switched_off_nothing_leaves_any_more() {
    let collector = in_turn(|_| status("500 Oops")).await;
    let (mut site, sealed) = Site::new(&[report(0, 3)], &url(&collector));
    site.tried("later", 1).await;
    reload(&mut site, |config| config.telemetry.upstream.to = None).await.expect("usable");
    site.wait_for("spokecast_reports_waiting", 0.0).await;
    site.hand.advance(24 * HOUR);
    site.idle().await;
    assert_eq!(collector.count(), 1);
    assert_eq!(
        waiting_in(site.end().await.path()),
        [sealed[0].key],
        "it stays for the day that it is on again"
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_had_changes_nothing() {
    let collector = willing().await;
    let (mut site, _) = Site::with(&[report(0, 3)], &url(&collector), |config| {
        config.telemetry.upstream.spread = Period::of(HOUR);
    });
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let said = reload(&mut site, |config| config.telemetry.folder = Some(file.path().into())).await;
    let said = said.expect_err("no folder can be below a file");
    assert!(
        said.contains("telemetry.folder") && said.contains(file.path().to_str().expect("text")),
        "{said}"
    );
    site.hand.advance(HOUR);
    site.became("delivered", 1).await;
}

#[tokio::test]
async fn what_waits_in_a_folder_waits_until_that_is_named_again() {
    let collector = willing().await;
    let (mut site, sealed) = Site::with(&[report(0, 3)], &url(&collector), |config| {
        config.telemetry.upstream.spread = Period::of(HOUR);
    });
    let other = tempfile::tempdir().expect("a temporary folder");
    reload(&mut site, |config| config.telemetry.folder = Some(other.path().into())).await.expect("usable");
    assert_eq!(waiting_in(site.folder.path()), [sealed[0].key], "others may have the folder");
    site.hand.advance(HOUR);
    site.idle().await;
    assert_eq!(collector.count(), 0);
    reload(&mut site, |_| {}).await.expect("usable");
    site.hand.advance(HOUR);
    site.became("delivered", 1).await;
}

#[tokio::test]
async fn a_folder_belongs_to_one_edge() {
    let collector = willing().await;
    let (site, _) = Site::new(&[], &url(&collector));
    let said =
        Edge::start(site.config.clone(), Clock::system()).expect_err("the folder is taken").to_string();
    assert!(said.contains("telemetry.folder") && said.contains("another process"), "{said}");
    // To look at a configuration is no use of the folder.
    Edge::rehearse(site.config.clone()).expect("usable");
    let folder = site.folder.path().join("elsewhere");
    Edge::rehearse(config(&folder, &url(&collector))).expect("usable");
    assert!(!folder.exists());
}

#[tokio::test]
async fn what_waits_for_its_moment_leaves_before_the_edge_ends() {
    let collector = willing().await;
    let (site, sealed) = Site::with(&[report(0, 3), report(1, 3)], &url(&collector), |config| {
        config.telemetry.upstream.spread = Period::of(HOUR);
    });
    let folder = site.end().await;
    let keys: Vec<_> = received(&collector).into_iter().map(|received| received.key).collect();
    assert_eq!(keys, sealed.iter().map(|sealed| sealed.key.to_string()).collect::<Vec<_>>());
    assert_eq!(waiting_in(folder.path()), []);
}

#[tokio::test]
async fn the_end_tries_once_and_leaves_the_rest() {
    let collector = in_turn(|_| status("500 Oops")).await;
    let (site, sealed) = Site::new(&[report(0, 3), report(1, 3)], &url(&collector));
    site.tried("later", 1).await;
    let folder = site.end().await;
    assert_eq!(collector.count(), 2);
    assert_eq!(waiting_in(folder.path()), [sealed[0].key, sealed[1].key]);
}

#[tokio::test]
async fn the_end_keeps_a_collectors_word_too() {
    let collector = in_turn(|_| answer("503 Later", "", &[("Retry-After", "3600")])).await;
    let (site, _) = Site::new(&[report(0, 3)], &url(&collector));
    site.tried("later", 1).await;
    site.end().await;
    assert_eq!(collector.count(), 1);
}

#[tokio::test]
async fn a_collector_that_hangs_does_not_keep_the_edge_from_ending() {
    let stuck = crate::world::Gate::new();
    let gate = stuck.clone();
    let collector = in_turn(move |_| vec![crate::world::Step::Wait(gate.clone())]).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sealed = wait_in(folder.path(), &[report(0, 3)]);
    let mut config = config(folder.path(), &url(&collector));
    config.drain.timeout = crate::world::ms(300);
    let site = Site::start(folder, config);
    collector.wait_for(1).await;
    let folder = within("the end", site.end()).await;
    assert_eq!(waiting_in(folder.path()), [sealed[0].key]);
}
