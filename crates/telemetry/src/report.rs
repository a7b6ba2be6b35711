//! The report: all that ever leaves a site about what was watched there.
//!
//! ```json
//! {"v":1,"site_id":"s17","bucket":"2026-11-21T10:15Z","width_s":900,"cells":[
//! {"entry_id":"1_abcd1234","segment_number":1180,"count":35},
//! {"entry_id":"1_abcd1234","first_segment":1180,"last_segment":1189,"count":12},
//! {"entry_id":"1_abcd1234","count":7}]}
//! ```
//!
//! A cell counts one segment, or those segments of a range that have no cell of their own, or those of an entry that
//! have neither. So each request is in one cell at most, and no difference of cells tells about another. [`SCHEMA`] is
//! the published form.
//!
//! # Invariants
//! - A report that is equal has equal bytes ([`Report::encode`]): no white space, fields in the order above, cells in
//!   the order of entry, then first and last segment, those of whole entries last.
//! - Nothing that is not in the schema is read ([`Report::parse`]) or can be written.
//!
//! Deliberately absent: which edge, which time to the second, how many viewers, how many bytes.

mod cell;
mod parse;

use std::fmt::Write as _;

use mapper::Id;

pub use cell::{Cell, Segments};
pub use parse::ReportError;

use crate::bucket::{Bucket, Width};

/// The JSON Schema of a report (draft 2020-12).
pub const SCHEMA: &str = include_str!("../report.schema.json");

/// The largest number in a report, of which every reader of JSON knows all digits (RFC 8259 section 6).
pub const LARGEST: u64 = (1 << 53) - 1;

/// The most cells of one report.
pub const MAX_CELLS: usize = 10_000;

/// The longest report, in bytes: [`MAX_CELLS`] of the longest cells.
pub const MAX_BYTES: usize = 2 << 20;

/// How often what was asked for at one site in one window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Where.
    pub site: Id,
    /// When the window begins.
    pub bucket: Bucket,
    /// How long it is.
    pub width: Width,
    /// The counts, in order, each cell once.
    pub cells: Vec<Cell>,
}

impl Report {
    /// The one way in which it is written.
    pub fn encode(&self) -> Vec<u8> {
        let Self { site, bucket, width, cells } = self;
        let mut text = format!(
            r#"{{"v":1,"site_id":"{site}","bucket":"{bucket}","width_s":{},"cells":["#,
            width.seconds()
        );
        for (index, cell) in cells.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // Writing into a text cannot fail.
            let _infallible = write!(text, "{comma}{cell}");
        }
        text.push_str("]}");
        text.into_bytes()
    }

    /// Reads a report.
    ///
    /// # Errors
    /// What is wrong, and where: the place in the text, or the field.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        parse::parse(bytes)
    }
}

#[cfg(test)]
mod tests;
