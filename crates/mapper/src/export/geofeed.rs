//! A geofeed (RFC 8805): where public prefixes are, as `prefix,country,region,city,postal code`.
//!
//! The country of a site has to be the two letters of ISO 3166-1. Special networks (private ones, those of
//! documentation) have no place on the internet and are left out.

use ipnet::IpNet;

use super::cells::push_row;
use super::outside::{self, Outside};
use super::public::is_public;
use crate::description::{Attribute, Description, excerpt};
use crate::fault::{Code, Fault, Faults};
use crate::left_out::LeftOut;

pub(super) fn write(description: &Description, warnings: &mut Faults) -> Result<String, Faults> {
    let (mut faults, mut left_out) = (Faults::default(), LeftOut::default());
    let mut text = String::new();
    for outside in outside::networks(description)? {
        if !is_public(outside.network) {
            left_out.note("networks that are not of the public internet", outside.place);
        } else if outside.sites.is_empty() {
            left_out.note("external networks that lead to no site", outside.place);
        } else if let Some(country) = country(description, &outside, &mut faults) {
            let city = city(description, &outside, warnings);
            push_row(&mut text, [prefix(outside.network).as_str(), &country, "", city, ""]);
        }
    }
    left_out.tell(warnings);
    if faults.is_empty() { Ok(text) } else { Err(faults) }
}

/// The country of all sites behind the network.
fn country(description: &Description, outside: &Outside, faults: &mut Faults) -> Option<String> {
    let mut all: Option<String> = None;
    for index in &outside.sites {
        let site = description.site(*index);
        let place = site.stated_at(Attribute::Country);
        let Some(country) = site.attribute(Attribute::Country) else {
            let message = format!("site `{}` has no country, which a geofeed needs", site.id);
            faults.push(Fault::new(Code::Missing, place, "country", message).with_other(outside.place));
            return None;
        };
        if country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_alphabetic()) {
            let message = format!("`{}` is no country in two letters, such as `DE`", excerpt(country));
            faults.push(Fault::new(Code::Value, place, "country", message));
            return None;
        }
        let country = country.to_ascii_uppercase();
        if let Some(other) = all.as_ref().filter(|other| **other != country) {
            let message = format!("`{}` leads to sites in {other} and {country}", outside.network);
            faults.push(Fault::new(Code::Conflict, outside.place, "country", message).with_other(place));
            return None;
        }
        all = Some(country);
    }
    all
}

/// The city of all sites behind the network; empty where they are in several.
fn city<'d>(description: &'d Description, outside: &Outside, warnings: &mut Faults) -> &'d str {
    let mut cities = outside.sites.iter().map(|site| description.site(*site).attribute(Attribute::City));
    let first = cities.next().flatten();
    if cities.all(|city| city == first) {
        return first.unwrap_or_default();
    }
    let message = format!("`{}` leads to sites in several cities; none is named", outside.network);
    warnings.push(Fault::new(Code::Doubtful, outside.place, "city", message));
    ""
}

/// A single address stands without a length.
fn prefix(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}
