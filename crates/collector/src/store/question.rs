//! What can be asked, and what an answer is.

use std::fmt;
use std::str::FromStr;

use mapper::Id;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use telemetry::bucket::Bucket;
use telemetry::entry::EntryId;
use telemetry::report::{LARGEST, Segments};

use super::{WHOLE, ends};

/// How often was it asked for? Of what is not named, all counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// At this site.
    pub site: Option<Id>,
    /// This entry.
    pub entry: Option<EntryId>,
    /// In windows that begin at this moment or later.
    pub from: Option<Bucket>,
    /// In windows that begin before this moment.
    pub to: Option<Bucket>,
    /// Tell segments apart, as reports did; else one sum per entry.
    pub segments: bool,
    /// The most sums on a page.
    pub limit: u32,
    /// Go on behind this one.
    pub after: Option<Cursor>,
}

impl Question {
    /// The most sums on a page.
    pub const MOST: u32 = 10_000;
}

impl Default for Question {
    fn default() -> Self {
        Self { site: None, entry: None, from: None, to: None, segments: false, limit: 1000, after: None }
    }
}

/// Sums, in the order of entry, first and last segment; those of whole entries last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The sums.
    pub counts: Vec<Count>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
}

/// One sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Of this entry.
    pub entry: EntryId,
    /// Of these of its segments; none where segments are not told apart.
    pub segments: Option<Segments>,
    /// How often they were asked for. Sums of the largest counts need more digits than a count has.
    pub count: u128,
}

/// The last sum of a page: `1_abcd1234`, or where segments are told apart `1_abcd1234,1180,1189` and `1_abcd1234,,`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) entry: EntryId,
    pub(super) segments: Option<Segments>,
}

/// A text that is no [`Cursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the next page begins where `next` of the one before says")]
pub struct NotACursor;

/// A text that names no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a moment is written like 2026-11-21T10:15Z, or as a day like 2026-11-21 (UTC)")]
pub struct NotAMoment;

/// A moment that windows may begin at: to the minute, or the first one of a day.
pub fn moment(text: &str) -> Result<Bucket, NotAMoment> {
    let day = || format!("{text}T00:00Z").parse();
    text.parse().or_else(|_| day()).map_err(|_| NotAMoment)
}

impl Cursor {
    /// Whether it is of pages that tell segments apart.
    pub fn is_of_segments(&self) -> bool {
        self.segments.is_some()
    }

    /// How it stands in the table; without segments behind all of the entry.
    pub(super) fn place(&self) -> (&str, u64, u64) {
        let (first, last) = ends(self.segments.unwrap_or(Segments::Entry));
        (self.entry.as_str(), first, last)
    }
}

/// What stands in the table, as what it means.
pub(super) fn segments(first: u64, last: u64) -> Segments {
    match (first, last) {
        (WHOLE, _) => Segments::Entry,
        (first, last) if first == last => Segments::One(first),
        (first, last) => Segments::Range { first, last },
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.as_str())?;
        match self.segments {
            None => Ok(()),
            Some(Segments::Entry) => f.write_str(",,"),
            Some(segments) => {
                let (first, last) = ends(segments);
                write!(f, ",{first},{last}")
            }
        }
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let mut parts = text.split(',');
        let entry = parts.next().unwrap_or_default().parse().map_err(|_| NotACursor)?;
        let number = |text: &str| {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|number| plain && *number <= LARGEST).ok_or(NotACursor)
        };
        let segments = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => None,
            (Some(""), Some(""), None) => Some(Segments::Entry),
            (Some(first), Some(last), None) => match (number(first)?, number(last)?) {
                (first, last) if first <= last => Some(segments(first, last)),
                _ => return Err(NotACursor),
            },
            _ => return Err(NotACursor),
        };
        Ok(Self { entry, segments })
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("entry_id", self.entry.as_str())?;
        match self.segments {
            Some(Segments::One(number)) => map.serialize_entry("segment_number", &number)?,
            Some(Segments::Range { first, last }) => {
                map.serialize_entry("first_segment", &first)?;
                map.serialize_entry("last_segment", &last)?;
            }
            Some(Segments::Entry) | None => {}
        }
        map.serialize_entry("count", &self.count)?;
        map.end()
    }
}

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("counts", &self.counts)?;
        map.serialize_entry("next", &self.next.as_ref().map(ToString::to_string))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_goes_there_and_back() {
        for text in ["1_a", "urn:x~y", "1_a,,", "1_a,0,0", "1_a,10,19", "1_a,0,9007199254740991"] {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            ",",
            "a,",
            "a,1",
            "a,1,",
            "a,2,1",
            "a,1,1,1",
            "a,+1,1",
            "a,1,9007199254740992",
            "a b",
            "a,-1,1",
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(NotACursor), "{bad:?}");
        }
    }

    #[test]
    fn a_sum_keeps_all_its_digits() {
        let entry: EntryId = "1_a".parse().unwrap();
        let counts = [
            None,
            Some(Segments::One(7)),
            Some(Segments::Range { first: 1, last: 2 }),
            Some(Segments::Entry),
        ]
        .map(|segments| Count { entry: entry.clone(), segments, count: 1 << 70 })
        .to_vec();
        let page = Page { counts, next: Some("1_a,,".parse().unwrap()) };
        let expected = concat!(
            r#"{"counts":[{"entry_id":"1_a","count":1180591620717411303424},"#,
            r#"{"entry_id":"1_a","segment_number":7,"count":1180591620717411303424},"#,
            r#"{"entry_id":"1_a","first_segment":1,"last_segment":2,"count":1180591620717411303424},"#,
            r#"{"entry_id":"1_a","count":1180591620717411303424}],"next":"1_a,,"}"#,
        );
        assert_eq!(serde_json::to_string(&page).unwrap(), expected);
    }
}
