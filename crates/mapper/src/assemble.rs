//! From a [`Description`] to a [`SiteMap`], or to every fault in it at once.

mod realms;
mod sites;

use ipnet::IpNet;
use std::collections::HashMap;

use crate::description::{Description, Network};
use crate::fault::{Code, Fault, Faults, Place};
use crate::id::Id;
use crate::map::{Link, NONE, Realm, Row, SiteMap};
use crate::network::Policy;
use crate::prefix::{Clash, Prefixes};

/// A map, and what was perhaps not meant.
#[derive(Debug)]
pub struct Assembled {
    /// The map.
    pub map: SiteMap,
    /// What is allowed but doubtful.
    pub warnings: Faults,
}

/// Builds the map, whole or not at all.
///
/// # Errors
/// Every fault: those of the description, and what does not fit together.
pub fn assemble(description: &Description) -> Result<Assembled, Faults> {
    let mut faults = description.faults.clone();
    let mut warnings = description.warnings.clone();
    let networks = description.networks();
    for network in networks {
        check(network, &mut faults);
    }
    let (sites, edges) = sites::arrange(description, &mut faults);
    let mut plans = realms::Plans::of(description, &mut faults);
    let mut prefixes = Prefixes::default();
    let externals = prefixes.add(plans.externals(), &mut |clash| {
        if let Clash::Covered { value } = clash {
            let row = plans.links[value as usize].row;
            faults.push(unreachable(networks, row, "external"));
        }
    });
    let realms = plans.fill(&mut prefixes, description, &mut faults);
    plans.doubt(description, &mut warnings);
    if !faults.is_empty() {
        faults.sort();
        return Err(faults);
    }
    prefixes.shrink();
    warnings.sort();
    let map = SiteMap {
        prefixes,
        externals,
        links: plans.links,
        realms,
        named_realms: named(&plans.names),
        realm_names: plans.names.into_iter().map(|(id, _)| id).collect(),
        rows: networks.iter().map(row).collect(),
        site_ids: sites.iter().zip(0..).map(|(site, index)| (site.id.clone(), index)).collect(),
        sites,
        edges,
        files: description.files().to_vec(),
    };
    Ok(Assembled { map, warnings })
}

/// What can be seen by looking at one row.
fn check(network: &Network, faults: &mut Faults) {
    let Network { realm, external, internal, site, policy, place, .. } = *network;
    for (network, column) in [(external, "external"), (internal, "internal")] {
        if let Some(network) = network
            && network != network.trunc()
        {
            let message =
                format!("`{network}` has bits beyond its length; the network is `{}`", network.trunc());
            faults.push(Fault::new(Code::HostBits, place, column, message));
        }
    }
    if site.is_some() {
        return;
    }
    let missing = |message| Fault::new(Code::Missing, place, "site", message);
    if internal.is_some() && network.policy() == Policy::Site {
        faults.push(missing("a network has to lead to a site"));
    } else if internal.is_none() && policy == Some(Policy::Site) {
        faults.push(missing("the policy `site` needs a site"));
    } else if internal.is_none() && realm.is_none() && network.policy() == Policy::Site {
        let message = if external.is_some() {
            "an external network has to lead to a site or to a realm"
        } else {
            "the row says nothing"
        };
        faults.push(missing(message));
    }
}

fn row(network: &Network) -> Row {
    let Network { site, kind, place, .. } = *network;
    Row {
        site: site.map_or(NONE, |site| site.0),
        line: place.line,
        file: place.file,
        kind,
        policy: network.policy(),
    }
}

fn named(names: &[(Id, u32)]) -> HashMap<Id, u32> {
    names.iter().cloned().collect()
}

/// A row that can never match.
fn unreachable(networks: &[Network], row: u32, column: &'static str) -> Fault {
    let network = networks[row as usize];
    let prefix: Option<IpNet> = if column == "external" { network.external } else { network.internal };
    let prefix = prefix.map_or_else(String::new, |prefix| format!("`{prefix}` "));
    let message = format!("{prefix}can never match: longer prefixes in other rows cover all of it");
    Fault::new(Code::Unreachable, network.place, column, message)
}

/// Two rows about the same thing, which agree or do not.
fn twice(first: &Network, second: &Network, what: &str, column: &'static str, names: [&str; 2]) -> Fault {
    let (code, message) = if decides_alike(first, second) {
        (Code::Duplicate, format!("{what} is described twice"))
    } else if first.site == second.site {
        (Code::Conflict, format!("{what} leads to `{}` with two kinds or policies", names[0]))
    } else {
        (Code::Conflict, format!("{what} leads to `{}` here and to `{}` elsewhere", names[1], names[0]))
    };
    Fault::new(code, second.place, column, message).with_other(first.place)
}

fn decides_alike(first: &Network, second: &Network) -> bool {
    (first.site, first.kind, first.policy()) == (second.site, second.kind, second.policy())
}

fn site_name<'d>(description: &'d Description, network: &Network) -> &'d str {
    network.site.map_or("no site", |site| description.site(site).id.as_str())
}

/// Where the row of that number stands.
fn place_of(networks: &[Network], row: u32) -> Place {
    networks.get(row as usize).map(|network| network.place).unwrap_or_default()
}

/// A realm that nothing is known of yet.
fn empty_realm(name: u32) -> Realm {
    Realm { plan: crate::prefix::Plan::default(), default: NONE, sole: NONE, name }
}

fn link(realm: u32, own: u32, row: u32) -> Link {
    Link { realm, own, row }
}

#[cfg(test)]
mod tests;
