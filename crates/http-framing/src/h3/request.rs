//! The stream of one request: fields, a body, perhaps fields behind it (RFC 9114 section 4.1).

use bytes::Bytes;

use super::frames::{Frame, Heads, take, unexpected};
use super::{Code, Fault};

/// Reads the stream of a request.
#[derive(Debug)]
pub struct Stream {
    most: usize,
    heads: Heads,
    place: Place,
    order: Order,
    /// The part of the fields that has come, where they come in pieces.
    begun: Vec<u8>,
}

/// What is read next.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The head of a frame.
    Between,
    /// So many bytes of fields.
    Fields(u64),
    /// So many bytes of a body.
    Data(u64),
    /// So many bytes that nobody needs.
    Skipped(u64),
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Fields,
    Body,
    End,
}

/// What has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The fields of the request, whole, as QPACK wrote them.
    Fields(Bytes),
    /// Bytes of the body.
    Data(Bytes),
}

/// Why a stream is read no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The fields have more bytes than the bound. Nothing of them was kept.
    #[error("the fields are too large")]
    TooLarge,
    /// The client broke a rule.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Stream {
    /// A stream at its beginning. Fields of more than `most` bytes are told as [`Stop::TooLarge`].
    pub fn new(most: usize) -> Self {
        Self { most, heads: Heads::default(), place: Place::Between, order: Order::Fields, begun: Vec::new() }
    }

    /// Takes what comes next off `bytes`; `None` where more of them are needed, and then none are left.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn read(&mut self, bytes: &mut Bytes) -> Result<Option<Part>, Stop> {
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
                Place::Data(left) => {
                    let data = take(bytes, left);
                    if *left == 0 {
                        self.place = Place::Between;
                    }
                    if !data.is_empty() {
                        return Ok(Some(Part::Data(data)));
                    } else if matches!(self.place, Place::Data(_)) {
                        return Ok(None);
                    }
                }
                Place::Fields(left) => {
                    let fields = take(bytes, left);
                    if *left > 0 {
                        self.begun.extend_from_slice(&fields);
                        return Ok(None);
                    }
                    self.place = Place::Between;
                    if self.begun.is_empty() {
                        return Ok(Some(Part::Fields(fields)));
                    }
                    self.begun.extend_from_slice(&fields);
                    return Ok(Some(Part::Fields(std::mem::take(&mut self.begun).into())));
                }
            }
        }
    }

    /// The client says that nothing more comes.
    ///
    /// # Errors
    /// Something is missing.
    pub fn end(&self) -> Result<(), Fault> {
        if !matches!(self.place, Place::Between) || !self.heads.is_empty() {
            return Err(Fault::of_connection(Code::FrameError, "a frame that the stream ends within"));
        }
        if self.order == Order::Fields {
            return Err(Fault::of_stream(Code::RequestIncomplete, "a stream without a request"));
        }
        Ok(())
    }

    /// Goes into a frame.
    fn enter(&mut self, kind: u64, length: u64) -> Result<Place, Stop> {
        match (Frame::of(kind)?, self.order) {
            (None, _) => Ok(Place::Skipped(length)),
            (Some(Frame::Headers), order) => {
                let is_too_large = usize::try_from(length).is_ok_and(|length| length > self.most);
                match order {
                    Order::End => Err(unexpected("fields behind the last ones").into()),
                    _ if is_too_large => Err(Stop::TooLarge),
                    Order::Fields => {
                        self.order = Order::Body;
                        Ok(Place::Fields(length))
                    }
                    Order::Body => {
                        // Nobody needs what stands behind a body, and without a dynamic table nothing depends on it.
                        self.order = Order::End;
                        Ok(Place::Skipped(length))
                    }
                }
            }
            (Some(Frame::Data), Order::Body) => Ok(Place::Data(length)),
            (Some(Frame::Data), _) => Err(unexpected("a body without fields before it").into()),
            (Some(_), _) => Err(unexpected("a frame that no request has").into()),
        }
    }
}
