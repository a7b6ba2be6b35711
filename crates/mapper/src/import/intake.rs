//! What lists of networks have in common that are not ours: names that people gave, and no word of how a network is seen
//! from outside.

use std::collections::HashMap;

use ipnet::{IpNet, Ipv4Net};

use super::statement::{add_pairs, state};
use super::{Options, Outside};
use crate::description::{Attribute, Description, Network, RealmIndex, SiteIndex, excerpt};
use crate::fault::{Code, Fault, Place};
use crate::id::Id;
use crate::left_out::LeftOut;
use crate::network::{Kind, Policy};

/// What routers at home begin with: a viewer there would be taken for one in the office.
const HOMES: [[u8; 3]; 7] =
    [[192, 168, 0], [192, 168, 1], [192, 168, 2], [192, 168, 100], [192, 168, 178], [10, 0, 0], [10, 0, 1]];

/// Rows of one file on their way into a description.
pub(super) struct Intake<'o> {
    options: &'o Options,
    file: u16,
    /// Which site each name leads to.
    sites: HashMap<String, Option<SiteIndex>>,
    /// The name that each site was made of, and where.
    names: HashMap<SiteIndex, (String, Place)>,
    left_out: LeftOut,
    is_outside_asked: bool,
}

/// One network of a list.
pub(super) struct Listed {
    pub(super) network: IpNet,
    pub(super) site: SiteIndex,
    /// The realm, where the list tells plans apart.
    pub(super) realm: Option<RealmIndex>,
    pub(super) kind: Kind,
    pub(super) policy: Option<Policy>,
    pub(super) place: Place,
}

impl<'o> Intake<'o> {
    pub(super) fn new(options: &'o Options, file: u16) -> Self {
        Self {
            options,
            file,
            sites: HashMap::new(),
            names: HashMap::new(),
            left_out: LeftOut::default(),
            is_outside_asked: false,
        }
    }

    /// The site that people call `name`; a name that is no identifier is kept beside one that is made of it.
    pub(super) fn site(
        &mut self,
        description: &mut Description,
        name: &str,
        place: Place,
        column: &'static str,
    ) -> Option<SiteIndex> {
        if let Some(site) = self.sites.get(name) {
            return *site;
        }
        let site = self.new_site(description, name, place, column);
        self.sites.insert(name.to_owned(), site);
        site
    }

    fn new_site(
        &mut self,
        description: &mut Description,
        name: &str,
        place: Place,
        column: &'static str,
    ) -> Option<SiteIndex> {
        let id = identifier(description, name, place, column)?;
        let site = description.declare_site(id.as_str(), place)?;
        if let Some((other, first)) = self.names.get(&site) {
            let message = format!("`{}` and `{}` would both be site `{id}`", excerpt(name), excerpt(other));
            let fault = Fault::new(Code::Conflict, place, column, message).with_other(*first);
            description.faults.push(fault);
            return None;
        }
        self.names.insert(site, (name.to_owned(), place));
        if name != id.as_str() {
            state(description, site, Attribute::Name, name, place);
        }
        Some(site)
    }

    /// The realm that people call `name`.
    pub(super) fn realm(
        description: &mut Description,
        name: &str,
        place: Place,
        column: &'static str,
    ) -> Option<RealmIndex> {
        let id = identifier(description, name, place, column)?;
        description.declare_realm(id.as_str(), place)
    }

    /// Adds a network as the options say it is seen. `false` when the map is full.
    pub(super) fn add(&mut self, description: &mut Description, listed: &Listed) -> bool {
        let Listed { network, site, realm, kind, policy, place } = *listed;
        let row = Network { realm, external: None, internal: None, site: Some(site), kind, policy, place };
        match &self.options.outside {
            Some(Outside::Direct) => add_pairs(description, Network { realm: None, ..row }, &[network], &[]),
            // A plan of its own is told apart by its realm; what leads there, the list does not say.
            _ if realm.is_some() => add_pairs(description, row, &[], &[network]),
            Some(Outside::External(externals)) if !externals.is_empty() => {
                add_pairs(description, row, externals, &[network])
            }
            Some(Outside::Realm(id)) => {
                warn_of_home(description, network, place);
                let realm = description.declare_realm(id.as_str(), place);
                add_pairs(description, Network { realm, ..row }, &[], &[network])
            }
            Some(Outside::External(_)) | None => {
                if !std::mem::replace(&mut self.is_outside_asked, true) {
                    let message = "the file does not say how its networks are seen from outside; say it: behind \
                                   external networks (`--external`), in a realm (`--realm`), or they are \
                                   external networks themselves (`--direct`)";
                    let at = Place::new(self.file, 0);
                    description.faults.push(Fault::new(Code::Missing, at, "", message));
                }
                true
            }
        }
    }

    /// Notes that something at `place` is not taken over.
    pub(super) fn leave_out(&mut self, what: &'static str, place: Place) {
        self.left_out.note(what, place);
    }

    /// Says what was not taken over.
    pub(super) fn finish(self, description: &mut Description) {
        self.left_out.tell(&mut description.warnings);
    }
}

fn identifier(description: &mut Description, name: &str, place: Place, column: &'static str) -> Option<Id> {
    let id = name.parse().ok().or_else(|| Id::from_name(name));
    if id.is_none() {
        let message =
            format!("`{}` has neither letters nor digits of ASCII to make an identifier of", excerpt(name));
        description.faults.push(Fault::new(Code::Value, place, column, message));
    }
    id
}

fn warn_of_home(description: &mut Description, network: IpNet, place: Place) {
    let IpNet::V4(v4) = network else { return };
    let is_home =
        |[a, b, c]: [u8; 3]| Ipv4Net::new([a, b, c, 0].into(), 24).is_ok_and(|home| home.contains(&v4));
    if HOMES.into_iter().any(is_home) {
        let message = format!(
            "`{network}` is what routers at home begin with; behind an external network it is told apart, in a \
             realm alone it is not"
        );
        description.warnings.push(Fault::new(Code::Doubtful, place, "", message));
    }
}
