//! Where reports come together: each counts once, whatever breaks, and nothing but reports comes in.

mod commands;
mod crashes;
mod schema;
mod transport;

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::collecting::{Collecting, error, gzip, key, options, report, total};
use crate::world::{Wire, within};

/// What must never come back.
const CANARY: &str = "canary@example.com";

#[tokio::test]
async fn a_report_counts_once() {
    let site = Collecting::new().await;
    let sender = site.sender();
    let first = sender.send(&key(1), &report(3, 5)).await;
    assert_eq!((first.status, first.json()), (StatusCode::CREATED, json!({ "result": "stored" })));
    let again = sender.send(&key(1), &report(3, 5)).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, json!({ "result": "known" })));
    // The same report in other bytes: not packed, and with spaces.
    let fields = [("content-type", "application/json; charset=utf-8"), ("idempotency-key", &key(1))];
    let spaced = report(3, 5).replace(',', " ,\n");
    assert_eq!(sender.post(&fields, spaced).await.status, StatusCode::OK);
    let other = sender.send(&key(1), &report(3, 6)).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(error(&other), "idempotency-key: another report has this key");
    assert_eq!(site.total().await, 15);
    assert_eq!(sender.send(&key(2), &report(3, 6)).await.status, StatusCode::CREATED);
    assert_eq!(site.total().await, 33);

    let metrics = site.viewer().get("/metrics").await.text();
    for (result, count) in [("stored", 2), ("known", 2), ("conflict", 1), ("malformed", 0)] {
        let line = format!("spokecast_collector_reports_total{{result=\"{result}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
    assert!(metrics.contains("spokecast_collector_cells_total 6\n"), "{metrics}");
    assert!(metrics.contains("spokecast_collector_seconds_count 5\n"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_senders_of_one_report_count_once() {
    let site = Collecting::new().await;
    let body = report(50, 2);
    let sent = (0..100).map(|_| {
        let (sender, body) = (site.sender(), body.clone());
        tokio::spawn(async move { sender.deliver(&key(7), &body).await })
    });
    let answers: Vec<_> = join_all(sent).await.into_iter().map(|sent| sent.expect("no panic")).collect();
    let count = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((count(StatusCode::CREATED), count(StatusCode::OK)), (1, 99));
    assert_eq!(site.total().await, 100);
}

#[tokio::test]
async fn what_is_no_report_is_refused_with_its_place_and_nothing_repeated() {
    let site = Collecting::new().await;
    let sender = site.sender();
    let good = report(2, 5);
    for (old, new, place) in [
        ("{\"v\":1,", "", "a value of another type than the field's at line 1"),
        ("\"v\":1,", "", "missing field `v`"),
        ("\"v\":1", "\"v\":2", "`v`"),
        ("\"v\":1", "\"v\":\"canary@example.com\"", "a value of another type than the field's at line 1"),
        ("\"v\":1", "\"canary@example.com\":7,\"v\":1", "a field that no report has at line 1"),
        ("\"count\"", "\"canary@example.com\":7,\"count\"", "a field that no report has at line 1"),
        ("\"v\":1", "\"v\":1,\"v\":1", "duplicate field `v`"),
        ("munich", "canary@example.com", "`site_id`"),
        ("T10:15Z", "canary@example.com", "`bucket`"),
        ("T10:15Z", "T10:16Z", "`bucket`"),
        ("900", "901", "`width_s`"),
        ("1_abcd1234", "canary@example.com", "`cells[0].entry_id`"),
        ("\"segment_number\":1", "\"segment_number\":0", "`cells[1]`"),
        ("\"count\":5", "\"count\":0", "`cells[0].count`"),
        ("\"count\":5", "\"count\":9007199254740992", "`cells[0].count`"),
        ("\"count\":5", "\"count\":-5", "a value of another type than the field's at line 1"),
        ("]}", "]", "no JSON at line 1"),
        ("]}", "]}canary@example.com", "no JSON at line 1"),
        ("munich", "m\u{0}", "no JSON at line 1"),
    ] {
        assert!(good.contains(old), "{old}");
        let answer = sender.send(&key(1), &good.replacen(old, new, 1)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{new}");
        let words = error(&answer);
        assert!(words.starts_with(place), "{new}: {words}");
        assert!(!words.contains(CANARY) && !words.contains("canary"), "{words}");
    }
    assert_eq!(sender.send(&key(1), &good).await.status, StatusCode::CREATED, "no trace of the others");
}

#[tokio::test]
async fn the_head_says_what_comes_or_it_is_refused() {
    let site = Collecting::new().await;
    let sender = site.sender();
    let (kind, packed, named) =
        (("content-type", "application/json"), ("content-encoding", "gzip"), ("idempotency-key", &*key(1)));
    let body = || gzip(report(1, 1).as_bytes());
    for (fields, status, place) in [
        (&[packed, named][..], 415, "content-type"),
        (&[("content-type", "text/plain"), packed, named], 415, "content-type"),
        (&[kind, kind, packed, named], 415, "content-type"),
        (&[kind, ("content-encoding", "br"), named], 415, "content-encoding"),
        (&[kind, ("content-encoding", "gzip, gzip"), named], 415, "content-encoding"),
        (&[kind, packed, packed, named], 415, "content-encoding"),
        (&[kind, packed], 400, "idempotency-key"),
        (&[kind, packed, named, named], 400, "idempotency-key"),
        (&[kind, packed, ("idempotency-key", CANARY)], 400, "idempotency-key"),
        (&[kind, packed, named, ("origin", "https://evil.example")], 403, "requests from web pages"),
        (&[kind, packed, named, ("host", "evil.example")], 403, "without a token"),
        (&[kind, named], 400, "no JSON at line 1"),
    ] {
        let answer = sender.post(fields, body()).await;
        assert_eq!(answer.status, status, "{fields:?}");
        let words = error(&answer);
        assert!(words.starts_with(place) && !words.contains(CANARY), "{fields:?}: {words}");
    }
    let twice = [body(), body()].concat();
    for bad in [&body()[..20], b"", b"{}", &twice] {
        let answer = sender.post(&[kind, packed, named], Bytes::copy_from_slice(bad)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(error(&answer), "content-encoding: the body is not one member of gzip");
    }
    assert_eq!(site.total().await, 0);
}

#[tokio::test]
async fn paths_and_methods_are_few() {
    let site = Collecting::new().await;
    let viewer = site.viewer();
    for path in ["/", "/v1", "/v1/reports/", "/v1/Reports", "/v1/counts/1", "/.."] {
        assert_eq!(viewer.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (method, path, allow) in [
        (Method::GET, "/v1/reports", "POST"),
        (Method::OPTIONS, "/v1/reports", "POST"),
        (Method::POST, "/v1/counts", "GET, HEAD"),
        (Method::DELETE, "/metrics", "GET, HEAD"),
        (Method::PUT, "/healthz", "GET, HEAD"),
        (Method::PATCH, "/v1/report.schema.json", "GET, HEAD"),
    ] {
        let answer = viewer.request(method, path, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, allow), "{path}");
    }
    assert_eq!(viewer.get("/healthz").await.text(), "ok\n");
    let schema = viewer.get("/v1/report.schema.json").await;
    assert_eq!(schema.header("content-type"), "application/schema+json");
    assert_eq!(schema.text(), telemetry::report::SCHEMA);
    let head = viewer.request(Method::HEAD, "/healthz", &[]).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn counts_are_told_in_pages() {
    let site = Collecting::new().await;
    let sender = site.sender();
    assert_eq!(sender.send(&key(1), &report(5, 7)).await.status, StatusCode::CREATED);
    let other = report(1, 1).replace("1_abcd1234", "1_zzzz").replace("munich", "berlin");
    assert_eq!(sender.send(&key(2), &other).await.status, StatusCode::CREATED);

    let entry = |id: &str, count: u64| json!({ "entry_id": id, "count": count });
    let all = site.counts("").await;
    assert_eq!(all, json!({ "counts": [entry("1_abcd1234", 35), entry("1_zzzz", 1)], "next": null }));
    assert_eq!(total(&site.counts("site=berlin").await), 1);
    assert_eq!(total(&site.counts("entry=1_abcd1234").await), 35);
    assert_eq!(total(&site.counts("from=2026-11-21&to=2026-11-21T10:15Z").await), 0);
    assert_eq!(total(&site.counts("from=2026-11-21T10:15Z&to=2026-11-22").await), 36);

    let (mut after, mut pages, mut sum) = (String::new(), 0, 0);
    loop {
        let page = site.counts(&format!("segments&limit=2{after}")).await;
        let counts = page["counts"].as_array().expect("a list");
        sum += counts.iter().map(|count| count["count"].as_u64().expect("a number")).sum::<u64>();
        pages += 1;
        let Value::String(next) = &page["next"] else { break };
        after = format!("&after={}", next.replace(',', "%2C"));
    }
    assert_eq!((pages, sum), (3, 36));
    for bad in ["limit=0", "site=a%20b", "viewer=1", "after=1_a,,", "from=today"] {
        let answer = site.viewer().get(&format!("/v1/counts?{bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(!error(&answer).is_empty());
    }
}

/// Nothing but reports stays: all files of the store are searched for what else came with one.
#[tokio::test]
async fn no_header_and_no_address_is_kept() {
    let site = Collecting::new().await;
    let fields = [
        ("content-type", "application/json"),
        ("idempotency-key", &*key(1)),
        ("user-agent", CANARY),
        ("cookie", CANARY),
        ("x-forwarded-for", "203.0.113.77"),
        ("authorization", CANARY),
    ];
    assert_eq!(site.sender().post(&fields, report(1, 1)).await.status, StatusCode::CREATED);
    let bad = report(1, 1).replace("munich", CANARY);
    assert_eq!(site.sender().post(&fields, bad).await.status, StatusCode::BAD_REQUEST);
    let (mut files, mut reports) = (0, 0);
    for file in site.folder.path().read_dir().expect("a folder") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("readable");
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds("canary") && !holds("203.0.113") && !holds("127.0.0.1"));
        reports += usize::from(holds("munich"));
        files += 1;
    }
    assert!(files == 3 && reports >= 1, "the search finds what is there");
}

#[tokio::test]
async fn reports_are_forgotten_after_their_time() {
    let site = Collecting::with(|options| options.retention = Duration::from_hours(48)).await;
    assert_eq!(site.sender().send(&key(1), &report(1, 1)).await.status, StatusCode::CREATED);
    let Collecting { collector, folder, hand } = site;
    collector.drain().await;
    for (days, kept) in [(2, 1), (3, 0)] {
        let (clock, later) = edge::Clock::by_hand();
        later.advance(Duration::from_hours(days * 24));
        let site = Collecting {
            collector: collector::Collector::start(
                collector::Options { retention: Duration::from_hours(48), ..options(&folder) },
                std::sync::Arc::new(crate::world::collecting::ByHand(clock)),
            )
            .await
            .expect("it starts"),
            folder: tempfile::tempdir().expect("a folder"),
            hand: hand.clone(),
        };
        let cleaned = async {
            while site.total().await != kept {
                tokio::task::yield_now().await;
            }
        };
        within("old reports to go", cleaned).await;
        site.collector.drain().await;
    }
}

/// One sender holds the only place; the next is asked to come back, and the first is not disturbed.
#[tokio::test]
async fn too_many_at_once_are_asked_to_come_back() {
    let site = Collecting::with(|options| options.limits.requests = 1).await;
    let body = report(1, 1);
    let mut first = Wire::connect(site.collector.address()).await;
    let head = format!(
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         idempotency-key: {}\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        key(1),
        body.len()
    );
    first.send(head).await;
    assert!(first.head().await.starts_with("http/1.1 100 "), "it waits for the body");
    let refused = site.sender().send(&key(2), &body).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, "5"));
    assert_eq!(site.viewer().get("/v1/counts").await.status, StatusCode::SERVICE_UNAVAILABLE);
    first.send(&body).await;
    assert_eq!(first.answer().await.status(), 201);
    assert_eq!(site.sender().deliver(&key(2), &body).await, StatusCode::CREATED);
    assert_eq!(site.total().await, 2);
}
