//! `Cache-Status` (RFC 9211): how this edge came to an answer, for operators who look for it.
//!
//! Off for viewers by default: hit or miss tells who watched before. The member names neither the key nor anything
//! of the request.

use std::fmt::Write as _;

use http::{HeaderName, HeaderValue, StatusCode};

use crate::metrics::Outcome;

/// The field's name.
pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Why a request went forward (RFC 9211 section 2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Forward {
    /// Nothing was stored.
    #[default]
    UriMiss,
    /// Some slices were stored, but not all that is needed.
    Partial,
    /// What was stored was stale.
    Stale,
    /// The viewer wished so.
    Request,
    /// The answers are for one request each.
    Bypass,
    /// The method is not one that is answered from a cache.
    Method,
}

/// How an answer came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Why somebody asked the origin, if anybody did.
    pub forward: Forward,
    /// The status that the origin gave.
    pub status: Option<StatusCode>,
    /// Whether the answer is kept.
    pub stored: bool,
    /// Seconds that it stays fresh; negative when it is stale.
    pub ttl: Option<i64>,
}

impl Forward {
    fn as_str(self) -> &'static str {
        match self {
            Self::UriMiss => "uri-miss",
            Self::Partial => "partial",
            Self::Stale => "stale",
            Self::Request => "request",
            Self::Bypass => "bypass",
            Self::Method => "method",
        }
    }
}

/// This edge's member of the list.
pub(crate) fn member(outcome: Outcome, account: Account) -> HeaderValue {
    let Account { forward, status, stored, ttl } = account;
    let mut text = String::from("spokecast");
    let forwarded = |text: &mut String| {
        text.extend(["; fwd=", forward.as_str()]);
        if let Some(status) = status {
            text.extend(["; fwd-status=", status.as_str()]);
        }
    };
    match outcome {
        Outcome::Hit => text.push_str("; hit"),
        Outcome::Stale => text.push_str("; hit; detail=stale"),
        Outcome::Revalidated => {
            text.push_str("; hit");
            forwarded(&mut text);
        }
        Outcome::Fill | Outcome::Join => forwarded(&mut text),
    }
    if stored {
        text.push_str("; stored");
    }
    if outcome == Outcome::Join {
        text.push_str("; collapsed");
    }
    if let Some(ttl) = ttl {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "; ttl={ttl}");
    }
    // Only names and numbers of this file stand in it.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("spokecast"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_say_what_happened() {
        let nothing = Account::default();
        let fresh = Account { ttl: Some(30), ..nothing };
        let filled = Account { status: Some(StatusCode::OK), stored: true, ..nothing };
        let renewed = Account {
            forward: Forward::Stale,
            status: Some(StatusCode::NOT_MODIFIED),
            ttl: Some(60),
            ..nothing
        };
        let alone = Account { forward: Forward::Bypass, status: Some(StatusCode::OK), ..nothing };
        for (outcome, account, expected) in [
            (Outcome::Hit, fresh, "spokecast; hit; ttl=30"),
            (Outcome::Stale, Account { ttl: Some(-7), ..nothing }, "spokecast; hit; detail=stale; ttl=-7"),
            (Outcome::Fill, filled, "spokecast; fwd=uri-miss; fwd-status=200; stored"),
            (Outcome::Join, filled, "spokecast; fwd=uri-miss; fwd-status=200; stored; collapsed"),
            (Outcome::Revalidated, renewed, "spokecast; hit; fwd=stale; fwd-status=304; ttl=60"),
            (Outcome::Fill, alone, "spokecast; fwd=bypass; fwd-status=200"),
        ] {
            assert_eq!(member(outcome, account), expected);
        }
    }
}
