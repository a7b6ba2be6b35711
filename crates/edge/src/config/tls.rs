//! HTTPS for viewers: where, with which certificates, and who renews them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::quantity::Period;

/// HTTPS for viewers: HTTP/1.1 and HTTP/2 over TLS, and HTTP/3 over QUIC.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tls {
    /// Addresses to listen on, with port. None: no HTTPS. Nothing listens beyond loopback unless it is named here.
    pub listen: Vec<SocketAddr>,
    /// Serve HTTP/3 too, over UDP at the same addresses and ports.
    pub http3: bool,
    /// The oldest version of TLS over TCP that is spoken.
    pub minimum_version: TlsVersion,
    /// Certificates in files; which one a viewer gets is chosen by the name that the viewer asks for. The first one
    /// answers for names that no certificate has.
    pub certificate: Vec<Certificate>,
    /// PEM file of certificate authorities whose certificates tell other edges from viewers. Without it nobody is asked
    /// for a certificate.
    pub client_ca_file: Option<PathBuf>,
    /// A certificate that ends sooner makes the edge not ready. Where that is more than a sixth of its life, a sixth counts.
    pub warn_before: Period,
    /// Certificates that the edge gets and renews itself.
    pub acme: Acme,
}

/// A certificate in files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Certificate {
    /// PEM file with the certificate, and behind it those that vouch for it.
    pub file: PathBuf,
    /// PEM file with its private key; nobody but its owner may be able to read it.
    pub key_file: PathBuf,
}

/// The oldest version of TLS that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    #[serde(rename = "1.3")]
    V1_3,
}

/// Certificates by ACME (RFC 8555).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Acme {
    /// URL of the certificate authority's directory. None: no ACME.
    pub directory: Option<String>,
    /// Names to get a certificate for; one certificate has them all.
    pub names: Vec<String>,
    /// Addresses at which the authority may reach whoever runs the edge, such as `mailto:noc@example.com`.
    pub contact: Vec<String>,
    /// How the authority is shown that the names are ours.
    pub challenge: Challenge,
    /// Program, and its arguments, that sets and removes DNS records for `dns-01`.
    pub hook: Vec<String>,
    /// Folder in which account, key and certificate are kept; nobody but its owner may be able to read it.
    pub folder: Option<PathBuf>,
    /// PEM file of certificate authorities to trust for the directory, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// A certificate is renewed when this much of its life is left. Where that is more than a third of it, a third counts.
    pub renew_before: Period,
}

/// How an authority is shown that a name is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Challenge {
    /// A file over HTTP, port 80 of the name (RFC 8555 section 8.3).
    #[serde(rename = "http-01")]
    Http01,
    /// A certificate over TLS, port 443 of the name (RFC 8737).
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn01,
    /// A record in the DNS (RFC 8555 section 8.4), which the hook sets.
    #[serde(rename = "dns-01")]
    Dns01,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            http3: true,
            minimum_version: TlsVersion::V1_2,
            certificate: Vec::new(),
            client_ca_file: None,
            warn_before: Period::of(Duration::from_hours(72)),
            acme: Acme::default(),
        }
    }
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            directory: None,
            names: Vec::new(),
            contact: Vec::new(),
            challenge: Challenge::Http01,
            hook: Vec::new(),
            folder: None,
            ca_file: None,
            renew_before: Period::of(Duration::from_hours(30 * 24)),
        }
    }
}
