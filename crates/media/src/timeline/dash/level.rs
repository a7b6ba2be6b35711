//! What holds in a Representation, of all that stands in the levels around it.

use std::ops::Range;
use std::rc::Rc;

use super::super::{Counts, Listed, Listing, Template};
use super::template::{self, Media};
use crate::uri::Location;

/// The most addresses that one level has: each `BaseURL` of it with each of those above.
const MAX_BASES: usize = 8;

/// The levels that are open, from the MPD inwards.
pub(super) struct Levels<F> {
    listing: Listing<F>,
    /// Where the MPD is.
    base: Rc<[Location]>,
    open: Vec<Level>,
    /// The `SegmentURL` that is being read.
    url: SegmentUrl,
}

/// An `MPD`, a `Period`, an `AdaptationSet` or a `Representation`.
struct Level {
    /// How many elements are open, its own included.
    depth: usize,
    is_representation: bool,
    id: Rc<str>,
    bandwidth: u64,
    /// What references count from.
    bases: Rc<[Location]>,
    has_base_url: bool,
    template: SegmentTemplate,
    /// `SegmentList@startNumber`, and how many were listed.
    list: (u64, u64),
    /// `SegmentBase@indexRange`.
    index: Option<Range<u64>>,
}

/// What is known of a `SegmentTemplate`.
#[derive(Clone)]
struct SegmentTemplate {
    media: Option<Rc<str>>,
    timescale: u64,
    start_number: u64,
    /// Whether there is a `SegmentTimeline`.
    has_timeline: bool,
}

#[derive(Default)]
struct SegmentUrl {
    media: String,
    range: Option<Range<u64>>,
}

impl<F: FnMut(&Location, Listed)> Levels<F> {
    pub(super) fn new(base: &Location, listing: Listing<F>) -> Self {
        Self { listing, base: Rc::from([base.clone()]), open: Vec::new(), url: SegmentUrl::default() }
    }

    pub(super) fn are_full(&self) -> bool {
        self.listing.is_full()
    }

    /// An element begins; its attributes follow.
    pub(super) fn begin(&mut self, depth: usize, element: &str) {
        match element {
            "MPD" | "Period" | "AdaptationSet" | "Representation" => {
                let level = Level::inside(self.open.last(), &self.base, depth, element == "Representation");
                self.open.push(level);
            }
            "SegmentURL" => self.url = SegmentUrl::default(),
            "SegmentTimeline" => {
                if let Some(level) = self.open.last_mut().filter(|level| level.depth + 2 == depth) {
                    level.template.has_timeline = true;
                }
            }
            _ => {}
        }
    }

    /// An attribute of the element that began last.
    pub(super) fn attribute(&mut self, depth: usize, element: &str, name: &str, value: &str) {
        if element == "SegmentURL" {
            match name {
                "media" => value.clone_into(&mut self.url.media),
                "mediaRange" => self.url.range = range(value),
                _ => {}
            }
            return;
        }
        let Some(level) = self.open.last_mut() else { return };
        let is_child = level.depth + 1 == depth;
        match (element, name) {
            ("Representation", "id") => level.id = value.into(),
            ("Representation", "bandwidth") => level.bandwidth = value.parse().unwrap_or_default(),
            ("SegmentTemplate", "media") if is_child => level.template.media = Some(value.into()),
            ("SegmentTemplate", "timescale") if is_child => {
                level.template.timescale = value.parse().unwrap_or_default();
            }
            ("SegmentTemplate", "startNumber") if is_child => {
                level.template.start_number = value.parse().unwrap_or_default();
            }
            ("SegmentList", "startNumber") if is_child => {
                level.list.0 = value.parse().unwrap_or_default();
            }
            ("SegmentBase", "indexRange") if is_child => level.index = range(value),
            _ => {}
        }
    }

    /// The text of a `BaseURL`.
    pub(super) fn base_url(&mut self, depth: usize, text: &str) {
        let Some((level, above)) = self.open.split_last_mut().filter(|(level, _)| level.depth + 1 == depth)
        else {
            return;
        };
        let outer = above.last().map_or(&self.base, |outer| &outer.bases);
        let known = if level.has_base_url { level.bases.len() } else { 0 };
        let room = MAX_BASES.saturating_sub(known);
        let found: Vec<_> =
            outer.iter().take(room).filter_map(|base| self.listing.join(base, text)).collect();
        // One that leads nowhere is left out, and costs no copy of the others; where all do, nothing is known of what is
        // inside.
        if !level.has_base_url {
            level.bases = found.into();
        } else if !found.is_empty() {
            level.bases = level.bases.iter().cloned().chain(found).collect();
        }
        level.has_base_url = true;
    }

    /// The attributes of a `SegmentURL` are read.
    pub(super) fn segment_url(&mut self, depth: usize) {
        let Some(level) = self.open.last_mut() else { return };
        if !level.is_representation || level.depth + 2 != depth {
            return;
        }
        let Some(segment) = level.list.0.checked_add(level.list.1) else { return };
        level.list.1 += 1;
        for base in level.bases.iter() {
            let what = match &self.url.range {
                Some(range) => Listed::From { byte: range.start, segment },
                None => Listed::Segment(segment),
            };
            self.listing.add(base, &self.url.media, what);
        }
    }

    /// An element ends.
    pub(super) fn end(&mut self, depth: usize) {
        let Some(level) = self.open.pop_if(|level| level.depth >= depth) else { return };
        if !level.is_representation {
            return;
        }
        if let Some(index) = &level.index {
            for base in level.bases.iter() {
                self.listing.add(base, "", Listed::Indexed(index.clone()));
            }
        } else if let Some((media, template)) = level.media(&mut self.listing) {
            for base in level.bases.iter() {
                self.listing.add(base, &media, Listed::Template(template));
            }
        }
    }
}

impl Level {
    fn inside(outer: Option<&Self>, base: &Rc<[Location]>, depth: usize, is_representation: bool) -> Self {
        let initial = || SegmentTemplate { media: None, timescale: 1, start_number: 1, has_timeline: false };
        Self {
            depth,
            is_representation,
            id: Rc::default(),
            bandwidth: 0,
            bases: Rc::clone(outer.map_or(base, |outer| &outer.bases)),
            has_base_url: false,
            template: outer.map_or_else(initial, |outer| outer.template.clone()),
            list: (outer.map_or(1, |outer| outer.list.0), 0),
            index: None,
        }
    }

    /// The references to the segments of a Representation with a template, and what their numbers are.
    fn media<F: FnMut(&Location, Listed)>(&self, listing: &mut Listing<F>) -> Option<(String, Template)> {
        let SegmentTemplate { media, timescale, start_number, has_timeline } = &self.template;
        let written = template::expand(media.as_deref()?, &self.id, self.bandwidth);
        listing.charge(written.as_ref().map_or(template::MAX_LENGTH, |written| written.text.len()));
        let Media { text, width, is_time } = written?;
        let counts = match (is_time, timescale) {
            (true, 0) => return None,
            (true, timescale) => Counts::Time(*timescale),
            (false, _) => Counts::From(if *has_timeline { 0 } else { *start_number }),
        };
        Some((text, Template { width, counts }))
    }
}

/// A range of bytes, both ends included (RFC 9110, section 14.1.2, without the unit).
fn range(text: &str) -> Option<Range<u64>> {
    let (first, last) = text.split_once('-')?;
    let range = first.trim_ascii().parse().ok()?..last.trim_ascii().parse::<u64>().ok()?.checked_add(1)?;
    (!range.is_empty()).then_some(range)
}
