//! Collectors that are away for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::collector::{received, status, url};
use super::site::{Site, WINDOW, report, waiting_in};
use crate::world::{Origin, Step, within};

#[tokio::test]
async fn after_a_day_without_a_collector_everything_is_delivered_once_and_in_order() {
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    let collector =
        Origin::start(
            move |_| {
                if up.load(Ordering::Relaxed) { status("201 Created") } else { vec![Step::Reset] }
            },
        )
        .await;
    let reports: Vec<_> = (0..96).map(|index| report(index, 3)).collect();
    let (site, sealed) = Site::new(&reports, &url(&collector));
    for window in 1..=96 {
        site.tried("later", window).await;
        assert_eq!(site.metric("spokecast_reports_waiting").await.to_string(), "96");
        site.hand.advance(WINDOW);
    }
    site.tried("later", 97).await;
    let tries = collector.count();
    is_up.store(true, Ordering::Relaxed);
    site.hand.advance(WINDOW);
    site.became("delivered", 96).await;
    let received = received(&collector);
    assert!(received[..tries].iter().all(|received| received.key == sealed[0].key.to_string()));
    let delivered: Vec<_> = received[tries..].iter().map(|received| &received.bytes[..]).collect();
    assert_eq!(delivered, sealed.iter().map(|sealed| &*sealed.bytes).collect::<Vec<_>>());
    assert_eq!(waiting_in(site.end().await.path()), []);
}

#[tokio::test]
async fn nobody_listens_at_first() {
    // The port is held, and nobody listens on it.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(crate::world::loopback()).expect("loopback");
    let address = socket.local_addr().expect("bound");
    let (site, sealed) = Site::new(&[report(0, 3)], &format!("http://{address}/v1/reports"));
    site.tried("later", 1).await;
    let collector = Origin::on(socket.listen(128).expect("it listens"), |_| status("201 Created"));
    site.hand.advance(WINDOW);
    site.became("delivered", 1).await;
    assert_eq!(received(&collector)[0].key, sealed[0].key.to_string());
}

#[tokio::test]
async fn each_pause_is_at_most_twice_as_long_as_the_one_before_could_be() {
    let collector = Origin::start(|_| status("503 Later")).await;
    let (site, _) = Site::new(&[report(0, 3)], &url(&collector));
    let mut longest = Duration::from_secs(1);
    for tries in 1..=14 {
        site.tried("later", tries).await;
        site.hand.advance(longest);
        longest = (longest * 2).min(WINDOW);
    }
}

#[tokio::test]
async fn a_restart_forgets_nothing_and_doubles_nothing() {
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    let collector =
        Origin::start(move |_| status(if up.load(Ordering::Relaxed) { "201 Created" } else { "500 Oops" }))
            .await;
    let (site, sealed) = Site::new(&[report(0, 3), report(1, 3)], &url(&collector));
    site.tried("later", 1).await;
    let config = site.config.clone();
    let folder = site.end().await;
    let before = collector.count();
    is_up.store(true, Ordering::Relaxed);
    let site = Site::start(folder, config);
    within("delivery", site.became("delivered", 2)).await;
    let keys: Vec<_> = received(&collector)[before..].iter().map(|received| received.key.clone()).collect();
    assert_eq!(keys, sealed.iter().map(|sealed| sealed.key.to_string()).collect::<Vec<_>>());
}
