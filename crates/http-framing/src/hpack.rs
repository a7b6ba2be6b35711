//! Field compression of HTTP/2 (RFC 7541): a decoder of requests, and an encoder of answers that uses no dynamic table.
//!
//! # Invariants
//! - A connection holds its dynamic table and nothing else, and that not before its client puts something into it.
//! - Beside the fields that it keeps, a decoder takes memory for one field: 8/5 of the block, and a name out of a table.
//! - What it reads in all is bounded too: a block whose fields are a mebibyte larger than what is kept of them is given up.
//! - A block whose fields are all in a table is decoded without allocation, once the fields' buffer has grown.

mod dynamic_table;
mod static_table;

use crate::fields::{Decoded, Fields, Intake};
use crate::static_table::{Found, digits};
use crate::{integer, string};
use dynamic_table::DynamicTable;
use static_table::TABLE;

/// What the first bits of a field say, and how many bits are left for its index (RFC 7541 section 6).
const INDEXED: (u8, u32) = (0x80, 7);
const LITERAL_INDEXED: (u8, u32) = (0x40, 6);
const TABLE_SIZE: (u8, u32) = (0x20, 5);
const LITERAL: (u8, u32) = (0x00, 4);

/// The bits for a string's length.
const STRING: u32 = 7;

/// The size of a table about which nothing was said (RFC 9113 section 6.5.2).
const INITIAL_TABLE: usize = 4096;

/// Why a block cannot be read: a connection error of type `COMPRESSION_ERROR` (RFC 9113 section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An index or a size cannot be read, or the block ends within it.
    #[error(transparent)]
    Integer(#[from] integer::Error),
    /// A name or a value cannot be read.
    #[error(transparent)]
    String(#[from] string::Error),
    /// An index points at no entry.
    #[error("an index points at no entry of the tables")]
    Index,
    /// The dynamic table was to become larger than we announced.
    #[error("the dynamic table was to become larger than announced")]
    TableSize,
    /// The fields are many times larger than what is kept of them.
    #[error("the fields of a block are many times too large")]
    Overrun,
    /// The dynamic table's size changes after the first field of a block.
    #[error("the size of the dynamic table changes within a block")]
    LateTableSize,
}

/// The state of one connection's requests.
pub struct Decoder {
    table: DynamicTable,
    max_table: usize,
}

/// The table holds what viewers wrote, which is shown to nobody.
impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("max_table", &self.max_table).finish_non_exhaustive()
    }
}

impl Decoder {
    /// `max_table` is the size that we announce (`SETTINGS_HEADER_TABLE_SIZE`). Less than 4,096 counts as 4,096: a client may
    /// use that much before it has read what we announce.
    pub const fn new(max_table: usize) -> Self {
        let max_table = if max_table < INITIAL_TABLE { INITIAL_TABLE } else { max_table };
        Self { table: DynamicTable::new(INITIAL_TABLE), max_table }
    }

    /// Adds the fields of a whole block to `fields`, up to `most` bytes by the count of RFC 9113 section 6.5.2. Larger
    /// ones are read to their end, so that the table stays right.
    ///
    /// # Errors
    /// The connection is lost with all its requests: the table is no longer what the client believes. `fields` is as it was.
    pub fn decode(&mut self, block: &[u8], most: usize, fields: &mut Fields) -> Result<Decoded, Error> {
        Intake::run(fields, most, |intake| self.read(block, intake))
    }

    fn read(&mut self, mut block: &[u8], intake: &mut Intake<'_>) -> Result<(), Error> {
        let mut has_begun = false;
        while let Some(&first) = block.first() {
            if first >= INDEXED.0 {
                let index = integer::read(&mut block, INDEXED.1)?;
                self.push_indexed(index, intake)?;
            } else if first >= LITERAL_INDEXED.0 {
                self.read_literal(&mut block, LITERAL_INDEXED.1, true, intake)?;
            } else if first < TABLE_SIZE.0 {
                // Those that are never to be indexed differ in one bit that is for those who hand fields on.
                self.read_literal(&mut block, LITERAL.1, false, intake)?;
            } else if has_begun {
                return Err(Error::LateTableSize);
            } else {
                self.resize(integer::read(&mut block, TABLE_SIZE.1)?)?;
                continue;
            }
            has_begun = true;
            if intake.is_overrun() {
                return Err(Error::Overrun);
            }
        }
        Ok(())
    }

    fn resize(&mut self, size: usize) -> Result<(), Error> {
        if size > self.max_table {
            return Err(Error::TableSize);
        }
        self.table.resize(size);
        Ok(())
    }

    fn push_indexed(&self, index: usize, intake: &mut Intake<'_>) -> Result<(), Error> {
        let index = index.checked_sub(1).ok_or(Error::Index)?;
        if let Some((name, value)) = TABLE.field(index) {
            intake.push(name, value);
            return Ok(());
        }
        let place = self.table.find(index - TABLE.0.len()).ok_or(Error::Index)?;
        if intake.admits(place.name_length + place.value_length) {
            self.table.copy_name(place, intake.bytes());
            let name_end = intake.bytes().len();
            self.table.copy_value(place, intake.bytes());
            intake.keep(name_end);
        }
        Ok(())
    }

    fn read_literal(
        &mut self,
        block: &mut &[u8],
        prefix: u32,
        is_indexed: bool,
        intake: &mut Intake<'_>,
    ) -> Result<(), Error> {
        let index = integer::read(block, prefix)?;
        self.read_name(index, block, intake.bytes())?;
        let name_end = intake.bytes().len();
        string::read(block, STRING, intake.bytes())?;
        if is_indexed {
            let (name, value) = intake.draft(name_end);
            self.table.insert(name, value);
        }
        intake.finish(name_end);
        Ok(())
    }

    fn read_name(&self, index: usize, block: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let Some(index) = index.checked_sub(1) else {
            return Ok(string::read(block, STRING, out)?);
        };
        if let Some((name, _)) = TABLE.field(index) {
            out.extend_from_slice(name);
        } else {
            let place = self.table.find(index - TABLE.0.len()).ok_or(Error::Index)?;
            self.table.copy_name(place, out);
        }
        Ok(())
    }
}

/// Appends the field `:status` with three digits.
pub fn encode_status(status: u16, block: &mut Vec<u8>) {
    encode_field(":status", &digits(status), block);
}

/// Appends a field, without an entry in the dynamic table. The name is in lower case (RFC 9113 section 8.2.1); one with a colon
/// before it will do as well.
pub fn encode_field(name: &str, value: &[u8], block: &mut Vec<u8>) {
    match TABLE.find(name, value) {
        Found::Field(index) => {
            integer::write(index + 1, INDEXED.1, INDEXED.0, block);
            return;
        }
        Found::Name(index) => integer::write(index + 1, LITERAL.1, LITERAL.0, block),
        Found::Nothing => {
            block.push(LITERAL.0);
            string::write(name.as_bytes(), STRING, 0, block);
        }
    }
    string::write(value, STRING, 0, block);
}

#[cfg(test)]
mod tests;
