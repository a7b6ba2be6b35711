//! A well-behaved client.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::within;

/// For those who speak in the clear; it is made once.
static TRUSTS_NOBODY: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions");
    Arc::new(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
});

/// A client with connections of its own.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    scheme: &'static str,
    address: SocketAddr,
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the body ended as it should.
    pub(crate) whole: bool,
}

impl Viewer {
    /// Speaks HTTP/1.1.
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self::by(HttpConnector::new(), &TRUSTS_NOBODY, "http", address, false)
    }

    /// Speaks HTTP/1.1, from an address of its own on loopback.
    pub(crate) fn from(own: [u8; 4], address: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(own.into()));
        Self::by(connector, &TRUSTS_NOBODY, "http", address, false)
    }

    /// Speaks HTTP/2 from the first byte.
    pub(crate) fn http2(address: SocketAddr) -> Self {
        Self::by(HttpConnector::new(), &TRUSTS_NOBODY, "http", address, true)
    }

    /// Speaks HTTP/1.1 over TLS.
    pub(crate) fn over_tls(address: SocketAddr, tls: ClientConfig) -> Self {
        Self::by(HttpConnector::new(), &Arc::new(tls), "https", address, false)
    }

    /// Speaks HTTP/2 over TLS.
    pub(crate) fn over_tls_http2(address: SocketAddr, tls: ClientConfig) -> Self {
        Self::by(HttpConnector::new(), &Arc::new(tls), "https", address, true)
    }

    fn by(
        mut connector: HttpConnector,
        tls: &Arc<ClientConfig>,
        scheme: &'static str,
        address: SocketAddr,
        http2: bool,
    ) -> Self {
        connector.enforce_http(false);
        let connector = HttpsConnector::from((connector, Arc::clone(tls)));
        let http = Client::builder(TokioExecutor::new()).http2_only(http2).build(connector);
        Self { scheme, address, http }
    }

    /// Whom it speaks to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path, &[]).await
    }

    pub(crate) async fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.request(Method::GET, path, fields).await
    }

    /// Sends, and reads the answer to its end.
    pub(crate) async fn request(&self, method: Method, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(method, path, fields, "").await
    }

    /// Sends with a body, and reads the answer to its end.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: &'static str,
    ) -> Response {
        Response::read(self.open_with(method, path, fields, body).await).await
    }

    /// Sends, and waits for the head.
    pub(crate) async fn open(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
    ) -> http::Response<Incoming> {
        self.open_with(method, path, fields, "").await
    }

    async fn open_with(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: &'static str,
    ) -> http::Response<Incoming> {
        let uri = format!("{}://{}{path}", self.scheme, self.address);
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let answer = self.http.request(request.body(Full::from(body)).expect("a request"));
        within("the head of an answer", answer).await.expect("an answer")
    }
}

impl Response {
    /// Reads an answer to its end.
    pub(crate) async fn read(response: http::Response<Incoming>) -> Self {
        let (parts, mut body) = response.into_parts();
        let (mut bytes, mut whole) = (Vec::new(), true);
        while let Some(frame) = within("the rest of a body", body.frame()).await {
            match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(data)) => bytes.extend_from_slice(&data),
                Ok(Err(_)) => {}
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        Self {
            status: parts.status,
            version: parts.version,
            headers: parts.headers,
            body: bytes.into(),
            whole,
        }
    }

    /// A header field as text; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// `Cache-Status` without what differs from one moment to the next.
    pub(crate) fn cache_status(&self) -> String {
        let members = self.header("cache-status").split("; ");
        let varies =
            |member: &str| ["ttl=", "stored", "fwd-status=200"].iter().any(|name| member.starts_with(name));
        members.filter(|member| !varies(member)).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// Reads at least so many bytes of a body; fewer when it ends or breaks before.
pub(crate) async fn read_some(body: &mut Incoming, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < count
        && let Some(Ok(frame)) = within("a part of a body", body.frame()).await
    {
        bytes.extend(frame.into_data().unwrap_or_default());
    }
    bytes
}
