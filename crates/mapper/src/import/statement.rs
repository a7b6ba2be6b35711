//! What a row states: networks, words, and what is said of a site.

use ipnet::IpNet;

use crate::cidr;
use crate::description::{Attribute, Description, Network, SiteIndex, excerpt};
use crate::fault::{Code, Fault, Faults, Place};
use crate::network::{Kind, Policy};

/// The longest text that is said of a site, in characters.
const LONGEST: usize = 200;

/// The networks of a cell, which spaces or any of `separators` may stand between. One that is none is noted.
pub(super) fn networks(
    cell: &str,
    separators: &[char],
    place: Place,
    column: &'static str,
    faults: &mut Faults,
) -> Option<Vec<IpNet>> {
    let mut networks = Vec::new();
    let mut is_sound = true;
    let is_between = |letter: char| letter.is_whitespace() || separators.contains(&letter);
    for text in cell.split(is_between).filter(|text| !text.is_empty()) {
        match cidr::parse(text) {
            Ok(network) => networks.push(network),
            Err(error) => {
                is_sound = false;
                faults.push(Fault::new(Code::Value, place, column, error.to_string()));
            }
        }
    }
    is_sound.then_some(networks)
}

/// What a row does not say soundly; the fault is noted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted;

/// A kind, by its word. Empty is wired.
pub(super) fn kind(text: &str, place: Place, faults: &mut Faults) -> Result<Kind, Noted> {
    if text.is_empty() { Ok(Kind::default()) } else { word(text, place, "kind", faults) }
}

/// A policy, by its word. Empty is the kind's.
pub(super) fn policy(text: &str, place: Place, faults: &mut Faults) -> Result<Option<Policy>, Noted> {
    if text.is_empty() { Ok(None) } else { word(text, place, "policy", faults).map(Some) }
}

fn word<T: std::str::FromStr<Err: std::fmt::Display>>(
    text: &str,
    place: Place,
    column: &'static str,
    faults: &mut Faults,
) -> Result<T, Noted> {
    match text.parse() {
        Ok(word) => Ok(word),
        Err(error) => {
            let message = format!("`{}` is no {column}; {error}", excerpt(text));
            faults.push(Fault::new(Code::Value, place, column, message));
            Err(Noted)
        }
    }
}

/// States something of a site, unless it is empty. What would not fit on a line is a fault.
pub(super) fn state(
    description: &mut Description,
    site: SiteIndex,
    attribute: Attribute,
    value: &str,
    place: Place,
) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    if value.chars().any(char::is_control) || value.chars().nth(LONGEST).is_some() {
        let message = format!("`{}` is not one line of at most {LONGEST} characters", excerpt(value));
        return description.faults.push(Fault::new(Code::Value, place, attribute.as_str(), message));
    }
    description.state(site, attribute, value, place);
}

/// Adds a row for each pair of an external and an internal network, where one that is not stated stands for itself.
/// `false` when the map is full, and reading on makes no sense.
pub(super) fn add_pairs(
    description: &mut Description,
    row: Network,
    externals: &[IpNet],
    internals: &[IpNet],
) -> bool {
    for external in or_none(externals) {
        for internal in or_none(internals) {
            let is_full = description.is_full();
            description.add_network(Network { external, internal, ..row });
            if is_full {
                return false;
            }
        }
    }
    true
}

/// Each of them, or nothing once. There may be a million rows: no list is made for it.
fn or_none(networks: &[IpNet]) -> impl Iterator<Item = Option<IpNet>> {
    let none = networks.is_empty().then_some(None);
    networks.iter().copied().map(Some).chain(none)
}
