//! Which rows belong to which realm, and what each external network leads to.

use ipnet::IpNet;
use std::collections::HashMap;

use super::{
    Code, Description, Fault, Faults, NONE, decides_alike, empty_realm, link, place_of, site_name, twice,
    unreachable,
};
use crate::description::{LOCAL_REALM, Network};
use crate::id::Id;
use crate::map::{Link, Realm};
use crate::network::Policy;
use crate::prefix::{Clash, Prefixes};

/// The rows by realm.
pub(super) struct Plans {
    pub(super) links: Vec<Link>,
    networks_of_links: Vec<IpNet>,
    realms: Vec<Realm>,
    /// The realms that have a name, and which they are.
    pub(super) names: Vec<(Id, u32)>,
    /// Rows with an internal network: realm and row.
    inner: Vec<(u32, u32)>,
    /// The realm in which the edge stands, once it is needed.
    local: Option<u32>,
}

impl Plans {
    /// Puts each row where it belongs.
    pub(super) fn of(description: &Description, faults: &mut Faults) -> Self {
        let named = (0..).zip(description.realms());
        let mut plans = Self {
            links: Vec::new(),
            networks_of_links: Vec::new(),
            realms: named.clone().map(|(index, _)| empty_realm(index)).collect(),
            names: named.map(|(index, id)| (id.clone(), index)).collect(),
            inner: Vec::new(),
            local: None,
        };
        let mut by_network: HashMap<IpNet, u32> = HashMap::new();
        for (row, network) in (0..).zip(description.networks()) {
            let realm = match network.external {
                Some(external) => {
                    let next = plans.links.len();
                    let known = *by_network.entry(external.trunc()).or_insert(index(next));
                    if known as usize == next {
                        plans.lead(external.trunc(), network, row);
                    } else {
                        plans.lead_again(description, known, row, faults);
                    }
                    plans.links[known as usize].realm
                }
                None => match network.realm {
                    Some(realm) => realm.0,
                    None if network.only_declares() => continue,
                    None => plans.local(),
                },
            };
            if network.internal.is_some() {
                plans.inner.push((realm, row));
            } else if network.external.is_none() {
                plans.set_default(description, realm, row, faults);
            }
        }
        plans
    }

    /// A new external network.
    fn lead(&mut self, external: IpNet, network: &Network, row: u32) {
        let realm = network.realm.map_or_else(
            || {
                self.realms.push(empty_realm(NONE));
                index(self.realms.len() - 1)
            },
            |realm| realm.0,
        );
        let own = if decides(network) { row } else { NONE };
        self.links.push(link(realm, own, row));
        self.networks_of_links.push(external);
    }

    /// Another row about an external network.
    fn lead_again(&mut self, description: &Description, known: u32, row: u32, faults: &mut Faults) {
        let networks = description.networks();
        let network = &networks[row as usize];
        let link = &mut self.links[known as usize];
        let external = self.networks_of_links[known as usize];
        let name = |realm: u32| self.realms[realm as usize].name;
        let realm_name = |name: u32| self.names.get(name as usize).map_or("no realm", |(id, _)| id.as_str());
        let other = network.realm.map_or(NONE, |realm| realm.0);
        if name(link.realm) != other {
            let message = format!(
                "`{external}` is in `{}` here and in `{}` elsewhere",
                realm_name(other),
                realm_name(name(link.realm))
            );
            let fault = Fault::new(Code::Conflict, network.place, "realm", message);
            faults.push(fault.with_other(place_of(networks, link.row)));
        }
        if !decides(network) {
            return;
        }
        if link.own == NONE {
            link.own = row;
            return;
        }
        let first = &networks[link.own as usize];
        let names = [first, network].map(|network| site_name(description, network));
        faults.push(twice(first, network, &format!("the external network `{external}`"), "external", names));
    }

    fn set_default(&mut self, description: &Description, realm: u32, row: u32, faults: &mut Faults) {
        let networks = description.networks();
        let network = &networks[row as usize];
        if !decides(network) {
            return;
        }
        let default = &mut self.realms[realm as usize].default;
        if *default == NONE {
            *default = row;
            return;
        }
        let first = &networks[*default as usize];
        let names = [first, network].map(|network| site_name(description, network));
        faults.push(twice(first, network, "the realm's default", "realm", names));
    }

    /// The realm in which the edge stands.
    fn local(&mut self) -> u32 {
        if let Some(realm) = self.local {
            return realm;
        }
        let named = self.names.iter().find(|(id, _)| id.as_str() == LOCAL_REALM).map(|(_, realm)| *realm);
        let realm = named.unwrap_or_else(|| {
            let realm = index(self.realms.len());
            if let Ok(id) = LOCAL_REALM.parse() {
                self.realms.push(empty_realm(index(self.names.len())));
                self.names.push((id, realm));
            }
            realm
        });
        self.local = Some(realm);
        realm
    }

    /// The external networks, each with its link.
    pub(super) fn externals(&self) -> impl Iterator<Item = (IpNet, u32)> {
        self.networks_of_links.iter().copied().zip(0..)
    }

    /// Adds the internal plans to `prefixes`, and gives the realms.
    pub(super) fn fill(
        &mut self,
        prefixes: &mut Prefixes,
        description: &Description,
        faults: &mut Faults,
    ) -> Vec<Realm> {
        let networks = description.networks();
        // Stable: within a realm the order of rows stays.
        self.inner.sort_by_key(|(realm, _)| *realm);
        for of_realm in self.inner.chunk_by(|first, second| first.0 == second.0) {
            let realm = &mut self.realms[of_realm[0].0 as usize];
            let rows = of_realm.iter().filter_map(|(_, row)| {
                networks[*row as usize].internal.map(|network| (network.trunc(), *row))
            });
            realm.plan = prefixes.add(rows, &mut |clash| {
                if let Some(fault) = inner_fault(description, clash) {
                    faults.push(fault);
                }
            });
            let mut rows = of_realm.iter().map(|(_, row)| (*row, &networks[*row as usize]));
            if let Some((row, first)) = rows.next()
                && rows.all(|(_, other)| (other.site, other.policy()) == (first.site, first.policy()))
            {
                realm.sole = row;
            }
        }
        std::mem::take(&mut self.realms)
    }

    /// Realms that no external network leads to; the rows are in the order of realms by now.
    pub(super) fn doubt(&self, description: &Description, warnings: &mut Faults) {
        let mut led_to = vec![false; self.names.len()];
        let realm_names: HashMap<u32, usize> =
            self.names.iter().enumerate().map(|(name, (_, realm))| (*realm, name)).collect();
        for link in &self.links {
            if let Some(name) = realm_names.get(&link.realm) {
                led_to[*name] = true;
            }
        }
        for (name, (id, realm)) in self.names.iter().enumerate() {
            let first = self.inner.partition_point(|(of, _)| of < realm);
            if let Some((_, row)) = self.inner.get(first).filter(|(of, _)| of == realm)
                && !led_to[name]
            {
                let message = format!(
                    "no external network leads to realm `{id}`: only an edge that stands in it, and whose \
                     configuration says so, finds its viewers"
                );
                let place = place_of(description.networks(), *row);
                warnings.push(Fault::new(Code::Doubtful, place, "realm", message));
            }
        }
    }
}

/// What is wrong with two rows of one internal plan, or with one that can never match.
fn inner_fault(description: &Description, clash: Clash) -> Option<Fault> {
    let networks = description.networks();
    let (first, second) = match clash {
        Clash::Covered { value } => return Some(unreachable(networks, value, "internal")),
        Clash::Same { first, second } => (&networks[first as usize], &networks[second as usize]),
    };
    // The same network of a realm may stand beside each external network that leads there.
    if decides_alike(first, second) && first.external != second.external {
        return None;
    }
    let what = match second.internal {
        Some(internal) => format!("the internal network `{internal}`"),
        None => "the internal network".to_owned(),
    };
    let names = [first, second].map(|network| site_name(description, network));
    Some(twice(first, second, &what, "internal", names))
}

/// Whether a row says what becomes of viewers whose internal address is not known or matches nothing.
fn decides(network: &Network) -> bool {
    network.internal.is_none() && (network.site.is_some() || network.policy() != Policy::Site)
}

fn index(number: usize) -> u32 {
    // A map holds at most MOST_NETWORKS of anything.
    u32::try_from(number).unwrap_or(NONE)
}
