//! `sites.csv`.

use super::cells::push_row;
use crate::description::{Attribute, Description, LOCAL_REALM, Network};
use crate::fault::{Code, Fault, Faults};

const HEADER: [&str; 10] =
    ["site", "realm", "external", "internal", "kind", "policy", "hub", "name", "country", "city"];
const ATTRIBUTES: [Attribute; 4] = [Attribute::Hub, Attribute::Name, Attribute::Country, Attribute::City];

pub(super) fn write(description: &Description, warnings: &mut Faults) -> String {
    let mut text = String::new();
    push_row(&mut text, HEADER);
    // What is said of a site stands in its first row.
    let mut is_told = vec![false; description.sites().len()];
    let mut is_named = vec![false; description.realms().len()];
    for network in description.networks().iter().filter(|network| !network.only_declares()) {
        if let Some(realm) = network.realm {
            is_named[realm.get()] = true;
        }
        push_network(&mut text, description, network, &mut is_told);
    }
    for (site, is_told) in description.sites().iter().zip(is_told) {
        if !is_told {
            let attributes = ATTRIBUTES.map(|attribute| site.attribute(attribute).unwrap_or_default());
            push_row(&mut text, [site.id.as_str(), "", "", "", "", ""].into_iter().chain(attributes));
        }
    }
    for (realm, is_named) in description.realms().iter().zip(is_named) {
        if !is_named && realm.as_str() != LOCAL_REALM {
            let message = format!("left out: realm `{realm}`, which has no networks");
            warnings.push(Fault::new(Code::Doubtful, crate::Place::default(), "realm", message));
        }
    }
    text
}

fn push_network(text: &mut String, description: &Description, network: &Network, is_told: &mut [bool]) {
    let or_empty = |network: Option<ipnet::IpNet>| network.map_or_else(String::new, |net| net.to_string());
    let (external, internal) = (or_empty(network.external), or_empty(network.internal));
    let kind = if network.kind == crate::Kind::default() { "" } else { network.kind.as_str() };
    let mut attributes = [""; 4];
    let mut id = "";
    if let Some(index) = network.site {
        let site = description.site(index);
        id = site.id.as_str();
        if !std::mem::replace(&mut is_told[index.get()], true) {
            attributes = ATTRIBUTES.map(|attribute| site.attribute(attribute).unwrap_or_default());
        }
    }
    let realm = network.realm.map_or("", |realm| description.realm(realm).as_str());
    let policy = network.policy.map_or("", crate::Policy::as_str);
    push_row(text, [id, realm, &external, &internal, kind, policy].into_iter().chain(attributes));
}
