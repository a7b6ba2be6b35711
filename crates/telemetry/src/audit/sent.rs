//! What was sent, newest first, each with what became of it: the log as people read it.
//!
//! What became of a report stands behind it in the log, often close, sometimes days later. So a page is found backwards
//! and then read forwards, up to a bound.

use std::collections::{HashMap, VecDeque};

use super::line::{self, Entry, Event};
use super::pages::{chunk, newest};
use super::{AuditError, Position};
use crate::disk::Folder;
use crate::spool::Key;

/// A page ends where its reports have so many bytes.
const PAGE_BYTES: usize = 8 << 20;

/// So many lines are looked at in one go to find what was sent.
const LINES: usize = 256;

/// So many times; then the page ends, even if it has nothing.
const GOES: usize = 16;

/// So far behind a page it is looked for what became of its reports.
const LOOK_AHEAD: usize = 16 << 20;

/// So much is read at once.
const BLOCK: usize = 256 << 10;

/// Some reports that were sent, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SentPage {
    /// They.
    pub sent: Vec<Sent>,
    /// Where the next page ends, if there is more.
    pub more: Option<Position>,
}

/// A report that was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// The line that says so; its event is [`Event::Sent`].
    pub entry: Entry,
    /// What became of it, oldest first.
    pub after: Vec<Entry>,
}

/// Newest first, each with where it stands.
type Found = VecDeque<(Position, Sent)>;

pub(super) fn sent(folder: &Folder, limit: usize, before: Option<Position>) -> Result<SentPage, AuditError> {
    let (mut found, more) = find(folder, limit.max(1), before)?;
    if let Some((oldest, _)) = found.back() {
        let from = *oldest;
        follow(folder, from, &mut found)?;
    }
    Ok(SentPage { sent: found.into_iter().map(|(_, sent)| sent).collect(), more })
}

/// The newest reports before a position, newest first, and where the next page ends.
fn find(
    folder: &Folder,
    limit: usize,
    before: Option<Position>,
) -> Result<(Found, Option<Position>), AuditError> {
    let (mut found, mut bytes, mut reached) = (Found::new(), 0, before);
    for _ in 0..GOES {
        let page = newest(folder, LINES, reached)?;
        for (position, entry) in page.entries {
            if found.len() >= limit || bytes >= PAGE_BYTES {
                return Ok((found, reached));
            }
            reached = Some(position);
            if let Event::Sent { report, .. } = &entry.event {
                bytes += report.len();
                found.push_back((position, Sent { entry, after: Vec::new() }));
            }
        }
        reached = page.more;
        if reached.is_none() {
            break;
        }
    }
    Ok((found, reached))
}

/// Reads on from the oldest of them, and gives each what became of it.
fn follow(folder: &Folder, from: Position, found: &mut Found) -> Result<(), AuditError> {
    // The first lines of reports from there on are theirs, in order; a later one with a key of theirs takes it over.
    let mut theirs = (0..found.len()).rev();
    let mut of_key: HashMap<Key, Option<usize>> = HashMap::new();
    let (mut at, mut line, mut read) = (from, Vec::new(), 0);
    let mut take = |line: &[u8]| {
        let Some(entry) = line::parse(line) else { return };
        if matches!(entry.event, Event::Sent { .. }) {
            of_key.insert(entry.key, theirs.next());
        } else if let Some(Some(index)) = of_key.get(&entry.key) {
            found[*index].1.after.push(entry);
        }
    };
    while read < LOOK_AHEAD {
        let chunk = chunk(folder, Some(at), BLOCK)?;
        let Some(next) = chunk.next else { break };
        if next.file != at.file {
            // A file may end in a torn line, which the next one does not go on with.
            line.clear();
        }
        for part in chunk.bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(part);
            if line.ends_with(b"\n") {
                line.pop();
                take(&line);
                line.clear();
            }
        }
        read += chunk.bytes.len();
        at = next;
    }
    Ok(())
}
