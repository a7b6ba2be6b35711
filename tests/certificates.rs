//! HTTPS: which certificate is shown to whom, how sessions go on, who is let in with a certificate of its own, and what is
//! said about certificates.

pub(crate) mod authority;
mod clients;
mod expiry;
mod handshakes;
mod reload;
mod resumption;
pub(crate) mod visitor;

use std::net::SocketAddr;

use edge::config::{Certificate, TlsVersion};
use edge::{Clock, Config, Edge};
use tokio_rustls::rustls::ProtocolVersion;

use crate::world::origin::ok;
use crate::world::{World, config_for, loopback, ms};
use authority::{Authority, Files};
use visitor::{BOTH, NEW, OLD, Visitor};

const SEGMENT: &str = "/vod/0_meadow01/seg-1-v1.ts";

/// An edge that shows these certificates.
async fn world(certificates: Vec<Certificate>, change: impl FnOnce(&mut Config)) -> World {
    World::with(
        |_| ok("0123456789", &[("Cache-Control", "max-age=60")]),
        |config| {
            config.tls.listen = vec![loopback()];
            config.tls.certificate = certificates;
            config.viewers.header_timeout = ms(5000);
            change(config);
        },
    )
    .await
}

fn over_tls(world: &World) -> SocketAddr {
    world.edge.viewers_over_tls()[0]
}

#[tokio::test]
async fn the_name_that_is_asked_for_chooses_the_certificate() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let each = [
        files.put("first", &authority.certify(&["first.example", "127.0.0.1"])),
        files.put("wild", &authority.certify(&["*.office.example"])),
        files.put("second", &authority.certify(&["a.office.example", "second.example"])),
    ];
    let world = world(each.into(), |_| {}).await;
    let visitor = Visitor::trusting(&authority);
    for (asked, first_name) in [
        ("first.example", "first.example"),
        ("second.example", "a.office.example"),
        ("a.office.example", "a.office.example"),
        ("b.office.example", "*.office.example"),
        // Who asks for an address sends no name.
        ("127.0.0.1", "first.example"),
    ] {
        let mut visit = visitor.come(over_tls(&world), asked).await.expect("a certificate for it");
        assert_eq!(visit.shown().name(), first_name, "{asked}");
        assert_eq!(visit.get(SEGMENT).await.expect("an answer"), (200, "0123456789".into()));
    }
    for unknown in ["nobody.example", "x.y.office.example", "office.example"] {
        let error = visitor.come(over_tls(&world), unknown).await.err().expect("the first is for others");
        assert!(error.to_string().contains("not valid for name"), "{error}");
    }
}

#[tokio::test]
async fn a_key_that_others_may_read_is_refused_with_its_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&certificate.key_file, open).expect("ours");
    let mut config = config_for(([127, 0, 0, 1], 9).into());
    config.tls.listen = vec![loopback()];
    let key_file = certificate.key_file.display().to_string();
    config.tls.certificate = vec![certificate];
    let refused = Edge::start(config.clone(), Clock::system()).expect_err("others may read it").to_string();
    assert!(refused.starts_with(&key_file) && refused.contains("mode 0644"), "{refused}");
    assert_eq!(Edge::rehearse(config).expect_err("the same").to_string(), refused);
}

#[tokio::test]
async fn versions_are_as_the_configuration_says() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    let visitor = |versions| Visitor::with(&authority, versions, &["http/1.1"], None);
    let default = world(vec![certificate.clone()], |_| {}).await;
    for (versions, spoken) in
        [(OLD, ProtocolVersion::TLSv1_2), (NEW, ProtocolVersion::TLSv1_3), (BOTH, ProtocolVersion::TLSv1_3)]
    {
        let visit =
            visitor(versions).ask(over_tls(&default), "edge.example", SEGMENT).await.expect("an answer");
        assert_eq!(visit.version(), spoken);
    }
    let strict = world(vec![certificate], |config| config.tls.minimum_version = TlsVersion::V1_3).await;
    let visit = visitor(BOTH).ask(over_tls(&strict), "edge.example", SEGMENT).await.expect("an answer");
    assert_eq!(visit.version(), ProtocolVersion::TLSv1_3);
    assert!(visitor(OLD).come(over_tls(&strict), "edge.example").await.is_err());
}

#[tokio::test]
async fn protocols_are_chosen_in_the_handshake() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    let world = world(vec![certificate], |_| {}).await;
    let come = async |protocols: &[&str]| {
        let visitor = Visitor::with(&authority, BOTH, protocols, None);
        visitor.come(over_tls(&world), "edge.example").await
    };
    for (offered, chosen) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1", "h2"], Some(b"h2")),
        (&["http/1.1"], Some(b"http/1.1")),
        (&["spdy/3", "http/1.1"], Some(b"http/1.1")),
        (&["acme-tls/1", "http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let visit = come(offered).await.expect("a protocol of both");
        assert_eq!(visit.protocol(), chosen, "{offered:?}");
    }
    for strange in [&["spdy/3"][..], &["h3"], &["acme-tls/1"]] {
        assert!(come(strange).await.is_err(), "{strange:?}");
    }
}

#[tokio::test]
async fn the_self_test_tells_of_the_certificate() {
    let (authority, files) = (Authority::new("Office CA"), Files::new());
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    let other = files.put("other", &authority.certify(&["other.example"]));
    let world = world(vec![other, certificate], |_| {}).await;
    let mut visit =
        Visitor::trusting(&authority).come(over_tls(&world), "edge.example").await.expect("a visit");
    let (status, body) = visit.get("/self-test.json").await.expect("an answer");
    let seen: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, &seen["encrypted"], &seen["protocol"]), (200, &true.into(), &"HTTP/1.1".into()));
    let certificate = &seen["certificate"];
    assert_eq!(certificate["names"], serde_json::json!(["edge.example"]));
    assert!(certificate["issuer"].as_str().expect("text").contains("Office CA"), "{certificate}");
    assert!(certificate["days_left"].as_i64().expect("a number") > 1000, "{certificate}");
}
