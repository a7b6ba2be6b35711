//! Edges that show a certificate to each other: who comes to this one, and what this one shows to a hub.

use std::sync::Arc;

use edge::config::OriginUrl;
use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::authority::{Authority, Files};
use super::visitor::{NEW, OLD, Visitor};
use super::{SEGMENT, over_tls, world};
use crate::world::{World, loopback};

#[tokio::test]
async fn viewers_need_no_certificate_and_a_wrong_one_is_let_in_nowhere() {
    let (authority, edges, others) =
        (Authority::new("office"), Authority::new("edges"), Authority::new("others"));
    let files = Files::new();
    let certificate = files.put("edge", &authority.certify(&["edge.example"]));
    let ca_file = files.write("ca.pem", &edges.pem());
    let world = world(vec![certificate], |config| config.tls.client_ca_file = Some(ca_file)).await;
    let (good, wrong) = (edges.certify(&["spoke.example"]), others.certify(&["spoke.example"]));
    for versions in [NEW, OLD] {
        let ask = async |own| {
            let visitor = Visitor::with(&authority, versions, &["http/1.1"], own);
            visitor.ask(over_tls(&world), "edge.example", SEGMENT).await.map(drop)
        };
        ask(None).await.expect("a viewer");
        ask(Some(&good)).await.expect("an edge");
        ask(Some(&wrong)).await.expect_err("neither");
    }
    let failed = "spokecast_connections_total{event=\"no-handshake\"}";
    world.wait_for_metric(failed, 2.0).await;
}

/// A hub that serves edges alone, and answers everything with the same.
async fn hub(certificate: &super::authority::Made, edges: &Authority) -> std::net::SocketAddr {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(edges.der()).expect("a root");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .expect("a verifier");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.der().clone()], certificate.key())
        .expect("a certificate and its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(loopback()).await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
                        return;
                    }
                }
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nhub";
                let _gone = stream.write_all(answer).await;
                let _gone = stream.shutdown().await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_hub_is_shown_who_asks_and_a_renewed_certificate_too() {
    let (authority, edges, others) =
        (Authority::new("office"), Authority::new("edges"), Authority::new("others"));
    let files = Files::new();
    let hub = hub(&authority.certify(&["localhost"]), &edges).await;
    let ca_file = files.write("ca.pem", &authority.pem());
    let own = files.put("own", &others.certify(&["spoke.example"]));
    let url: OriginUrl = format!("https://localhost:{}", hub.port()).parse().expect("a URL");
    let change = |config: &mut edge::Config| {
        config.origin[0].url = url.clone();
        config.origin[0].ca_file = Some(ca_file.clone());
        config.origin[0].certificate_file = Some(own.file.clone());
        config.origin[0].key_file = Some(own.key_file.clone());
    };
    let mut world = World::with(|_| Vec::new(), change).await;
    assert_eq!(world.get("/a").await.status, StatusCode::BAD_GATEWAY, "of another authority");

    files.put("own", &edges.certify(&["spoke.example"]));
    let mut config = crate::world::config_for(hub);
    change(&mut config);
    world.edge.reload(config).await.expect("a good configuration");
    let answer = world.get("/b").await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "hub"));
}

#[tokio::test]
async fn a_certificate_for_a_hub_that_cannot_be_used_is_said_with_origin_and_file() {
    let (edges, files) = (Authority::new("edges"), Files::new());
    let (one, other) = (files.put("one", &edges.certify(&["a"])), files.put("other", &edges.certify(&["b"])));
    let mut config = crate::world::config_for(([127, 0, 0, 1], 9).into());
    config.origin[0].url = "https://hub.example".parse().expect("a URL");
    config.origin[0].certificate_file = Some(one.file);
    config.origin[0].key_file = Some(other.key_file.clone());
    let refused = edge::Edge::rehearse(config).expect_err("they do not belong together").to_string();
    let begin =
        format!("origin `origin`: {}: holds the key of another certificate", other.key_file.display());
    assert!(refused.starts_with(&begin), "{refused}");
}
