//! The subnet mapping of Microsoft eCDN: a row for each site, and one for its networks that go to the CDN.

use super::Options;
use super::cells::push_row;
use super::flat;
use crate::description::{Attribute, Description};
use crate::fault::Faults;
use crate::network::Policy;

pub(super) fn write(
    description: &Description,
    options: &Options,
    warnings: &mut Faults,
) -> Result<String, Faults> {
    let entries = flat::entries(description, options, true, warnings)?;
    let mut subnets = vec![[String::new(), String::new()]; description.sites().len()];
    for entry in entries {
        let cell = &mut subnets[entry.site.get()][usize::from(entry.policy == Policy::Bypass)];
        if !cell.is_empty() {
            cell.push(' ');
        }
        cell.push_str(&entry.network.to_string());
    }
    let mut text = String::new();
    push_row(&mut text, ["Group Id", "Subnets", "P2P", "WAN", "Label", "Country", "City"]);
    for (site, subnets) in description.sites().iter().zip(&subnets) {
        let said = |attribute| site.attribute(attribute).unwrap_or_default();
        let (name, country, city) = (said(Attribute::Name), said(Attribute::Country), said(Attribute::City));
        for (subnets, p2p) in subnets.iter().zip(["On", "Off"]) {
            if !subnets.is_empty() {
                push_row(&mut text, [site.id.as_str(), subnets, p2p, "Off", name, country, city]);
            }
        }
    }
    Ok(text)
}
