//! Which edges of the map are there, as far as this one knows.
//!
//! An edge counts as there until it fails twice in a row, and as gone until it answers again. Since when it is there is
//! remembered: somebody who was sent elsewhere while it was gone stays there for a window, so that nobody is sent
//! back and forth.
//!
//! An edge outside of the offices may have no way to those inside, where its viewers find them well. So there what never
//! answered is not held against anybody ([`Stance::Outside`]).
//!
//! Pure: times come in, in milliseconds of one clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use mapper::map::Edge;
use mapper::{Id, SiteMap};

use super::rendezvous::score;

/// So many failures in a row, and it is gone.
const FAILURES: u32 = 2;

/// The edges of the map that holds now.
#[derive(Debug, Default)]
pub(crate) struct Members(ArcSwap<HashMap<Id, Arc<Member>>>);

/// From where edges are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stance {
    /// From inside a realm, as viewers ask: who does not answer is not there.
    Inside,
    /// From the internet: who never answered may still be there for viewers.
    Outside,
}

/// One edge.
#[derive(Debug)]
pub(crate) struct Member {
    /// Where it is reached.
    pub(crate) url: String,
    failures: AtomicU32,
    /// Since when it is there.
    since: AtomicU64,
    /// Whether it ever answered.
    answered: AtomicBool,
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
            let known = before.get(&edge.id).filter(|known| known.url == edge.url).cloned();
            let member = known.unwrap_or_else(|| {
                let (failures, answered) = (AtomicU32::new(0), AtomicBool::new(false));
                Arc::new(Member { url: edge.url.clone(), failures, since: since.into(), answered })
            });
            (edge.id.clone(), member)
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
        let there = |edge: &&Edge| members.get(&edge.id).is_none_or(|member| member.is_there());
        let since = |edge: &Edge| members.get(&edge.id).map_or(0, |member| member.since.load(Relaxed));
        edges.iter().filter(there).max_by_key(|edge| (since(edge) <= window, score(entry, edge.id.as_str())))
    }
}

impl Member {
    /// Notes what a check came to.
    pub(crate) fn note(&self, answered: bool, stance: Stance, now: u64) -> Option<Change> {
        if answered {
            self.answered.store(true, Relaxed);
        } else if stance == Stance::Outside && !self.answered.load(Relaxed) {
            return None;
        }
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
        Arc::clone(&members.0.load()[id])
    }

    #[test]
    fn an_edge_goes_after_two_failures_and_comes_with_one_answer() {
        let members = Members::default();
        members.follow(Some(&map(&["a", "b"])), 0);
        let a = member(&members, "a");
        assert_eq!((a.note(false, Stance::Inside, 1), members.count()), (None, (2, 0)));
        assert_eq!((a.note(true, Stance::Inside, 2), a.note(false, Stance::Inside, 3)), (None, None));
        assert_eq!((a.note(false, Stance::Inside, 4), members.count()), (Some(Change::Went), (1, 1)));
        assert_eq!(
            (a.note(false, Stance::Inside, 5), a.note(true, Stance::Inside, 6), members.count()),
            (None, Some(Change::Came), (2, 0))
        );
    }

    #[test]
    fn who_was_sent_elsewhere_stays_there_for_a_window() {
        let (members, map) = (Members::default(), map(&["a", "b"]));
        members.follow(Some(&map), 0);
        let edges = map.site("munich").unwrap().edges();
        let chosen = |window| members.choose(edges, "entry", window).unwrap().id.to_string();
        let (first, other) = if chosen(100) == "a" { ("a", "b") } else { ("b", "a") };
        let best = member(&members, first);
        best.note(false, Stance::Inside, 110);
        assert_eq!(chosen(100), first);
        best.note(false, Stance::Inside, 120);
        assert_eq!(chosen(100), other);
        best.note(true, Stance::Inside, 150);
        assert_eq!((chosen(100), chosen(149), chosen(150)), (other.into(), other.into(), first.into()));
    }

    #[test]
    fn when_all_came_just_now_any_is_better_than_none() {
        let (members, map) = (Members::default(), map(&["a"]));
        members.follow(Some(&map), 0);
        let a = member(&members, "a");
        let choose = |window| members.choose(map.edges(), "entry", window).is_some();
        a.note(false, Stance::Inside, 1);
        a.note(false, Stance::Inside, 2);
        assert!(!choose(0));
        a.note(true, Stance::Inside, 3);
        assert!(choose(0));
    }

    #[test]
    fn from_outside_what_never_answered_is_there_for_viewers() {
        let members = Members::default();
        members.follow(Some(&map(&["a", "b"])), 0);
        let a = member(&members, "a");
        for time in 0..5 {
            assert_eq!(a.note(false, Stance::Outside, time), None);
        }
        assert_eq!(members.count(), (2, 0));
        a.note(true, Stance::Outside, 5);
        a.note(false, Stance::Outside, 6);
        assert_eq!((a.note(false, Stance::Outside, 7), members.count()), (Some(Change::Went), (1, 1)));
    }

    #[test]
    fn another_map_keeps_what_is_known() {
        let members = Members::default();
        members.follow(Some(&map(&["a", "b"])), 0);
        let a = member(&members, "a");
        a.note(false, Stance::Inside, 1);
        a.note(false, Stance::Inside, 2);
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
