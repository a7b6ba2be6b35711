//! Sites, networks and edges as somebody wrote them down: what formats are read into and written from.
//!
//! A description may contradict itself; [`assemble`](crate::assemble()) finds out. Each row knows where it stands.

use ipnet::IpNet;
use std::collections::HashMap;

use crate::fault::{Code, Fault, Faults, Place};
use crate::id::Id;
use crate::network::{Kind, Policy};

/// The realm of rows that name neither a realm nor an external network: the network in which the edge stands.
pub const LOCAL_REALM: &str = "local";

/// The most networks that a map may hold.
pub const MOST_NETWORKS: usize = 1 << 20;
/// The most sites, and the most realms that have a name.
pub const MOST_SITES: usize = 1 << 16;
/// The most edges.
pub const MOST_EDGES: usize = 1 << 16;

/// Which of [`Description::sites`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteIndex(pub(crate) u32);

/// Which of [`Description::realms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RealmIndex(pub(crate) u32);

impl SiteIndex {
    /// As an index of [`Description::sites`].
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

impl RealmIndex {
    /// As an index of [`Description::realms`].
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

/// One office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// What reports and metrics call it.
    pub id: Id,
    /// Where it was first named.
    pub place: Place,
    /// What people call it, where it is, and its hub: each as stated, with the row that states it.
    pub attributes: [Option<(String, Place)>; Attribute::ALL.len()],
}

/// What may be said of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// What people call it.
    Name,
    /// The site through which it reaches the internet, and whose edges serve it when it has none.
    Hub,
    /// The country.
    Country,
    /// The city.
    City,
}

impl Attribute {
    /// All, in the order of the columns.
    pub const ALL: [Self; 4] = [Self::Name, Self::Hub, Self::Country, Self::City];

    /// The column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Hub => "hub",
            Self::Country => "country",
            Self::City => "city",
        }
    }
}

impl Site {
    /// What is stated of it.
    pub fn attribute(&self, attribute: Attribute) -> Option<&str> {
        self.attributes[attribute as usize].as_ref().map(|(value, _)| value.as_str())
    }

    pub(crate) fn stated_at(&self, attribute: Attribute) -> Place {
        self.attributes[attribute as usize].as_ref().map_or(self.place, |(_, place)| *place)
    }
}

/// One row about networks. What it means follows from what it states:
///
/// | external | internal | site | meaning |
/// |---|---|---|---|
/// | yes | yes | yes | viewers with such a pair of addresses are in the site |
/// | yes | | yes | so are viewers with such an external address, where no internal network says otherwise |
/// | | yes | yes | viewers with such an internal address in the realm are in the site |
/// | | | yes | with a realm: those in the realm of whom no more is known are in the site; without: the site is declared |
/// | yes | | | the external network leads to the realm |
///
/// A row without a realm is in the realm of its external network alone, or in [`LOCAL_REALM`] when it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The realm, by name.
    pub realm: Option<RealmIndex>,
    /// The network as the internet sees it.
    pub external: Option<IpNet>,
    /// The network inside.
    pub internal: Option<IpNet>,
    /// The office.
    pub site: Option<SiteIndex>,
    /// What the network is for.
    pub kind: Kind,
    /// What becomes of its viewers; [`Kind::usual_policy`] where nothing is stated.
    pub policy: Option<Policy>,
    /// Where it stands.
    pub place: Place,
}

impl Network {
    /// What becomes of its viewers.
    pub fn policy(&self) -> Policy {
        self.policy.unwrap_or(self.kind.usual_policy())
    }

    /// Whether the row is about no network at all, and only declares its site.
    pub fn only_declares(&self) -> bool {
        self.realm.is_none() && self.external.is_none() && self.internal.is_none()
    }
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What metrics call it.
    pub id: Id,
    /// Where it stands.
    pub site: SiteIndex,
    /// Where viewers reach it: scheme, host and perhaps port, without a slash at the end.
    pub url: String,
    /// Where the row stands.
    pub place: Place,
}

/// Everything that was written down, and what was wrong with it already.
#[derive(Clone, Debug, Default)]
pub struct Description {
    files: Vec<String>,
    sites: Vec<Site>,
    site_ids: HashMap<Id, SiteIndex>,
    realms: Vec<Id>,
    realm_ids: HashMap<Id, RealmIndex>,
    networks: Vec<Network>,
    edges: Vec<Edge>,
    /// What could not be read; [`assemble`](crate::assemble()) adds what does not fit together.
    pub faults: Faults,
    /// What could be read, but was perhaps not meant.
    pub warnings: Faults,
}

impl Description {
    /// Adds a file; rows that are read from it have places in it.
    pub fn add_file(&mut self, name: impl Into<String>) -> u16 {
        self.files.push(name.into());
        u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX)
    }

    /// The names of the files.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The sites, in the order in which they were first named.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// The realms that have a name.
    pub fn realms(&self) -> &[Id] {
        &self.realms
    }

    /// The rows about networks.
    pub fn networks(&self) -> &[Network] {
        &self.networks
    }

    /// The servers.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// One site.
    pub fn site(&self, index: SiteIndex) -> &Site {
        &self.sites[index.get()]
    }

    /// One realm.
    pub fn realm(&self, index: RealmIndex) -> &Id {
        &self.realms[index.get()]
    }

    /// The site of that name, declared when it was not yet. A name that is none, and one site too many, are noted as
    /// faults.
    pub fn declare_site(&mut self, id: &str, place: Place) -> Option<SiteIndex> {
        if let Some(index) = self.site_ids.get(id) {
            return Some(*index);
        }
        let id = self.id(id, "site", place)?;
        if self.sites.len() >= MOST_SITES {
            self.too_many(MOST_SITES, "sites", place);
            return None;
        }
        let index = SiteIndex(u32::try_from(self.sites.len()).ok()?);
        self.site_ids.insert(id.clone(), index);
        self.sites.push(Site { id, place, attributes: Default::default() });
        Some(index)
    }

    /// The site of that name, if it was declared.
    pub fn find_site(&self, id: &str) -> Option<SiteIndex> {
        self.site_ids.get(id).copied()
    }

    /// The realm of that name, declared when it was not yet. A name that is none, and one realm too many, are noted
    /// as faults.
    pub fn declare_realm(&mut self, id: &str, place: Place) -> Option<RealmIndex> {
        if let Some(index) = self.realm_ids.get(id) {
            return Some(*index);
        }
        let id = self.id(id, "realm", place)?;
        if self.realms.len() >= MOST_SITES {
            self.too_many(MOST_SITES, "realms", place);
            return None;
        }
        let index = RealmIndex(u32::try_from(self.realms.len()).ok()?);
        self.realm_ids.insert(id.clone(), index);
        self.realms.push(id);
        Some(index)
    }

    /// States something of a site; when something else was stated before, that is a fault.
    pub fn state(&mut self, site: SiteIndex, attribute: Attribute, value: &str, place: Place) {
        let site = &mut self.sites[site.get()];
        match &site.attributes[attribute as usize] {
            None => site.attributes[attribute as usize] = Some((value.to_owned(), place)),
            Some((before, _)) if before == value => {}
            Some((before, other)) => {
                let message = format!("site `{}` has `{value}` here and `{before}` elsewhere", site.id);
                let fault = Fault::new(Code::Conflict, place, attribute.as_str(), message);
                self.faults.push(fault.with_other(*other));
            }
        }
    }

    /// Adds a row; one too many is noted as a fault, and only the first of those.
    pub fn add_network(&mut self, network: Network) {
        if self.is_full() {
            return self.too_many(MOST_NETWORKS, "networks", network.place);
        }
        self.networks.push(network);
    }

    /// Whether there is no room for another network: reading on makes no sense.
    pub fn is_full(&self) -> bool {
        self.networks.len() >= MOST_NETWORKS
    }

    /// Adds a server; a name or URL that is none, and one too many, are noted as faults.
    pub fn add_edge(&mut self, id: &str, site: SiteIndex, url: &str, place: Place) {
        let Some(id) = self.id(id, "edge", place) else {
            return;
        };
        if self.edges.len() >= MOST_EDGES {
            return self.too_many(MOST_EDGES, "edges", place);
        }
        if let Some(url) = base_url(url) {
            self.edges.push(Edge { id, site, url, place });
        } else {
            let message = format!(
                "`{}` is not where an edge is reached; write scheme, host and perhaps port, such as \
                     `https://edge.munich.example`",
                excerpt(url)
            );
            self.faults.push(Fault::new(Code::Value, place, "url", message));
        }
    }

    fn id(&mut self, text: &str, column: &'static str, place: Place) -> Option<Id> {
        let id = text.parse();
        if let Err(error) = &id {
            let message = format!("`{}`: {error}", excerpt(text));
            self.faults.push(Fault::new(Code::Value, place, column, message));
        }
        id.ok()
    }

    fn too_many(&mut self, most: usize, what: &str, place: Place) {
        let is_known = |fault: &Fault| fault.code == Code::TooMuch && fault.message.ends_with(what);
        if !self.faults.kept().iter().any(is_known) {
            let message = format!("this is one too many: a map holds at most {most} {what}");
            self.faults.push(Fault::new(Code::TooMuch, place, "", message));
        }
    }
}

/// The beginning of a text that is quoted in a message: whatever it is, the message stays short.
pub fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut letters = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    let short: String = letters.by_ref().take(LONGEST).collect();
    if letters.next().is_some() { short + "…" } else { short }
}

/// A URL without path, query, fragment and user, or `None`.
fn base_url(text: &str) -> Option<String> {
    let url: http::Uri = text.parse().ok()?;
    let (scheme, authority) = (url.scheme_str()?, url.authority()?);
    let is_bare = url.path() == "/" && url.query().is_none() && !text.contains('#');
    let is_known = matches!(scheme, "http" | "https");
    let is_sound = !authority.host().is_empty()
        && !authority.as_str().contains('@')
        && !authority.as_str().ends_with(':');
    (is_bare && is_known && is_sound).then(|| format!("{scheme}://{authority}").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_and_realms_are_declared_once() {
        let mut description = Description::default();
        let place = Place::new(description.add_file("sites.csv"), 2);
        let munich = description.declare_site("munich", place);
        assert_eq!(description.declare_site("munich", Place::new(0, 3)), munich);
        assert_eq!(description.find_site("munich"), munich);
        assert_eq!(description.declare_site("no site", place), None);
        assert!(description.declare_realm("acme", place) == description.declare_realm("acme", place));
        assert_eq!((description.sites().len(), description.faults.total()), (1, 1));
    }

    #[test]
    fn what_is_said_of_a_site_must_agree() {
        let mut description = Description::default();
        let munich = description.declare_site("munich", Place::new(0, 2)).unwrap();
        description.state(munich, Attribute::Hub, "berlin", Place::new(0, 2));
        description.state(munich, Attribute::Hub, "berlin", Place::new(0, 3));
        assert!(description.faults.is_empty());
        description.state(munich, Attribute::Hub, "paris", Place::new(0, 4));
        let fault = &description.faults.kept()[0];
        assert_eq!((fault.at, fault.other), (Place::new(0, 4), Some(Place::new(0, 2))));
        assert_eq!(description.site(munich).attribute(Attribute::Hub), Some("berlin"));
    }

    #[test]
    fn an_edge_is_reached_at_a_base_url() {
        let base = |text| base_url(text);
        assert_eq!(base("https://Edge.Example:8443/").as_deref(), Some("https://edge.example:8443"));
        assert_eq!(base("http://[2001:db8::1]:80").as_deref(), Some("http://[2001:db8::1]:80"));
        for bad in [
            "",
            "edge.example",
            "//edge",
            "ftp://e.example",
            "https://u@e.example",
            "https://e.example/a",
            "https://e.example?q",
            "https://e.example/#f",
            "https://",
            "https://e.example:",
            "https://e e",
        ] {
            assert_eq!(base(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_quotation_is_short_and_plain() {
        assert_eq!(excerpt("a\u{1b}[31m\n"), "a\u{fffd}[31m\u{fffd}");
        assert_eq!(excerpt(&"é".repeat(100)).chars().count(), 61);
    }
}
