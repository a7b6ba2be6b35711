//! What the answer to a report means, and when to try again. Decisions alone: the edge sends, waits and obeys.
//!
//! A report counts once however often it is sent, for it carries the same key each time. So all that is uncertain is
//! tried again, with the same bytes; a report is given up only when the collector says that it will never take it.
//!
//! # Invariants
//! - No answer that refuses for now makes the edge ask again sooner than [`pace::SHORTEST`] after it, nor, by its own word, later than
//!   [`retry_after::LONGEST`].
//! - Cutting a report in two loses no cell and adds none.
//!
//! Deliberately absent: following redirects. Where reports go is the operator's decision alone.

pub mod cut;
pub mod pace;
pub mod retry_after;

use std::time::{Duration, SystemTime};

/// What is to be done with a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The collector has it: forget it.
    Delivered,
    /// The collector takes shorter ones: cut it in two.
    TooLarge,
    /// It will never be taken: set it aside, and go on with the next.
    SetAside,
    /// This is no place for reports, or not for those of this edge: keep all, and ask rarely.
    Misdirected,
    /// Not now: keep all, and try again, no sooner than in the time that the collector asked for.
    Later(Option<Duration>),
}

impl Verdict {
    /// What a collector means that answers with this status, and perhaps `Retry-After`; `now` is wall-clock time. Where
    /// there is no answer, or one that is not HTTP, it is [`Self::Later`] without a time.
    pub fn of_answer(status: u16, retry_after: Option<&str>, now: SystemTime) -> Self {
        match status {
            200..=299 => Self::Delivered,
            413 => Self::TooLarge,
            400 | 415 | 422 => Self::SetAside,
            408 | 425 | 429 => Self::Later(retry_after.and_then(|text| retry_after::parse(text, now))),
            300..=499 => Self::Misdirected,
            // Also what no version of HTTP has, below 200 and above 599.
            _ => Self::Later(retry_after.and_then(|text| retry_after::parse(text, now))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, retry_after: Option<&str>) -> Verdict {
        Verdict::of_answer(status, retry_after, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn every_status_has_one_meaning() {
        for (statuses, verdict) in [
            (&[200, 201, 202, 204, 299][..], Verdict::Delivered),
            (&[413], Verdict::TooLarge),
            (&[400, 415, 422], Verdict::SetAside),
            (&[300, 301, 302, 303, 307, 308, 401, 403, 404, 405, 407, 410, 499], Verdict::Misdirected),
            (&[0, 101, 408, 425, 429, 500, 502, 503, 504, 599, 600, 999], Verdict::Later(None)),
        ] {
            for status in statuses {
                assert_eq!(of(*status, None), verdict, "{status}");
            }
        }
    }

    #[test]
    fn the_time_that_the_collector_asks_for_counts_where_it_may_be_tried_again() {
        for status in [408, 429, 500, 503] {
            assert_eq!(of(status, Some("7")), Verdict::Later(Some(Duration::from_secs(7))), "{status}");
            assert_eq!(of(status, Some("soon")), Verdict::Later(None), "{status}");
        }
        assert_eq!(of(201, Some("7")), Verdict::Delivered);
        assert_eq!(of(413, Some("7")), Verdict::TooLarge);
        assert_eq!(of(401, Some("7")), Verdict::Misdirected);
    }
}
