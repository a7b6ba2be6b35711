//! Handshakes without a network.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};
use rustls_pki_types::PrivateKeyDer;
use tempfile::TempDir;

use super::*;

type Issuer = CertifiedIssuer<'static, KeyPair>;

struct Made {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn authority() -> Issuer {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

fn made(issuer: &Issuer, names: &[&str]) -> Made {
    let names: Vec<_> = names.iter().copied().map(String::from).collect();
    let parameters = CertificateParams::new(names).unwrap();
    let key = KeyPair::generate().unwrap();
    Made { certificate: parameters.signed_by(&key, issuer).unwrap(), key }
}

impl Made {
    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }

    fn certified(&self) -> Arc<CertifiedKey> {
        let key = aws_lc_rs::sign::any_supported_type(&self.key()).unwrap();
        Arc::new(CertifiedKey::new(vec![self.certificate.der().clone()], key))
    }
}

/// An edge with one certificate for `edge.example`.
struct Edge {
    folder: TempDir,
    certificates: Arc<Certificates>,
    tls: Arc<Tls>,
}

impl Edge {
    fn new(issuer: &Issuer, clients: Option<&Issuer>) -> Self {
        let folder = TempDir::new().unwrap();
        let [file, key_file, ca_file] = ["a.pem", "a.key", "ca.pem"].map(|name| folder.path().join(name));
        let own = made(issuer, &["edge.example"]);
        std::fs::write(&file, own.certificate.pem()).unwrap();
        crate::secret_file::create(&key_file, own.key.serialize_pem().as_bytes()).unwrap();
        let mut config = config::Tls {
            certificate: vec![config::Certificate { file, key_file }],
            ..config::Tls::default()
        };
        if let Some(clients) = clients {
            std::fs::write(&ca_file, clients.pem()).unwrap();
            config.client_ca_file = Some(ca_file);
        }
        let certificates = Arc::default();
        let tls = Tls::load(&config, &certificates, None, &Clock::system()).unwrap().unwrap();
        certificates.set_files(tls.files());
        Self { folder, certificates, tls }
    }

    /// Both ends after a handshake over TCP, or why there was none.
    fn meet(
        &self,
        client: ClientConfig,
        name: &str,
    ) -> Result<(ClientConnection, ServerConnection), rustls::Error> {
        let name = rustls_pki_types::ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
        let mut server = ServerConnection::new(Arc::clone(self.tls.for_tcp())).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut &wire[..]).unwrap();
            server.process_new_packets()?;
            let mut wire = Vec::new();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut &wire[..]).unwrap();
            client.process_new_packets()?;
        }
        Ok((client, server))
    }
}

fn client(issuer: &Issuer, protocols: &[&[u8]], own: Option<&Made>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match own {
        Some(made) => {
            builder.with_client_auth_cert(vec![made.certificate.der().clone()], made.key()).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    config
}

#[test]
fn a_challenge_is_answered_to_who_asks_for_nothing_else() {
    let issuer = authority();
    let edge = Edge::new(&issuer, None);
    let shown = |protocols: &[&[u8]], name: &str| {
        let (client, server) = edge.meet(client(&issuer, protocols, None), name)?;
        let leaf = Facts::read(&client.peer_certificates().unwrap()[0]).unwrap();
        Ok::<_, rustls::Error>((leaf.fingerprint, server.alpn_protocol().map(<[u8]>::to_vec)))
    };
    let own = edge.tls.files()[0].facts.fingerprint.clone();
    assert!(shown(&[CHALLENGE_PROTOCOL], "edge.example").is_err(), "there is no challenge");

    let answer = made(&issuer, &["edge.example"]);
    let answer_print = Facts::read(answer.certificate.der()).unwrap().fingerprint;
    edge.certificates.set_challenge("Edge.example", Some(answer.certified()));
    let challenged = (answer_print, Some(CHALLENGE_PROTOCOL.to_vec()));
    assert_eq!(shown(&[CHALLENGE_PROTOCOL], "edge.example").unwrap(), challenged);
    let (http, both): (&[u8], &[&[u8]]) = (b"http/1.1", &[CHALLENGE_PROTOCOL, b"http/1.1"]);
    for protocols in [&[http][..], both] {
        assert_eq!(shown(protocols, "edge.example").unwrap(), (own.clone(), Some(http.to_vec())));
    }
    assert!(shown(&[CHALLENGE_PROTOCOL], "other.example").is_err(), "nobody is asked about it");

    edge.certificates.set_challenge("edge.example", None);
    assert!(shown(&[CHALLENGE_PROTOCOL], "edge.example").is_err());
    assert_eq!(shown(&[http], "edge.example").unwrap().0, own);
}

#[test]
fn who_shows_a_certificate_of_the_authority_is_an_edge_by_its_name() {
    let (issuer, edges, others) = (authority(), authority(), authority());
    let edge = Edge::new(&issuer, Some(&edges));
    let meet = |own: Option<&Made>| {
        let (_, server) = edge.meet(client(&issuer, &[b"h2"], own), "edge.example")?;
        Ok::<_, rustls::Error>(peers::edge_name(&server))
    };
    assert_eq!(meet(None).unwrap(), None);
    let good = made(&edges, &["spoke-7.example", "10.0.0.7"]);
    assert_eq!(meet(Some(&good)).unwrap().as_deref(), Some("spoke-7.example"));
    assert!(meet(Some(&made(&others, &["spoke-7.example"]))).is_err());
    // Nobody is asked where no authority is named.
    let edge = Edge::new(&issuer, None);
    let (_, server) = edge.meet(client(&issuer, &[b"h2"], Some(&good)), "edge.example").unwrap();
    assert_eq!(peers::edge_name(&server), None);
}

#[test]
fn parts_that_are_made_of_the_same_are_the_same() {
    let (issuer, clients) = (authority(), authority());
    let edge = Edge::new(&issuer, Some(&clients));
    let path = |name: &str| edge.folder.path().join(name);
    let mut config = config::Tls {
        certificate: vec![config::Certificate { file: path("a.pem"), key_file: path("a.key") }],
        client_ca_file: Some(path("ca.pem")),
        ..config::Tls::default()
    };
    let load = |config: &config::Tls| {
        Tls::load(config, &edge.certificates, Some(&edge.tls), &Clock::system()).unwrap().unwrap()
    };
    let same = |one: &Tls| {
        (Arc::ptr_eq(one.for_tcp(), edge.tls.for_tcp()), Arc::ptr_eq(one.for_quic(), edge.tls.for_quic()))
    };
    assert_eq!(same(&load(&config)), (true, true));
    config.minimum_version = TlsVersion::V1_3;
    assert_eq!(same(&load(&config)), (false, false));
    config.minimum_version = TlsVersion::V1_2;
    config.client_ca_file = None;
    assert_eq!(same(&load(&config)), (false, false));
    config.certificate.clear();
    assert!(Tls::load(&config, &edge.certificates, None, &Clock::system()).unwrap().is_none());
}

#[test]
fn nothing_is_kept_of_sessions_and_nothing_is_taken_early() {
    let edge = Edge::new(&authority(), None);
    for config in [edge.tls.for_tcp(), edge.tls.for_quic()] {
        assert!(config.ticketer.enabled());
        assert!(!config.session_storage.can_cache());
        assert_eq!((config.max_early_data_size, config.send_tls13_tickets), (0, 1));
    }
    let ticket = edge.tls.for_tcp().ticketer.encrypt(b"session").unwrap();
    assert_eq!(edge.tls.for_tcp().ticketer.decrypt(&ticket).as_deref(), Some(&b"session"[..]));
    assert_eq!(edge.tls.for_quic().ticketer.decrypt(&ticket), None);
}
