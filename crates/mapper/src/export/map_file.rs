//! What stands in a map of one file, whichever its syntax is: networks by site, those that differ in the internal network
//! alone together.

use ipnet::IpNet;

use crate::description::{Description, Edge, Network, RealmIndex};
use crate::id::Id;
use crate::network::{Kind, Policy};

/// The parts of the file.
pub(super) struct MapFile<'d> {
    pub(super) sites: Vec<Site<'d>>,
    pub(super) realms: Vec<Realm<'d>>,
    /// Networks without a site, which lead to no realm either.
    pub(super) networks: Vec<Block>,
}

pub(super) struct Site<'d> {
    pub(super) about: &'d crate::description::Site,
    pub(super) networks: Vec<Block>,
    pub(super) edges: Vec<&'d Edge>,
}

pub(super) struct Realm<'d> {
    pub(super) name: &'d Id,
    pub(super) externals: Vec<IpNet>,
}

/// Rows that differ in the internal network alone.
#[derive(PartialEq, Eq)]
pub(super) struct Block {
    pub(super) realm: Option<RealmIndex>,
    pub(super) external: Option<IpNet>,
    pub(super) internals: Vec<IpNet>,
    pub(super) kind: Kind,
    pub(super) policy: Option<Policy>,
}

impl<'d> MapFile<'d> {
    pub(super) fn of(description: &'d Description) -> Self {
        let bare = |site| Site { about: site, networks: Vec::new(), edges: Vec::new() };
        let mut file = Self {
            sites: description.sites().iter().map(bare).collect(),
            realms: description.realms().iter().map(|name| Realm { name, externals: Vec::new() }).collect(),
            networks: Vec::new(),
        };
        for edge in description.edges() {
            file.sites[edge.site.get()].edges.push(edge);
        }
        for network in description.networks().iter().filter(|network| !network.only_declares()) {
            match *network {
                Network {
                    site: None,
                    realm: Some(realm),
                    external: Some(external),
                    internal: None,
                    kind,
                    policy: None,
                    ..
                } if kind == Kind::default() => file.realms[realm.get()].externals.push(external),
                Network { site: Some(site), .. } => push(&mut file.sites[site.get()].networks, network),
                Network { site: None, .. } => push(&mut file.networks, network),
            }
        }
        file
    }
}

fn push(blocks: &mut Vec<Block>, network: &Network) {
    let Network { realm, external, internal, kind, policy, .. } = *network;
    if let (Some(last), Some(internal)) = (blocks.last_mut(), internal)
        && (last.realm, last.external, last.kind, last.policy) == (realm, external, kind, policy)
        && !last.internals.is_empty()
    {
        return last.internals.push(internal);
    }
    blocks.push(Block { realm, external, internals: internal.into_iter().collect(), kind, policy });
}
