//! Connections to one origin, pooled; HTTP/1.1 in the clear, HTTP/1.1 or 2 over TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::SingleCertAndKey;
use segment_cache::FillError;

use super::connection::{Connector, Proven};
use super::request::UpstreamRequest;
use crate::config::Origin;
use crate::tls::{Identity, TlsError};

/// Connections that wait for the next request are closed after this time.
const IDLE: Duration = Duration::from_mins(1);
/// An HTTP/2 connection with requests under way is asked this often whether it is still there.
const PING: Duration = Duration::from_secs(10);
/// An answer's head may take this much, in bytes and in fields.
const MAX_HEAD: usize = 64 * 1024;
const MAX_FIELDS: usize = 128;

/// Asks one origin.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: legacy::Client<HttpsConnector<Connector>, Full<Bytes>>,
}

/// Why an origin cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The file of certificate authorities.
    #[error("{whom}: ca-file {}: {reason}", .file.display())]
    CaFile {
        /// Whom it is for.
        whom: String,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system has no certificate authorities.
    #[error(
        "{whom}: the system trusts no certificate authority ({reason}); install `ca-certificates` or set ca-file"
    )]
    NoSystemRoots {
        /// Whom they are for.
        whom: String,
        /// What the look-up said.
        reason: String,
    },
    /// What is shown to an origin.
    #[error("{whom}: {fault}")]
    Certificate {
        /// Whom it is for.
        whom: String,
        /// What is wrong with it.
        fault: TlsError,
    },
    /// The TLS library refused its configuration.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl Client {
    /// `identity` is what is shown to an origin that asks who asks.
    pub(super) fn new(origin: &Origin, identity: Option<&Identity>) -> Result<Self, StartError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(origin.connect_timeout.get()));
        let mut tls = tls(&whom(origin), origin.ca_file.as_deref(), origin.url.is_https())?;
        if let Some(identity) = identity {
            let shown = SingleCertAndKey::from(Arc::clone(&identity.certified));
            tls.client_auth_cert_resolver = Arc::new(shown);
        }
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .wrap_connector(Connector(tcp));
        let http = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(origin.max_requests)
            .http1_max_headers(MAX_FIELDS)
            .http1_max_buf_size(MAX_HEAD.max(256 * 1024))
            .http2_max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX))
            .http2_initial_stream_window_size(2 << 20)
            .http2_initial_connection_window_size(16 << 20)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .build(connector);
        Ok(Self { http })
    }

    /// Sends, and waits for the head of the answer. A request that may be `repeated` is sent once more when the
    /// connection that it was written to was just closing.
    pub(super) async fn send(
        &self,
        request: UpstreamRequest,
        repeated: bool,
    ) -> Result<Response<Incoming>, FillError> {
        let again = repeated.then(|| request.clone());
        let mut result = self.http.request(request.into_http()).await;
        if let (Err(error), Some(again)) = (&result, again)
            && was_closing(error)
        {
            tracing::debug!("a pooled connection was closing: asking again");
            result = self.http.request(again.into_http()).await;
        }
        let response = result.map_err(|error| {
            tracing::debug!(error = &error as &dyn std::error::Error, "the origin did not answer");
            if error.is_connect() { FillError::Unreachable } else { FillError::Invalid }
        })?;
        Proven::note(response.extensions());
        Ok(response)
    }
}

/// The certificate that is shown to `origin`, if one is.
pub(super) fn identity(origin: &Origin) -> Result<Option<Identity>, StartError> {
    // A checked configuration has both or neither.
    let files = origin.certificate_file.as_deref().zip(origin.key_file.as_deref());
    let loaded = files.map(|(file, key_file)| Identity::load(file, key_file)).transpose();
    loaded.map_err(|fault| StartError::Certificate { whom: whom(origin), fault })
}

fn whom(origin: &Origin) -> String {
    format!("origin `{}`", origin.name)
}

/// Whether the origin closed a connection that had worked, without a byte of an answer.
fn was_closing(error: &legacy::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<hyper::Error>());
    let closed = cause.is_some_and(|cause| {
        cause.is_incomplete_message() || cause.is_closed() || is_reset(std::error::Error::source(cause))
    });
    closed && Proven::is(error.connect_info())
}

fn is_reset(cause: Option<&(dyn std::error::Error + 'static)>) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    let kind = cause.and_then(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    matches!(kind, Some(ConnectionReset | ConnectionAborted | BrokenPipe | NotConnected))
}

/// How to make sure of servers: by the authorities in `ca_file`, or those that the system trusts. `whom` is what errors
/// call them; without `is_needed` there may be no authority at all.
pub(crate) fn tls(
    whom: &str,
    ca_file: Option<&Path>,
    is_needed: bool,
) -> Result<rustls::ClientConfig, StartError> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(file) = ca_file {
        for certificate in certificates(whom, file)? {
            roots.add(certificate).map_err(|error| ca_fault(whom, file, &error))?;
        }
    } else if is_needed {
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
        if roots.is_empty() {
            let reason = system.errors.first().map_or_else(|| "none found".into(), ToString::to_string);
            return Err(StartError::NoSystemRoots { whom: whom.into(), reason });
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn certificates(whom: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| ca_fault(whom, file, &error));
    let found = found?;
    if found.is_empty() {
        return Err(ca_fault(whom, file, &"holds no certificate"));
    }
    Ok(found)
}

fn ca_fault(whom: &str, file: &Path, reason: &dyn std::fmt::Display) -> StartError {
    StartError::CaFile { whom: whom.into(), file: file.into(), reason: reason.to_string() }
}
