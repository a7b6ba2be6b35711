//! The counts of one window while it runs: per entry and segment how many requests, and who few of them were.
//!
//! # Bounds
//! So many segments are told apart ([`Bounds::cells`]); a request for one beyond counts for its entry alone. So many
//! entries are told apart ([`Bounds::entries`]); a request for one beyond is counted in [`Refused::NoRoom`] and nowhere else. A cell
//! takes some 100 bytes at a threshold of 5, and eight more with each viewer that the threshold demands beyond.

use std::sync::Arc;

use ahash::RandomState;
use hashbrown::HashTable;

use crate::entry::EntryId;
use crate::event::Event;
use crate::report::LARGEST;
use crate::viewers::Mark;
use crate::viewers::set::{Added, Few, add, most};

/// How large a table may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Segments that are told apart.
    pub(crate) cells: usize,
    /// Entries that are told apart.
    pub(crate) entries: usize,
}

/// Counts.
#[derive(Clone)]
pub(crate) struct Table {
    bounds: Bounds,
    /// Viewers that are enough.
    threshold: usize,
    hashes: RandomState,
    entries: Vec<EntryId>,
    entries_by_name: HashTable<u32>,
    /// The entry that was asked for last, which most often is the next one too.
    last: u32,
    cells: Vec<Cell>,
    cells_by_segment: HashTable<u32>,
    /// [`most`] places for each cell.
    marks: Vec<Option<Mark>>,
    /// Cells that are of no segment.
    unnumbered: usize,
    /// Requests that only count for their entry, for want of room.
    beyond: u64,
}

/// How often one segment was asked for, or an entry without one.
#[derive(Clone)]
struct Cell {
    segment: Option<u64>,
    entry: u32,
    /// How many of its places for marks are taken; the threshold or more: enough viewers, and nobody is remembered.
    known: u32,
    count: u64,
}

/// Why a request was not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// What a rule took for an entry is none.
    NoEntry,
    /// There are too many entries.
    NoRoom,
}

/// One count, read.
pub(crate) struct Count {
    /// Which segment, if it is known.
    pub(crate) segment: Option<u64>,
    /// How many.
    pub(crate) requests: u64,
    /// Who they were, as far as they are few.
    pub(crate) viewers: Few,
}

/// Enough viewers: more than there are places.
const ENOUGH: u32 = u32::MAX;

impl Table {
    /// An empty one. It takes room as it needs it, and begins with that for `likely` cells.
    pub(crate) fn new(bounds: Bounds, threshold: usize, likely: usize) -> Self {
        let likely = likely.min(bounds.cells);
        Self {
            bounds,
            threshold,
            hashes: RandomState::new(),
            entries: Vec::new(),
            entries_by_name: HashTable::new(),
            last: 0,
            cells: Vec::with_capacity(likely),
            cells_by_segment: HashTable::with_capacity(likely),
            marks: Vec::with_capacity(likely * most(threshold)),
            unnumbered: 0,
            beyond: 0,
        }
    }

    /// Counts a request, made by whoever has this mark, if that is known.
    pub(crate) fn count(&mut self, event: Event, mark: Option<Mark>) -> Result<(), Refused> {
        let (entry, segment) = match event {
            Event::Segment { entry, number } if number <= LARGEST => (entry, Some(number)),
            Event::Segment { entry, .. } | Event::Media { entry } => (entry, None),
        };
        let entry = self.entry(entry)?;
        let cell = if let Some(cell) = self.cell(entry, segment) {
            cell
        } else {
            self.beyond += 1;
            self.cell(entry, None).ok_or(Refused::NoRoom)?
        };
        self.cells[cell].count += 1;
        if let Some(mark) = mark {
            self.mark(cell, mark);
        }
        Ok(())
    }

    /// Segments and entries without one that are told apart.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Requests for segments beyond the bound, which count for their entry alone.
    pub(crate) fn beyond(&self) -> u64 {
        self.beyond
    }

    /// All counts, entry by entry in the order of names, segment by segment in the order of numbers, what has none first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&EntryId, Vec<Count>)> {
        // Cells of an entry are brought together first: then only entries are compared by name, and cells only with
        // those of their own entry.
        let (cells, begin) = self.by_entry();
        let mut names: Vec<u32> = (0..).take(self.entries.len()).collect();
        names.sort_unstable_by_key(|entry| &self.entries[*entry as usize]);
        names.into_iter().filter_map(move |entry| {
            let at = entry as usize;
            let of_entry = cells[begin[at]..begin[at + 1]].iter().map(|cell| *cell as usize);
            let mut order: Vec<_> = of_entry.map(|cell| (self.cells[cell].segment, cell)).collect();
            order.sort_unstable();
            let counts: Vec<_> = order.into_iter().map(|(_, cell)| self.read(cell)).collect();
            (!counts.is_empty()).then(|| (&self.entries[at], counts))
        })
    }

    /// The cells, entry by entry, and where those of each entry begin among them; the end of all comes last.
    fn by_entry(&self) -> (Vec<u32>, Vec<usize>) {
        let mut begin = vec![0; self.entries.len() + 1];
        for cell in &self.cells {
            begin[cell.entry as usize + 1] += 1;
        }
        for at in 1..begin.len() {
            begin[at] += begin[at - 1];
        }
        let mut free = begin.clone();
        let mut cells = vec![0; self.cells.len()];
        for (index, cell) in (0..).zip(&self.cells) {
            let place = &mut free[cell.entry as usize];
            cells[*place] = index;
            *place += 1;
        }
        (cells, begin)
    }

    fn read(&self, index: usize) -> Count {
        let cell = &self.cells[index];
        let viewers = if cell.known == ENOUGH {
            Few::Enough
        } else {
            Few::Marks(self.places(index).flatten().copied().collect())
        };
        Count { segment: cell.segment, requests: cell.count, viewers }
    }

    fn entry(&mut self, name: Arc<str>) -> Result<u32, Refused> {
        if self.entries.get(self.last as usize).is_some_and(|entry| entry.as_str() == &*name) {
            return Ok(self.last);
        }
        let hash = self.hashes.hash_one(&*name);
        let is_same = |entry: &u32| self.entries[*entry as usize].as_str() == &*name;
        if let Some(entry) = self.entries_by_name.find(hash, is_same) {
            self.last = *entry;
            return Ok(*entry);
        }
        let id = EntryId::try_from(name).map_err(|_| Refused::NoEntry)?;
        let entry = u32::try_from(self.entries.len()).map_err(|_| Refused::NoRoom)?;
        if self.entries.len() >= self.bounds.entries {
            return Err(Refused::NoRoom);
        }
        self.entries.push(id);
        let (hashes, entries) = (&self.hashes, &self.entries);
        self.entries_by_name
            .insert_unique(hash, entry, |entry| hashes.hash_one(entries[*entry as usize].as_str()));
        Ok(entry)
    }

    /// The cell of a segment; `None` when there is no room for it. Without a segment there always is.
    fn cell(&mut self, entry: u32, segment: Option<u64>) -> Option<usize> {
        let hash = place_hash(&self.hashes, entry, segment);
        let is_same = |cell: &u32| {
            let cell = &self.cells[*cell as usize];
            cell.segment == segment && cell.entry == entry
        };
        if let Some(cell) = self.cells_by_segment.find(hash, is_same) {
            return Some(*cell as usize);
        }
        let index = u32::try_from(self.cells.len()).ok()?;
        if segment.is_none() {
            self.unnumbered += 1;
        } else if self.cells.len() - self.unnumbered >= self.bounds.cells {
            return None;
        }
        self.cells.push(Cell { segment, entry, known: 0, count: 0 });
        self.marks.resize(self.cells.len() * most(self.threshold), None);
        let (hashes, cells) = (&self.hashes, &self.cells);
        self.cells_by_segment.insert_unique(hash, index, |cell| {
            let cell = &cells[*cell as usize];
            place_hash(hashes, cell.entry, cell.segment)
        });
        Some(index as usize)
    }

    fn places(&self, cell: usize) -> impl Iterator<Item = &Option<Mark>> {
        let most = most(self.threshold);
        let known = self.cells[cell].known as usize;
        self.marks[cell * most..(cell + 1) * most].iter().take(known)
    }

    fn mark(&mut self, cell: usize, mark: Mark) {
        let known = self.cells[cell].known;
        if known == ENOUGH {
            return;
        }
        match add(self.places(cell).flatten().copied(), mark, self.threshold) {
            Added::Known => {}
            Added::New => {
                self.marks[cell * most(self.threshold) + known as usize] = Some(mark);
                self.cells[cell].known = known + 1;
            }
            Added::Enough => self.cells[cell].known = ENOUGH,
        }
    }
}

fn place_hash(hashes: &RandomState, entry: u32, segment: Option<u64>) -> u64 {
    // Numbers end below the largest there is.
    hashes.hash_one((entry, segment.unwrap_or(u64::MAX)))
}

impl std::fmt::Debug for Table {
    /// Nobody's mark is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("cells", &self.cells.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::viewers::{Family, Viewer, ViewerKey};

    fn segment(entry: &str, number: u64) -> Event {
        Event::Segment { entry: entry.into(), number }
    }

    fn marks() -> impl Fn(u32) -> Option<Mark> {
        let key = ViewerKey::random().unwrap();
        move |viewer| Some(key.mark(Viewer::new(Family::Four, &viewer.to_be_bytes())))
    }

    #[test]
    fn requests_are_counted_and_viewers_once() {
        let mut table = Table::new(Bounds { cells: 10, entries: 10 }, 3, 0);
        let by = marks();
        for (event, viewer) in [
            (segment("b", 2), by(1)),
            (segment("b", 2), by(1)),
            (segment("b", 2), None),
            (segment("a", 7), by(1)),
            (segment("a", 7), by(2)),
            (segment("a", 7), by(3)),
            (segment("a", LARGEST + 1), by(1)),
        ] {
            assert_eq!(table.count(event, viewer), Ok(()));
        }
        let read: Vec<_> = table
            .entries()
            .map(|(entry, counts)| {
                let counts: Vec<_> = counts
                    .into_iter()
                    .map(|count| (count.segment, count.requests, count.viewers.are_enough()))
                    .collect();
                (entry.to_string(), counts)
            })
            .collect();
        assert_eq!(
            read,
            [
                ("a".to_owned(), vec![(None, 1, false), (Some(7), 3, true)]),
                ("b".to_owned(), vec![(Some(2), 3, false)]),
            ]
        );
    }

    #[test]
    fn beyond_its_bounds_it_counts_entries_and_then_says_so() {
        let mut table = Table::new(Bounds { cells: 2, entries: 2 }, 3, 0);
        for number in 0..5 {
            assert_eq!(table.count(segment("a", number), None), Ok(()));
        }
        assert_eq!(table.count(segment("b", 0), None), Ok(()));
        assert_eq!(table.count(segment("b", 1), None), Ok(()));
        assert_eq!(table.count(segment("c", 0), None), Err(Refused::NoRoom));
        assert_eq!(table.count(segment("a", 1), None), Ok(()));
        let read: Vec<_> = table.entries().collect();
        let counts = |entry: usize| -> Vec<_> {
            read[entry].1.iter().map(|count| (count.segment, count.requests)).collect()
        };
        assert_eq!(counts(0), [(None, 3), (Some(0), 1), (Some(1), 2)]);
        assert_eq!(counts(1), [(None, 2)]);
        assert_eq!((table.beyond(), table.len()), (5, 4));
    }

    #[test]
    fn what_is_no_entry_is_not_counted() {
        let mut table = Table::new(Bounds { cells: 2, entries: 2 }, 3, 0);
        for entry in ["", "a@example.com", "a b", &"a".repeat(65)] {
            assert_eq!(table.count(segment(entry, 1), None), Err(Refused::NoEntry), "{entry}");
        }
        assert_eq!(table.len(), 0);
    }
}
