//! What moves between two maps: which networks, from where to where, and how many addresses.
//!
//! Both maps are cut into ranges of addresses that each map treats as one; where the two differ, the range moves. So
//! what counts is what becomes of addresses, not how rows are written: a map whose rows are ordered or split
//! otherwise is no different.

mod ranges;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use ipnet::IpNet;

use crate::map::{NONE, SiteMap};
use crate::network::Policy;
use crate::prefix::{Match, Plan};
use ranges::{Range, cut, prefixes};

/// So many moves are listed; the rest is counted.
pub const MOST_LISTED: usize = 10_000;

/// What becomes of addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// They are served by this site.
    Site(String),
    /// They go to the CDN directly.
    Bypass,
    /// They are not served.
    Deny,
    /// No row is about them, or it takes an internal address to tell.
    Unknown,
}

/// Networks whose viewers move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The external network, or the realm, behind which the internal ones are; `None` for external networks themselves.
    pub behind: Option<String>,
    /// The networks, as few as there can be.
    pub networks: Vec<IpNet>,
    /// What became of them.
    pub from: Fate,
    /// What becomes of them.
    pub to: Fate,
    /// How many addresses of IPv4.
    pub v4_addresses: u64,
    /// How many networks of IPv6 with a prefix of 64 bits, parts of one among them.
    pub v6_networks: u64,
}

/// The difference of two maps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// What moves, external networks first; at most [`MOST_LISTED`] networks of it.
    pub moves: Vec<Move>,
    /// Whether there was more to list.
    pub is_cut: bool,
    /// Sites that are new.
    pub sites_added: Vec<String>,
    /// Sites that are gone.
    pub sites_removed: Vec<String>,
    /// Sites whose edges or hub change.
    pub sites_changed: Vec<String>,
}

impl Diff {
    /// Whether both maps do the same with everybody.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty()
            && self.sites_added.is_empty()
            && self.sites_removed.is_empty()
            && self.sites_changed.is_empty()
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(site) => f.pad(site),
            Self::Bypass => f.pad("(bypass)"),
            Self::Deny => f.pad("(deny)"),
            Self::Unknown => f.pad("(unknown)"),
        }
    }
}

/// What moves from `before` to `after`.
pub fn diff(before: &SiteMap, after: &SiteMap) -> Diff {
    let mut diff = Diff::default();
    sites(before, after, &mut diff);
    let mut moves = Moves::default();
    // External ranges, each with what it leads to in both maps.
    let externals = [before, after].map(|map| map.prefixes.all(map.externals));
    let networks = (by_link(&externals[0]), by_link(&externals[1]));
    let (old, new) = (cut(&externals[0]), cut(&externals[1]));
    let mut behind = Vec::new();
    let mut seen = HashSet::new();
    for (range, old, new) in ranges::overlay(&old, &new) {
        let fates = (alone(before, old), alone(after, new));
        if fates.0 != fates.1 {
            moves.add(None, fates, range);
        }
        let realms = (realm(before, old), realm(after, new));
        let plans = (plan(before, realms.0), plan(after, realms.1));
        if (plans.0 != Plan::default() || plans.1 != Plan::default()) && seen.insert(realms) {
            let name = name(before, realms.0).filter(|old| name(after, realms.1).as_ref() == Some(old));
            let network = old.map(|old| &networks.0[&old]).or(new.map(|new| &networks.1[&new]));
            let name = name.or(network.map(ToString::to_string));
            behind.push((name.unwrap_or_default(), realms, (default(before, old), default(after, new))));
        }
    }
    // Realms that no external network leads to.
    let names: BTreeSet<&str> =
        before.realm_names.iter().chain(&after.realm_names).map(crate::Id::as_str).collect();
    for name in names {
        let of = |map: &SiteMap| map.named_realms.get(name).copied().unwrap_or(NONE);
        let realms = (of(before), of(after));
        if seen.insert(realms) {
            let defaults = [(before, realms.0), (after, realms.1)]
                .map(|(map, realm)| map.realms.get(realm as usize).map_or(NONE, |realm| realm.default));
            behind.push((name.to_owned(), realms, defaults.into()));
        }
    }
    for (name, realms, defaults) in behind {
        let (old, new) = (internal_ranges(before, realms.0), internal_ranges(after, realms.1));
        for (range, old, new) in ranges::overlay(&old, &new) {
            // Where neither has a row, the external network's own fate holds: it was told above.
            if old.is_none() && new.is_none() {
                continue;
            }
            let fates = (fate(before, old.unwrap_or(defaults.0)), fate(after, new.unwrap_or(defaults.1)));
            if fates.0 != fates.1 {
                moves.add(Some(&name), fates, range);
            }
        }
    }
    moves.finish(&mut diff);
    diff
}

fn name(map: &SiteMap, realm: u32) -> Option<String> {
    if realm == NONE { None } else { map.realm_of(realm).name().map(ToString::to_string) }
}

/// External networks by link.
fn by_link(externals: &[Match]) -> HashMap<u32, IpNet> {
    externals.iter().map(|found| (found.value, found.network)).collect()
}

fn internal_ranges(map: &SiteMap, realm: u32) -> Vec<(Range, u32)> {
    cut(&map.prefixes.all(plan(map, realm)))
}

fn plan(map: &SiteMap, realm: u32) -> Plan {
    map.realms.get(realm as usize).map(|realm| realm.plan).unwrap_or_default()
}

fn realm(map: &SiteMap, link: Option<u32>) -> u32 {
    link.map_or(NONE, |link| map.links[link as usize].realm)
}

/// What becomes of viewers of whom the external address alone is known.
fn alone(map: &SiteMap, link: Option<u32>) -> Fate {
    let Some(link) = link.map(|link| map.links[link as usize]) else {
        return Fate::Unknown;
    };
    let realm = &map.realms[link.realm as usize];
    [link.own, realm.default, realm.sole]
        .into_iter()
        .find(|row| *row != NONE)
        .map_or(Fate::Unknown, |row| fate(map, row))
}

/// The row for viewers behind a link whose internal address is in no network. Links that share a plan may have rows
/// of their own besides; those were told with the external networks.
fn default(map: &SiteMap, link: Option<u32>) -> u32 {
    let Some(link) = link.map(|link| map.links[link as usize]) else {
        return NONE;
    };
    let realm = &map.realms[link.realm as usize];
    if realm.name == NONE && link.own != NONE { link.own } else { realm.default }
}

fn fate(map: &SiteMap, row: u32) -> Fate {
    let Some(row) = map.rows.get(row as usize) else {
        return Fate::Unknown;
    };
    match row.policy {
        Policy::Site => map.site_at(row.site).map_or(Fate::Unknown, |site| Fate::Site(site.id().to_string())),
        Policy::Bypass => Fate::Bypass,
        Policy::Deny => Fate::Deny,
    }
}

/// Ranges that move, those next to each other with the same fate together.
#[derive(Default)]
struct Moves {
    by_fate: BTreeMap<(Option<String>, Fate, Fate), Vec<Range>>,
}

impl Moves {
    fn add(&mut self, behind: Option<&str>, (from, to): (Fate, Fate), range: Range) {
        let ranges = self.by_fate.entry((behind.map(str::to_owned), from, to)).or_default();
        match ranges.last_mut() {
            Some(last) if last.is_followed_by(range) => *last = last.until(range),
            _ => ranges.push(range),
        }
    }

    fn finish(self, diff: &mut Diff) {
        let mut listed = 0;
        for ((behind, from, to), ranges) in self.by_fate {
            let v4_addresses = ranges.iter().map(|range| range.v4_addresses()).sum();
            let v6_networks = ranges.iter().fold(0_u64, |sum, range| sum.saturating_add(range.v6_networks()));
            let mut networks: Vec<IpNet> = ranges.into_iter().flat_map(prefixes).collect();
            if listed + networks.len() > MOST_LISTED {
                networks.truncate(MOST_LISTED - listed);
                diff.is_cut = true;
            }
            listed += networks.len();
            diff.moves.push(Move { behind, networks, from, to, v4_addresses, v6_networks });
        }
    }
}

fn sites(before: &SiteMap, after: &SiteMap, diff: &mut Diff) {
    for site in before.sites() {
        let id = site.id().to_string();
        match after.site(&id) {
            None => diff.sites_removed.push(id),
            Some(other) => {
                let hubs = [site, other].map(|site| site.hub().map(crate::map::SiteRef::id));
                if hubs[0] != hubs[1] || site.edges() != other.edges() {
                    diff.sites_changed.push(id);
                }
            }
        }
    }
    let added = after.sites().map(|site| site.id().to_string()).filter(|id| before.site(id).is_none());
    diff.sites_added.extend(added);
}

#[cfg(test)]
mod tests;
