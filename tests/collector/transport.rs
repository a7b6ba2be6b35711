//! Bytes, time, TLS and the token.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use collector::{Collector, StartError, TlsFiles, Token};
use http::{Request, StatusCode, Version};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::world::collecting::{ByHand, Collecting, error, gzip, key, options, report};
use crate::world::program::Program;
use crate::world::wire::status_of;
use crate::world::{Response, Wire, within};

const TOKEN: &str = "a-token-of-some-length";

/// A head with a body of so many bytes to come.
fn head(length: usize) -> String {
    let key = key(1);
    format!(
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         idempotency-key: {key}\r\ncontent-length: {length}\r\n\r\n"
    )
}

fn private(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("ours");
    path
}

/// A certificate for `localhost` and its key.
fn identity(folder: &TempDir) -> TlsFiles {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    TlsFiles {
        certificate: private(folder, "cert.pem", &made.cert.pem()),
        key: private(folder, "key.pem", &made.signing_key.serialize_pem()),
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_held() {
    let site = Collecting::new().await;
    let sender = site.sender();
    let fields = [("content-type", "application/json"), ("idempotency-key", &*key(1))];
    let packed = [fields[0], fields[1], ("content-encoding", "gzip")];
    let most = telemetry::report::MAX_BYTES;
    let spaces = vec![b' '; most];
    // Just as many bytes as there may be, but no report.
    assert_eq!(sender.post(&fields, spaces.clone()).await.status, StatusCode::BAD_REQUEST);
    let one_more = [&spaces[..], b" "].concat();
    for (fields, body) in [(&fields[..], one_more.clone()), (&packed, gzip(&one_more))] {
        let answer = sender.post(fields, body).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(error(&answer), format!("a report has at most {most} bytes"));
    }
    // Its sender hears so, although it went on sending.
    let answer = sender.post(&fields, vec![b' '; 3 << 20]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    // By its pieces, without a length.
    let mut wire = Wire::connect(site.collector.address()).await;
    wire.send(head(0).replace("content-length: 0", "transfer-encoding: chunked")).await;
    let piece = [b"10000\r\n", &vec![b' '; 1 << 16][..], b"\r\n"].concat();
    for _ in 0..80 {
        wire.send(&piece).await;
    }
    assert!(wire.head().await.starts_with("http/1.1 413 "));
}

/// A gigabyte of nothing in a megabyte, by several senders at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_of_gzip_takes_no_memory() {
    const MOST_KIB: u64 = 300 << 10;
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("reports.sqlite");
    let database = database.to_str().expect("text");
    let mut program = Program::start(&["collect", "--database", database, "--listen", "127.0.0.1:0"]);
    let address = program.listening_at().await;
    let bomb = Bytes::from(gzip(&vec![b' '; 1 << 30]));
    let sent = (0..8).map(|number| {
        let (sender, bomb) = (crate::world::collecting::Sender::of(address), bomb.clone());
        tokio::spawn(async move {
            let key = key(number);
            let fields = [
                ("content-type", "application/json"),
                ("content-encoding", "gzip"),
                ("idempotency-key", &*key),
            ];
            sender.post(&fields, bomb).await.status
        })
    });
    for status in futures_util::future::join_all(sent).await {
        assert_eq!(status.expect("no panic"), StatusCode::PAYLOAD_TOO_LARGE);
    }
    let (_, most) = program.memory_kib();
    assert!(most < MOST_KIB, "{most} KiB");
    program.terminate();
    assert_eq!(program.ended().await.code, Some(0));
}

#[tokio::test]
async fn a_slow_sender_has_its_time_and_no_more() {
    let short = Duration::from_millis(100);
    let site = Collecting::with(|options| options.limits.body = short).await;
    let mut body = Wire::connect(site.collector.address()).await;
    body.send(head(100)).await;
    body.send("{\"v\":1").await;
    let answer = String::from_utf8(body.rest().await).expect("text");
    assert_eq!(status_of(&answer), 408, "{answer}");

    let site = Collecting::with(|options| options.limits.head = short).await;
    let mut of_head = Wire::connect(site.collector.address()).await;
    of_head.send("POST /v1/reports HTTP/1.1\r\nhost:").await;
    let answer = String::from_utf8(of_head.rest().await).expect("text");
    assert!(answer.is_empty() || status_of(&answer) == 408, "{answer}");
    let mut idle = Wire::connect(site.collector.address()).await;
    assert_eq!(idle.rest().await, b"");
}

#[tokio::test]
async fn a_report_that_breaks_off_leaves_nothing() {
    let site = Collecting::new().await;
    let address = site.collector.address();
    let mut half = Wire::connect(address).await;
    half.send(head(report(1, 1).len())).await;
    half.send(&report(1, 1)[..20]).await;
    drop(half);
    assert_eq!(site.sender().deliver(&key(1), &report(1, 1)).await, StatusCode::CREATED);
    assert_eq!(site.total().await, 1);
}

/// However long it might wait for a request, a connection is not for ever.
#[tokio::test]
async fn an_old_connection_is_ended() {
    let site = Collecting::with(|options| {
        options.limits.age = Duration::from_millis(100);
        options.limits.head = Duration::from_hours(1);
    })
    .await;
    assert_eq!(Wire::connect(site.collector.address()).await.rest().await, b"");
}

#[tokio::test]
async fn only_who_shows_the_token_is_heard() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = Token::load(&private(&folder, "token", &format!("{TOKEN}\n"))).expect("a token");
    let site = Collecting::with(|options| options.token = Some(token)).await;
    let post = async |shown: &[&str]| {
        let key = key(1);
        let mut fields = vec![("content-type", "application/json"), ("idempotency-key", &*key)];
        fields.extend(shown.iter().map(|shown| ("authorization", *shown)));
        site.sender().post(&fields, report(1, 1)).await
    };
    let right = format!("Bearer {TOKEN}");
    let (short, long) = (&right[..right.len() - 1], format!("{right}x"));
    for wrong in [&[][..], &[""], &["Bearer"], &[short], &[&long], &[TOKEN], &[&right, &right]] {
        let answer = post(wrong).await;
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, "Bearer"), "{wrong:?}");
        assert_eq!(error(&answer), "the token is missing or wrong");
    }
    assert_eq!(post(&[&right]).await.status, StatusCode::CREATED);
    assert_eq!(post(&[&right.replace("Bearer", "bearer")]).await.status, StatusCode::OK);
    for path in ["/v1/counts", "/metrics"] {
        assert_eq!(site.viewer().get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        let answer = site.viewer().ask(path, &[("authorization", &right)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    assert_eq!(site.viewer().get("/healthz").await.status, StatusCode::OK);
    // By any name: who shows the token is no web page.
    let fields = [("authorization", &*right), ("host", "collector.example.com")];
    assert_eq!(site.viewer().ask("/v1/counts", &fields).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_is_open_beyond_this_machine_without_tls_and_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = Token::load(&private(&folder, "token", TOKEN)).expect("a token");
    let tls = identity(&folder);
    for (tls, token) in [(None, None), (Some(tls.clone()), None), (None, Some(token))] {
        let mut options = options(&folder);
        options.listen = "0.0.0.0:0".parse().expect("an address");
        (options.tls, options.token) = (tls, token);
        let database = options.database.clone();
        let refused = Collector::start(options, Arc::new(ByHand(edge::Clock::system()))).await;
        assert!(matches!(refused, Err(StartError::Exposed(_))), "{refused:?}");
        assert!(!database.exists(), "nothing is half-started");
    }
    fs::set_permissions(&tls.key, fs::Permissions::from_mode(0o644)).expect("ours");
    let mut options = options(&folder);
    options.tls = Some(tls);
    let refused = Collector::start(options, Arc::new(ByHand(edge::Clock::system()))).await;
    assert!(matches!(refused, Err(StartError::Tls(_))), "{refused:?}");
}

/// One request over TLS with this protocol.
async fn over_tls(site: &Collecting, certificate: &Path, protocol: &str) -> Response {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).expect("a certificate")).expect("fits");
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.into()];
    let stream = TcpStream::connect(site.collector.address()).await.expect("connects");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
    let request = Request::post("https://localhost/v1/reports")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .header("idempotency-key", key(1))
        .header("authorization", format!("Bearer {TOKEN}"));
    let body = Full::new(Bytes::from(gzip(report(2, 3).as_bytes())));
    let io = TokioIo::new(stream);
    let answer = if protocol == "h2" {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.expect("HTTP/2");
        tokio::spawn(connection);
        // HTTP/2 has the authority in its place.
        let mut request = request.body(body).expect("a request");
        request.headers_mut().remove("host");
        within("an answer", sender.send_request(request)).await
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.expect("HTTP/1.1");
        tokio::spawn(connection);
        within("an answer", sender.send_request(request.body(body).expect("a request"))).await
    };
    Response::read(answer.expect("an answer")).await
}

#[tokio::test]
async fn over_tls_both_protocols_are_spoken() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = Token::load(&private(&folder, "token", TOKEN)).expect("a token");
    let tls = identity(&folder);
    let site = Collecting::with(|options| {
        options.tls = Some(tls.clone());
        options.token = Some(token);
    })
    .await;
    let first = over_tls(&site, &tls.certificate, "h2").await;
    assert_eq!((first.version, first.status), (Version::HTTP_2, StatusCode::CREATED));
    let again = over_tls(&site, &tls.certificate, "http/1.1").await;
    assert_eq!((again.version, again.status), (Version::HTTP_11, StatusCode::OK));
}
