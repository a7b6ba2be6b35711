//! An edge over TLS: with a certificate of an authority that was made for the test, and viewers who trust that alone.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use edge::Config;
use edge::config::Certificate;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{Script, Seen, Viewer, World, loopback};

/// A certificate authority, and the certificate that it gave an edge. The files go when it is dropped.
#[derive(Debug)]
pub(crate) struct Authority {
    folder: TempDir,
    root: CertificateDer<'static>,
}

/// An edge that serves viewers over TLS beside the clear.
pub(crate) struct Secure {
    world: World,
    pub(crate) authority: Authority,
}

impl Authority {
    /// With a certificate for this machine, by name and by address.
    pub(crate) fn new() -> Self {
        Self::vouching_for(&["localhost", "127.0.0.1"])
    }

    /// With a certificate for these names and addresses.
    pub(crate) fn vouching_for(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a certificate");
        let issuer = Issuer::new(params, key);
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names and addresses");
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        for (name, text) in
            [("ca.pem", root.pem()), ("edge.pem", certificate.pem()), ("edge.key", key.serialize_pem())]
        {
            write_for_owner(&folder.path().join(name), &text);
        }
        Self { root: root.der().clone(), folder }
    }

    /// The certificate of the authority itself.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The edge's certificate and key, for its configuration.
    pub(crate) fn certificate(&self) -> Certificate {
        let at = |name| self.folder.path().join(name);
        Certificate { file: at("edge.pem"), key_file: at("edge.key") }
    }

    /// The same as lines of a configuration file, with an address to listen on.
    pub(crate) fn configuration(&self) -> String {
        let Certificate { file, key_file } = self.certificate();
        format!(
            "[tls]\nlisten = [\"127.0.0.1:0\"]\n[[tls.certificate]]\nfile = \"{}\"\nkey-file = \"{}\"\n",
            file.display(),
            key_file.display()
        )
    }

    /// What a client needs to trust it, and to offer `protocols` by ALPN.
    pub(crate) fn trust(&self, protocols: &[&str]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).expect("a root");
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        config
    }

    /// Makes a handshake with the edge that listens there.
    pub(crate) async fn connect(&self, address: SocketAddr, protocols: &[&str]) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(address).await.expect("connects");
        let name = ServerName::from(address.ip());
        let connector = TlsConnector::from(Arc::new(self.trust(protocols)));
        connector.connect(name, stream).await.expect("a handshake")
    }
}

impl World {
    /// An edge before an origin that follows `script`, which serves viewers over TLS too.
    pub(crate) async fn secure(script: impl Fn(&Seen) -> Script + Send + Sync + 'static) -> Secure {
        Self::secure_with(script, |_| {}).await
    }

    /// The same, with a change to the edge's configuration.
    pub(crate) async fn secure_with(
        script: impl Fn(&Seen) -> Script + Send + Sync + 'static,
        change: impl FnOnce(&mut Config),
    ) -> Secure {
        let authority = Authority::new();
        let world = Self::with(script, |config| {
            config.tls.listen = vec![loopback()];
            config.tls.certificate = vec![authority.certificate()];
            change(config);
        })
        .await;
        Secure { world, authority }
    }
}

impl Secure {
    /// Where viewers are served over TLS, and over QUIC at the same port.
    pub(crate) fn secure_address(&self) -> SocketAddr {
        self.world.edge.viewers_over_tls()[0]
    }

    /// A viewer over TLS who speaks HTTP/1.1.
    pub(crate) fn viewer_over_tls(&self) -> Viewer {
        Viewer::over_tls(self.secure_address(), self.authority.trust(&["http/1.1"]))
    }

    /// A viewer over TLS who speaks HTTP/2.
    pub(crate) fn viewer_over_tls_http2(&self) -> Viewer {
        Viewer::over_tls_http2(self.secure_address(), self.authority.trust(&["h2"]))
    }
}

impl Secure {
    /// The edge and its origin, without the files of its certificate.
    pub(crate) fn into_world(self) -> World {
        self.world
    }
}

impl DerefMut for Secure {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Deref for Secure {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

/// A file that nobody else can read, as the edge wants its key to be.
fn write_for_owner(path: &Path, text: &str) {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("written");
}
