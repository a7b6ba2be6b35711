//! Coverage zones of Apache Traffic Control: a zone for each site, in the deep form with its edges.

use serde_json::{Map, Value};

use super::{Options, flat};
use crate::description::Description;
use crate::fault::{Code, Fault, Faults};

pub(super) fn write(
    description: &Description,
    options: &Options,
    warnings: &mut Faults,
) -> Result<String, Faults> {
    let zones = zones(description, options, warnings)?;
    Ok(text("coverageZones", zones.into_iter().flatten()))
}

/// A deep zone names caches; a site without an edge has none.
pub(super) fn write_deep(
    description: &Description,
    options: &Options,
    warnings: &mut Faults,
) -> Result<String, Faults> {
    let mut zones = zones(description, options, warnings)?;
    let mut caches = vec![Vec::new(); zones.len()];
    for edge in description.edges() {
        caches[edge.site.get()].push(Value::String(edge.id.to_string()));
    }
    for ((zone, caches), site) in zones.iter_mut().zip(caches).zip(description.sites()) {
        match zone {
            Some(_) if caches.is_empty() => {
                *zone = None;
                let message = format!("left out: site `{}`, which has no edge of its own", site.id);
                warnings.push(Fault::new(Code::Doubtful, site.place, "", message));
            }
            Some((_, zone)) => {
                zone.insert("caches".into(), Value::Array(caches));
            }
            None => {}
        }
    }
    Ok(text("deepCoverageZones", zones.into_iter().flatten()))
}

/// The name of a zone, and what it holds.
type Zone = (String, Map<String, Value>);

/// One for each site that has networks.
fn zones(
    description: &Description,
    options: &Options,
    warnings: &mut Faults,
) -> Result<Vec<Option<Zone>>, Faults> {
    let mut networks = vec![[Vec::new(), Vec::new()]; description.sites().len()];
    for entry in flat::entries(description, options, false, warnings)? {
        let of_family = usize::from(matches!(entry.network, ipnet::IpNet::V6(_)));
        networks[entry.site.get()][of_family].push(Value::String(entry.network.to_string()));
    }
    let zones = networks.into_iter().zip(description.sites()).map(|([v4, v6], site)| {
        let lists = [("network", v4), ("network6", v6)].into_iter().filter(|(_, list)| !list.is_empty());
        let zone: Map<String, Value> =
            lists.map(|(key, list)| (key.to_owned(), Value::Array(list))).collect();
        (!zone.is_empty()).then(|| (site.id.to_string(), zone))
    });
    Ok(zones.collect())
}

fn text(key: &str, zones: impl Iterator<Item = Zone>) -> String {
    let zones: Map<String, Value> = zones.map(|(name, zone)| (name, Value::Object(zone))).collect();
    let root: Map<String, Value> = [(key.to_owned(), Value::Object(zones))].into_iter().collect();
    format!("{:#}\n", Value::Object(root))
}
