//! Footprints of CDN interconnection (RFC 8006 section 4.2.2.1): for each site a list of objects with `footprint-type` and
//! `footprint-value`, of the external networks through which its viewers come.

use serde_json::{Map, Value};

use super::outside;
use crate::description::Description;
use crate::fault::{Code, Fault, Faults};
use crate::left_out::LeftOut;

pub(super) fn write(description: &Description, warnings: &mut Faults) -> Result<String, Faults> {
    let mut left_out = LeftOut::default();
    let mut values = vec![[Vec::new(), Vec::new()]; description.sites().len()];
    for outside in outside::networks(description)? {
        let family = usize::from(matches!(outside.network, ipnet::IpNet::V6(_)));
        if outside.sites.is_empty() {
            left_out.note("external networks that lead to no site", outside.place);
        }
        if outside.sites.len() > 1 {
            let message = format!("`{}` stands in the footprints of several sites", outside.network);
            warnings.push(Fault::new(Code::Doubtful, outside.place, "external", message));
        }
        for site in outside.sites {
            values[site.get()][family].push(Value::String(outside.network.to_string()));
        }
    }
    let mut root = Map::new();
    for (site, values) in description.sites().iter().zip(values) {
        let types = ["ipv4cidr", "ipv6cidr"].into_iter().zip(values).filter(|(_, values)| !values.is_empty());
        let footprints: Vec<Value> = types
            .map(|(name, values)| serde_json::json!({ "footprint-type": name, "footprint-value": values }))
            .collect();
        if footprints.is_empty() {
            left_out.note("sites without an external network", site.place);
        } else {
            root.insert(site.id.to_string(), Value::Array(footprints));
        }
    }
    left_out.tell(warnings);
    Ok(format!("{:#}\n", Value::Object(root)))
}
