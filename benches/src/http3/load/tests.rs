//! The load against a few lines of a server.

use std::net::Ipv4Addr;
use std::sync::Arc;

use quinn::crypto::rustls::QuicServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;
use crate::identity::Identity;

/// Answers each request with the frames of `answer`, until the runtime is dropped.
fn server(identity: &Identity, answer: Vec<u8>) -> (Runtime, SocketAddr) {
    let chain = vec![CertificateDer::from_pem_file(&identity.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    tls.alpn_protocols = vec![b"h3".to_vec()];
    let config = quinn::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls).unwrap()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let endpoint = {
        let _guard = runtime.enter();
        quinn::Endpoint::server(config, (Ipv4Addr::LOCALHOST, 0).into()).unwrap()
    };
    let address = endpoint.local_addr().unwrap();
    let answer = Bytes::from(answer);
    runtime.spawn(async move {
        while let Some(incoming) = endpoint.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let connection = incoming.await.unwrap();
                while let Ok((mut send, mut receive)) = connection.accept_bi().await {
                    receive.read_to_end(1024).await.unwrap();
                    send.write_chunk(answer.clone()).await.unwrap();
                    // Its peer may have gone.
                    let _ = send.finish();
                }
            });
        }
    });
    (runtime, address)
}

fn ok(body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    let head = [0x01, 0x03, 0, 0, 0xd9, 0x00, 0x80, 0, (length >> 8) as u8, (length & 0xff) as u8];
    [&head[..], body].concat()
}

fn identity() -> (tempfile::TempDir, Identity) {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::make(folder.path()).unwrap();
    (folder, identity)
}

#[test]
fn a_whole_answer_is_counted() {
    let (_folder, identity) = identity();
    let (_runtime, address) = server(&identity, ok(&vec![7; 50_000]));
    let mut alone = Alone::open(address, &identity.certificate).unwrap();
    for _ in 0..3 {
        assert_eq!(alone.ask("/a").unwrap(), Answer { is_ok: true, body: 50_000 });
    }
    let outcome = Load::open(address, &identity.certificate, 3).unwrap();
    let outcome = outcome.run("/a", Duration::from_millis(300)).unwrap();
    assert!(outcome.answers > 3 && outcome.errors == 0, "{outcome:?}");
    assert!(outcome.bytes >= outcome.answers * 50_000, "{outcome:?}");
}

#[test]
fn other_answers_than_200_and_broken_ones_are_errors() {
    let (_folder, identity) = identity();
    let mut not_found = ok(b"gone");
    not_found[4] = 0xdb;
    let mut cut = ok(b"cut");
    cut.pop();
    for answer in [not_found, cut] {
        let (_runtime, address) = server(&identity, answer);
        let load = Load::open(address, &identity.certificate, 1).unwrap();
        assert!(load.run("/a", Duration::from_millis(100)).is_err());
    }
}
