//! HTTP/2 frame by frame (RFC 9113), for what no client library would send.

use std::fmt::Debug;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::wire::send_in_time;
use super::within;

/// The kinds of frames (section 6) that these tests send or look for.
pub(crate) mod kind {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const PRIORITY: u8 = 2;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;
    /// RFC 9218 section 7.1.
    pub(crate) const PRIORITY_UPDATE: u8 = 16;
}

/// Why a stream or a connection ends (section 7).
pub(crate) mod code {
    pub(crate) const PROTOCOL_ERROR: u32 = 1;
    pub(crate) const FLOW_CONTROL_ERROR: u32 = 3;
    pub(crate) const STREAM_CLOSED: u32 = 5;
    pub(crate) const FRAME_SIZE_ERROR: u32 = 6;
    pub(crate) const COMPRESSION_ERROR: u32 = 9;
    pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;
}

/// Flags of DATA, HEADERS and CONTINUATION.
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const PADDED: u8 = 8;

/// Flag of SETTINGS and PING.
pub(crate) const ACK: u8 = 1;

/// The setting of the window that each stream begins with (section 6.5.2).
pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;

/// A frame that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// What carries frames: TCP, or TLS over it.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Debug + Send + Unpin> Carrier for T {}

/// A connection to the edge whose frames are written by hand.
#[derive(Debug)]
pub(crate) struct Frames {
    stream: Box<dyn Carrier>,
    unread: Vec<u8>,
    /// Why the edge ends the connection, if it said so.
    told: Option<u32>,
}

impl Frames {
    /// Connects, and sends the preface with these settings.
    pub(crate) async fn open(address: SocketAddr, settings: &[(u16, u32)]) -> Self {
        Self::over(TcpStream::connect(address).await.expect("connects"), settings).await
    }

    /// The same over a connection that is there.
    pub(crate) async fn over(stream: impl Carrier + 'static, settings: &[(u16, u32)]) -> Self {
        let mut frames = Self { stream: Box::new(stream), unread: Vec::new(), told: None };
        frames.send(opening(settings)).await;
        frames
    }

    /// Sends bytes; a peer that has closed already is no fault here.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = async {
            self.stream.write_all(bytes.as_ref()).await?;
            self.stream.flush().await
        };
        let _closed = within("room to send", sent).await;
    }

    /// The next frame; `None` when the connection is closed.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.take() {
                return Some(frame);
            }
            let read = within("a frame or a close", self.stream.read_buf(&mut self.unread)).await;
            if !matches!(read, Ok(1..)) {
                return None;
            }
        }
    }

    /// The next frame for which `wanted` holds; `None` when the connection is closed before it.
    pub(crate) async fn wait_for(&mut self, wanted: impl Fn(&Frame) -> bool) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if wanted(&frame) {
                return Some(frame);
            }
        }
    }

    /// Sends while it reads and drops what comes, until the peer closes.
    pub(crate) async fn flood(&mut self, bytes: &[u8]) {
        let (mut reader, mut writer) = tokio::io::split(&mut self.stream);
        let mut sent = 0;
        while sent < bytes.len() {
            let step = async {
                tokio::select! {
                    written = writer.write(&bytes[sent..]) => written.map(|count| (count, false)),
                    read = reader.read_buf(&mut self.unread) => read.map(|count| (0, count == 0)),
                }
            };
            match within("the peer to read or to close", step).await {
                Ok((count, false)) => sent += count,
                Ok((_, true)) | Err(_) => break,
            }
            while let Some(frame) = split_off(&mut self.unread) {
                self.told = told(&frame).or(self.told);
            }
        }
        let _closed = within("room to send", self.stream.flush()).await;
    }

    /// Sends without ever reading, until the peer takes no more; says whether it took all.
    pub(crate) async fn flood_unread(&mut self, bytes: &[u8]) -> bool {
        send_in_time(&mut self.stream, bytes).await
    }

    /// Reads until the edge closes the connection; the code that it gave for that (GOAWAY).
    pub(crate) async fn end(mut self) -> Option<u32> {
        while self.next().await.is_some() {}
        self.told
    }

    /// Reads until the edge answers a question, or closes the connection: whether it answered, and the code if not.
    pub(crate) async fn lives(&mut self) -> Result<(), Option<u32>> {
        let question = *b"still on";
        self.send(frame(kind::PING, 0, 0, &question)).await;
        let answers = |frame: &Frame| frame.kind == kind::PING && frame.payload == question;
        self.wait_for(answers).await.map(drop).ok_or(self.told)
    }

    fn take(&mut self) -> Option<Frame> {
        let frame = split_off(&mut self.unread)?;
        self.told = told(&frame).or(self.told);
        Some(frame)
    }
}

/// The code of GOAWAY, where it says that something is wrong.
fn told(frame: &Frame) -> Option<u32> {
    (frame.kind == kind::GOAWAY).then(|| number(&frame.payload[4..8])).filter(|code| *code != 0)
}

/// Takes the first frame off, when it is there whole.
fn split_off(bytes: &mut Vec<u8>) -> Option<Frame> {
    let head = bytes.get(..9)?;
    let length = number(&head[..3]) as usize;
    let (kind, flags, stream) = (head[3], head[4], number(&head[5..9]));
    let payload = bytes.get(9..9 + length)?.to_vec();
    bytes.drain(..9 + length);
    Some(Frame { kind, flags, stream, payload })
}

/// A number in network order.
pub(crate) fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

/// A frame as it is sent.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// The preface and the first SETTINGS.
pub(crate) fn opening(settings: &[(u16, u32)]) -> Vec<u8> {
    let payload: Vec<u8> = settings
        .iter()
        .flat_map(|(name, value)| name.to_be_bytes().into_iter().chain(value.to_be_bytes()))
        .collect();
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(kind::SETTINGS, 0, 0, &payload)[..]].concat()
}

/// A HEADERS frame that asks for `path` and ends its stream.
pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(kind::HEADERS, END_STREAM | END_HEADERS, stream, &request("GET", path, &[]))
}

/// The field block of a request: literals that enter no table (RFC 7541 section 6.2.2).
pub(crate) fn request(method: &str, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let pseudo = [(":method", method), (":scheme", "http"), (":authority", "edge"), (":path", path)];
    literals(&[&pseudo[..], fields].concat())
}

/// Fields as literals.
pub(crate) fn literals(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            string(&mut block, text);
        }
    }
    block
}

/// A string without Huffman coding, its length as an integer with a prefix of seven bits.
fn string(block: &mut Vec<u8>, text: &str) {
    let mut length = text.len();
    if length < 127 {
        block.push(u8::try_from(length).expect("short"));
    } else {
        block.push(127);
        length -= 127;
        while length >= 128 {
            block.push(u8::try_from(length % 128).expect("seven bits") | 128);
            length /= 128;
        }
        block.push(u8::try_from(length).expect("seven bits"));
    }
    block.extend_from_slice(text.as_bytes());
}

/// `RST_STREAM` with CANCEL.
pub(crate) fn cancel(stream: u32) -> Vec<u8> {
    frame(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes())
}

/// `WINDOW_UPDATE`; stream 0 is the connection.
pub(crate) fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    frame(kind::WINDOW_UPDATE, 0, stream, &increment.to_be_bytes())
}
