//! Which certificate a server shows: a handshake, and nothing more. Nothing is trusted here; that the server has the key
//! of what it shows is proven by the handshake itself.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Time for connection and handshake together.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server showed.
pub(super) struct Served {
    /// Its certificate, and those that are to vouch for it.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// The name that it was asked for.
    pub(super) name: String,
    /// The version of TLS, and the protocol inside.
    pub(super) protocol: String,
}

/// Asks the server at `place`, a host and a port, for the certificate of `name`, or of the host.
pub(super) async fn ask(place: &str, name: Option<&str>) -> anyhow::Result<Served> {
    let (host, port) = host_and_port(place)
        .ok_or_else(|| anyhow!("`{place}` is no host with a port; write for instance `edge.example:8443`"))?;
    let name = name.unwrap_or(host);
    let server =
        ServerName::try_from(name.to_owned()).map_err(|_| anyhow!("`{name}` is no name to ask for"))?;
    let asked = async {
        let stream = TcpStream::connect((host, port)).await.context("no connection")?;
        TlsConnector::from(Arc::new(client()?)).connect(server, stream).await.context("no handshake")
    };
    let asked = tokio::time::timeout(PATIENCE, asked).await;
    let stream = asked
        .unwrap_or_else(|_| Err(anyhow!("no handshake within {} seconds", PATIENCE.as_secs())))
        .with_context(|| place.to_owned())?;
    let session = stream.get_ref().1;
    let chain = session.peer_certificates().unwrap_or_default().to_vec();
    let version = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let inside = session.alpn_protocol().map(String::from_utf8_lossy);
    let protocol = inside.map_or_else(|| version.to_owned(), |inside| format!("{version}, {inside}"));
    Ok(Served { chain, name: name.into(), protocol })
}

fn host_and_port(place: &str) -> Option<(&str, u16)> {
    let (host, port) = place.rsplit_once(':')?;
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    // An IPv6 address without brackets would lose its last part to the port.
    let host = inside.or_else(|| (!host.contains(':')).then_some(host))?;
    Some((host, port.parse().ok()?)).filter(|(host, _)| !host.is_empty())
}

fn client() -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let looking = Arc::new(Looking(Arc::clone(&provider)));
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(looking)
        .with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(client)
}

/// Takes every certificate, for it is to be looked at alone.
#[derive(Debug)]
struct Looking(Arc<CryptoProvider>);

impl ServerCertVerifier for Looking {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_host_and_a_port() {
        for (place, expected) in [
            ("edge.example:8443", Some(("edge.example", 8443))),
            ("[::1]:443", Some(("::1", 443))),
            ("10.0.0.1:1", Some(("10.0.0.1", 1))),
            ("::1:443", None),
            ("edge.example", None),
            (":443", None),
            ("a:65536", None),
        ] {
            assert_eq!(host_and_port(place), expected, "{place}");
        }
    }
}
