//! Which edges of the map are there, as far as this one knows.
//!
//! An edge counts as there until it fails twice in a row, and as gone until it answers again. Since when it is there is
//! remembered: somebody who was sent elsewhere while it was gone stays there for a window, so that nobody is sent
//! back and forth.
//!
//! Pure: times come in, in milliseconds of one clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use mapper::SiteMap;
use mapper::map::Edge;

use super::rendezvous::score;

/// So many failures in a row, and it is gone.
const FAILURES: u32 = 2;

/// The edges of the map that holds now.
#[derive(Debug, Default)]
pub(crate) struct Members(ArcSwap<HashMap<String, Arc<Member>>>);

/// One edge.
#[derive(Debug)]
pub(crate) struct Member {
    /// Where it is reached.
    pub(crate) url: String,
    failures: AtomicU32,
    /// Since when it is there.
    since: AtomicU64,
}

/// What a check changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is there again.
    Came,
    /// It is gone.
    Went,
}

impl Members {
    /// Knows the edges of `map` from now on; of those it knew before it remembers how they are. New ones count as
    /// there: always, when nothing was known before, and else since `now`.
    pub(crate) fn follow(&self, map: Option<&SiteMap>, now: u64) {
        let before = self.0.load();
        let since = if before.is_empty() { 0 } else { now };
        let member = |edge: &Edge| {
            let known = before.get(&edge.url).cloned();
            let member = known.unwrap_or_else(|| {
                Arc::new(Member { url: edge.url.clone(), failures: AtomicU32::new(0), since: since.into() })
            });
            (edge.url.clone(), member)
        };
        let members = map.map(|map| map.edges().iter().map(member).collect()).unwrap_or_default();
        self.0.store(Arc::new(members));
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<Member>> {
        self.0.load().values().cloned().collect()
    }

    /// How many are there, and how many are gone.
    pub(crate) fn count(&self) -> (usize, usize) {
        let members = self.0.load();
        let there = members.values().filter(|member| member.is_there()).count();
        (there, members.len() - there)
    }

    /// The one of `edges` that serves `entry`, for somebody whose window began at `window`. Those that were there
    /// already when it began come first.
    pub(super) fn choose<'m>(&self, edges: &'m [Edge], entry: &str, window: u64) -> Option<&'m Edge> {
        let members = self.0.load();
        let there = |edge: &&Edge| members.get(&edge.url).is_none_or(|member| member.is_there());
        let since = |edge: &Edge| members.get(&edge.url).map_or(0, |member| member.since.load(Relaxed));
        edges.iter().filter(there).max_by_key(|edge| (since(edge) <= window, score(entry, edge.id.as_str())))
    }
}

impl Member {
    /// Notes what a check came to.
    pub(crate) fn note(&self, answered: bool, now: u64) -> Option<Change> {
        if !answered {
            let failures = self.failures.load(Relaxed).saturating_add(1);
            self.failures.store(failures, Relaxed);
            return (failures == FAILURES).then_some(Change::Went);
        }
        if self.failures.swap(0, Relaxed) >= FAILURES {
            self.since.store(now, Relaxed);
            return Some(Change::Came);
        }
        None
    }

    fn is_there(&self) -> bool {
        self.failures.load(Relaxed) < FAILURES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(edges: &[&str]) -> SiteMap {
        let mut description = mapper::Description::default();
        let site = description.declare_site("munich", mapper::Place::default()).unwrap();
        for edge in edges {
            description.add_edge(edge, site, &format!("http://{edge}.example"), mapper::Place::default());
        }
        mapper::assemble(&description).unwrap().map
    }

    fn member(members: &Members, id: &str) -> Arc<Member> {
        Arc::clone(&members.0.load()[&format!("http://{id}.example")])
    }

    #[test]
    fn an_edge_goes_after_two_failures_and_comes_with_one_answer() {
        let members = Members::default();
        members.follow(Some(&map(&["a", "b"])), 0);
        let a = member(&members, "a");
        assert_eq!((a.note(false, 1), members.count()), (None, (2, 0)));
        assert_eq!((a.note(true, 2), a.note(false, 3)), (None, None));
        assert_eq!((a.note(false, 4), members.count()), (Some(Change::Went), (1, 1)));
        assert_eq!((a.note(false, 5), a.note(true, 6), members.count()), (None, Some(Change::Came), (2, 0)));
    }

    #[test]
    fn who_was_sent_elsewhere_stays_there_for_a_window() {
        let (members, map) = (Members::default(), map(&["a", "b"]));
        members.follow(Some(&map), 0);
        let edges = map.site("munich").unwrap().edges();
        let chosen = |window| members.choose(edges, "entry", window).unwrap().id.to_string();
        let (first, other) = if chosen(100) == "a" { ("a", "b") } else { ("b", "a") };
        let best = member(&members, first);
        best.note(false, 110);
        assert_eq!(chosen(100), first);
        best.note(false, 120);
        assert_eq!(chosen(100), other);
        best.note(true, 150);
        assert_eq!((chosen(100), chosen(149), chosen(150)), (other.into(), other.into(), first.into()));
    }

    #[test]
    fn when_all_came_just_now_any_is_better_than_none() {
        let (members, map) = (Members::default(), map(&["a"]));
        members.follow(Some(&map), 0);
        let a = member(&members, "a");
        let choose = |window| members.choose(map.edges(), "entry", window).is_some();
        a.note(false, 1);
        a.note(false, 2);
        assert!(!choose(0));
        a.note(true, 3);
        assert!(choose(0));
    }

    #[test]
    fn another_map_keeps_what_is_known() {
        let members = Members::default();
        members.follow(Some(&map(&["a", "b"])), 0);
        let a = member(&members, "a");
        a.note(false, 1);
        a.note(false, 2);
        let both = map(&["a", "c"]);
        members.follow(Some(&both), 50);
        assert_eq!(members.count(), (1, 1));
        assert!(Arc::ptr_eq(&a, &member(&members, "a")));
        // The new one is nobody's until their window is over, unless there is no other.
        assert_eq!(member(&members, "c").since.load(Relaxed), 50);
        members.follow(None, 60);
        assert_eq!((members.all().len(), members.count()), (0, (0, 0)));
    }
}
