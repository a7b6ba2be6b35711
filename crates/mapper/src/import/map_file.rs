//! The map in one file: sites with their networks and edges, and realms.

use super::keys::Keys;
use super::statement::{Noted, add_pairs, kind, policy, state};
use super::tree::Node;
use crate::description::{Attribute, Description, Network, RealmIndex, SiteIndex, excerpt};
use crate::fault::{Code, Fault};

const ROOT: &[&str] = &["site", "realm", "network"];
const SITE: &[&str] = &["id", "name", "hub", "country", "city", "network", "edge"];
const NETWORK: &[&str] = &["realm", "external", "internal", "kind", "policy"];
const EDGE: &[&str] = &["id", "url"];
const REALM: &[&str] = &["name", "external", "default", "kind", "policy"];

pub(super) fn read(description: &mut Description, root: &Node<'_>, file: u16) {
    let Some(keys) = Keys::of(root, "", ROOT, file, &mut description.faults) else {
        return;
    };
    // All sites first, for realms name them.
    for node in keys.list("site", &mut description.faults) {
        if !read_site(description, node, file) {
            return;
        }
    }
    for node in keys.list("realm", &mut description.faults) {
        if !read_realm(description, node, file) {
            return;
        }
    }
    for node in keys.list("network", &mut description.faults) {
        if !read_network(description, node, None, file) {
            return;
        }
    }
}

/// `false` when the map is full, here and below.
fn read_site(description: &mut Description, node: &Node<'_>, file: u16) -> bool {
    let Some(keys) = Keys::of(node, "site", SITE, file, &mut description.faults) else {
        return true;
    };
    let Some(id) = keys.needed("id", &mut description.faults) else { return true };
    if let Some(known) = description.find_site(id)
        && description.site(known).place.file == file
    {
        let fault = Fault::new(Code::Duplicate, keys.place, "id", format!("there are two sites `{id}`"));
        description.faults.push(fault.with_other(description.site(known).place));
    }
    let Some(site) = description.declare_site(id, keys.place) else { return true };
    for attribute in Attribute::ALL {
        let value = keys.text(attribute.as_str(), &mut description.faults);
        let place = keys
            .find(attribute.as_str())
            .map_or(keys.place, |node| crate::fault::Place::new(file, node.line));
        state(description, site, attribute, value, place);
    }
    for node in keys.list("edge", &mut description.faults) {
        read_edge(description, node, site, file);
    }
    let networks = keys.list("network", &mut description.faults);
    networks.iter().all(|node| read_network(description, node, Some(site), file))
}

fn read_edge(description: &mut Description, node: &Node<'_>, site: SiteIndex, file: u16) {
    let faults = &mut description.faults;
    let Some(keys) = Keys::of(node, "edge", EDGE, file, faults) else { return };
    let (id, url) = (keys.needed("id", faults), keys.needed("url", faults));
    if let (Some(id), Some(url)) = (id, url) {
        description.add_edge(id, site, url, keys.place);
    }
}

fn read_network(description: &mut Description, node: &Node<'_>, site: Option<SiteIndex>, file: u16) -> bool {
    let Some(keys) = Keys::of(node, "network", NETWORK, file, &mut description.faults) else {
        return true;
    };
    let name = keys.text("realm", &mut description.faults);
    let Ok(realm) = realm(description, name, &keys) else { return true };
    let externals = keys.networks("external", &mut description.faults);
    let internals = keys.networks("internal", &mut description.faults);
    let Some(row) = row(description, &keys, realm, site) else { return true };
    let (Some(externals), Some(internals)) = (externals, internals) else { return true };
    if externals.is_empty() && internals.is_empty() && realm.is_none() {
        let message = "a network needs `external`, `internal` or `realm`";
        description.faults.push(Fault::new(Code::Missing, keys.place, "network", message));
        return true;
    }
    add_pairs(description, row, &externals, &internals)
}

fn read_realm(description: &mut Description, node: &Node<'_>, file: u16) -> bool {
    let Some(keys) = Keys::of(node, "realm", REALM, file, &mut description.faults) else {
        return true;
    };
    let Some(name) = keys.needed("name", &mut description.faults) else { return true };
    let Ok(realm) = realm(description, name, &keys) else { return true };
    let default = keys.text("default", &mut description.faults);
    let externals = keys.networks("external", &mut description.faults);
    let site = description.find_site(default);
    if site.is_none() && !default.is_empty() {
        let message = format!("`{}` is no site of this map", excerpt(default));
        description.faults.push(Fault::new(Code::UnknownSite, keys.place, "default", message));
        return true;
    }
    let Some(row) = row(description, &keys, realm, site) else { return true };
    let Some(externals) = externals else { return true };
    let leads = Network { site: None, kind: crate::Kind::default(), policy: None, ..row };
    let decides = site.is_some() || keys.find("policy").is_some() || keys.find("kind").is_some();
    (externals.is_empty() || add_pairs(description, leads, &externals, &[]))
        && (!decides || add_pairs(description, row, &[], &[]))
}

/// The realm of that name: `None` where none is named.
fn realm(
    description: &mut Description,
    name: &str,
    keys: &Keys<'_, '_>,
) -> Result<Option<RealmIndex>, Noted> {
    if name.is_empty() {
        return Ok(None);
    }
    description.declare_realm(name, keys.place).map(Some).ok_or(Noted)
}

/// A row without networks.
fn row(
    description: &mut Description,
    keys: &Keys<'_, '_>,
    realm: Option<RealmIndex>,
    site: Option<SiteIndex>,
) -> Option<Network> {
    let faults = &mut description.faults;
    let kind = kind(keys.text("kind", faults), keys.place, faults);
    let policy = policy(keys.text("policy", faults), keys.place, faults);
    let (Ok(kind), Ok(policy)) = (kind, policy) else { return None };
    Some(Network { realm, external: None, internal: None, site, kind, policy, place: keys.place })
}
