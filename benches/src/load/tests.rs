//! The load against the origin, and against a few lines of TLS around it.

use std::io::{Read, Write};
use std::net::TcpListener;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::http::end_of_head;
use crate::identity::{Identity, Spoken};
use crate::origin::{Distance, Origin};

fn load(server: SocketAddr, paths: &[String], connections: usize, pattern: Pattern) -> Load<'_> {
    Load { server, tls: None, viewers: Viewers::Apart, paths, connections, pattern }
}

fn run(paths: &[&str], connections: usize, pattern: Pattern) -> Outcome {
    let origin = Origin::start(Distance::Near).unwrap();
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    load(origin.address, &paths, connections, pattern).run().unwrap()
}

#[test]
fn each_path_is_asked_once() {
    let outcome = run(&["/object/1/a", "/object/300000/b", "/object/0/c"], 2, Pattern::EachPath);
    assert_eq!((outcome.answers, outcome.errors, outcome.bytes), (3, 0, 300_001));
    assert!(outcome.first_byte(50) <= outcome.last_byte(100));
}

#[test]
fn a_crowd_asks_once_on_each_connection() {
    let outcome = run(&["/object/70000/a"], 5, Pattern::AtOnce);
    assert_eq!((outcome.answers, outcome.errors, outcome.bytes), (5, 0, 350_000));
}

#[test]
fn other_answers_than_200_are_errors() {
    let outcome = run(&["/nothing", "/object/10/a"], 1, Pattern::EachPath);
    assert_eq!((outcome.answers, outcome.errors), (1, 1));
}

/// Answers every request on `connections` connections, one after the other, with as many bytes as its path says.
fn tls_server(identity: &Identity, connections: usize) -> SocketAddr {
    let chain = vec![CertificateDer::from_pem_file(&identity.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for _ in 0..connections {
            let (stream, _) = listener.accept().unwrap();
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            // It ends with the connection; the load judges what came.
            std::thread::spawn(move || converse(StreamOwned::new(session, stream)));
        }
    });
    address
}

fn converse(mut stream: impl Read + Write) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    loop {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
        if end_of_head(&head).is_none() {
            continue;
        }
        let size = head.split(|byte| *byte == b'/').nth(2).unwrap();
        let size: usize = std::str::from_utf8(size).unwrap().parse().unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")?;
        stream.write_all(&vec![1; size])?;
        head.clear();
    }
}

#[test]
fn inside_of_tls_the_same_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::make(folder.path()).unwrap();
    let server = tls_server(&identity, 2);
    // More than one record, more than the buffer, and nothing at all.
    let paths = ["/object/1/a", "/object/700000/b", "/object/0/c", "/object/70000/d"].map(str::to_owned);
    let tls = Some(identity.client(Spoken::Http1).unwrap());
    let load = Load { tls, ..load(server, &paths, 2, Pattern::EachPath) };
    let outcome = load.run().unwrap();
    assert_eq!((outcome.answers, outcome.errors, outcome.bytes), (4, 0, 770_001));
}

#[test]
fn a_server_with_another_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::make(folder.path()).unwrap();
    let server = tls_server(&identity, 1);
    let others = tempfile::tempdir().unwrap();
    let tls = Some(Identity::make(others.path()).unwrap().client(Spoken::Http1).unwrap());
    let paths = ["/object/1/a".to_owned()];
    let error = Load { tls, ..load(server, &paths, 1, Pattern::EachPath) }.run().unwrap_err();
    assert!(format!("{error:#}").contains("certificate"), "{error:#}");
}
