//! Clients of HTTP/3: one that is not ours, and one that sends what no library would.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use h3::client::SendRequest;
use h3_quinn::OpenStreams;
use http::{Method, Request, Version};
use http_framing::fields::Fields;
use http_framing::h3::{Frame, Settings, begin_control, write_head};
use http_framing::{qpack, varint};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{
    ClientConfig, Connection, ConnectionError, Endpoint, RecvStream, SendStream, TransportConfig, VarInt,
};
use tokio::task::JoinHandle;

use super::secure::{Authority, Secure};
use super::{Response, loopback, within};

/// A viewer over HTTP/3, by a library that is not ours. Its connection ends when it is dropped.
pub(crate) struct QuicViewer {
    /// What is closed with it.
    _endpoint: Endpoint,
    pub(crate) connection: Connection,
    http: SendRequest<OpenStreams, Bytes>,
    address: SocketAddr,
    driver: JoinHandle<()>,
}

/// A connection whose streams are written by hand.
pub(crate) struct QuicWire {
    pub(crate) endpoint: Endpoint,
    pub(crate) connection: Connection,
    /// Kept open: its end would be an error.
    pub(crate) control: Option<SendStream>,
    address: SocketAddr,
}

/// What came on a stream.
#[derive(Debug, Default)]
pub(crate) struct QuicAnswer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Whether the stream ended, and no frame was cut.
    pub(crate) whole: bool,
    /// The code that it was reset with.
    pub(crate) reset: Option<u64>,
}

/// What a client needs to trust the authority, over QUIC.
pub(crate) fn trust(authority: &Authority, transport: TransportConfig) -> ClientConfig {
    let tls = QuicClientConfig::try_from(authority.trust(&["h3"])).expect("TLS 1.3");
    let mut config = ClientConfig::new(Arc::new(tls));
    config.transport_config(Arc::new(transport));
    config
}

/// An endpoint with an address of its own on loopback.
pub(crate) fn endpoint_at(own: [u8; 4]) -> Endpoint {
    Endpoint::client(SocketAddr::from((own, 0))).expect("an address on loopback")
}

impl Secure {
    /// A viewer over HTTP/3.
    pub(crate) async fn quic_viewer(&self) -> QuicViewer {
        QuicViewer::from([127, 0, 0, 1], self.secure_address(), &self.authority).await.expect("a connection")
    }

    /// A connection whose streams are written by hand, with its control stream open.
    pub(crate) async fn quic_wire(&self) -> QuicWire {
        let mut wire =
            QuicWire::connect(self.secure_address(), &self.authority, TransportConfig::default()).await;
        wire.begin().await;
        wire
    }
}

impl QuicViewer {
    /// A viewer from this address on loopback.
    pub(crate) async fn from(
        own: [u8; 4],
        address: SocketAddr,
        authority: &Authority,
    ) -> Result<Self, ConnectionError> {
        let endpoint = endpoint_at(own);
        let config = trust(authority, TransportConfig::default());
        let connecting = endpoint.connect_with(config, address, "localhost").expect("a configuration");
        let connection = within("a handshake", connecting).await?;
        let quic = h3_quinn::Connection::new(connection.clone());
        let (mut driver, http) = h3::client::new(quic)
            .await
            .map_err(|_| connection.close_reason().expect("a connection that is not there any more"))?;
        let driver = tokio::spawn(async move {
            let _ended = std::future::poll_fn(|cx| driver.poll_close(cx)).await;
        });
        Ok(Self { _endpoint: endpoint, connection, http, address, driver })
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path, &[], "").await
    }

    pub(crate) async fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.request(Method::GET, path, fields, "").await
    }

    /// Sends, and reads the answer to its end.
    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: &'static str,
    ) -> Response {
        self.try_request(method, path, fields, body).await.expect("an answer")
    }

    /// The same, where there may be no answer.
    pub(crate) async fn try_request(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: &'static str,
    ) -> Result<Response, String> {
        let mut request =
            Request::builder().method(method).uri(format!("https://localhost:{}{path}", self.address.port()));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a request");
        let mut http = self.http.clone();
        let answered = async {
            let mut stream = http.send_request(request).await.map_err(|error| error.to_string())?;
            if !body.is_empty() {
                stream.send_data(Bytes::from(body)).await.map_err(|error| error.to_string())?;
            }
            stream.finish().await.map_err(|error| error.to_string())?;
            let head = stream.recv_response().await.map_err(|error| error.to_string())?;
            let (mut bytes, mut whole) = (Vec::new(), true);
            loop {
                match stream.recv_data().await {
                    Ok(Some(mut data)) => bytes.extend_from_slice(&data.copy_to_bytes(data.remaining())),
                    Ok(None) => break,
                    Err(_) => {
                        whole = false;
                        break;
                    }
                }
            }
            let (parts, ()) = head.into_parts();
            let (status, headers) = (parts.status, parts.headers);
            Ok(Response { status, version: Version::HTTP_3, headers, body: bytes.into(), whole })
        };
        within("an answer over HTTP/3", answered).await
    }
}

impl Drop for QuicViewer {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl QuicWire {
    /// Connects, and opens no stream.
    pub(crate) async fn connect(
        address: SocketAddr,
        authority: &Authority,
        transport: TransportConfig,
    ) -> Self {
        let endpoint = Endpoint::client(loopback()).expect("loopback");
        let config = trust(authority, transport);
        let connecting = endpoint.connect_with(config, address, "localhost").expect("a configuration");
        let connection = within("a handshake", connecting).await.expect("a connection");
        Self { endpoint, connection, control: None, address }
    }

    /// Opens the control stream.
    pub(crate) async fn begin(&mut self) {
        self.control = Some(self.stream(&begin_control(&Settings::default())).await);
    }

    /// Opens a stream in one direction that begins with these bytes.
    pub(crate) async fn stream(&self, bytes: &[u8]) -> SendStream {
        let mut stream = within("a stream", self.connection.open_uni()).await.expect("a stream");
        // A connection that is over is seen elsewhere.
        let _over = stream.write_all(bytes).await;
        stream
    }

    /// Writes on the control stream.
    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        let control = self.control.as_mut().expect("it was opened");
        let _over = control.write_all(bytes).await;
    }

    /// The frame of a request's fields.
    pub(crate) fn head(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let authority = format!("localhost:{}", self.address.port());
        let line =
            [(":method", method), (":scheme", "https"), (":authority", &authority[..]), (":path", path)];
        let mut block = Vec::new();
        qpack::encode_prefix(&mut block);
        for (name, value) in line.iter().chain(fields) {
            qpack::encode_field(name, value.as_bytes(), &mut block);
        }
        frame(Frame::Headers, &block)
    }

    /// Opens a request's stream and writes these bytes on it.
    pub(crate) async fn send(&self, bytes: &[u8]) -> (SendStream, RecvStream) {
        let (mut send, recv) = within("a stream", self.connection.open_bi()).await.expect("a stream");
        let _over = send.write_all(bytes).await;
        (send, recv)
    }

    /// Sends bytes as a whole request, and reads what comes.
    pub(crate) async fn exchange(&self, bytes: &[u8]) -> QuicAnswer {
        let (mut send, recv) = self.send(bytes).await;
        let _over = send.finish();
        QuicAnswer::read(recv).await
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> QuicAnswer {
        self.exchange(&self.head("GET", path, &[])).await
    }

    /// The code that the edge closes the connection with.
    pub(crate) async fn closed(&self) -> u64 {
        match within("the end of a connection", self.connection.closed()).await {
            ConnectionError::ApplicationClosed(close) => close.error_code.into_inner(),
            other => panic!("{other}"),
        }
    }
}

impl QuicAnswer {
    /// Reads a stream to its end.
    pub(crate) async fn read(mut stream: RecvStream) -> Self {
        let (mut bytes, mut answer) = (Vec::new(), Self::default());
        loop {
            match within("the rest of an answer", stream.read_chunk(1 << 20, true)).await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk.bytes),
                Ok(None) => {
                    answer.whole = true;
                    break;
                }
                Err(quinn::ReadError::Reset(code)) => {
                    answer.reset = Some(code.into_inner());
                    break;
                }
                Err(_) => break,
            }
        }
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let whole = (|| {
                let (kind, first) = varint::read(rest)?;
                let (length, second) = varint::read(&rest[first..])?;
                let length = usize::try_from(length).ok()?;
                rest = &rest[first + second..];
                Some((kind, length))
            })();
            let Some((kind, length)) = whole else {
                answer.whole = false;
                break;
            };
            let content = &rest[..length.min(rest.len())];
            answer.whole &= content.len() == length;
            rest = &rest[content.len()..];
            match kind {
                0 => answer.body.extend_from_slice(content),
                1 => answer.fields(content),
                _ => {}
            }
        }
        answer
    }

    fn fields(&mut self, block: &[u8]) {
        let mut fields = Fields::new();
        qpack::decode(block, 1 << 20, &mut fields).expect("fields");
        let status = fields.iter().find(|(name, _)| *name == b":status").expect("a status").1;
        self.status =
            std::str::from_utf8(status).ok().and_then(|status| status.parse().ok()).expect("a status");
    }
}

/// A frame with this content.
pub(crate) fn frame(kind: Frame, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_head(kind, content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

/// A frame of any type.
pub(crate) fn frame_of(kind: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    varint::write(kind, &mut bytes);
    varint::write(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

/// A client that lets so many bytes of answers come.
pub(crate) fn windows(stream: u32, connection: u32) -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .stream_receive_window(VarInt::from_u32(stream))
        .receive_window(VarInt::from_u32(connection))
        .keep_alive_interval(Some(Duration::from_millis(100)));
    transport
}

/// Another socket on loopback, with another port.
pub(crate) fn another_socket() -> UdpSocket {
    UdpSocket::bind(loopback()).expect("loopback")
}
