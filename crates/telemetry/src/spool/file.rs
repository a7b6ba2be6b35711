//! The file of one window: a text that says what follows, then the bodies of its reports.
//!
//! ```text
//! spokecast spool 1
//! <key> <length> <SHA-256 of the body>
//! <key> <length> <SHA-256 of the body>
//! end <SHA-256 of all lines above>
//! <body><body>
//! ```
//!
//! # Invariants
//! - Each byte is under a checksum, the keys too: a flipped bit never gives a report another key.
//! - There is one way to write a header; what was written in any other is damaged.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

use super::key::Key;
use crate::report::MAX_BYTES;

/// The first line: what it is, and the version.
const FIRST: &str = "spokecast spool 1\n";

/// The most reports of one window.
pub(super) const MOST_REPORTS: usize = 4096;

/// The longest header: key, length and checksum are at most 32, 20 and 64 characters, and there is one line more.
pub(super) const LONGEST_HEADER: usize = FIRST.len() + (MOST_REPORTS + 1) * 119;

/// A SHA-256.
pub(super) type Checksum = [u8; 32];

/// What a header says of one report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub(super) key: Key,
    pub(super) length: usize,
    pub(super) checksum: Checksum,
}

/// Bytes that are no header, or not whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Damaged;

pub(super) fn checksum(bytes: &[u8]) -> Checksum {
    let mut checksum = [0; 32];
    checksum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    checksum
}

/// The header of a file with these reports.
pub(super) fn header(lines: &[Line]) -> String {
    let mut text = String::from(FIRST);
    for Line { key, length, checksum } in lines {
        // Writing into a text cannot fail.
        let _infallible = writeln!(text, "{key} {length} {}", hex(checksum));
    }
    let all = checksum(text.as_bytes());
    let _infallible = writeln!(text, "end {}", hex(&all));
    text
}

/// Reads the header at the beginning of `bytes`, which are the file's first [`LONGEST_HEADER`] bytes, or all of them;
/// gives its length too. The file has `file_bytes`.
pub(super) fn parse(bytes: &[u8], file_bytes: u64) -> Result<(Vec<Line>, usize), Damaged> {
    let mut rest = bytes.strip_prefix(FIRST.as_bytes()).ok_or(Damaged)?;
    let mut lines = Vec::new();
    let mut bodies = 0_u64;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(Damaged)?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| Damaged)?;
        rest = &rest[end + 1..];
        if line.starts_with("end ") {
            break;
        }
        let line = parse_line(line).ok_or(Damaged)?;
        bodies = bodies.saturating_add(u64::try_from(line.length).unwrap_or(u64::MAX));
        lines.push(line);
        if lines.len() > MOST_REPORTS {
            return Err(Damaged);
        }
    }
    let length = bytes.len() - rest.len();
    let is_whole = u64::try_from(length).is_ok_and(|length| length.checked_add(bodies) == Some(file_bytes));
    // Written again it is the same: so the checksum fits, and nothing is written in another way.
    let is_ours = || header(&lines).as_bytes() == &bytes[..length];
    if is_whole && !lines.is_empty() && is_ours() && !has_twice(&lines) {
        Ok((lines, length))
    } else {
        Err(Damaged)
    }
}

fn has_twice(lines: &[Line]) -> bool {
    let mut keys: Vec<Key> = lines.iter().map(|line| line.key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

fn parse_line(line: &str) -> Option<Line> {
    let mut fields = line.split(' ');
    let (key, length, digits) = (fields.next()?, fields.next()?, fields.next()?);
    let length = length.parse().ok().filter(|length| *length <= MAX_BYTES)?;
    if fields.next().is_some() || digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut checksum = [0; 32];
    for (index, byte) in checksum.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(Line { key: key.parse().ok()?, length, checksum })
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}
