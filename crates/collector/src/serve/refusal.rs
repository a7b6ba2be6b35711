//! Why a report is not stored: what its sender is told, and what is counted.

use http::StatusCode;
use telemetry::report::{MAX_BYTES, ReportError};

use super::answer::{self, Answer};
use super::body::BodyError;
use super::malformed;
use crate::metrics::Outcome;

/// A reason.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The token is not shown.
    Unauthorised,
    /// The content type is another.
    Type,
    /// The content encoding is another.
    Encoding,
    /// There is no key.
    Key,
    /// Too many at once.
    Busy,
    /// The body did not come as it should.
    Body(BodyError),
    /// The body is no report.
    Malformed(ReportError),
    /// Another report has its key.
    Conflict,
    /// The database did not take it.
    Unavailable,
}

impl Refusal {
    /// As it is counted.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Unauthorised => Outcome::Unauthorised,
            Self::Type | Self::Encoding => Outcome::Unsupported,
            Self::Body(BodyError::TooLarge) | Self::Malformed(ReportError::TooLong) => Outcome::TooLarge,
            Self::Key | Self::Body(BodyError::NotGzip) | Self::Malformed(_) => Outcome::Malformed,
            Self::Body(BodyError::Slow | BodyError::Broken) => Outcome::CutOff,
            Self::Busy => Outcome::Busy,
            Self::Conflict => Outcome::Conflict,
            Self::Unavailable => Outcome::Unavailable,
        }
    }

    /// As it is answered.
    pub(super) fn answer(&self) -> Answer {
        let bad = |reason: &str| answer::fault(StatusCode::BAD_REQUEST, reason);
        match self {
            Self::Unauthorised => answer::unauthorised(),
            Self::Type => answer::other_type(),
            Self::Encoding => answer::other_encoding(),
            Self::Key => bad("idempotency-key: a key has 32 hexadecimal digits"),
            Self::Busy => answer::busy(),
            Self::Body(BodyError::TooLarge) | Self::Malformed(ReportError::TooLong) => {
                let reason = format!("a report has at most {MAX_BYTES} bytes");
                answer::fault(StatusCode::PAYLOAD_TOO_LARGE, &reason)
            }
            Self::Body(BodyError::Slow) => {
                answer::fault(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")
            }
            Self::Body(BodyError::Broken) => {
                // No fault of the report: it may come again.
                answer::fault(StatusCode::REQUEST_TIMEOUT, "the body broke off")
            }
            Self::Body(BodyError::NotGzip) => bad("content-encoding: the body is not one member of gzip"),
            Self::Malformed(error) => bad(&malformed::words(error)),
            Self::Conflict => {
                let reason = "idempotency-key: another report has this key";
                answer::fault(StatusCode::UNPROCESSABLE_ENTITY, reason)
            }
            Self::Unavailable => answer::unavailable(),
        }
    }
}
