//! From bytes to a report: the schema, and what it cannot say.

use std::marker::PhantomData;

use mapper::Id;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};

use super::{Cell, LARGEST, MAX_BYTES, MAX_CELLS, Report, Segments};
use crate::bucket::{Bucket, Width};
use crate::entry::EntryId;

/// Why bytes are no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Too many bytes.
    #[error("a report has at most {MAX_BYTES} bytes")]
    TooLong,
    /// Not JSON, or not of the schema's shape; with line and column.
    #[error("{0}")]
    Shape(String),
    /// A field holds what it must not.
    #[error("`{field}`: {reason}")]
    Field {
        /// Which, such as `cells[3].count`.
        field: String,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReport {
    v: u64,
    site_id: String,
    bucket: String,
    width_s: u64,
    cells: Vec<Object<WrittenCell>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCell {
    entry_id: String,
    #[serde(default, deserialize_with = "present")]
    segment_number: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    first_segment: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    last_segment: Option<u64>,
    count: u64,
}

/// A JSON object: serde takes a list of values for a struct too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OnlyObjects(PhantomData)).map(Self)
    }
}

struct OnlyObjects<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyObjects<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A field that is there has a number: `null` is none.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    u64::deserialize(deserializer).map(Some)
}

pub(super) fn parse(bytes: &[u8]) -> Result<Report, ReportError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReportError::TooLong);
    }
    let Object(written) = serde_json::from_slice::<Object<WrittenReport>>(bytes)
        .map_err(|error| ReportError::Shape(error.to_string()))?;
    if written.v != 1 {
        return Err(fault("v", "this is version 1"));
    }
    let site = written.site_id.parse::<Id>().map_err(|error| fault("site_id", error))?;
    let bucket = written.bucket.parse::<Bucket>().map_err(|error| fault("bucket", error))?;
    let width = Width::try_from(written.width_s).map_err(|error| fault("width_s", error))?;
    if !bucket.is_of(width) {
        return Err(fault("bucket", "no window of this width begins there"));
    }
    if written.cells.len() > MAX_CELLS {
        return Err(fault("cells", format!("more than {MAX_CELLS}")));
    }
    let mut cells: Vec<Cell> = Vec::with_capacity(written.cells.len());
    for (index, Object(written)) in written.cells.into_iter().enumerate() {
        let cell = cell(index, &written)?;
        if cells.last().is_some_and(|before| before.place() >= cell.place()) {
            return Err(fault(
                format!("cells[{index}]"),
                "the cells are not in order, or one is there twice",
            ));
        }
        cells.push(cell);
    }
    Ok(Report { site, bucket, width, cells })
}

fn cell(index: usize, written: &WrittenCell) -> Result<Cell, ReportError> {
    let field = |name: &str| format!("cells[{index}].{name}");
    let entry = written.entry_id.parse::<EntryId>().map_err(|error| fault(field("entry_id"), error))?;
    let numbers = [
        ("segment_number", written.segment_number),
        ("first_segment", written.first_segment),
        ("last_segment", written.last_segment),
        ("count", Some(written.count)),
    ];
    let too_large = numbers.iter().find(|(_, number)| number.is_some_and(|number| number > LARGEST));
    if let Some((name, _)) = too_large {
        return Err(fault(field(name), format!("larger than {LARGEST}")));
    }
    if written.count == 0 {
        return Err(fault(field("count"), "what was never asked for is not reported"));
    }
    let segments = match (written.segment_number, written.first_segment, written.last_segment) {
        (Some(number), None, None) => Segments::One(number),
        (None, Some(first), Some(last)) if first < last => Segments::Range { first, last },
        (None, Some(_), Some(_)) => return Err(fault(field("last_segment"), "not behind first_segment")),
        (None, None, None) => Segments::Entry,
        _ => {
            let reason = "a cell has segment_number, or first_segment and last_segment, or none of them";
            return Err(fault(format!("cells[{index}]"), reason));
        }
    };
    Ok(Cell { entry, segments, count: written.count })
}

fn fault(field: impl Into<String>, reason: impl std::fmt::Display) -> ReportError {
    ReportError::Field { field: field.into(), reason: reason.to_string() }
}
