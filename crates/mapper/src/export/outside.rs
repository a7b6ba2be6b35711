//! External networks, and the sites whose viewers come through them.

use std::collections::{BTreeSet, HashMap};

use ipnet::IpNet;

use crate::description::{Description, MOST_NETWORKS, SiteIndex};
use crate::fault::{Code, Fault, Faults, Place};
use crate::network::Policy;

/// An external network.
pub(super) struct Outside {
    pub(super) network: IpNet,
    /// Where it is first described.
    pub(super) place: Place,
    /// The sites behind it. Viewers who go to the CDN or are not served are in none.
    pub(super) sites: BTreeSet<SiteIndex>,
}

/// All external networks, in the order of the description.
pub(super) fn networks(description: &Description) -> Result<Vec<Outside>, Faults> {
    let mut found: Vec<Outside> = Vec::new();
    let mut index_of = HashMap::new();
    let mut in_realm = vec![BTreeSet::new(); description.realms().len()];
    let mut realm_of = HashMap::new();
    for row in description.networks() {
        let site = row.site.filter(|_| row.policy() == Policy::Site);
        if let (Some(realm), Some(site)) = (row.realm, site)
            && (row.external.is_none() || row.internal.is_some())
        {
            in_realm[realm.get()].insert(site);
        }
        let Some(network) = row.external else { continue };
        let index = *index_of.entry(network).or_insert_with(|| {
            found.push(Outside { network, place: row.place, sites: BTreeSet::new() });
            found.len() - 1
        });
        found[index].sites.extend(site);
        if let Some(realm) = row.realm {
            realm_of.insert(index, realm);
        }
    }
    let mut total = 0;
    for (index, outside) in found.iter_mut().enumerate() {
        if let Some(realm) = realm_of.get(&index) {
            outside.sites.extend(&in_realm[realm.get()]);
        }
        total += outside.sites.len();
        if total > MOST_NETWORKS {
            let message =
                format!("external networks and the sites behind them make more than {MOST_NETWORKS} pairs");
            let mut faults = Faults::default();
            faults.push(Fault::new(Code::TooMuch, outside.place, "external", message));
            return Err(faults);
        }
    }
    Ok(found)
}
