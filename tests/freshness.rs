//! How long an answer lives, what happens when its time is over, and who may see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use edge::Clock;
use edge::config::Period;
use http::StatusCode;

use crate::world::origin::{answer, head, ok};
use crate::world::{Gate, Response, Script, Seen, Step, World};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const LIVE: &str = "/live/1_meeting0/index.m3u8";
const HIT: &str = "spokecast; hit";
const REVALIDATED: &str = "spokecast; hit; fwd=stale; fwd-status=304";
const STALE: &str = "spokecast; hit; detail=stale";

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An origin whose answers are numbered, and an edge that lets nothing live long but by its own word.
async fn numbered(fields: &'static [(&'static str, &'static str)]) -> World {
    let count = AtomicUsize::new(0);
    World::new(move |_| ok(count.fetch_add(1, Ordering::Relaxed).to_string(), fields)).await
}

/// Whether `path` is asked for again once `lifetime` is over, and not before.
async fn assert_lifetime(world: &World, path: &str, lifetime: Duration) {
    let before = world.origin.count();
    world.get(path).await;
    world.settle().await;
    // Time goes on by itself too while this runs.
    world.hand.advance(lifetime.saturating_sub(secs(30).min(lifetime / 2)));
    let response = world.get(path).await;
    assert_eq!(response.cache_status().as_str(), HIT, "{path}");
    world.hand.advance(secs(30).min(lifetime / 2) + Duration::from_millis(1));
    world.get(path).await;
    assert_eq!(world.origin.count(), before + 2, "{path}");
}

#[tokio::test]
async fn an_origin_states_the_lifetime() {
    for (fields, lifetime) in [
        (&[("Cache-Control", "max-age=600")][..], 600),
        (&[("Cache-Control", "max-age=5, s-maxage=600")], 600),
        (&[("Cache-Control", "public, max-age=600"), ("Expires", "0")], 600),
        (&[("Cache-Control", "max-age=900"), ("Age", "300")], 600),
    ] {
        assert_lifetime(&numbered(fields).await, SEGMENT, secs(lifetime)).await;
    }
    let dates = |_: &Seen| {
        let now = Clock::system().wall();
        let expires = httpdate::fmt_http_date(now + secs(600));
        ok("x", &[("Date", &httpdate::fmt_http_date(now)), ("Expires", &expires)])
    };
    // Dates have whole seconds.
    assert_lifetime(&World::new(dates).await, SEGMENT, secs(601)).await;
}

#[tokio::test]
async fn every_kind_of_object_has_a_lifetime_of_its_own() {
    let world = numbered(&[]).await;
    for (path, seconds) in [
        (SEGMENT, 24 * 3600),
        ("/vod/0_meadow01/init-v1.mp4", 24 * 3600),
        ("/vod/0_meadow01/captions.vtt", 3600),
        ("/vod/0_meadow01/poster.jpg", 3600),
        ("/vod/0_meadow01/encryption.key", 3600),
    ] {
        assert_lifetime(&world, path, secs(seconds)).await;
    }
    // What nobody knows is asked for each time.
    let before = world.origin.count();
    for number in 1..=2 {
        world.get("/api/something").await;
        assert_eq!(world.origin.count(), before + number);
    }
}

#[tokio::test]
async fn what_expires_at_once_is_validated_each_time() {
    for fields in
        [&[("Cache-Control", "no-cache")][..], &[("Cache-Control", "max-age=0")], &[("Expires", "0")]]
    {
        let world = numbered(fields).await;
        for body in ["0", "1", "2"] {
            assert_eq!(world.get(SEGMENT).await.text(), body, "{fields:?}");
        }
    }
}

#[tokio::test]
async fn private_answers_reach_only_the_request_that_caused_them() {
    for control in ["no-store", "private", "private, max-age=60"] {
        let gate = Gate::new();
        let (held, count) = (gate.clone(), AtomicUsize::new(0));
        let world = World::new(move |_| {
            let body = count.fetch_add(1, Ordering::Relaxed).to_string();
            [vec![Step::Wait(held.clone())], ok(body, &[("Cache-Control", control)])].concat()
        })
        .await;
        (0..3).for_each(|_| gate.open());
        let (a, b) = tokio::join!(world.get(SEGMENT), world.get(SEGMENT));
        assert_ne!(a.text(), b.text(), "{control}");
        assert_eq!(world.get(SEGMENT).await.text(), "2", "{control}");
        world.settle().await;
        assert!(world.stored().await.is_empty());
    }
}

#[tokio::test]
async fn not_found_is_remembered_for_a_moment_whatever_the_origin_says() {
    for status in ["404 Not Found", "410 Gone"] {
        let fields = [("Cache-Control", "max-age=3600")];
        let script = move |_: &Seen| answer(status, "nothing", &fields);
        let world = World::new(script).await;
        world.get(SEGMENT).await;
        world.hand.advance(Duration::from_millis(500));
        assert_eq!(world.get(SEGMENT).await.status.as_str(), &status[..3]);
        assert_eq!(world.origin.count(), 2, "half a second by default");

        let minute = Period::of(secs(60));
        let named = [(StatusCode::NOT_FOUND, minute), (StatusCode::GONE, minute)];
        let longer = World::with(script, |config| config.cache.negative = named.into_iter().collect()).await;
        for _ in 0..3 {
            let response = longer.get(SEGMENT).await;
            assert_eq!((response.status.as_str(), response.text().as_str()), (&status[..3], "nothing"));
            longer.settle().await;
        }
        assert_eq!(longer.origin.count(), 1);
    }
}

#[tokio::test]
async fn errors_that_are_not_named_pass_and_are_not_stored() {
    for status in ["403 Forbidden", "500 Internal Server Error", "503 Service Unavailable"] {
        let world = World::new(move |_| answer(status, "why", &[("Cache-Control", "max-age=60")])).await;
        for asked in 1..=2 {
            let response = world.get(SEGMENT).await;
            assert_eq!((response.status.as_str(), response.text().as_str()), (&status[..3], "why"));
            world.settle().await;
            assert_eq!(world.origin.count(), asked, "{status}");
        }
    }
}

#[tokio::test]
async fn an_error_that_is_named_is_remembered() {
    let named = |config: &mut edge::Config| {
        config.cache.negative =
            [(StatusCode::SERVICE_UNAVAILABLE, Period::of(secs(60)))].into_iter().collect();
    };
    for (control, lifetime) in [("", 60), ("max-age=40", 40), ("max-age=3600", 60)] {
        let fields = [("Cache-Control", control)];
        let world = World::with(move |_| answer("503 Service Unavailable", "why", &fields), named).await;
        assert_lifetime(&world, SEGMENT, secs(lifetime)).await;
    }
    let world = World::with(|_| answer("404 Not Found", "", &[]), named).await;
    for asked in 1..=2 {
        world.get(SEGMENT).await;
        world.settle().await;
        assert_eq!(world.origin.count(), asked, "what is named replaces the default");
    }
}

#[tokio::test]
async fn redirects_and_empty_answers_are_stored_when_they_state_a_lifetime() {
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "204 No Content"] {
        for (control, asked) in [("max-age=60", 1), ("public", 2)] {
            let world = World::new(move |_| {
                let length = if status.starts_with("204") { None } else { Some(("Content-Length", "0")) };
                let fields = [("Location", "https://elsewhere.example/a"), ("Cache-Control", control)];
                let fields: Vec<_> = fields.into_iter().chain(length).collect();
                vec![Step::Send(head(status, &fields))]
            })
            .await;
            for _ in 0..2 {
                let response = world.get(SEGMENT).await;
                assert_eq!(response.status.as_str(), &status[..3]);
                assert_eq!(response.text(), "");
                world.settle().await;
            }
            assert_eq!(world.origin.count(), asked, "{status} {control}");
        }
    }
}

#[tokio::test]
async fn what_is_said_to_caches_like_this_one_counts_alone() {
    for fields in [
        &[("Cache-Control", "no-store"), ("CDN-Cache-Control", "max-age=600")][..],
        &[("Expires", "0"), ("CDN-Cache-Control", "max-age=5"), ("Spokecast-Cache-Control", "max-age=600")],
        &[("Cache-Control", "max-age=600"), ("CDN-Cache-Control", "max-age=ten")],
    ] {
        assert_lifetime(&numbered(fields).await, SEGMENT, secs(600)).await;
    }
}

#[tokio::test]
async fn what_governed_a_response_governs_it_after_a_renewal() {
    let world = World::new(|seen| {
        let common = [("ETag", "\"a\""), ("Cache-Control", "no-store")];
        if seen.header("if-none-match").is_some() {
            return vec![Step::Send(head("304 Not Modified", &common))];
        }
        ok("body", &[&common[..], &[("CDN-Cache-Control", "max-age=60")]].concat())
    })
    .await;
    world.get(SEGMENT).await;
    for asked in 2..=3 {
        world.hand.advance(secs(100));
        assert_eq!(world.get(SEGMENT).await.cache_status().as_str(), REVALIDATED);
        assert_eq!(world.get(SEGMENT).await.cache_status().as_str(), HIT);
        assert_eq!(world.origin.count(), asked);
    }
}

/// Answers 304 to the tag, after the gate; else a body of that tag.
fn tagged(gate: &Gate, fields: &'static [(&'static str, &'static str)]) -> impl Fn(&Seen) -> Script + use<> {
    let gate = gate.clone();
    move |seen| match seen.header("if-none-match") {
        Some("\"a\"") => {
            let update = [("ETag", "\"a\""), ("Cache-Control", "max-age=60")];
            vec![Step::Wait(gate.clone()), Step::Send(head("304 Not Modified", &update))]
        }
        _ => ok("body", fields),
    }
}

#[tokio::test]
async fn one_question_renews_an_object_for_every_viewer() {
    let gate = Gate::new();
    let fields = &[
        ("ETag", "\"a\""),
        ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ("Cache-Control", "max-age=60"),
    ];
    let world = World::new(tagged(&gate, fields)).await;
    world.get(SEGMENT).await;
    world.hand.advance(secs(100));
    let conditional = async {
        world.origin.wait_for(2).await;
        gate.open();
    };
    let viewers = futures_util::future::join_all((0..20).map(|_| world.get(SEGMENT)));
    let (responses, ()) = tokio::join!(viewers, conditional);
    for response in &responses {
        assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, "body"));
        assert!(response.header("age").parse::<u64>().unwrap() < 30, "{response:?}");
    }
    assert_eq!(
        responses.iter().filter(|response| response.cache_status().as_str() == REVALIDATED).count(),
        1
    );
    assert_eq!(world.origin.count(), 2);
    let asked = &world.origin.seen()[1];
    let modified = Some("Thu, 01 Jan 2026 00:00:00 GMT");
    assert_eq!((asked.header("if-none-match"), asked.header("if-modified-since")), (Some("\"a\""), modified));
    world.hand.advance(secs(30));
    assert_eq!(world.get(SEGMENT).await.cache_status(), HIT, "its lifetime began anew");
    let received = "spokecast_origin_bytes_total{origin=\"origin\"}";
    assert!((world.metric(received).await - 4.0).abs() < f64::EPSILON, "the body came once");
}

#[tokio::test]
async fn an_object_without_a_tag_is_asked_for_by_its_date() {
    let modified = "Thu, 01 Jan 2026 00:00:00 GMT";
    let world = World::new(move |seen| match seen.header("if-modified-since") {
        Some(since) if since == modified => vec![Step::Send(head("304 Not Modified", &[]))],
        _ => ok("body", &[("Last-Modified", modified), ("Cache-Control", "max-age=60")]),
    })
    .await;
    for expected in ["spokecast; fwd=uri-miss", REVALIDATED] {
        let response = world.get(SEGMENT).await;
        assert_eq!((response.text().as_str(), response.cache_status().as_str()), ("body", expected));
        world.settle().await;
        world.hand.advance(secs(100));
    }
}

#[tokio::test]
async fn a_renewal_without_a_date_does_not_take_over_the_old_one() {
    let world = World::new(|seen| {
        if seen.header("if-none-match").is_some() {
            return vec![Step::Send(head("304 Not Modified", &[]))];
        }
        let date = httpdate::fmt_http_date(Clock::system().wall());
        ok("body", &[("ETag", "\"a\""), ("Date", &date), ("Cache-Control", "max-age=60")])
    })
    .await;
    world.get(SEGMENT).await;
    world.hand.advance(secs(100));
    assert_eq!(world.get(SEGMENT).await.cache_status(), REVALIDATED);
    assert_eq!(world.get(SEGMENT).await.cache_status(), HIT);
    assert_eq!(world.origin.count(), 2);
}

#[tokio::test]
async fn what_changed_replaces_what_was_held() {
    let count = AtomicUsize::new(0);
    let world = World::new(move |_| {
        let tag = format!("\"{}\"", count.fetch_add(1, Ordering::Relaxed));
        ok(&tag, &[("ETag", &tag), ("Cache-Control", "max-age=60")])
    })
    .await;
    assert_eq!(world.get(SEGMENT).await.text(), "\"0\"");
    world.hand.advance(secs(100));
    let replaced = world.get(SEGMENT).await;
    assert_eq!(
        (replaced.text().as_str(), replaced.cache_status().as_str()),
        ("\"1\"", "spokecast; fwd=stale")
    );
    assert_eq!(world.origin.seen()[1].header("if-none-match"), Some("\"0\""));
    let held = world.get(SEGMENT).await;
    assert_eq!((held.text().as_str(), held.cache_status().as_str()), ("\"1\"", HIT));
    assert_eq!(world.stored().await.len(), 1);
}

/// An origin that sends `body` once, and then fails by `fault`.
async fn failing(
    body: &'static str,
    fields: &'static [(&'static str, &'static str)],
    fault: Script,
) -> World {
    let first = AtomicBool::new(true);
    World::new(move |_| if first.swap(false, Ordering::Relaxed) { ok(body, fields) } else { fault.clone() })
        .await
}

#[tokio::test]
async fn a_stale_segment_is_served_while_the_origin_fails() {
    let retry = secs(1);
    for fault in [answer("503 Service Unavailable", "why", &[]), vec![Step::Reset]] {
        let world = failing("body", &[("Cache-Control", "max-age=60")], fault).await;
        world.get(SEGMENT).await;
        world.hand.advance(secs(100));
        let mut asked = world.origin.count();
        for _ in 0..2 {
            for _ in 0..3 {
                let response = world.get(SEGMENT).await;
                assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, "body"));
                assert_eq!(response.cache_status(), STALE);
                assert!(response.header("age").parse::<u64>().unwrap() >= 100);
            }
            // One request that met the reset of a connection that had worked is sent once more.
            let questions = world.origin.count() - asked;
            assert!((1..=2).contains(&questions), "once in {retry:?}, and not for each viewer: {questions}");
            asked += questions;
            world.hand.advance(retry);
        }
        world.hand.advance(Duration::from_hours(25));
        assert!(world.get(SEGMENT).await.status.is_server_error());
    }
}

#[tokio::test]
async fn nothing_is_served_stale_that_forbids_it() {
    for control in [
        "max-age=60, must-revalidate",
        "max-age=60, proxy-revalidate",
        "s-maxage=60",
        "max-age=60, stale-if-error=10",
    ] {
        let fields = vec![("Cache-Control", control)].leak();
        let world = failing("body", fields, vec![Step::Reset]).await;
        world.get(SEGMENT).await;
        world.hand.advance(secs(100));
        assert_eq!(world.get(SEGMENT).await.status, StatusCode::BAD_GATEWAY, "{control}");
    }
}

const PLAYLIST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:400\n#EXTINF:4,\nseg-1-v1.ts\n";
const ENDED: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:400\n#EXTINF:4,\nseg-1-v1.ts\n#EXT-X-ENDLIST\n";
const DYNAMIC: &str =
    r#"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" minimumUpdatePeriod="PT400S"/>"#;

#[tokio::test]
async fn a_live_manifest_is_never_served_stale() {
    for (path, body, control) in [
        (LIVE, PLAYLIST, "max-age=60"),
        (LIVE, PLAYLIST, "max-age=60, stale-if-error=600, stale-while-revalidate=600"),
        ("/live/1_meeting0/manifest.mpd", DYNAMIC, "max-age=60, stale-if-error=600"),
    ] {
        let fields = vec![("Cache-Control", control)].leak();
        let world = failing(body, fields, vec![Step::Reset]).await;
        world.get(path).await;
        world.hand.advance(secs(100));
        assert_eq!(world.get(path).await.status, StatusCode::BAD_GATEWAY, "{control}");
    }
}

async fn manifest(body: &'static str) -> World {
    World::with(move |_| ok(body, &[]), |config| config.cache.lifetime.live_manifest = Period::of(secs(1000)))
        .await
}

#[tokio::test]
async fn a_manifest_without_a_lifetime_lives_as_long_as_it_cannot_change() {
    assert_lifetime(&manifest(PLAYLIST).await, LIVE, secs(200)).await;
    assert_lifetime(&manifest(DYNAMIC).await, "/live/1_meeting0/manifest.mpd", secs(200)).await;
    assert_lifetime(&manifest(ENDED).await, "/vod/0_meadow01/index.m3u8", secs(300)).await;
    // The upper bound for those that may change is short, and they are not forgotten at once either.
    let bounded = World::with(
        |_| ok(PLAYLIST, &[]),
        |config| config.cache.lifetime.live_manifest = Period::of(secs(80)),
    )
    .await;
    assert_lifetime(&bounded, LIVE, secs(80)).await;
}

/// A playlist with segments of 200 s, whose newest one is this.
fn live_playlist(newest: usize) -> String {
    let first = newest - 1;
    format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:200\n#EXT-X-MEDIA-SEQUENCE:{first}\n\
         #EXTINF:200.0,\nseg-{first}.ts\n#EXTINF:200.0,title\nseg-{newest}.ts\n"
    )
}

#[tokio::test]
async fn a_live_playlist_is_asked_for_again_when_the_next_segment_is_due() {
    // With and without a validator: what has not changed says so by 304, or by its bytes.
    for tagged in [false, true] {
        let newest = Arc::new(AtomicUsize::new(1));
        let shown = Arc::clone(&newest);
        let world = World::with(
            move |seen| {
                let newest = shown.load(Ordering::Relaxed);
                let (body, tag) = (live_playlist(newest), format!("\"{newest}\""));
                if !tagged {
                    return ok(&body, &[]);
                }
                let fields = [("ETag", tag.as_str())];
                if seen.header("if-none-match") == Some(tag.as_str()) {
                    return vec![Step::Send(head("304 Not Modified", &fields))];
                }
                ok(&body, &fields)
            },
            |config| config.cache.lifetime.live_manifest = Period::of(secs(1000)),
        )
        .await;
        // At first nobody knows when the newest segment came: half its length.
        let publish = || newest.fetch_add(1, Ordering::Relaxed);
        assert_lifetime(&world, LIVE, secs(100)).await;
        world.hand.advance(secs(50));
        publish();
        world.hand.advance(secs(60));
        // A change, seen within a segment's length: the next is due in a segment's length.
        assert_lifetime(&world, LIVE, secs(180)).await;
        // It was too early, and it is put again a moment later.
        world.hand.advance(secs(10));
        assert_eq!(world.get(LIVE).await.cache_status(), HIT, "{tagged}");
        publish();
        world.hand.advance(secs(11));
        assert_lifetime(&world, LIVE, secs(180)).await;
        // Nobody looked for longer than that: nobody knows.
        publish();
        world.hand.advance(secs(900));
        assert_lifetime(&world, LIVE, secs(100)).await;
    }
}

#[tokio::test]
async fn a_manifest_that_cannot_be_read_lives_no_longer_than_a_live_one() {
    for (body, fields) in [("", &[][..]), ("not a playlist", &[]), (ENDED, &[("Content-Encoding", "gzip")])] {
        let change = |config: &mut edge::Config| config.cache.lifetime.live_manifest = Period::of(secs(80));
        let world = World::with(move |_| ok(body, fields), change).await;
        assert_lifetime(&world, LIVE, secs(80)).await;
    }
}

#[tokio::test]
async fn stale_while_revalidate_answers_at_once_and_refreshes_behind() {
    let gate = Gate::new();
    let (held, count) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
    let world = World::new(move |_| {
        let body = count.fetch_add(1, Ordering::Relaxed).to_string();
        let fields = [("Cache-Control", "max-age=60, stale-while-revalidate=600")];
        [vec![Step::Wait(held.clone())], ok(body, &fields)].concat()
    })
    .await;
    gate.open();
    world.get(SEGMENT).await;
    world.hand.advance(secs(100));
    let shown = |response: &Response| (response.text(), response.cache_status());
    for _ in 0..3 {
        assert_eq!(shown(&world.get(SEGMENT).await), ("0".into(), STALE.into()));
    }
    world.origin.wait_for(2).await;
    gate.open();
    world.settle().await;
    assert_eq!(shown(&world.get(SEGMENT).await), ("1".into(), HIT.into()));
    assert_eq!(world.origin.count(), 2, "once for all of them");
}
