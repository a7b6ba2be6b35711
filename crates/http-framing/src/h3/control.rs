//! The client's control stream: settings first, then words about the connection (RFC 9114 section 6.2.1).
//!
//! Each frame is paid for from a credit that requests earn, so that nobody keeps the edge busy with frames alone.

use bytes::Bytes;

use super::frames::{Frame, Heads, take, unexpected};
use super::{Code, Fault, Settings};
use crate::varint;

/// The longest frame that is kept to be read; one of the known that is longer is a fault. Settings are a few dozen bytes.
pub const LONGEST_FRAME: u64 = 1024;

/// Frames that may come before the first request, and the most that requests earn.
const CREDIT: u32 = 256;
/// Frames that one request earns: a priority that changes a few times.
const EARNED: u32 = 8;
/// So many bytes that are skipped cost as much as a frame.
const BYTES_PER_CREDIT: u64 = 1024;

/// Reads the client's control stream.
#[derive(Debug)]
pub struct Control {
    heads: Heads,
    place: Place,
    content: Vec<u8>,
    has_settings: bool,
    most_pushes: Option<u64>,
    last_push: Option<u64>,
    credit: u32,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Between,
    Within(Frame, u64),
    Skipped(u64),
}

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// What it tells of itself, once.
    Settings(Settings),
    /// The priority of the request on a stream, as its text (RFC 9218 section 7.2); the stream may not be open yet.
    Priority {
        /// The number of a stream that clients open for requests.
        stream: u64,
        /// A dictionary of structured fields.
        value: Bytes,
    },
}

impl Default for Control {
    fn default() -> Self {
        Self {
            heads: Heads::default(),
            place: Place::Between,
            content: Vec::new(),
            has_settings: false,
            most_pushes: None,
            last_push: None,
            credit: CREDIT,
        }
    }
}

impl Control {
    /// A request was made: more may be said.
    pub fn earn(&mut self) {
        self.credit = (self.credit + EARNED).min(CREDIT);
    }

    /// Takes the next word off `bytes`; `None` where more of them are needed, and then none are left.
    ///
    /// # Errors
    /// The client broke a rule, or says more than its requests are worth.
    pub fn read(&mut self, bytes: &mut Bytes) -> Result<Option<Word>, Fault> {
        loop {
            match &mut self.place {
                Place::Between => {
                    let Some((kind, length)) = self.heads.read(bytes) else { return Ok(None) };
                    self.place = self.enter(kind, length)?;
                }
                Place::Skipped(left) => {
                    take(bytes, left);
                    if *left > 0 {
                        return Ok(None);
                    }
                    self.place = Place::Between;
                }
                Place::Within(frame, left) => {
                    let (frame, piece) = (*frame, take(bytes, left));
                    let is_whole = *left == 0;
                    self.content.extend_from_slice(&piece);
                    if !is_whole {
                        return Ok(None);
                    }
                    self.place = Place::Between;
                    let content = std::mem::take(&mut self.content);
                    if let Some(word) = self.word(frame, content.into())? {
                        return Ok(Some(word));
                    }
                }
            }
        }
    }

    fn enter(&mut self, kind: u64, length: u64) -> Result<Place, Fault> {
        let frame = Frame::of(kind)?;
        let skipped = if frame.is_none() { length / BYTES_PER_CREDIT } else { 0 };
        let cost = u32::try_from(skipped).unwrap_or(u32::MAX).saturating_add(1);
        self.credit = self.credit.checked_sub(cost).ok_or(Fault::of_connection(
            Code::ExcessiveLoad,
            "more words about the connection than requests",
        ))?;
        match (frame, self.has_settings) {
            (Some(Frame::Settings), true) => return Err(unexpected("settings twice")),
            (Some(Frame::Settings), false) => self.has_settings = true,
            (_, false) => {
                return Err(Fault::of_connection(Code::MissingSettings, "a frame before the settings"));
            }
            _ => {}
        }
        match frame {
            None => Ok(Place::Skipped(length)),
            Some(Frame::Data | Frame::Headers | Frame::PushPromise) => {
                Err(unexpected("a frame that no control stream has"))
            }
            Some(_) if length > LONGEST_FRAME => {
                Err(Fault::of_connection(Code::ExcessiveLoad, "a frame that is too long"))
            }
            Some(frame) => Ok(Place::Within(frame, length)),
        }
    }

    /// What a frame that is whole says.
    fn word(&mut self, frame: Frame, mut content: Bytes) -> Result<Option<Word>, Fault> {
        match frame {
            Frame::Settings => Settings::read(&content).map(|settings| Some(Word::Settings(settings))),
            Frame::PriorityUpdate => {
                let stream = first_integer(&mut content)?;
                // RFC 9000 section 2.1: streams that clients open in both directions.
                if stream % 4 != 0 {
                    return Err(id("the priority of a stream that is no request"));
                }
                Ok(Some(Word::Priority { stream, value: content }))
            }
            Frame::MaxPushId => {
                let most = whole_integer(content)?;
                if self.most_pushes.is_some_and(|before| most < before) {
                    return Err(id("fewer pushes than before"));
                }
                self.most_pushes = Some(most);
                Ok(None)
            }
            Frame::GoAway => {
                let last = whole_integer(content)?;
                if self.last_push.is_some_and(|before| last > before) {
                    return Err(id("more pushes than at the last word"));
                }
                // Nothing is pushed, and whoever makes no more requests needs no answer to that.
                self.last_push = Some(last);
                Ok(None)
            }
            // Nothing was ever promised.
            Frame::CancelPush | Frame::PriorityUpdateOfPush => {
                first_integer(&mut content)?;
                Err(id("a push that was not promised"))
            }
            Frame::Data | Frame::Headers | Frame::PushPromise => {
                Err(unexpected("a frame that no control stream has"))
            }
        }
    }
}

fn id(what: &'static str) -> Fault {
    Fault::of_connection(Code::IdError, what)
}

/// Takes the integer that a frame begins with off its content.
fn first_integer(content: &mut Bytes) -> Result<u64, Fault> {
    let (value, length) =
        varint::read(content).ok_or(Fault::of_connection(Code::FrameError, "a frame without its number"))?;
    let _read = content.split_to(length);
    Ok(value)
}

/// The integer that a frame is.
fn whole_integer(mut content: Bytes) -> Result<u64, Fault> {
    let value = first_integer(&mut content)?;
    if content.is_empty() {
        return Ok(value);
    }
    Err(Fault::of_connection(Code::FrameError, "a frame with more than its number"))
}
