//! Reading the log: newest lines first for people, oldest bytes first for programs; never all of it at once.

use super::files::Files;
use super::line::{self, Entry};
use super::{AuditError, Position};
use crate::disk::{DiskError, Folder};

/// So much is read at once.
const BLOCK: usize = 64 << 10;

/// A page ends where its lines have so many bytes.
const PAGE_BYTES: usize = 8 << 20;

/// No line is longer: a report of control characters alone, each escaped, and what stands beside it.
const LONGEST_LINE: usize = 16 << 20;

/// Some lines, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
    /// They, each with where it begins.
    pub entries: Vec<(Position, Entry)>,
    /// So many lines among them were not whole: a crash or a full disk tore them.
    pub unreadable: u64,
    /// Where the next page ends, if there is more.
    pub more: Option<Position>,
}

/// Some bytes of the log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Chunk {
    /// They.
    pub bytes: Vec<u8>,
    /// Where they go on; none at the end.
    pub next: Option<Position>,
}

pub(super) fn newest(folder: &Folder, limit: usize, before: Option<Position>) -> Result<Page, AuditError> {
    let files = Files::list(folder)?;
    let mut page = Page::default();
    let (mut page_bytes, mut reached) = (0, before);
    for (name, number, bytes) in files.all().rev() {
        let end = match before {
            Some(before) if number > before.file => continue,
            Some(before) if number == before.file => before.offset.min(bytes),
            _ => bytes,
        };
        let mut lines = Lines { folder, name: &name, start: end, bytes: Vec::new() };
        while let Some((offset, line)) = lines.next()? {
            if line.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            if page.entries.len() >= limit.max(1) || page_bytes >= PAGE_BYTES {
                page.more = reached;
                return Ok(page);
            }
            let position = Position { file: number, offset };
            reached = Some(position);
            page_bytes += line.as_ref().map_or(LONGEST_LINE, Vec::len);
            match line.and_then(|line| line::parse(&line)) {
                Some(entry) => page.entries.push((position, entry)),
                None => page.unreadable += 1,
            }
        }
    }
    Ok(page)
}

pub(super) fn chunk(folder: &Folder, from: Option<Position>, most: usize) -> Result<Chunk, AuditError> {
    let files = Files::list(folder)?;
    for (name, number, bytes) in files.all() {
        let offset = match from {
            Some(from) if number < from.file => continue,
            Some(from) if number == from.file => from.offset,
            _ => 0,
        };
        if offset < bytes {
            let length = usize::try_from(bytes - offset).unwrap_or(usize::MAX).min(most);
            let bytes = folder.read(&name, offset, length)?;
            let offset = offset + u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            return Ok(Chunk { bytes, next: Some(Position { file: number, offset }) });
        }
    }
    Ok(Chunk::default())
}

/// Where a line begins, and its bytes without its end; no bytes if it is too long to be one.
type Line = (u64, Option<Vec<u8>>);

/// The lines of a file, last one first.
struct Lines<'a> {
    folder: &'a Folder,
    name: &'a str,
    /// Where what is in `bytes` begins; all before it is still to be read.
    start: u64,
    bytes: Vec<u8>,
}

impl Lines<'_> {
    /// The line before.
    fn next(&mut self) -> Result<Option<Line>, DiskError> {
        let mut is_too_long = false;
        // The end of the line itself is no end of the one before it.
        let mut unsearched = match self.last_block()? {
            0 => return Ok(None),
            bytes => bytes - usize::from(self.bytes.ends_with(b"\n")),
        };
        let from = loop {
            if let Some(end) = self.bytes[..unsearched].iter().rposition(|byte| *byte == b'\n') {
                break end + 1;
            }
            if self.bytes.len() > LONGEST_LINE {
                is_too_long = true;
                self.bytes.clear();
            }
            unsearched = self.block_before()?;
            if unsearched == 0 {
                break 0;
            }
        };
        let mut line = self.bytes.split_off(from);
        if line.ends_with(b"\n") {
            line.pop();
        }
        let offset = self.start + u64::try_from(from).unwrap_or(u64::MAX);
        Ok(Some((offset, (!is_too_long).then_some(line))))
    }

    /// How many bytes are read and not yet given; reads some if there are none.
    fn last_block(&mut self) -> Result<usize, DiskError> {
        if self.bytes.is_empty() { self.block_before() } else { Ok(self.bytes.len()) }
    }

    /// Reads what stands before, at least as much as there is already; says how much, none at the file's begin.
    fn block_before(&mut self) -> Result<usize, DiskError> {
        let most = u64::try_from(self.bytes.len().max(BLOCK)).unwrap_or(u64::MAX);
        let length = usize::try_from(most.min(self.start)).unwrap_or(BLOCK);
        let start = self.start - u64::try_from(length).unwrap_or(self.start);
        let mut block = self.folder.read(self.name, start, length)?;
        let read = block.len();
        block.append(&mut self.bytes);
        (self.bytes, self.start) = (block, start);
        Ok(read)
    }
}
