//! Where somebody is, and how that is known.

use ipnet::IpNet;

use crate::fault::Place;
use crate::id::Id;
use crate::map::{NONE, SiteMap, SiteRef};
use crate::network::{Kind, Policy};

/// What a look-up comes to. It borrows from the map and holds no address.
#[derive(Clone, Copy, Debug)]
pub enum Location<'m> {
    /// A row says what becomes of them.
    Found(Found<'m>),
    /// Several sites lie behind the external network, and the internal address would have to tell which.
    Ambiguous(Evidence<'m>),
    /// No row is about them.
    Unknown(Evidence<'m>),
}

/// A row that is about a viewer.
#[derive(Clone, Copy, Debug)]
pub struct Found<'m> {
    pub(crate) evidence: Evidence<'m>,
    pub(crate) row: u32,
    pub(crate) decision: Decision,
}

/// What was found on the way.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'m> {
    pub(crate) map: &'m SiteMap,
    /// The external network, and its link.
    pub(crate) link: Option<(IpNet, u32)>,
    /// Among the map's realms.
    pub(crate) realm: u32,
}

/// Which step settled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The internal address lies in this network of the realm.
    Internal(IpNet),
    /// The external network has a site of its own.
    External,
    /// The realm has a default.
    RealmDefault,
    /// All networks behind the external one lead to the same.
    OnlySite,
}

/// A row of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowRef<'m> {
    /// The file.
    pub file: &'m str,
    /// The line from 1, or 0 where the format has none.
    pub line: u32,
}

impl<'m> Location<'m> {
    /// What was found, if a row is about them.
    pub fn found(self) -> Option<Found<'m>> {
        match self {
            Self::Found(found) => Some(found),
            Self::Ambiguous(_) | Self::Unknown(_) => None,
        }
    }

    /// The site whose edges serve them.
    pub fn site(self) -> Option<SiteRef<'m>> {
        self.found().filter(|found| found.policy() == Policy::Site).and_then(Found::site)
    }

    /// What was found on the way.
    pub fn evidence(self) -> Evidence<'m> {
        match self {
            Self::Found(found) => found.evidence,
            Self::Ambiguous(evidence) | Self::Unknown(evidence) => evidence,
        }
    }
}

impl<'m> Found<'m> {
    /// The site that the row names. With a policy other than [`Policy::Site`] its edges do not serve them.
    pub fn site(self) -> Option<SiteRef<'m>> {
        self.evidence.map.site_at(self.row().site)
    }

    /// What becomes of them.
    pub fn policy(self) -> Policy {
        self.row().policy
    }

    /// What the network is for.
    pub fn kind(self) -> Kind {
        self.row().kind
    }

    /// Which step settled it.
    pub fn decision(self) -> Decision {
        self.decision
    }

    /// The row that settled it.
    pub fn place(self) -> RowRef<'m> {
        RowRef::new(self.evidence.map, self.evidence.map.place(self.row))
    }

    fn row(self) -> &'m crate::map::Row {
        &self.evidence.map.rows[self.row as usize]
    }
}

impl<'m> Evidence<'m> {
    pub(crate) fn none(map: &'m SiteMap) -> Self {
        Self { map, link: None, realm: NONE }
    }

    /// The longest external network that holds the external address.
    pub fn external(self) -> Option<IpNet> {
        self.link.map(|(network, _)| network)
    }

    /// The row that leads from the external network to its realm.
    pub fn external_place(self) -> Option<RowRef<'m>> {
        let (_, link) = self.link?;
        Some(RowRef::new(self.map, self.map.place(self.map.links[link as usize].row)))
    }

    /// The realm that they are in; `None` when it has no name.
    pub fn realm(self) -> Option<&'m Id> {
        if self.realm == NONE { None } else { self.map.realm_of(self.realm).name() }
    }
}

impl<'m> RowRef<'m> {
    pub(crate) fn new(map: &'m SiteMap, place: Place) -> Self {
        let file = map.files.get(usize::from(place.file)).map_or("", String::as_str);
        Self { file, line: place.line }
    }
}

impl std::fmt::Display for RowRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}
