//! A bounded table that forgets what nobody asked for lately: two generations, of which the older goes when the younger
//! is full. Whatever is found passes over into the younger one.

use std::collections::HashMap;
use std::sync::Arc;

use media::timeline::Template;
use segment_cache::object::place::{MAX_OFFSETS, Place};

/// What one generation holds at most, in units of 16 bytes: 8 MiB.
const ROOM: usize = 1 << 19;

/// What a row takes, in such units; an offset in a file takes one.
const ROW: usize = 6;

/// Bytes of a file's index for one segment.
const INDEX_ENTRY: u64 = 12;

/// What was learned of one URL, or of all that a template makes.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Whose they are, where the URL does not say.
    pub(super) entry: Option<Arc<str>>,
    pub(super) says: Says,
}

/// What a manifest said.
#[derive(Clone, Debug)]
pub(super) enum Says {
    /// It is a playlist.
    Playlist,
    /// Which segments it is.
    Place(Place),
    /// How its number is made.
    Template(Template),
}

/// The rows, by the hashes of their keys.
#[derive(Debug, Default)]
pub(super) struct Table {
    young: Generation,
    old: Generation,
}

#[derive(Debug, Default)]
struct Generation {
    /// Each with what it took when it came, in units of 16 bytes.
    rows: HashMap<u64, (Row, usize)>,
    taken: usize,
    has_templates: bool,
}

impl Says {
    /// Whether it holds against what the URL seems to say.
    pub(super) fn is_sure(&self) -> bool {
        match self {
            Self::Playlist | Self::Place(Place::Unknown | Place::Segment(_)) => false,
            Self::Place(Place::File(_)) => true,
            Self::Template(template) => matches!(template.counts, media::timeline::Counts::Time(_)),
        }
    }

    /// Whether it is a segment, or many.
    pub(super) fn is_media(&self) -> bool {
        !matches!(self, Self::Playlist)
    }

    /// What it takes beside the row, in units of 16 bytes. An index that is yet to be read takes what it may tell.
    fn taken(&self) -> usize {
        match self {
            Self::Place(Place::File(offsets)) => offsets.index().map_or_else(
                || offsets.count(),
                |index| usize::try_from((index.end - index.start) / INDEX_ENTRY).unwrap_or(MAX_OFFSETS),
            ),
            _ => 0,
        }
        .min(MAX_OFFSETS)
    }
}

impl Table {
    /// The row of a key, which is of use, and so stays for longer.
    pub(super) fn find(&mut self, key: u64) -> Option<Row> {
        if let Some((row, _)) = self.young.rows.get(&key) {
            return Some(row.clone());
        }
        let (row, _) = self.old.rows.remove(&key)?;
        self.put(key, row.clone());
        Some(row)
    }

    /// The row of a key.
    pub(super) fn peek(&self, key: u64) -> Option<&Row> {
        self.young.rows.get(&key).or_else(|| self.old.rows.get(&key)).map(|(row, _)| row)
    }

    pub(super) fn put(&mut self, key: u64, row: Row) {
        let taken = ROW + row.says.taken();
        if self.young.taken + taken > ROOM {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.taken += taken;
        self.young.has_templates |= matches!(row.says, Says::Template(_));
        if let Some((_, before)) = self.young.rows.insert(key, (row, taken)) {
            self.young.taken -= before;
        }
    }

    /// Whether any URL may be one that a template makes.
    pub(super) fn has_templates(&self) -> bool {
        self.young.has_templates || self.old.has_templates
    }
}

#[cfg(test)]
mod tests {
    use segment_cache::object::place::{Offset, Offsets};

    use super::*;

    fn row(segment: u64) -> Row {
        Row { entry: None, says: Says::Place(Place::Segment(segment)) }
    }

    fn segment(row: &Row) -> Option<u64> {
        match &row.says {
            Says::Place(place) => place.segment_at(0),
            _ => None,
        }
    }

    #[test]
    fn what_is_of_use_stays_and_the_rest_goes() {
        let mut table = Table::default();
        let per_generation = (ROOM / ROW) as u64;
        table.put(0, row(7));
        for key in 1..per_generation * 3 {
            table.put(key, row(key));
            if key % 1_000 == 0 {
                assert_eq!(table.find(0).as_ref().and_then(segment), Some(7), "{key}");
            }
        }
        assert!(table.find(1).is_none());
        let rows = table.young.rows.len() + table.old.rows.len();
        assert!(rows as u64 <= 2 * per_generation, "{rows}");
    }

    #[test]
    fn the_offsets_of_files_take_room() {
        let mut table = Table::default();
        let file = || {
            let offsets = Offsets::default();
            offsets.learn((0..10_000).map(|byte| Offset { byte, segment: byte }).collect());
            Row { entry: None, says: Says::Place(Place::File(Arc::new(offsets))) }
        };
        (0..400).for_each(|key| table.put(key, file()));
        let rows = table.young.rows.len() + table.old.rows.len();
        assert!((50..=2 * ROOM / 10_000).contains(&rows), "{rows}");
        let index = Offsets::in_index(0..u64::MAX);
        table.put(0, Row { entry: None, says: Says::Place(Place::File(Arc::new(index))) });
        assert!(table.young.taken <= ROOM);
    }

    #[test]
    fn what_replaces_a_row_takes_its_room() {
        let mut table = Table::default();
        (0..ROOM as u64).for_each(|number| table.put(number % 3, row(number)));
        assert_eq!((table.young.rows.len(), table.young.taken), (3, 3 * ROW));
        assert!(table.old.rows.is_empty());
    }

    #[test]
    fn whether_there_are_templates_is_forgotten_with_them() {
        use media::timeline::Counts;
        let mut table = Table::default();
        let template = Template { width: 1, counts: Counts::From(1) };
        table.put(0, Row { entry: None, says: Says::Template(template) });
        assert!(table.has_templates());
        (1..(3 * ROOM / ROW) as u64).for_each(|key| table.put(key, row(key)));
        assert!(!table.has_templates());
    }
}
