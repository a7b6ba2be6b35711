//! The map: from addresses to sites, immutable.
//!
//! A look-up is at most two longest-prefix matches. The external address leads to a realm, by the longest external
//! network that holds it; the internal address, where it is known, leads to a row, by the longest network of that
//! realm. What the internal address does not settle, the external network's own row does, then the realm's default.
//! There is no way back: when the longest external network leads to a realm that does not know the internal
//! address, a shorter external network is not asked.

use std::collections::HashMap;

use crate::address::Address;
use crate::fault::Place;
use crate::id::Id;
use crate::location::{Decision, Evidence, Found, Location};
use crate::network::{Kind, Policy};
use crate::prefix::{Plan, Prefixes};

/// No row, no realm, no site, no name.
pub(crate) const NONE: u32 = u32::MAX;

/// Which office each pair of addresses is in, and which edges serve it. [`assemble`](crate::assemble()) makes it.
#[derive(Debug)]
pub struct SiteMap {
    pub(crate) prefixes: Prefixes,
    /// Leads to `links`.
    pub(crate) externals: Plan,
    pub(crate) links: Vec<Link>,
    pub(crate) realms: Vec<Realm>,
    pub(crate) realm_names: Vec<Id>,
    pub(crate) named_realms: HashMap<Id, u32>,
    /// One per row of the description.
    pub(crate) rows: Vec<Row>,
    pub(crate) sites: Vec<Site>,
    pub(crate) site_ids: HashMap<Id, u32>,
    /// By site.
    pub(crate) edges: Vec<Edge>,
    pub(crate) files: Vec<String>,
}

/// What an external network leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) realm: u32,
    /// The row for viewers of whom no more is known.
    pub(crate) own: u32,
    /// The row that leads from the network to the realm.
    pub(crate) row: u32,
}

/// Networks that share one internal plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Realm {
    /// Leads to `rows`.
    pub(crate) plan: Plan,
    /// The row for viewers of whom no more is known.
    pub(crate) default: u32,
    /// A row that stands for all of the plan's, when they all say the same.
    pub(crate) sole: u32,
    /// Among `realm_names`.
    pub(crate) name: u32,
}

/// What a row decides, and where it stands: 12 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) site: u32,
    pub(crate) line: u32,
    pub(crate) file: u16,
    pub(crate) kind: Kind,
    pub(crate) policy: Policy,
}

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) id: Id,
    pub(crate) name: Option<Box<str>>,
    pub(crate) hub: u32,
    /// Its edges, among `edges`.
    pub(crate) edges: std::ops::Range<u32>,
}

/// A server of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What metrics call it.
    pub id: Id,
    /// Where viewers reach it: scheme, host and perhaps port, without a slash at the end.
    pub url: String,
}

/// One realm of one map.
#[derive(Clone, Copy, Debug)]
pub struct RealmRef<'m> {
    pub(crate) map: &'m SiteMap,
    pub(crate) index: u32,
}

/// One site of one map.
#[derive(Clone, Copy)]
pub struct SiteRef<'m> {
    pub(crate) map: &'m SiteMap,
    pub(crate) index: u32,
}

impl SiteMap {
    /// Where somebody is who is seen with the address `external` from the internet, and says or is known to have the
    /// address `internal` in their network.
    pub fn locate(&self, external: Address, internal: Option<Address>) -> Location<'_> {
        let Some(found) = self.prefixes.longest(self.externals, external.ip()) else {
            return Location::Unknown(Evidence::none(self));
        };
        let link = self.links[found.value as usize];
        let evidence = Evidence { map: self, link: Some((found.network, found.value)), realm: link.realm };
        self.decide(evidence, link.own, internal)
    }

    /// Where somebody is whose address is seen from inside `realm`.
    pub fn locate_inside(&self, realm: RealmRef<'_>, internal: Address) -> Location<'_> {
        let evidence = Evidence { map: self, link: None, realm: realm.index };
        self.decide(evidence, NONE, Some(internal))
    }

    fn decide<'m>(&'m self, evidence: Evidence<'m>, own: u32, internal: Option<Address>) -> Location<'m> {
        let found = |row, decision| Location::Found(Found { evidence, row, decision });
        let realm = &self.realms[evidence.realm as usize];
        if let Some(internal) = internal
            && let Some(inner) = self.prefixes.longest(realm.plan, internal.ip())
        {
            return found(inner.value, Decision::Internal(inner.network));
        }
        if own != NONE {
            return found(own, Decision::External);
        }
        if realm.default != NONE {
            return found(realm.default, Decision::RealmDefault);
        }
        if internal.is_some() || realm.plan == Plan::default() {
            return Location::Unknown(evidence);
        }
        if realm.sole != NONE {
            return found(realm.sole, Decision::OnlySite);
        }
        Location::Ambiguous(evidence)
    }

    /// The realm of that name.
    pub fn realm(&self, name: &str) -> Option<RealmRef<'_>> {
        self.named_realms.get(name).map(|index| RealmRef { map: self, index: *index })
    }

    /// The site of that name.
    pub fn site(&self, id: &str) -> Option<SiteRef<'_>> {
        self.site_ids.get(id).map(|index| SiteRef { map: self, index: *index })
    }

    /// All sites, in the order in which they were first named.
    pub fn sites(&self) -> impl Iterator<Item = SiteRef<'_>> {
        (0..).zip(&self.sites).map(|(index, _)| SiteRef { map: self, index })
    }

    /// All edges, by site.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// How many rows there are about networks.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn site_at(&self, index: u32) -> Option<SiteRef<'_>> {
        (index != NONE).then_some(SiteRef { map: self, index })
    }

    pub(crate) fn place(&self, row: u32) -> Place {
        self.rows.get(row as usize).map(|row| Place::new(row.file, row.line)).unwrap_or_default()
    }

    pub(crate) fn realm_of(&self, index: u32) -> RealmRef<'_> {
        RealmRef { map: self, index }
    }
}

impl<'m> RealmRef<'m> {
    /// What it is called; `None` for the plan behind one external network.
    pub fn name(self) -> Option<&'m Id> {
        self.map.realm_names.get(self.map.realms[self.index as usize].name as usize)
    }
}

impl<'m> SiteRef<'m> {
    /// What reports and metrics call it.
    pub fn id(self) -> &'m Id {
        &self.row().id
    }

    /// What people call it.
    pub fn name(self) -> &'m str {
        self.row().name.as_deref().unwrap_or(self.row().id.as_str())
    }

    /// The site through which it reaches the internet.
    pub fn hub(self) -> Option<SiteRef<'m>> {
        self.map.site_at(self.row().hub)
    }

    /// Its edges.
    pub fn edges(self) -> &'m [Edge] {
        let std::ops::Range { start, end } = self.row().edges;
        &self.map.edges[start as usize..end as usize]
    }

    /// The site, its hub, the hub's hub, and so on: in this order they serve its viewers.
    pub fn chain(self) -> impl Iterator<Item = SiteRef<'m>> {
        std::iter::successors(Some(self), |site| site.hub())
    }

    fn row(self) -> &'m Site {
        &self.map.sites[self.index as usize]
    }
}

impl PartialEq for SiteRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.map, other.map) && self.index == other.index
    }
}

impl std::fmt::Debug for SiteRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.id(), f)
    }
}

#[cfg(test)]
mod tests;
