//! Sites with their hubs and edges.

use super::{Code, Description, Fault, Faults, NONE};
use crate::description::{self, Attribute};
use crate::map::{Edge, Site};

/// The sites in the order of the description, and the edges by site.
pub(super) fn arrange(description: &Description, faults: &mut Faults) -> (Vec<Site>, Vec<Edge>) {
    let mut sites: Vec<Site> =
        description.sites().iter().map(|site| bare(description, site, faults)).collect();
    let edges = edges(description, &mut sites, faults);
    hub_loops(description, &sites, faults);
    if !edges.is_empty() {
        unserved(description, &sites, faults);
    }
    (sites, edges)
}

fn bare(description: &Description, site: &description::Site, faults: &mut Faults) -> Site {
    let mut hub = NONE;
    if let Some(name) = site.attribute(Attribute::Hub) {
        if let Some(index) = description.find_site(name) {
            hub = index.0;
        } else {
            let message = format!("`{}` is no site of this map", description::excerpt(name));
            faults.push(Fault::new(Code::UnknownSite, site.stated_at(Attribute::Hub), "hub", message));
        }
    }
    let name = site.attribute(Attribute::Name).map(Into::into);
    Site { id: site.id.clone(), name, hub, edges: 0..0 }
}

fn edges(description: &Description, sites: &mut [Site], faults: &mut Faults) -> Vec<Edge> {
    let mut rows: Vec<&description::Edge> = description.edges().iter().collect();
    let (mut ids, mut urls) = (std::collections::HashMap::new(), std::collections::HashMap::new());
    for row in &rows {
        if let Some(other) = ids.insert(&row.id, row.place) {
            let message = format!("there are two edges `{}`", row.id);
            faults.push(Fault::new(Code::Duplicate, row.place, "edge", message).with_other(other));
        }
        // Private addresses of two companies may be the same; at one site they are one server.
        if let Some(other) = urls.insert((row.site, &row.url), row.place) {
            let message = format!("two edges are reached at `{}`", row.url);
            faults.push(Fault::new(Code::Duplicate, row.place, "url", message).with_other(other));
        }
    }
    // Stable: within a site the order of the file stays.
    rows.sort_by_key(|row| row.site);
    let mut edges = Vec::with_capacity(rows.len());
    for row in rows {
        let site = &mut sites[row.site.get()];
        let next = u32::try_from(edges.len()).unwrap_or(NONE);
        if site.edges.is_empty() {
            site.edges = next..next;
        }
        site.edges.end = next.saturating_add(1);
        edges.push(Edge { id: row.id.clone(), url: row.url.clone() });
    }
    edges
}

/// Tells each loop once, at the site of it that stands first.
fn hub_loops(description: &Description, sites: &[Site], faults: &mut Faults) {
    // Which walk came by: 0 none yet.
    let mut seen = vec![0_usize; sites.len()];
    for start in 0..sites.len() {
        let walk = start + 1;
        let mut at = start;
        while seen[at] == 0 {
            seen[at] = walk;
            let Some(hub) = sites.get(sites[at].hub as usize).map(|_| sites[at].hub as usize) else {
                break;
            };
            at = hub;
            if seen[at] == walk {
                faults.push(hub_loop(description, sites, at));
            }
        }
    }
}

fn hub_loop(description: &Description, sites: &[Site], start: usize) -> Fault {
    let mut names = vec![sites[start].id.as_str()];
    let mut at = sites[start].hub as usize;
    while at != start && names.len() < 8 {
        names.push(sites[at].id.as_str());
        at = sites[at].hub as usize;
    }
    names.push(if at == start { sites[start].id.as_str() } else { "…" });
    let place = description.sites()[start].stated_at(Attribute::Hub);
    Fault::new(Code::HubLoop, place, "hub", format!("hubs lead around in a circle: {}", names.join(" → ")))
}

/// A site that viewers are sent to needs an edge, or a hub that has one. Only asked where the map knows edges.
fn unserved(description: &Description, sites: &[Site], faults: &mut Faults) {
    let mut wanted = vec![None; sites.len()];
    for network in description.networks() {
        let sends = network.policy() == crate::Policy::Site && !network.only_declares();
        if let Some(site) = network.site.filter(|_| sends) {
            wanted[site.get()].get_or_insert(network.place);
        }
    }
    let served = served(sites);
    for ((site, place), is_served) in sites.iter().zip(wanted).zip(served) {
        if let Some(place) = place.filter(|_| !is_served) {
            let message = format!("nobody serves `{}`: it has no edge, and no hub that has one", site.id);
            faults.push(Fault::new(Code::Unserved, place, "site", message));
        }
    }
}

/// Which sites have an edge, or a hub that is served. Each is looked at once, however long the chains of hubs are; hubs
/// in a circle, which is a fault of its own, count as served.
fn served(sites: &[Site]) -> Vec<bool> {
    let mut known: Vec<Option<bool>> = vec![None; sites.len()];
    for start in 0..sites.len() {
        let mut way = Vec::new();
        let mut at = start;
        let is_served = loop {
            if let Some(is_served) = known[at] {
                break is_served;
            }
            // Until it is known; who comes by again on this way is in a circle.
            known[at] = Some(true);
            way.push(at);
            if !sites[at].edges.is_empty() {
                break true;
            }
            match sites.get(sites[at].hub as usize) {
                Some(_) => at = sites[at].hub as usize,
                None => break false,
            }
        };
        for at in way {
            known[at] = Some(is_served);
        }
    }
    known.into_iter().map(|is_served| is_served.unwrap_or(true)).collect()
}
