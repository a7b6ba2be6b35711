//! What the dates and ages in a response say (RFC 9111 section 4.2). A date that is malformed or repeated counts as
//! none.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AGE, DATE, EXPIRES, LAST_MODIFIED};

use super::{LONGEST, Timing};
use crate::directives::delta_seconds;
use crate::validators::http_date;

/// The `corrected_initial_age` of section 4.2.3: what the response's own date says, or the stated age and the
/// time that the answer took, whichever is more.
pub(super) fn initial_age(headers: &HeaderMap, timing: Timing) -> Duration {
    let apparent = http_date(headers, &DATE).and_then(|date| timing.wall.duration_since(date).ok());
    let delay = timing.received.saturating_duration_since(timing.requested);
    let stated = stated_age(headers).unwrap_or_default();
    apparent.unwrap_or_default().min(LONGEST).max(stated.saturating_add(delay))
}

/// Expires minus Date, or minus the time of arrival when there is no readable Date. An Expires that is malformed or
/// stands there twice means "already expired" (sections 5.3 and 4.2.1).
pub(super) fn expires(headers: &HeaderMap, wall: SystemTime) -> Option<Duration> {
    let mut fields = headers.get_all(EXPIRES).iter();
    let (first, repeated) = (fields.next()?, fields.next().is_some());
    let date = http_date(headers, &DATE).unwrap_or(wall);
    let at = first.to_str().ok().and_then(|text| httpdate::parse_http_date(text).ok());
    Some(at.filter(|_| !repeated).and_then(|at| at.duration_since(date).ok()).unwrap_or_default())
}

/// How long the object had not been changed when it was sent (section 4.2.2); `None` when that is not known.
pub(super) fn unchanged_for(headers: &HeaderMap, wall: SystemTime) -> Option<Duration> {
    let modified = http_date(headers, &LAST_MODIFIED)?;
    http_date(headers, &DATE).unwrap_or(wall).duration_since(modified).ok()
}

/// The Age field (section 5.1): the first member of a list, and none when that is no number. What is passed on
/// without having been stored keeps it, so that the caches behind know too that it was made for somebody else.
pub fn stated_age(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get(AGE)?.as_bytes().split(|&byte| byte == b',');
    let first = lines.map(<[u8]>::trim_ascii).find(|member| !member.is_empty())?;
    delta_seconds(first).map(Duration::from_secs).map(|age| age.min(LONGEST))
}
