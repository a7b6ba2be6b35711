//! A certificate that ends is told of by a metric and by `/readyz`, before anybody's browser does.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edge::config::{Acme, Period};
use http::StatusCode;

use super::authority::{Authority, Files};
use super::visitor::Visitor;
use super::{over_tls, world};
use crate::world::origin::ok;
use crate::world::{World, loopback};

const DAY: Duration = Duration::from_hours(24);

/// 2026-01-01T00:00:00Z.
fn new_year() -> SystemTime {
    UNIX_EPOCH + 20_454 * DAY
}

async fn ready(world: &World) -> (u16, String) {
    let answer = world.operator().get("/readyz").await;
    (answer.status.as_u16(), answer.text())
}

#[tokio::test]
async fn an_edge_is_not_ready_when_a_certificate_is_about_to_end() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let short = files.put("short", &authority.certify_for(&["short.example"], new_year(), 90 * DAY));
    let long = files.put("long", &authority.certify_for(&["long.example"], new_year(), 300 * DAY));
    let world = World::at(
        new_year(),
        |_| ok("x", &[]),
        |config| {
            config.tls.listen = vec![loopback()];
            config.tls.certificate = vec![long, short];
            config.tls.warn_before = Period::of(7 * DAY);
        },
    )
    .await;
    let expiry = |name| format!("spokecast_certificate_expiry_timestamp_seconds{{name=\"{name}\"}}");
    for (name, days) in [("short.example", 90), ("long.example", 300)] {
        let ends = (new_year() + days * DAY).duration_since(UNIX_EPOCH).expect("later").as_secs_f64();
        assert!((world.metric(&expiry(name)).await - ends).abs() < 1.0, "{name}");
    }
    let second = Duration::from_secs(1);
    assert_eq!(ready(&world).await, (200, "ready\n".into()));
    world.hand.advance(82 * DAY + DAY.saturating_sub(second));
    assert_eq!(ready(&world).await, (200, "ready\n".into()));
    world.hand.advance(second);
    let told = "not ready: the certificate for `short.example` ends at 2026-04-01T00:00:00Z\n";
    assert_eq!(ready(&world).await, (503, told.into()));
    world.hand.advance(7 * DAY + second);
    let told = "not ready: the certificate for `short.example` has ended at 2026-04-01T00:00:00Z\n";
    assert_eq!(ready(&world).await, (503, told.into()));
    // Viewers are served all the same: what their browser makes of it is theirs.
    assert_eq!(world.get("/a").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_lives_for_days_is_warned_of_for_hours() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let daily = files.put("edge", &authority.certify_for(&["edge.example"], new_year(), 6 * DAY));
    let world = World::at(
        new_year(),
        |_| ok("x", &[]),
        |config| {
            config.tls.listen = vec![loopback()];
            config.tls.certificate = vec![daily];
        },
    )
    .await;
    world.hand.advance(4 * DAY);
    assert_eq!(ready(&world).await.0, 200, "three days would be half of its life");
    world.hand.advance(DAY);
    assert_eq!(ready(&world).await.0, 503);
}

#[tokio::test]
async fn one_that_does_not_hold_yet_is_told_of() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let early = files.put("edge", &authority.certify_for(&["edge.example"], new_year() + DAY, 90 * DAY));
    let world = World::at(
        new_year(),
        |_| ok("x", &[]),
        |config| {
            config.tls.listen = vec![loopback()];
            config.tls.certificate = vec![early];
        },
    )
    .await;
    let told = "not ready: the certificate for `edge.example` does not hold before 2026-01-02T00:00:00Z\n";
    assert_eq!(ready(&world).await, (503, told.into()));
    world.hand.advance(DAY);
    assert_eq!(ready(&world).await.0, 200);
}

#[tokio::test]
async fn a_certificate_of_a_door_that_is_not_there_is_nobodys_concern() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let over = files.put("edge", &authority.certify_for(&["edge.example"], UNIX_EPOCH + DAY, DAY));
    let world = world(vec![over], |config| config.tls.listen.clear()).await;
    assert_eq!(ready(&world).await.0, 200);
}

#[tokio::test]
async fn an_edge_that_waits_for_its_first_certificate_runs_and_says_so() {
    let folder = Files::new();
    let world = world(Vec::new(), |config| {
        config.tls.acme = Acme {
            // Nobody answers there.
            directory: Some("https://127.0.0.1:9/directory".into()),
            names: vec!["edge.example".into()],
            folder: Some(folder.path("acme")),
            ..Acme::default()
        };
    })
    .await;
    assert_eq!(ready(&world).await, (503, "not ready: there is no certificate yet (tls.acme)\n".into()));
    let visitor = Visitor::trusting(&Authority::new("office"));
    assert!(visitor.come(over_tls(&world), "edge.example").await.is_err());
    assert_eq!(world.get("/a").await.status, StatusCode::OK, "in the clear it serves");
}
