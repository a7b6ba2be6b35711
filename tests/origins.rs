//! Origins over TLS, and several of them.

use std::path::PathBuf;

use edge::config::{Config, Origin as OriginConfig};
use edge::{Clock, Edge};
use http::{StatusCode, Version};

use crate::world::origin::{head, ok};
use crate::world::tls::{Pieces, TlsOrigin};
use crate::world::{Origin, Step, Viewer, World};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";
const WHOLE: Pieces = Pieces { body: &["01234", "56789"], whole: true, tag: None };

/// An edge before `origin`, which trusts what `ca_file` holds. The world's own origin is not asked.
async fn before(origin: &TlsOrigin, ca_file: PathBuf) -> World {
    let url = format!("https://{}", origin.address()).parse().expect("well-formed");
    World::with(
        |_| ok("the wrong one", &[]),
        |config| config.origin = vec![OriginConfig { ca_file: Some(ca_file), ..OriginConfig::new(url) }],
    )
    .await
}

#[tokio::test]
async fn an_origin_over_tls_is_asked_by_the_protocol_that_it_offers() {
    for (protocols, version) in [
        (&["h2", "http/1.1"][..], Version::HTTP_2),
        (&["http/1.1"], Version::HTTP_11),
        (&[], Version::HTTP_11),
    ] {
        let origin = TlsOrigin::start("127.0.0.1", protocols, WHOLE).await;
        let world = before(&origin, origin.ca_file()).await;
        for status in ["spokecast; fwd=uri-miss", "spokecast; hit"] {
            let response = world.get(SEGMENT).await;
            assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, "0123456789"));
            assert_eq!(response.cache_status(), status);
            world.settle().await;
        }
        let seen = origin.seen();
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].version, seen[0].target.as_str()), (version, SEGMENT));
        let name = origin.address().to_string();
        let asked = seen[0].authority.as_deref().or_else(|| seen[0].headers.get("host")?.to_str().ok());
        assert_eq!(asked, Some(name.as_str()));
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_accepted() {
    let origin = TlsOrigin::start("127.0.0.1", &["h2"], WHOLE).await;
    let stranger = TlsOrigin::start("127.0.0.1", &["h2"], WHOLE).await;
    let elsewhere = TlsOrigin::start("elsewhere.example", &["h2"], WHOLE).await;
    for (asked, trusted) in [(&origin, &stranger), (&elsewhere, &elsewhere)] {
        let world = before(asked, trusted.ca_file()).await;
        assert_eq!(world.get(SEGMENT).await.status, StatusCode::BAD_GATEWAY);
        assert!(asked.seen().is_empty(), "no request before the certificate is right");
        let unreachable = "spokecast_origin_requests_total{origin=\"origin\",result=\"unreachable\"}";
        assert!((world.metric(unreachable).await - 1.0).abs() < f64::EPSILON);
    }
}

#[tokio::test]
async fn a_file_of_authorities_that_cannot_be_used_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing\n").unwrap();
    for (file, reason) in
        [(empty, "holds no certificate"), (folder.path().join("missing.pem"), "missing.pem")]
    {
        let mut config = Config::for_origin("https://origin.example".parse().expect("well-formed"));
        config.viewers.listen = vec![crate::world::loopback()];
        config.admin.listen = crate::world::loopback();
        config.origin[0].ca_file = Some(file);
        let error = Edge::start(config, Clock::system()).expect_err("not usable").to_string();
        assert!(error.starts_with("origin `origin`: ca-file ") && error.contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_over_tls_is_not_taken_for_whole() {
    for protocol in ["h2", "http/1.1"] {
        let origin = TlsOrigin::start("127.0.0.1", &[protocol], Pieces { whole: false, ..WHOLE }).await;
        let world = before(&origin, origin.ca_file()).await;
        for viewer in [world.viewer(), Viewer::http2(world.address())] {
            let response = viewer.get(SEGMENT).await;
            // It may break off before the first byte has gone out.
            assert!(!response.whole || response.status == StatusCode::BAD_GATEWAY, "{response:?}");
            world.settle().await;
            assert!(world.stored().await.is_empty());
        }
        assert_eq!(origin.seen().len(), 2, "asked again");
    }
}

/// Over HTTP/2 the origin resets the stream, over HTTP/1.1 it closes the connection.
#[tokio::test]
async fn a_body_that_breaks_off_over_tls_is_resumed_under_its_tag() {
    for (protocol, version) in [("h2", Version::HTTP_2), ("http/1.1", Version::HTTP_11)] {
        let film = Pieces { whole: false, tag: Some("\"a\""), ..WHOLE };
        let origin = TlsOrigin::start("127.0.0.1", &[protocol], film).await;
        let world = before(&origin, origin.ca_file()).await;
        let response = world.get(SEGMENT).await;
        assert_eq!((response.status, response.whole), (StatusCode::OK, true), "{protocol}");
        assert_eq!(response.text(), "0123456789");
        let seen = origin.seen();
        let rest = seen.get(1).expect("the rest is asked for");
        assert_eq!((rest.version, seen.len()), (version, 2));
        assert_eq!(rest.headers["if-range"], "\"a\"");
    }
}

/// Another origin that names itself, and its configuration.
async fn named(name: &'static str) -> (Origin, OriginConfig) {
    let origin = Origin::start(move |_| ok(name, &[])).await;
    let mut config = OriginConfig::new(format!("http://{}", origin.address()).parse().expect("well-formed"));
    config.name = name.into();
    config.hosts = vec![format!("{name}.office.example").parse().expect("well-formed")];
    (origin, config)
}

#[tokio::test]
async fn origins_are_chosen_by_the_name_that_viewers_use() {
    let ((one, first), (two, second)) = (named("one").await, named("two").await);
    let world = World::with(|_| ok("unused", &[]), |config| config.origin = vec![first, second]).await;
    for (host, body) in [
        ("one.office.example", "one"),
        ("two.office.example", "two"),
        ("TWO.office.example:80", "two"),
        ("unknown.example", "one"),
        ("127.0.0.1", "one"),
    ] {
        let response = world.viewer().ask(SEGMENT, &[("Host", host)]).await;
        assert_eq!(response.text(), body, "{host}");
        world.settle().await;
    }
    assert_eq!((one.count(), two.count()), (1, 1), "one path at two hosts is two objects");
    assert_eq!(two.seen()[0].header("host"), Some(two.address().to_string().as_str()));
}

#[tokio::test]
async fn credentials_travel_with_a_fill_and_do_not_split_the_cache() {
    let world = World::with(
        |seen| ok(&seen.target, &[]),
        |config| config.origin[0].credentials = vec!["Policy".into(), "Signature".into()],
    )
    .await;
    let asked = format!("{SEGMENT}?Signature=s1&other=x&Policy=p1&_HLS_msn=4");
    let sent = format!("{SEGMENT}?_HLS_msn=4&Policy=p1&Signature=s1");
    assert_eq!(world.get(&asked).await.text(), sent);
    world.settle().await;
    let hit = world.get(&format!("{SEGMENT}?_HLS_msn=4&Policy=p2")).await;
    assert_eq!((hit.text().as_str(), hit.cache_status().as_str()), (sent.as_str(), "spokecast; hit"));
    // They are nowhere to be seen afterwards.
    assert_eq!(world.stored().await[0]["target"], format!("{SEGMENT}?_HLS_msn=4"));
    // A revalidation carries those of the viewer who caused it.
    world.hand.advance(std::time::Duration::from_hours(25));
    world.get(&format!("{SEGMENT}?Policy=p3&_HLS_msn=4")).await;
    assert_eq!(world.origin.seen()[1].target, format!("{SEGMENT}?_HLS_msn=4&Policy=p3"));
}

#[tokio::test]
async fn connections_to_an_origin_are_used_again_and_one_that_ended_is_replaced() {
    let world = World::new(|seen| {
        let start = head("200 OK", &[("Content-Length", "1"), ("Connection", "close")]);
        let answer = Step::Send([start, b"x".to_vec()].concat());
        if seen.target.ends_with("close") { vec![answer, Step::Close] } else { ok("x", &[]) }
    })
    .await;
    for path in ["/a", "/b", "/c-close", "/d", "/e-close", "/f"] {
        assert_eq!(world.get(path).await.text(), "x", "{path}");
        world.settle().await;
    }
    assert_eq!(world.origin.count(), 6);
    assert_eq!(world.origin.connections(), 3);
}
