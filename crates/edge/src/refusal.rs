//! Why a request is not served: the one place where a fault becomes a status.
//!
//! Messages are fixed text. Nothing of the request stands in them, so that they cannot carry an address,
//! a credential or markup.

use http::StatusCode;
use segment_cache::FillError;

/// A request that is answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request is not well-formed.
    Malformed(&'static str),
    /// A relay path names a host that is not allowed.
    HostNotAllowed,
    /// The method is not served.
    Method,
    /// An unsafe request depends on a field that is not passed on.
    NotPassed,
    /// The request body is larger than is read and dropped.
    BodyTooLarge,
    /// The target is longer than the bound.
    TargetTooLong,
    /// The head is larger than the bound.
    HeadTooLarge,
    /// The range lies outside the object of so many bytes.
    Range(u64),
    /// This edge is not told to serve the viewer.
    NotAdmitted,
    /// The map says that the viewer is not served at all.
    NotServed,
    /// A question to the edge itself that it cannot answer.
    Question(&'static str),
    /// The request came around to the edge that sent it.
    Loop,
    /// Too many requests wait.
    Busy,
    /// The request wanted what is stored alone (RFC 9111 section 5.2.1.7), and there is nothing.
    OnlyIfCached,
    /// The address has made too many requests in this second.
    TooOften,
    /// The fill failed.
    Fill(FillError),
}

impl Refusal {
    /// The status.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::NotPassed | Self::Question(_) => StatusCode::BAD_REQUEST,
            Self::HostNotAllowed | Self::NotAdmitted | Self::NotServed => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Range(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Loop => StatusCode::LOOP_DETECTED,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::OnlyIfCached => StatusCode::GATEWAY_TIMEOUT,
            Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Self::Fill(error) => match error {
                FillError::TimedOut => StatusCode::GATEWAY_TIMEOUT,
                FillError::Overloaded | FillError::NoMemory | FillError::TooSlow => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                FillError::Unreachable
                | FillError::CutOff
                | FillError::Invalid
                | FillError::Changed
                | FillError::Abandoned => StatusCode::BAD_GATEWAY,
            },
        }
    }

    /// A short reason.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Malformed(what) | Self::Question(what) => what,
            Self::NotAdmitted => "this edge does not serve your network",
            Self::NotServed => "video is not served in your network",
            Self::HostNotAllowed => "this edge does not relay to that host",
            Self::Method => "this method is not served here",
            Self::NotPassed => "a request that is passed on may have no condition, range or content coding",
            Self::BodyTooLarge => "a request for media needs no body",
            Self::TargetTooLong => "the request target is too long",
            Self::HeadTooLarge => "the request head is too large",
            Self::Range(_) => "the range lies outside the object",
            Self::Loop => "the request came back to the edge that sent it",
            Self::OnlyIfCached => "nothing that may be used is stored, and only that was asked for",
            Self::TooOften => "too many requests in a second; try again shortly",
            Self::Busy => "too many requests wait; try again shortly",
            Self::Fill(error) => match error {
                FillError::Unreachable => "the origin could not be reached",
                FillError::TimedOut => "the origin took too long",
                FillError::CutOff => "the origin cut its answer off",
                FillError::Invalid => "the origin sent an invalid answer",
                FillError::Changed => "the origin changed the object meanwhile",
                FillError::Overloaded => "too many requests wait for the origin; try again shortly",
                FillError::NoMemory => "the edge is out of memory for this; try again shortly",
                FillError::Abandoned => "the edge gave the request to the origin up",
                FillError::TooSlow => "the request was read too slowly",
            },
        }
    }

    /// Whether where the next request begins is in doubt, so that none may follow: the rest of a body stands
    /// in the way, or the client's notion of framing may differ.
    pub(crate) fn ends_connection(self) -> bool {
        matches!(self, Self::Malformed(_) | Self::BodyTooLarge)
    }

    /// Whether trying again soon makes sense, as Retry-After says.
    pub(crate) fn is_temporary(self) -> bool {
        matches!(self.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
    }
}

impl From<FillError> for Refusal {
    fn from(error: FillError) -> Self {
        Self::Fill(error)
    }
}
