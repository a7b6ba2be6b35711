//! What manifests said of URLs that do not say it themselves: which segment they are, and of which entry.
//!
//! [`Numbers::learn`] reads every manifest that passes, before it is pointed at the edge. [`Numbers::label`] says what
//! a fill is about, from the URL and from what was learned of it.
//!
//! Who is right:
//! - The entry is the one in the URL, where a rule finds one; else that of the manifest. A manifest of one entry says
//!   nothing of URLs of another one, so that nobody's segments are counted for somebody else by it.
//! - The number is the one in the URL, where a rule finds one; else that of the manifest. There are two exceptions, in
//!   which digits in a URL are no number whatever they look like: the time of a `$Time$` template, and the name of a
//!   file that holds many segments.
//! - What a manifest lists is a segment, even where no rule knows the name.
//!
//! Invariants: a row is keyed by a hash, with a key drawn by the process, of origin and canonical path and query; no
//! URL is kept, and nothing of a viewer. What is kept is bounded (`numbers/table.rs`); what is forgotten is learned
//! again when the manifest passes again. One lock is held, for moments, by fills and manifests, never for what is
//! stored.
//!
//! It outlives a configuration: origins keep their numbers, and rows hold what manifests said, not what rules did. The
//! rules are asked at each fill, so new ones hold at once. What the old ones read in a URL, and the new ones do not, was
//! not learned: it is when the manifest passes next.
//!
//! Deliberately absent: manifests that come encoded, which are not looked into at all.

mod index;
mod table;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use media::timeline::{self, ANY, Counts, Listed, Template};
use media::uri::Location;
use media::url::{Kind, Rules, Target as Recognised};
use segment_cache::object::Label;
use segment_cache::object::place::{Offset, Offsets, Place};
use segment_cache::{Key, KeyRef, OriginId};

use crate::origins::Origins;
use crate::target::Target;
pub(crate) use index::IndexReader;
use table::{Row, Says, Table};

/// Digits tried as the number in a template's URL, from its end on.
const MAX_TRIED: usize = 64;

/// What was learned.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    table: Mutex<Table>,
    hashed: RandomState,
}

/// A manifest that passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passing<'m> {
    /// What it was asked for by.
    pub key: &'m Key,
    /// What sort it is.
    pub kind: Kind,
    /// Whose it is.
    pub entry: Option<&'m Arc<str>>,
    /// As it came from the origin.
    pub body: &'m [u8],
}

/// What a manifest says of one URL, as far as it was read.
#[derive(Debug)]
enum Found {
    Playlist,
    Segments(Segments),
    Indexed(std::ops::Range<u64>),
    Template(Template),
}

/// The segments of one URL.
#[derive(Debug)]
struct Segments {
    first: Offset,
    more: Vec<Offset>,
    /// Whether the URL says as much, if they are one.
    is_known: bool,
}

impl Numbers {
    /// Remembers what a manifest says. One that cannot be read says nothing, or what stands before the fault.
    pub(crate) fn learn(&self, manifest: &Passing<'_>, origins: &Origins, rules: &Rules) {
        let mut found = HashMap::new();
        let base = Location::here(manifest.key.target());
        let tell = |location: &Location, listed: Listed| {
            self.note(&mut found, manifest, (origins, rules), location, listed);
        };
        let read = if manifest.kind == Kind::Mpd {
            timeline::dash(manifest.body, &base, tell).map_err(|error| error.to_string())
        } else {
            timeline::hls(manifest.body, &base, tell).map_err(|error| error.to_string())
        };
        if let Err(error) = read {
            tracing::debug!(%error, kind = manifest.kind.as_str(), "a manifest numbers nothing from here on");
        }
        if found.is_empty() {
            return;
        }
        let mut table = self.table();
        for (key, found) in found {
            if let Some(says) = found.says(table.peek(key)) {
                table.put(key, Row { entry: manifest.entry.cloned(), says });
            }
        }
    }

    /// What is at `key`, of which the rules say `media`.
    pub(crate) fn label(&self, media: &Recognised<'_>, key: &KeyRef<'_>) -> Label {
        let (kind, entry) = (media.kind, media.entry.map(Arc::from));
        let in_url = media.segment.map_or(Place::Unknown, Place::Segment);
        let Some((row, place)) = self.find(key) else {
            return Label { kind: kind.as_str(), entry, place: in_url };
        };
        let is_sure = row.says.is_sure() && !matches!(place, Place::Unknown);
        let place = if is_sure || media.segment.is_none() { place } else { in_url };
        let kind = if kind == Kind::Other && row.says.is_media() { Kind::Segment } else { kind };
        Label { kind: kind.as_str(), entry: entry.or(row.entry), place }
    }

    /// Notes what a manifest lists, where that is more than its URL says.
    fn note(
        &self,
        found: &mut HashMap<u64, Found>,
        manifest: &Passing<'_>,
        (origins, rules): (&Origins, &Rules),
        location: &Location,
        listed: Listed,
    ) {
        let Some(target) = Target::listed(location, manifest.key.origin(), origins) else {
            return;
        };
        let media = rules.recognise(target.path());
        if media.entry.zip(manifest.entry).is_some_and(|(named, own)| *named != **own) {
            return;
        }
        let has_entry = media.entry.is_some() || manifest.entry.is_none();
        let is_known = has_entry && media.segment.is_some();
        let key = target.key();
        let whole = self.key_of(key.origin, key.target, None);
        match listed {
            Listed::Playlist if has_entry => {}
            Listed::Playlist => drop(found.insert(whole, Found::Playlist)),
            Listed::Segment(_) if is_known => drop(found.remove(&whole)),
            Listed::Segment(segment) => {
                found.insert(
                    whole,
                    Found::Segments(Segments::beginning(Offset { byte: 0, segment }, is_known)),
                );
            }
            Listed::From { byte, segment } => {
                let offset = Offset { byte, segment };
                match found.get_mut(&whole) {
                    Some(Found::Segments(segments)) => segments.more.push(offset),
                    _ => {
                        found.insert(whole, Found::Segments(Segments::beginning(offset, is_known)));
                    }
                }
            }
            Listed::Indexed(range) => drop(found.insert(whole, Found::Indexed(range))),
            Listed::Template(Template { counts: Counts::From(_), .. }) if is_known => {}
            Listed::Template(template) => {
                if let Some((before, behind)) = around_number(key.target) {
                    let like = self.key_of(key.origin, before, Some(behind));
                    let template = match found.get(&like) {
                        Some(Found::Template(before)) => first(*before, template),
                        _ => template,
                    };
                    found.insert(like, Found::Template(template));
                }
            }
        }
    }

    /// The row of a URL, and what it says of it.
    fn find(&self, key: &KeyRef<'_>) -> Option<(Row, Place)> {
        let whole = self.key_of(key.origin, key.target, None);
        let mut table = self.table();
        if let Some(row) = table.find(whole) {
            let place = match &row.says {
                Says::Place(place) => place.clone(),
                Says::Playlist | Says::Template(_) => Place::Unknown,
            };
            return Some((row, place));
        }
        if !table.has_templates() {
            return None;
        }
        splits(key.target).take(MAX_TRIED).find_map(|(before, digits, behind)| {
            let row = table.find(self.key_of(key.origin, before, Some(behind)))?;
            let Says::Template(template) = row.says else { return None };
            Some((row, Place::Segment(template.segment(digits)?)))
        })
    }

    /// The key of a URL, or of all that differ from it in the number alone between two texts.
    fn key_of(&self, origin: OriginId, before: &str, behind: Option<&str>) -> u64 {
        self.hashed.hash_one((origin, before, behind))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Rows are exchanged whole: nothing is ever half done.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    /// What is remembered of it, beside what is `known`; `None` where that needs no change.
    fn says(self, known: Option<&Row>) -> Option<Says> {
        let known = known.map(|row| &row.says);
        let segments = match (self, known) {
            (Self::Playlist, _) => return Some(Says::Playlist),
            (Self::Indexed(range), Some(Says::Place(Place::File(old)))) if old.index() == Some(&range) => {
                return Some(Says::Place(Place::File(Arc::clone(old))));
            }
            (Self::Indexed(range), _) => {
                return Some(Says::Place(Place::File(Arc::new(Offsets::in_index(range)))));
            }
            (Self::Template(new), Some(Says::Template(old))) => {
                return Some(Says::Template(first(*old, new)));
            }
            (Self::Template(template), _) => return Some(Says::Template(template)),
            (Self::Segments(segments), _) => segments,
        };
        let Segments { first, mut more, is_known } = segments;
        if more.iter().all(|offset| offset.segment == first.segment) {
            return (!is_known).then_some(Says::Place(Place::Segment(first.segment)));
        }
        more.push(first);
        let file = match known {
            // All objects that are made of the file learn of it, those that are stored already too.
            Some(Says::Place(Place::File(old))) if old.index().is_none() => Arc::clone(old),
            _ => Arc::default(),
        };
        file.learn(more);
        Some(Says::Place(Place::File(file)))
    }
}

impl Segments {
    fn beginning(first: Offset, is_known: bool) -> Self {
        Self { first, more: Vec::new(), is_known }
    }
}

/// Of two templates for the same URLs that count from different numbers, as those of two periods may, the one from
/// the lower: then no two segments share a number.
fn first(old: Template, new: Template) -> Template {
    match (old.counts, new.counts) {
        (Counts::From(before), Counts::From(from)) if before < from && old.width == new.width => old,
        _ => new,
    }
}

/// What stands before and behind the number in the URL of a template.
fn around_number(target: &str) -> Option<(&str, &str)> {
    let (before, behind) = target.split_once(ANY)?;
    let is_clear = !behind.contains(ANY) && !behind.starts_with(|next: char| next.is_ascii_digit());
    is_clear.then_some((before, behind))
}

/// Each way to take a URL for what stands before a number, its digits, and what stands behind: of each run of digits,
/// from the last on, the whole and each end of it.
fn splits(target: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let is_digit = |char: char| char.is_ascii_digit();
    let mut unread = target.len();
    let runs = std::iter::from_fn(move || {
        let end = target[..unread].rfind(is_digit)? + 1;
        let start = target[..end].trim_end_matches(is_digit).len();
        unread = start;
        Some(start..end)
    });
    runs.flat_map(move |run| {
        let nearest = run.start.max(run.end.saturating_sub(ANY.len()));
        (nearest..run.end).map(move |start| (&target[..start], &target[start..run.end], &target[run.end..]))
    })
}

#[cfg(test)]
mod tests;
