//! Each answer is obeyed.

use std::time::Duration;

use super::collector::{in_turn, received, status, url, willing};
use super::site::{Site, WINDOW, midnight, report, waiting_in};
use crate::world::origin::answer;
use crate::world::{Origin, Script};

const SECOND: Duration = Duration::from_secs(1);

/// An edge with one report before a collector that answers `first`, then takes it.
async fn first(first: impl Fn() -> Script + Send + Sync + 'static) -> (Site, Origin) {
    let collector = in_turn(move |index| if index == 0 { first() } else { status("201 Created") }).await;
    let (site, _) = Site::new(&[report(0, 3)], &url(&collector));
    (site, collector)
}

#[tokio::test]
async fn what_is_known_already_counts_as_delivered() {
    let (site, collector) = first(|| status("200 OK")).await;
    site.became("delivered", 1).await;
    assert_eq!(collector.count(), 1);
}

#[tokio::test]
async fn a_fault_of_the_collector_is_tried_again_with_the_same_key_and_bytes() {
    for fault in ["500 Oops", "502 Bad Gateway", "408 Slow", "425 Too Early", "429 Enough", "599 What"] {
        let (site, collector) = first(move || status(fault)).await;
        site.tried("later", 1).await;
        site.hand.advance(WINDOW);
        site.became("delivered", 1).await;
        let received = received(&collector);
        assert_eq!(received.len(), 2, "{fault}");
        assert_eq!((&received[0].key, &received[0].bytes), (&received[1].key, &received[1].bytes));
    }
}

/// The collector asks for an hour: nothing comes before that, and then it does.
async fn in_an_hour(retry_after: String) {
    let (site, collector) = first(move || answer("503 Later", "", &[("Retry-After", &retry_after)])).await;
    site.tried("later", 1).await;
    site.hand.advance(3580 * SECOND);
    site.idle().await;
    assert_eq!(collector.count(), 1, "the collector asked for an hour");
    site.hand.advance(20 * SECOND);
    site.became("delivered", 1).await;
    assert_eq!(collector.count(), 2);
}

#[tokio::test]
async fn a_collector_that_asks_for_an_hour_gets_it() {
    in_an_hour("3600".into()).await;
}

#[tokio::test]
async fn a_collector_that_asks_for_a_time_of_day_gets_it() {
    in_an_hour(httpdate::fmt_http_date(midnight() + 3600 * SECOND)).await;
}

#[tokio::test]
async fn a_collector_that_asks_for_a_year_gets_a_day() {
    let (site, collector) = first(|| answer("429 Enough", "", &[("Retry-After", "31536000")])).await;
    site.tried("later", 1).await;
    site.hand.advance(23 * 3600 * SECOND);
    site.idle().await;
    assert_eq!(collector.count(), 1);
    site.hand.advance(3600 * SECOND);
    site.became("delivered", 1).await;
}

#[tokio::test]
async fn what_is_refused_for_good_is_set_aside_and_the_next_goes_on() {
    for refusal in ["400 Malformed", "415 What", "422 Other"] {
        let collector = in_turn(move |index| status(if index == 0 { refusal } else { "201 Created" })).await;
        let (site, sealed) = Site::new(&[report(0, 2), report(1, 2)], &url(&collector));
        site.became("delivered", 1).await;
        site.became("set-aside", 1).await;
        assert_eq!(received(&collector)[1].key, sealed[1].key.to_string());
        let folder = site.end().await;
        assert_eq!(waiting_in(folder.path()), [], "{refusal}");
        let refused = folder.path().join("spool").join("refused");
        let kept: Vec<_> = std::fs::read_dir(refused).expect("a folder").flatten().collect();
        assert_eq!(kept.len(), 1);
        assert_eq!(std::fs::read(kept[0].path()).expect("readable"), *sealed[0].bytes);
        assert_eq!(collector.count(), 2, "it is never sent again");
    }
}

#[tokio::test]
async fn a_wrong_destination_keeps_everything_and_is_asked_rarely() {
    for wrong in ["401 Who", "403 No", "404 What", "405 How", "410 Gone", "418 Teapot"] {
        let (site, collector) = first(move || status(wrong)).await;
        site.tried("misdirected", 1).await;
        site.hand.advance(430 * SECOND);
        site.idle().await;
        assert_eq!(collector.count(), 1, "{wrong}: not before half of the longest pause, 450 seconds");
        site.hand.advance(WINDOW);
        site.became("delivered", 1).await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = willing().await;
    for redirect in ["301 Moved", "302 Found", "303 See", "307 There", "308 There"] {
        let location = url(&elsewhere);
        let (site, collector) = first(move || answer(redirect, "", &[("Location", &location)])).await;
        site.tried("misdirected", 1).await;
        site.hand.advance(WINDOW);
        site.became("delivered", 1).await;
        assert_eq!(collector.count(), 2, "{redirect}");
    }
    assert_eq!(elsewhere.connections(), 0);
}
