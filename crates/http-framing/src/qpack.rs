//! Field compression of HTTP/3 (RFC 9204) without a dynamic table: we announce `QPACK_MAX_TABLE_CAPACITY` 0, and the answers use none.
//!
//! So a block stands for itself: requests never wait for one another, and a connection holds nothing.

mod static_table;

use crate::fields::{Decoded, Fields, Intake};
use crate::static_table::{Found, digits};
use crate::{integer, string};
use static_table::TABLE;

/// What the first bits of a field say, and how many bits are left for its index or the length of its name (RFC 9204
/// section 4.5). The bit that asks never to index a field is for those who hand fields on.
const INDEXED: (u8, u32) = (0x80, 6);
const INDEXED_STATIC: u8 = 0x40;
const NAMED: (u8, u32) = (0x40, 4);
const NAMED_STATIC: u8 = 0x10;
const LITERAL: (u8, u32) = (0x20, 3);

/// The bits for a value's length.
const VALUE: u32 = 7;

/// The bits of the base in a block's prefix, and the one that makes it negative (RFC 9204 section 4.5.1).
const BASE: u32 = 7;
const BASE_SIGN: u8 = 0x80;

/// Why a block cannot be read: a connection error of type `QPACK_DECOMPRESSION_FAILED` (RFC 9204 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An index or the prefix cannot be read, or the block ends within it.
    #[error(transparent)]
    Integer(#[from] integer::Error),
    /// A name or a value cannot be read.
    #[error(transparent)]
    String(#[from] string::Error),
    /// The block needs the dynamic table, which we do not have.
    #[error("a block needs a dynamic table, and none was announced")]
    DynamicTable,
    /// The base is negative.
    #[error("the base of a block is negative")]
    Base,
    /// An index points at no entry.
    #[error("an index points at no entry of the static table")]
    Index,
    /// The fields are many times larger than what is kept of them.
    #[error("the fields of a block are many times too large")]
    Overrun,
}

/// Adds the fields of a whole block to `fields`, up to `most` bytes by the count of RFC 9114 section 4.2.2.
///
/// # Errors
/// The connection is lost; `fields` is as it was.
pub fn decode(mut block: &[u8], most: usize, fields: &mut Fields) -> Result<Decoded, Error> {
    read_prefix(&mut block)?;
    Intake::run(fields, most, |intake| {
        while !block.is_empty() && !intake.is_overrun() {
            read_field(&mut block, intake)?;
        }
        if block.is_empty() { Ok(()) } else { Err(Error::Overrun) }
    })
}

fn read_prefix(block: &mut &[u8]) -> Result<(), Error> {
    if integer::read(block, u8::BITS)? != 0 {
        return Err(Error::DynamicTable);
    }
    let is_negative = block.first().is_some_and(|first| first & BASE_SIGN != 0);
    integer::read(block, BASE)?;
    if is_negative { Err(Error::Base) } else { Ok(()) }
}

fn read_field(block: &mut &[u8], intake: &mut Intake<'_>) -> Result<(), Error> {
    let first = block.first().copied().unwrap_or_default();
    if first >= INDEXED.0 {
        let (name, value) = read_static(block, INDEXED.1, first & INDEXED_STATIC != 0)?;
        intake.push(name, value);
        return Ok(());
    }
    if first >= NAMED.0 {
        let (name, _) = read_static(block, NAMED.1, first & NAMED_STATIC != 0)?;
        intake.bytes().extend_from_slice(name);
    } else if first >= LITERAL.0 {
        string::read(block, LITERAL.1, intake.bytes())?;
    } else {
        // An index after the base: only the dynamic table has those.
        return Err(Error::DynamicTable);
    }
    let name_end = intake.bytes().len();
    string::read(block, VALUE, intake.bytes())?;
    intake.finish(name_end);
    Ok(())
}

fn read_static(
    block: &mut &[u8],
    prefix: u32,
    is_static: bool,
) -> Result<(&'static [u8], &'static [u8]), Error> {
    let index = integer::read(block, prefix)?;
    if !is_static {
        return Err(Error::DynamicTable);
    }
    TABLE.field(index).ok_or(Error::Index)
}

/// Appends what a block begins with: it needs no dynamic table.
pub fn encode_prefix(block: &mut Vec<u8>) {
    block.extend_from_slice(&[0, 0]);
}

/// Appends the field `:status` with three digits.
pub fn encode_status(status: u16, block: &mut Vec<u8>) {
    encode_field(":status", &digits(status), block);
}

/// Appends a field. The name is in lower case (RFC 9114 section 4.2); one with a colon before it will do as well.
pub fn encode_field(name: &str, value: &[u8], block: &mut Vec<u8>) {
    match TABLE.find(name, value) {
        Found::Field(index) => {
            integer::write(index, INDEXED.1, INDEXED.0 | INDEXED_STATIC, block);
            return;
        }
        Found::Name(index) => integer::write(index, NAMED.1, NAMED.0 | NAMED_STATIC, block),
        Found::Nothing => string::write(name.as_bytes(), LITERAL.1, LITERAL.0, block),
    }
    string::write(value, VALUE, 0, block);
}

#[cfg(test)]
mod tests;
