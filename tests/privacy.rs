//! Nothing about a person goes upstream, into an answer for others, or to operators.

use edge::config::ByteSize;
use http::{Method, StatusCode};

use crate::world::origin::{answer, ok};
use crate::world::{Step, Viewer, Wire, World, ms};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";

/// Header fields by which a person could be known, each with `name` in it.
fn identity(name: &str) -> Vec<(&'static str, String)> {
    [
        "Cookie",
        "User-Agent",
        "Referer",
        "Origin",
        "Accept-Language",
        "Accept-Encoding",
        "Accept",
        "Authorization",
        "Proxy-Authorization",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Real-IP",
        "Forwarded",
        "Via",
        "From",
        "CMCD-Request",
        "CMCD-Session",
        "CMCD-Object",
        "CMCD-Status",
        "Traceparent",
        "Baggage",
        "Sec-CH-UA",
        "Sec-Fetch-Site",
        "DNT",
        "Save-Data",
        "Priority",
        "Cache-Control",
        "Pragma",
        "If-Match",
        "If-Unmodified-Since",
        "X-Anything",
    ]
    .map(|field| (field, format!("{field}-canary-{name}")))
    .into()
}

/// The path with a query that no origin's rule names.
fn with_query(path: &str, name: &str) -> String {
    format!(
        "{path}?ks=canary-{name}&CMCD=sid%3D%22canary-{name}%22&userId=canary-{name}&_HLS_throughput=canary-{name}"
    )
}

async fn get(viewer: &Viewer, path: &str, name: &str) -> crate::world::Response {
    let fields = identity(name);
    let fields: Vec<_> = fields.iter().map(|(field, value)| (*field, value.as_str())).collect();
    viewer.ask(&with_query(path, name), &fields).await
}

#[tokio::test]
async fn every_viewers_request_upstream_is_the_same_to_the_byte() {
    let world = World::new(|_| ok("body", &[("ETag", "\"a\""), ("Cache-Control", "max-age=60")])).await;
    for (viewer, name) in [(world.viewer(), "ada"), (Viewer::http2(world.address()), "grace")] {
        assert_eq!(get(&viewer, SEGMENT, name).await.status, StatusCode::OK);
        world.settle().await;
        assert_eq!(get(&viewer, SEGMENT, "somebody-else").await.cache_status(), "spokecast; hit");
        let purged = world.operator().request(Method::POST, "/purge?all=true", &[]).await;
        assert_eq!(purged.json()["purged"], 1);
    }
    // What a viewer holds, and which part it wants, is its own affair; so are its method and its address.
    let fields = [("Range", "bytes=1-2"), ("If-None-Match", "\"canary\""), ("If-Modified-Since", "canary")];
    world.viewer().request(Method::HEAD, SEGMENT, &fields).await;
    world.settle().await;
    world.operator().request(Method::POST, "/purge?all=true", &[]).await;
    let mut wire = Wire::connect_from([127, 0, 0, 2], world.address()).await;
    wire.send(format!("GET {SEGMENT} HTTP/1.1\r\nHost: canary.example\r\n\r\n")).await;
    assert_eq!(wire.answer().await.status(), 200);

    let seen = world.origin.seen();
    assert_eq!(seen.len(), 4);
    for request in &seen {
        assert_eq!(request.head, seen[0].head);
    }
    let head = &seen[0].head;
    assert!(head.starts_with(&format!("GET {SEGMENT} HTTP/1.1\r\n")) && !head.contains("canary"), "{head}");
    let mut names: Vec<_> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["accept-encoding", "cdn-loop", "host", "user-agent"]);
    assert!(!head.contains("127.0.0.2"));
}

#[tokio::test]
async fn a_revalidation_carries_the_origins_words_alone() {
    let world = World::new(|seen| match seen.header("if-none-match") {
        Some(_) => vec![Step::Send(crate::world::origin::head("304 Not Modified", &[]))],
        None => ok("body", &[("ETag", "\"a\""), ("Cache-Control", "max-age=60")]),
    })
    .await;
    for name in ["ada", "grace", "joan"] {
        get(&world.viewer(), SEGMENT, name).await;
        world.settle().await;
        world.hand.advance(std::time::Duration::from_secs(100));
    }
    let seen = world.origin.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[1].head, seen[2].head);
    assert_eq!(seen[1].header("if-none-match"), Some("\"a\""));
    let without: String = seen[1].head.lines().filter(|line| !line.starts_with("if-none-match")).collect();
    assert_eq!(without, seen[0].head.lines().collect::<String>());
}

#[tokio::test]
async fn what_an_origin_says_about_one_viewer_reaches_no_other() {
    let personal = [
        ("Set-Cookie", "id=canary"),
        ("X-Viewer", "canary"),
        ("Via", "canary"),
        ("Report-To", "canary"),
        ("NEL", "canary"),
        ("Alt-Svc", "canary"),
        ("Server-Timing", "canary"),
        ("Access-Control-Allow-Origin", "https://canary.example"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Link", "<https://canary.example>; rel=preload"),
    ];
    for status in ["200 OK", "404 Not Found", "403 Forbidden"] {
        let world = World::new(move |_| answer(status, "body", &personal)).await;
        for _ in 0..2 {
            let response = world.get(SEGMENT).await;
            assert!(!format!("{:?}", response.headers).contains("canary"), "{response:?}");
            assert_eq!(response.header("access-control-allow-credentials"), "");
        }
    }
}

#[tokio::test]
async fn errors_and_operators_pages_hold_nothing_of_a_request() {
    let world = World::with(
        |seen| match seen.target.as_str() {
            "/vod/a/seg-2-v1.ts" => vec![Step::Reset],
            "/vod/a/seg-3-v1.ts" => vec![Step::Wait(crate::world::Gate::new())],
            _ => ok("body", &[]),
        },
        |config| {
            config.origin[0].first_byte_timeout = ms(100);
            config.viewers.max_target = ByteSize::kib(1);
        },
    )
    .await;
    let fields = identity("ada");
    let fields: Vec<_> = fields.iter().map(|(field, value)| (*field, value.as_str())).collect();
    let long = format!("/canary/{}", "a".repeat(1100));
    for (method, path, status) in [
        (Method::GET, "/canary/%zz", 400),
        (Method::GET, "/kVOD/canary.example/a", 403),
        (Method::DELETE, "/canary", 405),
        (Method::GET, long.as_str(), 414),
        (Method::GET, "/vod/a/seg-2-v1.ts", 502),
        (Method::GET, "/vod/a/seg-3-v1.ts", 504),
        (Method::GET, SEGMENT, 200),
    ] {
        for viewer in [world.viewer(), Viewer::http2(world.address())] {
            let response = viewer.request(method.clone(), &with_query(path, "ada"), &fields).await;
            assert_eq!(response.status.as_u16(), status);
            let whole = format!("{:?} {}", response.headers, response.text());
            assert!(!whole.contains("canary") && !whole.contains("127.0.0.1"), "{whole}");
        }
    }
    world.settle().await;
    for page in ["/metrics", "/cache"] {
        let text = world.operator().get(page).await.text();
        assert!(!text.contains("canary"), "{text}");
        assert!(!text.contains("127.0.0.1"), "{text}");
    }
}
