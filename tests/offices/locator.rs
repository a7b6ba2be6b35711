//! `/where`: back to the portal with a statement of the site.

use std::collections::HashMap;
use std::time::Duration;

use control::key::VerifyingKey;
use control::statement::{Statement, verify};
use edge::Clock;
use edge::locate::key;
use http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{BARRED, BERLIN, DIALLED_IN, EDGES, MUNICH, Map, STRANGER, from};
use crate::world::{Response, World};

const PORTAL: &str = "https://portal.example";
const NONCE: &str = "0123456789abcdefghij-_";

/// A locator at the hub, and what checks its statements.
async fn locator(map: &Map) -> (World, VerifyingKey) {
    let file = map.folder.path().join("locator.key");
    let key = key::create(&file).expect("a key").verifying_key().clone();
    let world = map
        .world("hq", |config| {
            config.locator.portals = vec![PORTAL.parse().expect("a URL")];
            config.locator.key_file = Some(file);
        })
        .await;
    (world, key)
}

async fn ask(world: &World, own: [u8; 4], nonce: &str, back: &str) -> Response {
    let back = utf8_percent_encode(back, NON_ALPHANUMERIC);
    from(own, world).get(&format!("/where?nonce={nonce}&return={back}")).await
}

/// The parameters that the portal is called back with.
fn brought(answer: &Response) -> HashMap<String, String> {
    let (_, query) = answer.header("location").split_once('?').expect("a query");
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

fn stated(answer: &Response, key: &VerifyingKey) -> Statement {
    let statement = &brought(answer)["statement"];
    verify(statement, std::slice::from_ref(key), Clock::system().wall(), Duration::from_secs(5))
        .expect("a statement")
}

#[tokio::test]
async fn everybody_is_sent_back_with_a_statement_of_their_site_or_none() {
    let map = Map::new(EDGES);
    let (world, key) = locator(&map).await;
    let viewers = [
        (MUNICH, Some("munich")),
        (BERLIN, Some("berlin")),
        (STRANGER, None),
        (DIALLED_IN, None),
        (BARRED, None),
    ];
    for (index, (own, site)) in viewers.into_iter().enumerate() {
        let nonce = format!("{NONCE}{index}");
        let answer = ask(&world, own, &nonce, "https://portal.example/after?a=b").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.header("location").starts_with("https://portal.example/after?a=b&statement="));
        assert_eq!(
            (answer.header("cache-control"), answer.header("referrer-policy")),
            ("no-store", "no-referrer")
        );
        let statement = stated(&answer, &key);
        assert_eq!((statement.site(), statement.nonce().as_str()), (site, nonce.as_str()), "{own:?}");
    }
    let bare = ask(&world, MUNICH, &format!("{NONCE}x"), PORTAL).await;
    assert!(bare.header("location").starts_with("https://portal.example?statement="));
}

#[tokio::test]
async fn a_statement_holds_for_a_minute() {
    let (world, key) = locator(&Map::new(EDGES)).await;
    let answer = ask(&world, MUNICH, NONCE, PORTAL).await;
    let statement = &brought(&answer)["statement"];
    let at = |seconds| {
        let now = Clock::system().wall() + Duration::from_secs(seconds);
        verify(statement, std::slice::from_ref(&key), now, Duration::ZERO)
    };
    assert!(at(50).is_ok() && at(62).is_err());
}

#[tokio::test]
async fn a_nonce_is_answered_once() {
    let (world, key) = locator(&Map::new(EDGES)).await;
    let first = ask(&world, MUNICH, NONCE, PORTAL).await;
    assert_eq!(stated(&first, &key).site(), Some("munich"));
    // Somebody else with it, and the page loaded again: back to the portal, which asks anew.
    for own in [STRANGER, MUNICH] {
        let again = ask(&world, own, NONCE, PORTAL).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        assert_eq!(brought(&again), HashMap::from([("refused".into(), "nonce-used".into())]));
    }
    // Scripts share the memory.
    let told = from(MUNICH, &world).get(&format!("/where.json?nonce={NONCE}")).await;
    assert_eq!((told.status, told.json()["refused"].as_str()), (StatusCode::CONFLICT, Some("nonce-used")));
    assert!(told.json()["statement"].is_null());
}

#[tokio::test]
async fn nobody_is_sent_anywhere_else() {
    let (world, _key) = locator(&Map::new(EDGES)).await;
    for bad in [
        "https://evil.example/",
        "https://portal.example.evil.example/",
        "https://portal.example@evil.example/",
        "http://portal.example/",
        "//portal.example/",
        "/after",
        "javascript:alert(1)",
        "https://portal.example/#a",
        "https://portal.example/\r\nx: y",
        "",
    ] {
        let answer = ask(&world, MUNICH, NONCE, bad).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(answer.header("location").is_empty() && !answer.text().contains("evil"), "{bad}");
    }
    for query in [
        String::new(),
        format!("nonce={NONCE}"),
        "return=https%3A%2F%2Fportal.example".to_owned(),
        "nonce=short&return=https%3A%2F%2Fportal.example".to_owned(),
        format!("nonce={NONCE}&nonce={NONCE}&return=https%3A%2F%2Fportal.example"),
        format!("nonce={NONCE}&return=https%3A%2F%2Fportal.example&return=https%3A%2F%2Fevil.example"),
        format!("nonce={NONCE}%0d%0a&return=https%3A%2F%2Fportal.example"),
    ] {
        let answer = from(MUNICH, &world).get(&format!("/where?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    // None of these used the nonce up.
    assert!(brought(&ask(&world, MUNICH, NONCE, PORTAL).await).contains_key("statement"));
}

#[tokio::test]
async fn scripts_of_the_portals_are_told_and_no_others() {
    let (world, key) = locator(&Map::new(EDGES)).await;
    let ask = async |own, path: String, origin| from(own, &world).ask(&path, &[("origin", origin)]).await;
    let told = ask(MUNICH, format!("/where.json?nonce={NONCE}"), PORTAL).await;
    assert_eq!(told.header("access-control-allow-origin"), PORTAL);
    assert!(told.header("vary").contains("origin") && told.header("cache-control") == "no-store");
    let json = told.json();
    assert_eq!((json["state"].as_str(), json["site"].as_str()), (Some("site"), Some("munich")));
    assert_eq!(json["edges"], serde_json::json!(["http://munich-1.example", "https://hq-1.example:8443"]));
    let statement = json["statement"].as_str().expect("a statement");
    let statement =
        verify(statement, &[key], Clock::system().wall(), Duration::from_secs(5)).expect("a statement");
    assert_eq!(statement.site(), Some("munich"));
    for (own, state) in [(BERLIN, "site"), (STRANGER, "unknown"), (DIALLED_IN, "bypass"), (BARRED, "deny")] {
        let told = ask(own, "/where.json".into(), PORTAL).await;
        assert_eq!(told.json()["state"], state, "{own:?}");
        assert!(told.json()["statement"].is_null());
    }
    let other = ask(MUNICH, "/where.json".into(), "https://evil.example").await;
    assert!(other.header("access-control-allow-origin").is_empty());
}

#[tokio::test]
async fn no_address_is_told_anybody() {
    let (world, _key) = locator(&Map::new(EDGES)).await;
    let mut told = Vec::new();
    for (index, own) in [MUNICH, BERLIN, STRANGER].into_iter().enumerate() {
        let answer = ask(&world, own, &format!("{NONCE}{index}"), PORTAL).await;
        told.push(format!("{:?}{}", answer.headers, answer.text()));
        let answer = from(own, &world).get("/where.json").await;
        told.push(format!("{:?}{}", answer.headers, answer.text()));
    }
    let metrics = world.operator().get("/metrics").await.text();
    assert!(metrics.contains("spokecast_locations_total{outcome=\"site\"} 4"), "{metrics}");
    for address in [MUNICH, BERLIN, STRANGER] {
        let text = std::net::IpAddr::from(address).to_string();
        assert!(!told.iter().any(|told| told.contains(&text)) && !metrics.contains(&text));
    }
}

#[tokio::test]
async fn another_method_uses_no_nonce() {
    let (world, _key) = locator(&Map::new(EDGES)).await;
    let path = format!("/where?nonce={NONCE}&return=https%3A%2F%2Fportal.example");
    for method in [Method::POST, Method::OPTIONS] {
        let answer = from(MUNICH, &world).request(method, &path, &[]).await;
        assert!(answer.header("location").is_empty());
    }
    assert!(brought(&ask(&world, MUNICH, NONCE, PORTAL).await).contains_key("statement"));
}
