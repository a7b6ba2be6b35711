//! The operators' pages: what is watched here and what left, on their listener alone, and for no other page.

use http::{Method, StatusCode};

use crate::world::World;
use crate::world::origin::ok;

const PAGES: [(&str, &str); 2] =
    [("/telemetry", "What is watched here"), ("/telemetry/sent", "What left this site")];

async fn world() -> World {
    World::new(|_| ok("of the origin", &[("Cache-Control", "max-age=60")])).await
}

#[tokio::test]
async fn the_entrance_leads_to_everything_that_can_be_read() {
    let world = world().await;
    let index = world.operator().get("/").await;
    assert_eq!((index.status, index.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    let text = index.text();
    let links: Vec<_> = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links, ["/telemetry", "/telemetry/sent", "/metrics", "/cache", "/healthz", "/readyz"]);
    for link in links {
        assert_eq!(world.operator().get(link).await.status, StatusCode::OK, "{link}");
    }
}

#[tokio::test]
async fn each_page_has_its_files_under_a_policy_of_its_own() {
    let world = world().await;
    for (path, title) in PAGES {
        let page = world.operator().get(path).await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("require-trusted-types-for 'script'"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-cache");
        let tag = page.header("etag").to_owned();
        let again = world.operator().ask(path, &[("If-None-Match", &tag)]).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));

        // A build without Node has the page alone, which says so.
        let text = page.text();
        assert!(text.contains(title) || text.contains("cargo xtask ui"), "{text}");
        let below = format!("\"{path}/assets/");
        let asset = |(at, _)| text[at + 1..].split('"').next().expect("a first part");
        let assets: Vec<&str> = text.match_indices(&below).map(asset).collect();
        assert!(!assets.is_empty() || text.contains("cargo xtask ui"), "{text}");
        for asset in assets {
            let file = world.operator().get(asset).await;
            assert_eq!(file.status, StatusCode::OK, "{asset}");
            assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable", "{asset}");
        }
        let slash = world.operator().get(&format!("{path}/")).await;
        assert_eq!((slash.status, slash.header("location")), (StatusCode::PERMANENT_REDIRECT, path));
        for missing in [format!("{path}/assets/x.js"), format!("{path}/index.html"), format!("{path}/x")] {
            assert_eq!(world.operator().get(&missing).await.status, StatusCode::NOT_FOUND, "{missing}");
        }
        let head = world.operator().request(Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        let post = world.operator().request(Method::POST, path, &[]).await;
        assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn viewers_have_none_of_them() {
    let world = world().await;
    for path in ["/", "/telemetry", "/telemetry/sent", "/telemetry/assets/x.js"] {
        // For them these are paths at the origin like all others.
        assert_eq!(world.get(path).await.text(), "of the origin", "{path}");
    }
    assert_eq!(world.origin.count(), 4);
}

#[tokio::test]
async fn every_answer_for_operators_is_kept_from_other_pages() {
    let world = world().await;
    for path in ["/", "/telemetry", "/metrics", "/cache", "/healthz", "/nothing", "/purge"] {
        let answer = world.operator().get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
    assert_eq!(world.operator().get("/cache").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_page_of_ours_reads_and_changes_nothing() {
    let world = world().await;
    let own = format!("http://{}", world.edge.admin());
    // As browsers do for a page's own module scripts.
    for path in ["/", "/telemetry", "/telemetry/sent", "/cache"] {
        assert_eq!(world.operator().ask(path, &[("Origin", &own)]).await.status, StatusCode::OK, "{path}");
        for other in ["https://page.example", "http://127.0.0.1:1", "null"] {
            let answer = world.operator().ask(path, &[("Origin", other)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} for {other}");
        }
    }
    let purge = world.operator().request(Method::POST, "/purge?all=true", &[("Origin", &own)]).await;
    assert_eq!(purge.status, StatusCode::FORBIDDEN);
}
